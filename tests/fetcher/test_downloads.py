"""Rows 33, 38, 39, 40 and 42 of the conduct table: what an outlet sees of page downloads."""

import asyncio
import contextlib
import json
import socket
import threading
import time

import pytest

from services.contracts import Reason, State
from services.fetcher import rights, urls
from services.fetcher.gate import Gate
from services.fetcher.rights import Policy
from tests.fetcher.polling import DAY, HOUR, NOW, polls_of, rss

PAGE = b"<!doctype html><html><head><title>t</title></head><body><p>News.</p></body></html>"
HTML = "text/html; charset=utf-8"


def page(outlet, path="/page", body=PAGE, **headers):
    return outlet.says(path, body, Content_Type=HTML, **headers)


# Redirects to another host


def test_row_38_a_redirect_to_another_host_asks_its_robots_txt_first(outlet, other_outlet, downloader):
    other_outlet.says("/robots.txt", b"User-agent: vigie\nDisallow: /closed/")
    closed = outlet.redirects("/1", page(other_outlet, "/closed/1"))
    opened = outlet.redirects("/2", page(other_outlet, "/open/2"))
    downloader.sees(closed, opened)
    downloader.download_due()
    assert [seen.path for seen in other_outlet.seen if "tdmrep" not in seen.path] == ["/robots.txt", "/open/2"]
    assert (downloader.item(closed).state, downloader.item(closed).reason) == (State.REFUSED, Reason.ROBOTS)
    assert downloader.item(opened).state is State.FETCHED


def test_row_38_a_redirect_within_a_host_to_what_it_forbids_is_not_followed(outlet, downloader):
    outlet.says("/robots.txt", b"User-agent: *\nDisallow: /closed/")
    page(outlet, "/closed/1")
    url = outlet.redirects("/1", "/closed/1")
    downloader.sees(url)
    downloader.download_due()
    assert polls_of(outlet, "/closed/1") == []
    assert downloader.item(url).reason is Reason.ROBOTS


def test_row_33_a_redirect_to_another_host_waits_for_its_turn_there(outlet, other_outlet, downloader):
    downloader.spacing_s = 0.4
    there = page(other_outlet, "/page")
    pages = [outlet.redirects("/1", there), page(other_outlet, "/direct")]
    asked = []
    for path in ("/page", "/direct"):
        answer = other_outlet.answers[path]
        other_outlet.answers[path] = lambda handler, answer=answer: (asked.append(time.monotonic()), answer(handler))
    downloader.sees(*pages)
    downloader.download_due()
    assert len(asked) == 2
    assert abs(asked[1] - asked[0]) > 0.35


def test_row_13_a_429_behind_a_redirect_shuts_the_gate_of_the_host_that_said_so(outlet, other_outlet, downloader):
    moved = outlet.redirects("/1", other_outlet.says("/busy", status=429, Retry_After="600"))
    downloader.sees(moved)
    downloader.download_due()
    here, there = page(outlet, "/2"), page(other_outlet, "/3")
    downloader.sees(here, there)
    downloader.download_due()
    assert downloader.item(here).state is State.FETCHED
    assert polls_of(other_outlet, "/3") == []
    assert downloader.due(there) == pytest.approx(NOW + 600, abs=5)


def test_row_24_five_redirects_are_followed_across_hosts_and_a_sixth_is_not(outlet, other_outlet, downloader):
    hosts = (outlet, other_outlet)
    for number in range(6):
        hosts[number % 2].redirects(f"/{number}", hosts[(number + 1) % 2].url(f"/{number + 1}"))
    page(hosts[0], "/6")
    five, six = hosts[1].url("/1"), hosts[0].url("/0")
    downloader.sees(five, six)
    downloader.download_due()
    assert downloader.item(five).state is State.FETCHED
    assert downloader.item(six).reason is Reason.REDIRECTS


def test_row_24_a_loop_over_two_hosts_is_cut(outlet, other_outlet, downloader):
    url = outlet.redirects("/a", other_outlet.url("/b"))
    other_outlet.redirects("/b", url)
    downloader.sees(url)
    downloader.download_due()
    assert downloader.item(url).reason is Reason.REDIRECTS
    assert len(polls_of(outlet, "/a")) == 1


def test_a_host_that_breaks_off_is_left_alone_with_its_other_pages_for_a_minute(outlet, downloader):
    broken = [outlet.url(f"/{number}") for number in range(3)]
    for number in range(3):
        outlet.answers[f"/{number}"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    downloader.sees(*broken)
    downloader.download_due()
    assert sum(len(polls_of(outlet, f"/{number}")) for number in range(3)) == 1
    assert sorted(downloader.item(url).attempts for url in broken) == [0, 0, 1]
    waits = [downloader.due(url) - NOW for url in broken if not downloader.item(url).attempts]
    assert waits == pytest.approx([60.0, 60.0], abs=5.0)


def test_a_host_that_is_away_is_asked_once_for_all_its_pages(downloader):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.settimeout(0.2)
        met = []

        def hang_up():
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    met.append(nobody.accept()[0].close())

        done, there = threading.Event(), f"http://127.0.0.1:{nobody.getsockname()[1]}"
        listening = threading.Thread(target=hang_up)
        listening.start()
        downloader.sees(*(f"{there}/{number}" for number in range(3)))
        downloader.download_due()
        done.set()
        listening.join()
    assert len(met) == 1, "for robots.txt; without it no page is asked for"


# Reservations


@pytest.mark.parametrize(
    ("said", "headers", "head"),
    [
        ("noai; noindex", {"X_Robots_Tag": "noai, NoIndex"}, ""),
        ("noai", {"X_Robots_Tag": "otherbot: noindex, vigie: noai"}, ""),
        ("tdm-reservation: 1; tdm-policy: /p", {"TDM_Reservation": "1", "TDM_Policy": "/p"}, ""),
        ("noai; noimageai", {}, '<meta name="robots" content="noai, noimageai">'),
        ("tdm-reservation: 1", {}, "<META content='1' name='tdm-reservation'/>"),
        ("noarchive", {}, '<meta name="vigie" content="noarchive"><meta name="otherbot" content="noai">'),
    ],
)  # fmt: skip
def test_row_40_reservations_are_recorded(outlet, downloader, said, headers, head):
    url = page(outlet, body=PAGE.replace(b"<title>", f"{head}<title>".encode()), **headers)
    downloader.sees(url)
    downloader.download_due()
    assert downloader.history(url)["reserved"] == said
    assert downloader.item(url).state is State.FETCHED


def test_row_40_tdmrep_json_is_asked_for_once_and_its_first_fitting_rule_counts(outlet, downloader):
    rules = [
        {"location": "/open/*", "tdm-reservation": 0},
        {"location": "/*.html$", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy"},
    ]
    outlet.says("/.well-known/tdmrep.json", json.dumps(rules).encode())
    opened, closed, unnamed = (page(outlet, path) for path in ("/open/1.html", "/2.html", "/3"))
    downloader.sees(opened, closed, unnamed)
    downloader.download_due()
    assert downloader.history(opened)["reserved"] == "tdm-reservation: 0"
    assert downloader.history(closed)["reserved"] == "tdm-reservation: 1; tdm-policy: https://a.example/policy"
    assert "reserved" not in downloader.history(unnamed)
    assert len(polls_of(outlet, "/.well-known/tdmrep.json")) == 1


@pytest.mark.parametrize(
    ("policy", "state"),
    [(Policy.REFUSE, State.REFUSED), (Policy.RECORD, State.FETCHED), (Policy.IGNORE, State.FETCHED)],
)
@pytest.mark.parametrize("where", ["header", "file"])
def test_row_40_a_switch_decides_what_reservations_lead_to(outlet, downloader, policy, state, where):
    downloader.extra = {"policy": policy}
    if where == "file":
        outlet.says("/.well-known/tdmrep.json", b'[{"location": "/", "tdm-reservation": 1}]')
    url = page(outlet, **({"X_Robots_Tag": "noai"} if where == "header" else {}))
    downloader.sees(url)
    downloader.download_due()
    assert downloader.item(url).state is state
    assert downloader.handed_on == ([] if state is State.REFUSED else [downloader.item(url).key])
    assert bool(polls_of(outlet, "/.well-known/tdmrep.json")) is (policy is not Policy.IGNORE)
    assert ("reserved" in downloader.history(url)) is (policy is Policy.RECORD)


def test_row_40_what_is_only_about_showing_a_page_refuses_nothing(outlet, downloader):
    downloader.extra = {"policy": Policy.REFUSE}
    url = page(
        outlet, X_Robots_Tag="noindex, nosnippet, max-image-preview: large, unavailable_after: 1 Jan 2030 00:00:00 GMT"
    )
    downloader.sees(url)
    downloader.download_due()
    assert downloader.item(url).state is State.FETCHED


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"[1, {}]", b'{"location": "/"}', b'[{"location": 5}]', b"\xff"]
)
def test_a_tdmrep_json_of_any_kind_reserves_nothing_by_accident(body):
    assert rights.parse(200, body).of("https://a.example/x") == ()


def test_a_hostile_head_costs_no_time():
    began = time.monotonic()
    for body in (b"<meta " * 40_000, b"<meta name=" + b"a" * 200_000, b"<meta " + b"a= " * 70_000 + b">"):
        rights.said_by({"x-robots-tag": "a: " * 10_000}, body, "vigie")
    rights.parse(200, b'[{"location": "' + b"*a" * 400 + b'", "tdm-reservation": 1}]').of(
        "https://a.example/" + "a" * 4_000
    )
    assert time.monotonic() - began < 2


# What a day may cost


def test_row_42_an_unchanged_item_never_fetches_its_page_again(outlet, reader, downloader):
    pages = [page(outlet, f"/{name}") for name in "abc"]
    reader.reads(outlet.url("/feed"))
    for poll in range(6):
        # the feed itself changes all the time: new validators, new dates, another order
        names = "abc" if poll % 2 else "cba"
        outlet.says("/feed", rss(*names, at=NOW + poll * HOUR, link=outlet.url("/")), ETag=f'"{poll}"')
        reader.now = downloader.now = NOW + poll * DAY
        reader.poll()
        downloader.download_due()
    assert [len(polls_of(outlet, f"/{name}")) for name in "abc"] == [1, 1, 1]
    assert all(downloader.item(url).state is State.FETCHED for url in pages)


def test_row_42_pages_wait_for_the_next_day_when_an_outlets_bytes_are_spent(outlet, downloader):
    downloader.extra = {"day_bytes": 25_000}
    pages = [page(outlet, f"/{number}", PAGE + b" " * 10_000) for number in range(5)]
    downloader.sees(*pages)
    downloader.download_due()
    fetched = [url for url in pages if downloader.item(url).state is State.FETCHED]
    assert len(fetched) == 3
    waiting = set(pages) - set(fetched)
    midnight = NOW - NOW % DAY + DAY
    assert all(midnight <= downloader.due(url) <= midnight + HOUR for url in waiting)
    downloader.now = midnight + HOUR
    downloader.download_due()
    assert all(downloader.item(url).state is State.FETCHED for url in pages)


def test_row_42_feeds_count_too_and_are_polled_hourly_at_most_when_the_bytes_are_spent(outlet, reader, downloader):
    reader.chance = lambda: 0.5
    reader.extra = downloader.extra = {"day_bytes": 3_000}
    reader.reads(outlet.says("/feed", rss("a", "b", every=60)))
    reader.poll()
    assert reader.wait == 60
    outlet.says("/feed", rss("a", "b", every=60, channel="<!--" + "x" * 3_000 + "-->"))
    reader.poll()
    assert reader.wait == HOUR
    url = page(outlet, "/page")
    downloader.sees(url)
    downloader.download_due()
    assert polls_of(outlet, "/page") == []
    reader.now += DAY
    outlet.says("/feed", rss("a", "b", every=60, at=reader.now))
    reader.poll()
    assert reader.wait == 60


def test_row_42_what_was_too_large_is_counted_as_well(outlet, reader):
    reader.extra = {"day_bytes": 500_000}
    reader.limit_bytes = 600_000

    def endless(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for _ in range(100):
            handler.wfile.write(b"x" * 65_536)

    outlet.answers["/feed"] = endless
    reader.reads(outlet.url("/feed"))
    reader.poll()
    assert reader.account() == {"too_large": 1}
    assert reader.wait == HOUR


# robots.txt


@pytest.mark.parametrize(
    ("robots", "status", "asked"),
    [
        (b"User-agent: *\nDisallow: /news/\nAllow: /news/page", 200, True),  # the longest match counts
        (
            b"User-agent: *\nAllow: /\n\nUser-agent: vigie\nDisallow: /x\n\nUser-agent: vigie\nDisallow: /news/",
            200,
            False,
        ),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /", 200, False),
        (b"User-agent: *\nDisallow: /", 404, True),
        (b"User-agent: *\nDisallow: /", 403, True),
        (b"User-agent: *\nAllow: /", 500, False),
        (b"User-agent: *\nAllow: /", 503, False),
        (b"#" * 512_000 + b"\nUser-agent: *\nDisallow: /", 200, True),  # only the first 500 KiB count
    ],
    ids=["longest", "merged", "BOM", "404", "403", "500", "503", "beyond 500 KiB"],
)
def test_row_38_a_page_is_asked_for_only_where_robots_txt_lets_us(outlet, downloader, robots, status, asked):
    outlet.says("/robots.txt", robots, status)
    downloader.sees(page(outlet, "/news/page/1"), page(outlet, "/news/page/2"))
    downloader.download_due()
    assert len(polls_of(outlet, "/robots.txt")) == 1
    assert [len(polls_of(outlet, f"/news/page/{number}")) for number in (1, 2)] == [int(asked)] * 2


@pytest.mark.parametrize(("delay", "seconds"), [(b"3", 3), (b"86400", 60)])
def test_row_39_a_crawl_delay_is_honoured_up_to_a_cap(outlet, downloader, delay, seconds):
    outlet.says("/robots.txt", b"User-agent: *\nCrawl-delay: " + delay)
    pages = [page(outlet, "/1"), page(outlet, "/2"), page(outlet, "/3")]
    downloader.sees(pages[0])
    downloader.download_due()
    downloader.spacing_s = 0.0

    async def wait():
        async with downloader.redis_clients() as client:
            return await Gate(client, 0.0).turn(urls.host(pages[0]), patience_s=0.0)

    assert -seconds <= asyncio.run(wait()) <= -seconds + 1
