"""Row 27 of the fault table: TLS is never weakened."""

import re
import ssl

import pytest

from services.contracts import Reason
from tests import certificates
from tests.fetcher.serving import FakeOutlet, fetch, refused, server_for, serving


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    certificates.make(folder, "outlet")
    return folder


@pytest.fixture
def tls_outlet(certificate):
    outlet = FakeOutlet(scheme="https", host="localhost")
    server = server_for(outlet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "outlet.pem", certificate / "outlet.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # a client that refuses the certificate is the point
    with serving(outlet, server) as running:
        yield running


@pytest.fixture
def trusting(certificate):
    return ssl.create_default_context(cafile=str(certificate / "outlet.pem"))


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_outlet):
    assert refused(tls_outlet.says("/")).reason is Reason.TLS
    assert tls_outlet.seen == []


def test_an_authority_of_the_operator_is_trusted_and_the_name_still_counts(tls_outlet, trusting):
    assert fetch(tls_outlet.says("/", b"safe"), tls=trusting).body == b"safe"
    tls_outlet.host = "127.0.0.1"
    assert refused(tls_outlet.url("/"), tls=trusting).reason is Reason.TLS


def test_a_redirect_from_https_to_http_is_refused(tls_outlet, outlet, trusting):
    error = refused(tls_outlet.redirects("/", outlet.says("/")), tls=trusting)
    assert error.reason is Reason.REDIRECTS
    assert re.search("https to http", error.detail)
    assert outlet.seen == []


def test_https_at_a_port_that_speaks_http_is_a_tls_error(outlet):
    outlet.scheme = "https"
    assert refused(outlet.url("/")).reason is Reason.TLS


def test_a_context_that_does_not_verify_is_not_accepted():
    careless = ssl.create_default_context()
    careless.check_hostname = False
    with pytest.raises(ValueError, match="does not verify"):
        fetch("https://example.org/", tls=careless)
