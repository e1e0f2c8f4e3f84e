"""WebSub end to end: a fetcher process, outlets and hubs on loopback; nothing of ours is called directly."""

import asyncio
import contextlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from services import valkey
from services.cli import receiving
from services.cli.wiring import ConfigError
from services.contracts import State
from services.fetcher import urls
from services.fetcher.subscriptions import Subscriptions
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.settings import SettingsError, from_environment
from services.store import Store, ledger, open_store, subscriptions
from services.valkey import Valkey
from tests.fetcher.polling import PLAIN, polls_of, rss
from tests.fetcher.serving import LOOPBACK, USER_AGENT, FakeOutlet, respond, server_for, serving

SECONDS = 60.0
"""Longer than anything here takes on a busy machine."""


def wait_until(condition):
    """The condition's first true value."""
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Hub:
    """A hub that asks back as soon as it is asked, as the quick ones do, and keeps the forms."""

    outlet: FakeOutlet
    forms: list[dict[str, str]]

    def open(self) -> None:
        self.outlet.answers["/hub"] = self._answer

    def _answer(self, handler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "tell me"}
        url = f"{form['hub.callback']}?{urlencode({**asked, 'hub.lease_seconds': '864000'})}"
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            assert answer.read() == b"tell me"
        respond(handler, b"", 202)
        self.forms.append(form)

    def deliver(self, body: bytes) -> int:
        (form,) = self.forms
        digest = hmac.new(form["hub.secret"].encode(), body, "sha256").hexdigest()
        headers = {"X-Hub-Signature": f"sha256={digest}", "Content-Type": "application/rss+xml"}
        with urllib.request.urlopen(urllib.request.Request(form["hub.callback"], body, headers), timeout=SECONDS) as it:
            return it.status


@dataclass
class Scene:
    pushed: FakeOutlet
    polled: FakeOutlet
    hub: Hub
    store: Store
    process: subprocess.Popen[bytes]

    def item(self, url: str) -> ledger.Item | None:
        with self.store.read() as tx:
            return ledger.get(tx, urls.item_key(url))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One fetcher for two outlets: one whose hub lives and that wants to be left alone, one whose hub is dead."""
    folder = tmp_path_factory.mktemp("pushing")
    pushed, polled = FakeOutlet(), FakeOutlet()
    with contextlib.ExitStack() as stack:
        for each in (pushed, polled):
            stack.enter_context(serving(each, server_for(each)))
            each.says("/robots.txt", b"")
        hub = Hub(pushed, [])
        hub.open()
        _publishes(pushed, "first", hub=pushed.url("/hub"), Cache_Control="max-age=86400")
        _publishes(polled, "first", hub=f"http://127.0.0.1:{free_port()}/hub")
        outlets = "".join(_entry(name, each) for name, each in (("pushed", pushed), ("polled", polled)))
        (folder / "outlets.toml").write_text(outlets)
        redis = Valkey(folder / "redis")
        redis.start()
        stack.callback(redis.stop)
        store = open_store(f"sqlite:///{folder / 'vigie.db'}")
        stack.callback(store.close)
        process = _start_fetcher(folder, free_port())
        stack.callback(_end, process)
        yield Scene(pushed, polled, hub, store, process)


def _publishes(outlet: FakeOutlet, *names: str, hub: str, **headers: str) -> None:
    for name in names:
        outlet.says(f"/{name}", b"<html><p>A page.</p></html>", Content_Type="text/html")
    body = rss(*names, at=time.time() - 60, link=outlet.url("/"))
    outlet.says("/feed", body, Link=f'<{hub}>; rel="hub", <{outlet.url("/feed")}>; rel="self"', **headers)


def _entry(name: str, outlet: FakeOutlet) -> str:
    return (
        f'[[outlet]]\nid = "{name}"\nname = "{name}"\nurl = "{outlet.url()}"\nfeeds = ["{outlet.url("/feed")}"]\n'
        "interval_min = 5\ninterval_max = 5\n"
    )


def _start_fetcher(folder: Path, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "VIGIE_OUTLETS": str(folder / "outlets.toml"),
        "VIGIE_REDIS_URL": valkey.url(folder / "redis"),
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_PAGE_SPACING": "0",
        "VIGIE_WEBSUB_URL": f"http://127.0.0.1:{port}/websub",
        "VIGIE_WEBSUB_PORT": str(port),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "services", "fetcher", "--data", str(folder)],
        stderr=subprocess.PIPE,
        env={**kept, **settings},
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def test_what_a_hub_delivers_is_fetched_without_a_poll(scene):
    wait_until(lambda: scene.hub.forms)
    page = scene.pushed.says("/breaking", b"<html><p>News.</p></html>", Content_Type="text/html")
    assert scene.hub.deliver(rss("breaking", at=time.time() - 1, link=scene.pushed.url("/"))) == 202
    item = wait_until(lambda: (it := scene.item(page)) and it.state is State.FETCHED and it)
    assert item.outlet == "pushed"
    assert len(polls_of(scene.pushed, "/feed")) == 1
    with scene.store.read() as tx:
        known = subscriptions.of(tx, scene.pushed.url("/feed"))
    assert known is not None
    assert known.lease_until > time.time() + 9 * 86_400
    assert known.delivered is not None


def test_what_a_stranger_delivers_is_not(scene):
    wait_until(lambda: scene.hub.forms)
    callback = scene.hub.forms[0]["hub.callback"]
    forged = urllib.request.Request(callback, rss("forged", link=scene.pushed.url("/")))
    with urllib.request.urlopen(forged, timeout=SECONDS) as answer:
        assert answer.status == 202
    scene.hub.deliver(rss("after", at=time.time() - 1, link=scene.pushed.url("/")))
    wait_until(lambda: scene.item(scene.pushed.url("/after")))
    assert scene.item(scene.pushed.url("/forged")) is None


def test_a_hub_that_is_dead_leaves_polling_as_before(scene):
    wait_until(lambda: polls_of(scene.polled, "/feed"))
    page = scene.polled.url("/second")
    _publishes(scene.polled, "second", "first", hub="http://127.0.0.1:9/hub")
    wait_until(lambda: (it := scene.item(page)) and it.state is State.FETCHED)
    assert scene.process.poll() is None


def test_it_ends_when_it_is_told_to(scene):
    wait_until(lambda: scene.hub.forms)
    scene.process.send_signal(signal.SIGTERM)
    _, talk = scene.process.communicate(timeout=SECONDS)
    assert scene.process.returncode == 0, talk.decode()
    assert b"Traceback" not in talk


@pytest.mark.parametrize(
    "url",
    ["hub.example/websub", "https://u:p@hub.example/", "ftp://hub.example/", "https://hub.example/?a", "https://"],
)
def test_a_public_address_that_no_hub_could_call_is_a_wrong_setting(url):
    with pytest.raises(SettingsError, match=r"VIGIE_WEBSUB_URL: .*must be an http\(s\) URL"):
        from_environment(websub_url=url)


def test_a_port_that_another_fetcher_holds_is_taken_over_when_it_ends(store, monkeypatch):
    monkeypatch.setattr(receiving, "PORT_SECONDS", 0.05)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        settings = from_environment(websub_url="https://vigie.example/websub", websub_port=port)

        async def run() -> int:
            threads = Threads(1)
            async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web:
                known = Subscriptions(
                    store, web, threads, callback="", deadline_s=5.0, clock=time.time, secret=lambda: ""
                )
                async with receiving.receiving(settings, known, _take):
                    await asyncio.sleep(0.2)
                    holder.close()
                    status = await asyncio.to_thread(wait_until, lambda: _status(f"http://127.0.0.1:{port}/websub/x"))
            threads.close()
            return status

        assert asyncio.run(run()) == 404  # the receiver's answer to a question about a subscription that nobody made


def test_an_address_of_another_machine_is_a_wrong_setting():
    settings = from_environment(websub_url="https://vigie.example/websub", websub_host="192.0.2.1")

    async def run() -> None:
        async with receiving.receiving(settings, None, _take):
            pass

    with pytest.raises(ConfigError, match="VIGIE_WEBSUB_HOST: cannot listen on 192"):
        asyncio.run(run())


async def _take(*_: object) -> None:
    raise AssertionError("nothing was to be delivered")


def _status(url: str) -> int | None:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None
    return 200
