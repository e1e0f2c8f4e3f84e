"""Row 26 of the fault table: no request is led to a private address."""

import socket
from ipaddress import ip_network

import pytest

from services.contracts import Reason
from tests.fetcher.serving import fetch, refused


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.0.0.1.",
        "127.1",
        "0",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "①②⑦.⓪.⓪.①",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "169.254.169.254",
    ],
)
def test_no_spelling_of_a_private_address_is_asked(outlet, host):
    error = refused(f"http://{host}:{outlet.port}/", allow_private=())
    assert error.reason is Reason.PRIVATE_ADDRESS
    assert outlet.seen == []


def test_one_private_address_among_public_ones_refuses_the_name(outlet, monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, outlet.port)) for ip in ("8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert refused(outlet.url().replace("127.0.0.1", "rebinds.example"), allow_private=()).reason is (
        Reason.PRIVATE_ADDRESS
    )


def test_the_connection_goes_to_the_very_address_that_was_vetted(outlet, monkeypatch):
    """A name that answers with something else at the second look is asked only once."""
    looks = []

    def rebinding(host, port, **_):
        looks.append(host)
        ip = "127.0.0.1" if len(looks) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    outlet.says("/", b"x")
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = f"http://rebinds.example:{outlet.port}/"
    assert fetch(url, allow_private=(ip_network("127.0.0.1/32"),)).body == b"x"
    assert looks == ["rebinds.example"]
    assert outlet.seen[0].headers["host"] == f"rebinds.example:{outlet.port}"


def test_the_next_address_is_tried_where_one_is_dead(outlet, monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, outlet.port)) for ip in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    outlet.says("/", b"x")
    assert fetch(f"http://two.example:{outlet.port}/").body == b"x"


def test_a_name_without_address_is_unreachable(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refused("http://nowhere.example/").reason is Reason.UNREACHABLE


def test_a_port_where_nobody_listens_is_unreachable():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/").reason is Reason.UNREACHABLE


@pytest.mark.parametrize("url", ["", "feed", "file:///etc/passwd", "http://", "http://u:p@127.0.0.1/", "http://a b/"])
def test_what_is_no_web_address_is_a_bad_url(url):
    assert refused(url).reason is Reason.BAD_URL


def test_a_proxy_of_the_environment_is_not_used(outlet, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetch(outlet.says("/", b"direct")).body == b"direct"
