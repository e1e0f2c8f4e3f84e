"""`vigie outlets check` as a person runs it, against outlets on loopback."""

import gzip
import json
import time
from pathlib import Path

import pytest

from tests.cli.commands import vigie
from tests.fetcher.polling import HOUR, gmt, rss
from tests.fetcher.serving import FakeOutlet, respond, server_for, serving
from tests.indexer.crises import crisis

ALLOWED = {"VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]', "VIGIE_PAGE_SPACING": "0", "VIGIE_CLEAN_TIMEOUT": "20"}
STORY = "".join(
    f"<p>Paragraph {n} of the story tells what was seen at the bridge on day {n}, and by whom.</p>" for n in range(6)
)
PAGE = f"<html lang='en'><head><title>At the bridge</title></head><body><article><h1>At the bridge</h1>{STORY}\
<p>Share this article</p></article></body></html>".encode()  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def small_topic(tmp_path_factory):
    """The topic that ships takes seconds to compile; most tests here are not about it."""
    file = tmp_path_factory.mktemp("topic") / "small.toml"
    file.write_text(crisis("floods", "flood"), encoding="utf-8")
    ALLOWED["VIGIE_TOPIC"] = str(file)


def check(*what, code=0, **environment):
    """The reports of `--json`; the exit code is part of the answer."""
    done = vigie("outlets", "check", *what, "--json", **{**ALLOWED, **environment})
    assert done.returncode == code, done.stderr.decode()
    return json.loads(done.stdout)


def lively(outlet, path="/feed", *names, channel="<language>en</language><ttl>30</ttl>", **headers):
    """A feed of today that honours its validators, and its pages."""
    names = names or ("a", "b", "c")
    for name in names:
        outlet.says(f"/{name}", PAGE, Content_Type="text/html")
    body = rss(*names, at=time.time() - HOUR, channel=channel, link=outlet.url("/"))

    def answer(handler):
        is_known = handler.headers.get("If-None-Match") == '"1"'
        respond(handler, b"" if is_known else body, 304 if is_known else 200, ETag='"1"', **headers)

    outlet.answers[path] = answer
    return outlet.url(path)


def test_a_good_feed_is_called_good_and_everything_is_told(outlet):
    (report,) = check(lively(outlet, Cache_Control="max-age=600"))
    assert (report["ok"], report["verdict"], report["format"], report["language"]) == (True, "good", "rss20", "en")
    assert (report["items"], report["conditional"], report["etag"]) == (3, True, '"1"')
    assert (report["ttl_s"], report["robots"]) == (1_800, {"sampled": 3, "allowed": 3})
    assert 590 <= report["fresh_s"] <= 600
    assert report["oldest"] < report["newest"]
    assert report["sample"]["title"] == "At the bridge"
    assert "Paragraph 5" in report["sample"]["text"]
    assert [cut["kind"] for cut in report["sample"]["removed"]] == ["share"]


def test_a_person_gets_the_same_in_words(outlet):
    done = vigie("outlets", "check", lively(outlet), **ALLOWED)
    told = done.stdout.decode()
    assert done.returncode == 0
    for word in (
        "good",
        "rss20",
        "answers 304",
        "3 of 3 sampled pages allowed",
        "ttl 1800 s",
        "0 of 3 entries by title and summary",
        "topic floods: dropped",
        "Share this article",
    ):
        assert word in told


def test_the_feeds_of_a_home_page_are_found(outlet):
    lively(outlet, "/feed.xml")
    home = outlet.says("/", b"<html lang=fr><link rel=alternate type=application/rss+xml href=/feed.xml></html>")
    (report,) = check(home)
    assert (report["url"], report["found_on"], report["ok"]) == (outlet.url("/feed.xml"), home, True)


def test_a_page_that_names_no_feed_cannot_be_used(outlet):
    (report,) = check(outlet.says("/", b"<html><p>Hello</p></html>"), code=1)
    assert "names no feed" in report["verdict"]


def test_remarks_say_what_an_operator_should_know(outlet):
    outlet.says("/robots.txt", b"User-agent: *\nDisallow: /b")
    lively(outlet, "/new")
    body = (
        rss("a", "b")
        .replace(b"<pubDate>", b"<x>")
        .replace(b"</pubDate>", b"</x>")
        .replace(b"https://news.example", outlet.url().encode()[:-1])
    )
    outlet.says("/new", body)
    (report,) = check(outlet.redirects("/feed", "/new", 301))
    for remark in (
        "has moved",
        outlet.url("/new"),
        "no validators",
        "2 of 2 entries have no usable date",
        "allows 1 of 2",
    ):
        assert remark in report["verdict"]
    assert report["redirects"] == [[301, outlet.url("/feed")]]


@pytest.mark.parametrize(
    ("robots", "verdict"), [(b"User-agent: vigie\nDisallow: /", "robots.txt allows none"), (b"", "good")]
)
def test_what_robots_txt_closes_cannot_be_used_and_no_page_is_asked_for(outlet, robots, verdict):
    outlet.says("/robots.txt", robots)
    (report,) = check(lively(outlet), code=0 if verdict == "good" else 1)
    assert verdict in report["verdict"]
    assert any(seen.path == "/a" for seen in outlet.seen) is (verdict == "good")


@pytest.mark.parametrize(("status", "reason"), [(404, "not_found"), (403, "forbidden"), (500, "server_error")])
def test_an_answer_that_is_no_feed_says_why(outlet, status, reason):
    (report,) = check(outlet.says("/feed", status=status), code=1)
    assert reason in report["verdict"]


def test_a_private_address_is_refused_unless_it_is_allowed(outlet):
    (report,) = check(lively(outlet), code=1, VIGIE_ALLOW_PRIVATE="[]")
    assert "private_address" in report["verdict"]
    assert outlet.seen == []


def test_outlets_are_checked_by_their_ids(outlet, tmp_path):
    feeds = [lively(outlet, "/1"), outlet.url("/missing")]
    file = tmp_path / "outlets.toml"
    file.write_text(f'[[outlet]]\nid = "news"\nname = "News"\nurl = "{outlet.url()}"\nfeeds = {json.dumps(feeds)}\n')
    reports = check("news", code=1, VIGIE_OUTLETS=str(file))
    assert [(report["url"], report["ok"]) for report in reports] == [(feeds[0], True), (feeds[1], False)]
    unknown = vigie("outlets", "check", "newz", VIGIE_OUTLETS=str(file), **ALLOWED)
    assert unknown.returncode == 78
    assert b"no outlet 'newz'" in unknown.stderr


UKRAINE = Path(__file__).parents[2] / "services" / "indexer" / "topics" / "ukraine.toml"
WAR = "Russian missiles hit Kyiv overnight as Ukraine's army held its lines near Kharkiv, the president said."
FAIR = "The village fair opened with cake, a brass band and a contest of pumpkins on Sunday."


def mixed(outlet):
    """A feed of which one entry is about Ukraine by its title, one by its summary, one not at all."""
    text = f"{f'<p>{WAR}</p>' * 3}<p>Read on in our paper</p>"
    story = f"<html lang=en><h1>Missiles hit Kyiv</h1><article>{text}</article></html>"
    items = (("Missiles hit Kyiv in Ukraine", WAR), ("What we know", WAR), ("Pumpkins", FAIR))
    for number in range(3):
        outlet.says(f"/{number}", story.encode(), Content_Type="text/html")
    entries = "".join(
        f"<item><title>{title}</title><description>{text}</description><link>{outlet.url(f'/{number}')}</link>"
        f"<pubDate>{gmt(time.time() - HOUR)}</pubDate></item>"
        for number, (title, text) in enumerate(items)
    )
    return outlet.says("/mixed", f"<rss version='2.0'><channel><title>News</title>{entries}</channel></rss>".encode())


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The report of an outlet with headers, under two topic files, and what the outlet saw of it."""
    folder = tmp_path_factory.mktemp("checked")
    topic, file = folder / "fairs.toml", folder / "outlets.toml"
    topic.write_text(crisis("fairs", "pumpkin", "fair", accept=5.0))
    made = FakeOutlet()
    with serving(made, server_for(made)) as outlet:
        entry = f'[[outlet]]\nid = "news"\nname = "News"\nurl = "{outlet.url()}"\nfeeds = ["{mixed(outlet)}"]\n'
        file.write_text(f'{entry}noise = ["Read on in our paper"]\nheaders = {{ X-Key = "secret" }}\n')
        (report,) = check("news", "--topic", str(UKRAINE), "--topic", str(topic), VIGIE_OUTLETS=str(file))
    return report, outlet.seen


def test_the_entries_on_topic_are_counted_by_the_topic_files_in_use(checked):
    report, _ = checked
    assert (report["on_topic"], report["topics"]) == (3, {"ukraine-crisis": 2, "fairs": 1})


def test_the_cleaned_sample_is_judged_too(checked):
    report, _ = checked
    assert [(said["topic"], said["outcome"]) for said in report["sample"]["topics"]] == [
        ("ukraine-crisis", "kept"),
        ("fairs", "dropped"),
    ]
    assert report["sample"]["topics"][0]["score"] >= report["sample"]["topics"][0]["threshold"]


def test_the_sample_is_cleaned_with_the_phrases_of_the_outlets_file(checked):
    report, _ = checked
    assert "Missiles" in report["sample"]["title"]
    assert "Read on in our paper" in [cut["text"] for cut in report["sample"]["removed"]]


def test_an_outlet_is_asked_with_the_headers_of_the_outlets_file(checked):
    _, seen = checked
    asked = {each.path: each.headers.get("x-key") for each in seen}
    assert (asked["/mixed"], asked["/0"], asked["/robots.txt"]) == ("secret", "secret", None)


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"\0" * 60_000_000), b"<rss>" * 200_000, b"{" * 200_000, b"\xff\xfe" * 1_000, b""],
    ids=["bomb", "deep", "JSON", "bytes", "nothing"],
)
def test_a_hostile_feed_costs_seconds_and_gets_a_verdict(outlet, body):
    began = time.monotonic()
    (report,) = check(outlet.says("/feed", body), code=1)
    assert "cannot be used" in report["verdict"]
    assert time.monotonic() - began < 60  # five seconds for the child; starting both on a busy machine counts too
