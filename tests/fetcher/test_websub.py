"""Row 35 of the conduct table: a hub on loopback that is asked, asks back, and delivers over real HTTP."""

import asyncio
import contextlib
import hmac
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

import pytest
import uvicorn

from services.fetcher import websub
from services.fetcher.entries import Feed
from services.fetcher.receiver import Receiver
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.fetcher.websub import Offer
from services.store import subscriptions
from tests.fetcher.polling import DAY, HOUR, NOW, PLAIN, Reader, polls_of, rss
from tests.fetcher.serving import LOOPBACK, USER_AGENT, respond

LIMIT = 100_000


@dataclass
class Desk:
    """Our side: a reader, and the receiver that hubs call."""

    reader: Reader
    url: str


@pytest.fixture
def desk(reader) -> Iterator[Desk]:
    async def take(feed, content_type, body):
        if b"unsaved" in body:
            return False
        await asyncio.to_thread(reader.take, feed, content_type, body)
        return True

    async def app(scope, receive, send):
        threads = Threads(1)
        async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web:
            await Receiver(reader.subscriptions(web, threads), take, LIMIT)(scope, receive, send)
        threads.close()

    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader.callback = f"http://127.0.0.1:{port}/websub"
        yield Desk(reader, reader.callback)
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def hub(outlet):
    """The requests that a hub got, each as a flat form; it answers 202."""
    asked = []

    def answer(handler):
        form = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        asked.append({name: values[0] for name, values in parse_qs(form).items()})
        respond(handler, b"", 202)

    outlet.answers["/hub"] = answer
    return asked


def call(url, body=None, **headers) -> tuple[int, str]:
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def ask_back(form, **changes) -> tuple[int, str]:
    """What a hub asks: did you want that?"""
    asked = {"mode": "subscribe", "topic": form["hub.topic"], "challenge": "42-é", "lease_seconds": "86400", **changes}
    return call(f"{form['hub.callback']}?{urlencode({f'hub.{name}': value for name, value in asked.items()})}")


def deliver(form, body, *, method="sha256", secret=None) -> int:
    digest = hmac.new((secret or form["hub.secret"]).encode(), body, method).hexdigest()
    return call(form["hub.callback"], body, X_Hub_Signature=f"{method}={digest}", Content_Type="application/rss+xml")[0]


def wait_until(condition) -> bool:
    for _ in range(100):
        if condition():
            return True
        time.sleep(0.05)
    return False


def link(outlet) -> str:
    return f'<{outlet.url("/hub")}>; rel="hub", <https://news.example/feed>; rel="self"'


def subscribed(outlet, desk, hub, **headers):
    """A feed whose hub has been asked and has asked back."""
    desk.reader.reads(outlet.says("/feed", rss("a"), Link=link(outlet), **headers))
    desk.reader.poll()
    assert ask_back(hub[0]) == (200, "42-é")
    return hub[0]


def lease(reader) -> float | None:
    with reader.store.read() as tx:
        known = subscriptions.of(tx, reader.urls[0])
    return known.lease_until if known else None


def test_row_35_a_hub_in_the_headers_is_asked_once_and_answered(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", "https://news.example/feed")
    assert form["hub.callback"].startswith(f"{desk.url}/")
    assert len(form["hub.secret"]) >= 32
    assert form["hub.secret"] not in form["hub.callback"]
    assert lease(desk.reader) == NOW + DAY
    desk.reader.poll()
    desk.reader.poll()
    assert len(hub) == 1
    assert polls_of(outlet, "/hub")[0]["user-agent"] == USER_AGENT


def test_row_35_a_hub_in_the_feed_itself_is_found_too(outlet, desk, hub):
    atom = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='/hub'/>"
    desk.reader.reads(outlet.says("/feed", rss("a", channel=atom)))
    desk.reader.poll()
    assert hub[0]["hub.topic"] == outlet.url("/feed")


def test_row_35_without_a_callback_no_hub_is_asked(outlet, reader, hub):
    reader.reads(outlet.says("/feed", rss("a"), Link=f'<{outlet.url("/hub")}>; rel="hub"'))
    reader.poll()
    assert hub == []


@pytest.mark.parametrize(
    "changes",
    [{"topic": "https://other.example/"}, {"mode": "unsubscribe"}, {"challenge": ""}],
    ids=lambda c: next(iter(c)),
)
def test_row_35_nobody_else_can_subscribe_us_or_end_what_we_asked_for(outlet, desk, hub, changes):
    form = subscribed(outlet, desk, hub)
    assert ask_back(form, **changes)[0] == 404
    assert ask_back({**form, "hub.callback": f"{desk.url}/guessed"})[0] == 404
    assert lease(desk.reader) == NOW + DAY


def test_row_35_what_a_hub_delivers_is_taken_and_the_poll_after_it_is_no_gap(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    assert deliver(form, rss("b")) == 202
    assert wait_until(lambda: desk.reader.titles() == ["a", "b"])
    outlet.says("/feed", rss("c", "b"))
    desk.reader.poll()
    assert desk.reader.row()["gaps"] == 0


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_row_35_every_method_of_signing_is_checked(outlet, desk, hub, method):
    form = subscribed(outlet, desk, hub)
    assert deliver(form, rss("forged"), method=method, secret="guessed") == 202
    assert deliver(form, rss("genuine"), method=method) == 202
    assert wait_until(lambda: "genuine" in desk.reader.titles())
    assert "forged" not in desk.reader.titles()


@pytest.mark.parametrize("signature", ["", "sha256=", "md5=abc", "sha256=é", "sha256", "=", "sha256=" + "0" * 64])
def test_row_35_what_is_not_signed_as_it_should_be_is_thrown_away(outlet, desk, hub, signature):
    form = subscribed(outlet, desk, hub)
    assert call(form["hub.callback"], rss("forged"), X_Hub_Signature=signature)[0] == 202
    assert deliver(form, rss("genuine")) == 202
    assert wait_until(lambda: "genuine" in desk.reader.titles())
    assert "forged" not in desk.reader.titles()


def test_row_35_a_delivery_to_an_unknown_callback_tells_the_hub_to_stop(desk):
    assert call(f"{desk.url}/unknown", b"x")[0] == 410
    assert call(f"{desk.url}/unknown?hub.mode=subscribe")[0] == 404


def test_row_35_a_delivery_beyond_the_limit_is_not_read(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    with contextlib.suppress(urllib.error.URLError):  # the connection may be closed while we still send
        assert deliver(form, b"x" * (LIMIT + 1)) == 413
    assert desk.reader.titles() == ["a"]


def test_row_35_a_hub_is_told_to_come_again_with_what_cannot_be_saved_now(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    assert deliver(form, rss("unsaved")) == 503
    assert deliver(form, rss("unsaved"), secret="guessed") == 202
    assert deliver(form, rss("b")) == 202
    assert desk.reader.titles() == ["a", "b"]


def test_row_35_a_delivery_that_is_no_feed_harms_nothing(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    assert deliver(form, b"<html>oops</html>") == 202
    assert deliver(form, rss("b")) == 202
    assert wait_until(lambda: desk.reader.titles() == ["a", "b"])
    assert desk.reader.account() == {"ok": 1}


def test_row_35_the_lease_is_renewed_in_good_time_with_the_same_callback(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    desk.reader.now = NOW + 0.5 * DAY
    desk.reader.poll()
    assert len(hub) == 1
    desk.reader.now = NOW + 0.7 * DAY
    desk.reader.poll()
    desk.reader.poll()
    assert len(hub) == 2
    assert hub[1] == form
    assert ask_back(hub[1])[0] == 200
    assert lease(desk.reader) == NOW + 1.7 * DAY


def test_row_35_a_hub_that_never_asks_back_is_asked_again_hours_later(outlet, desk, hub):
    desk.reader.reads(outlet.says("/feed", rss("a"), Link=f"<{outlet.url('/hub')}>; rel=hub"))
    for hours in (0, 1, 5, 7, 8):
        desk.reader.now = NOW + hours * HOUR
        desk.reader.poll()
    assert len(hub) == 2


def test_row_35_a_denied_subscription_is_none(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    assert ask_back(form, mode="denied")[0] == 200
    assert lease(desk.reader) == 0


def test_row_35_the_feed_is_polled_more_slowly_while_its_hub_delivers(outlet, desk, hub):
    desk.reader.chance = lambda: 0.5
    form = subscribed(outlet, desk, hub)
    outlet.says("/feed", rss(*(f"n{number}" for number in range(10)), "a"), Link=link(outlet))
    desk.reader.poll()
    alone = desk.reader.wait
    deliver(form, rss("b"))
    assert wait_until(lambda: "b" in desk.reader.titles())
    desk.reader.poll()
    assert desk.reader.wait == pytest.approx(4 * alone)
    desk.reader.now = NOW + 1.1 * DAY  # the lease is over, and nothing was delivered for a day
    outlet.says("/feed", rss(*(f"n{number}" for number in range(10)), "a", at=desk.reader.now))
    desk.reader.poll()
    assert desk.reader.wait == pytest.approx(alone)


def test_row_35_a_hub_that_leaves_something_out_is_not_relied_on(outlet, desk, hub):
    desk.reader.chance = lambda: 0.5
    older = [f"n{number}" for number in range(9)]
    form = subscribed(outlet, desk, hub)
    outlet.says("/feed", rss("a", *older), Link=link(outlet))
    desk.reader.poll()
    waits = []
    for delivered, first in (("b", "b"), (None, "c"), (None, "c"), ("d", "d")):
        if delivered:
            deliver(form, rss(delivered))
            assert wait_until(lambda name=delivered: name in desk.reader.titles())
        outlet.says("/feed", rss(first, *older), Link=link(outlet))
        desk.reader.poll()
        waits.append(desk.reader.wait)
    alone = waits[1]
    assert waits == pytest.approx([4 * alone, alone, alone, 4 * alone])


def test_row_35_a_lease_is_renewed_though_the_feed_never_changes(outlet, desk, hub):
    subscribed(outlet, desk, hub)

    def renew():
        async def work(_):
            threads = Threads(1)
            async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web:
                await desk.reader.subscriptions(web, threads).renew()
            threads.close()

        desk.reader.within(work)

    for days, asked in ((0.5, 1), (0.7, 2), (0.7, 2), (0.81, 3)):
        desk.reader.now = NOW + days * DAY
        renew()
        assert len(hub) == asked
    desk.reader.now = NOW + 1.2 * DAY  # the lease is over: the hub has died, and is asked every six hours
    renew()
    desk.reader.now += HOUR
    renew()
    assert len(hub) == 4


def test_row_35_a_feed_that_names_its_hub_no_more_is_delivered_no_more(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    outlet.says("/feed", rss("a"))
    desk.reader.poll()
    assert deliver(form, rss("late")) == 410
    outlet.says("/feed", rss("a"), Link=link(outlet))
    desk.reader.poll()
    assert len(hub) == 2


def test_row_35_a_feed_that_left_the_outlets_file_is_delivered_no_more(outlet, desk, hub):
    form = subscribed(outlet, desk, hub)
    desk.reader.reads(outlet.url("/another"))
    assert deliver(form, rss("late")) == 410
    assert ask_back(form)[0] == 404
    assert desk.reader.titles() == ["a"]


@pytest.mark.parametrize(
    ("link", "offer"),
    [
        ('<https://h.example/>; rel="hub", <https://t.example/>; rel="self"', Offer("https://h.example/", "https://t.example/")),
        ("</hub>; rel=hub", Offer("https://a.example/hub", "https://a.example/feed")),
        ('<https://h.example/>; title="x"; rel="self hub"', Offer("https://h.example/", "https://h.example/")),
        ('<javascript:1>; rel="hub"', None),
        ("<https://h.example/>; rel=next", None),
        ("", None),
        ("<" * 20_000, None),
    ],
)  # fmt: skip
def test_link_headers_are_read(link, offer):
    assert websub.discover({"link": link}, Feed("", (), "rss20"), "https://a.example/feed") == offer
