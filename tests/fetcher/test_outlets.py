from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import Outlet
from services.fetcher import outlets
from services.fetcher.outlets import OutletsError

SHIPPED = Path(__file__).parents[2] / "outlets.toml"

WHOLE = """
[[outlet]]
id = "the-post"
name = "The Post"
url = "https://post.example/"
feeds = ["https://post.example/rss", "https://post.example/world/rss"]
language = "en"
country = "GB"
kind = "agency"
aggregator = true
interval_min = 120
interval_max = 3600.5
noise = ["Read more", "Читайте также"]

[[outlet]]
id = "visti"
name = "Вісті"
url = "https://visti.example/"
feeds = ["https://visti.example/rss"]
"""


def test_all_fields_are_read_and_the_rest_has_defaults():
    assert outlets.load(WHOLE) == (
        Outlet(
            id="the-post",
            name="The Post",
            url="https://post.example/",
            feeds=("https://post.example/rss", "https://post.example/world/rss"),
            language="en",
            country="GB",
            kind="agency",
            aggregator=True,
            interval_min=120.0,
            interval_max=3600.5,
            noise=("Read more", "Читайте также"),
        ),
        Outlet(id="visti", name="Вісті", url="https://visti.example/", feeds=("https://visti.example/rss",)),
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('id = "visti"', "", "outlet 2 (no id), id: missing; add it"),
        ('name = "Вісті"', "", "outlet 2 (visti), name: missing"),
        ('id = "visti"', 'id = "Vi sti"', "outlet 2 (Vi sti), id: 'Vi sti'; use lower-case"),
        ('id = "visti"', "id = 7", "id: 7; use lower-case"),
        ('name = "Вісті"', 'name = " "', "name: ' '; write a name"),
        ('url = "https://visti.example/"', 'url = "visti.example"', "url: 'visti.example'; write the http(s) URL"),
        ('url = "https://visti.example/"', 'url = "file:///etc/passwd"', "outlet 2 (visti), url"),
        ('feeds = ["https://visti.example/rss"]', "feeds = []", "feeds: []; list the http(s) URLs"),
        ('feeds = ["https://visti.example/rss"]', 'feeds = "https://visti.example/rss"', "list the http(s) URLs"),
        ('feeds = ["https://visti.example/rss"]', 'feeds = ["https://u:p@visti.example/rss"]', "list the http(s) URLs"),
        ('language = "en"', 'language = "english"', "language: 'english'; write an ISO 639-1"),
        ('country = "GB"', 'country = "gb"', "country: 'gb'; write an ISO 3166-1"),
        ('kind = "agency"', 'kind = "agencie"', "kind: 'agencie'; choose one of"),
        ("aggregator = true", 'aggregator = "yes"', "aggregator: 'yes'; write true or false"),
        ("interval_min = 120", "interval_min = 0", "interval_min: 0; write seconds"),
        ("interval_min = 120", "interval_min = true", "interval_min: True; write seconds"),
        ("interval_min = 120", "interval_min = 7200", "the least interval (7200 s) is above the greatest (3600.5 s)"),
        ("interval_min = 120", "interval_min = nan", "interval_min: nan; write seconds"),
        ('noise = ["Read more", "Читайте также"]', "noise = [1]", "noise: [1]; list the phrases"),
        ('language = "en"', 'langauge = "en"', "langauge: unknown; did you mean language?"),
        ('language = "en"', 'zzz = "en"', "zzz: unknown; remove it"),
        ('id = "visti"', 'id = "the-post"', "outlet 2 (the-post), id: outlet 1 (the-post) has it already"),
        (
            '["https://visti.example/rss"]',
            '["HTTPS://POST.example:443/rss"]',
            "outlet 2 (visti), feeds: HTTPS://POST.example:443/rss is read for outlet 1 (the-post) already",
        ),
    ],
)
def test_a_mistake_is_named_with_its_entry_field_and_remedy(before, after, said):
    assert before in WHOLE
    with pytest.raises(OutletsError) as caught:
        outlets.load(WHOLE.replace(before, after, 1))
    assert said in str(caught.value)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(OutletsError) as caught:
        outlets.load(WHOLE.replace('"en"', '"xx1"').replace('"GB"', '"x"').replace('id = "visti"', ""))
    assert len(str(caught.value).splitlines()) == 3


def test_a_feed_twice_in_one_outlet_is_a_mistake_too():
    with pytest.raises(OutletsError, match="remove one"):
        outlets.load(WHOLE.replace("https://post.example/world/rss", "https://post.example/rss"))


@pytest.mark.parametrize(
    "text", ["", "outlet = 3", "outlet = []", "[outlet]\nid = 'x'", "x = 1", "[[outlet]]\nid =", WHOLE + "\n[more]"]
)
def test_another_file_is_refused_with_what_was_expected(text):
    with pytest.raises(OutletsError):
        outlets.load(text)


def test_a_list_of_other_things_than_tables_is_refused():
    with pytest.raises(OutletsError, match=r"outlet 1: write it as a \[\[outlet\]\] table"):
        outlets.load("outlet = [1]")


@given(st.text(max_size=200))
def test_any_text_is_outlets_or_a_clear_refusal(text):
    with pytest.raises(OutletsError):
        outlets.load(text)


def test_headers_are_read_with_their_names_in_one_spelling():
    text = WHOLE + '[outlet.headers]\nX-Api-Key = "k ey"\naccept-language = "uk, en;q=0.5"\n'
    assert outlets.load(text)[1].headers == (("x-api-key", "k ey"), ("accept-language", "uk, en;q=0.5"))


@pytest.mark.parametrize(
    "headers",
    [
        'User-Agent = "Mozilla"',
        'cookie = "a=1"',
        'IF-NONE-MATCH = "x"',
        'Host = "other.example"',
        '"X Y" = "1"',
        '"" = "1"',
        'X = "a\\nb: c"',
        'X = "é"',
        'X = ""',
        "X = 1",
        'X = "1"\nx = "2"',
    ],
)
def test_headers_that_vigie_sets_itself_or_that_cannot_be_sent_are_refused(headers):
    with pytest.raises(OutletsError, match=r"outlet 2 \(visti\), headers: .*write names and printable ASCII"):
        outlets.load(f"{WHOLE}[outlet.headers]\n{headers}\n")


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://post.example/story", True),
        ("https://feeds.post.example/a?b", True),
        ("https://old.post.example/a", True),  # its feed is still named with http
        ("http://old.post.example/a", True),
        ("http://post.example/story", False),
        ("https://post.example:8443/", False),
        ("https://sub.post.example/", False),
        ("https://elsewhere.example/story", False),
        ("not a URL", False),
    ],
)
def test_headers_go_to_the_origins_that_the_file_names_and_nowhere_else(url, sent):
    feeds = ("https://feeds.post.example/rss", "http://old.post.example/rss")
    outlet = Outlet("post", "Post", "https://post.example/", feeds, headers=(("x-api-key", "secret"),))
    assert outlets.headers_for(outlet, url) == ({"x-api-key": "secret"} if sent else {})


def test_the_shipped_outlets_load_and_say_that_nobody_verified_them():
    text = SHIPPED.read_text(encoding="utf-8")
    shipped = outlets.load(text)
    assert len(shipped) >= 40
    languages = {"uk", "ru", "fr", "en", "de", "pl", "es", "it", "pt", "nl", "tr", "ar"}
    assert languages <= {outlet.language for outlet in shipped}
    assert {"agency", "broadcaster", "public-body"} <= {outlet.kind for outlet in shipped}
    assert not any(outlet.noise or outlet.headers for outlet in shipped)
    assert "UNVERIFIED" in text
