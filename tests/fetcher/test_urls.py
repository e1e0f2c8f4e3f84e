import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher import urls

SAME = [
    ("HTTP://Example.ORG/a", "http://example.org/a"),
    ("http://example.org", "http://example.org/"),
    ("http://example.org:80/a", "http://example.org/a"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://example.org/a#comments", "https://example.org/a"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/a?utm_source=rss&utm_medium=feed", "https://example.org/a"),
    ("https://example.org/a?id=7&fbclid=IwAR0&p=2", "https://example.org/a?id=7&p=2"),
    ("https://example.org/a?GCLID=x", "https://example.org/a"),
    ("https://example.org/a?xtor=RSS-3208", "https://example.org/a"),
    ("https://example.org/a?at_medium=RSS&at_campaign=KARANGA", "https://example.org/a"),
    ("https://example.org/%7euser/%c3%a9", "https://example.org/~user/%C3%A9"),
    ("https://example.org/é", "https://example.org/%C3%A9"),
    ("https://example.org/новини/1", "https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/1"),
    ("https://ПРАВДА.укр/a", "https://xn--80aafi6cg.xn--j1amh/a"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/../../a", "https://example.org/a"),
    ("https://example.org/a/%2e%2e/b", "https://example.org/b"),
    (" https://example.org/a\n", "https://example.org/a"),
    ("https://exam\nple.org/a", "https://example.org/a"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("http://[0:0:0:0:0:0:0:1]:8080/", "http://[::1]:8080/"),
]

DIFFERENT = [
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://example.org/a/"),
    ("https://example.org/a", "https://www.example.org/a"),
    ("https://example.org/a//b", "https://example.org/a/b"),
    ("https://example.org/?p=1", "https://example.org/?p=2"),
    ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
    ("https://example.org/?id=1", "https://example.org/?id=1&page=2"),
    ("https://example.org/?ref=1", "https://example.org/?ref=2"),
    ("https://example.org/?from=1", "https://example.org/?from=2"),
    ("https://example.org/?pk_id=1", "https://example.org/?pk_id=2"),
    ("https://example.org/?at=1", "https://example.org/?at=2"),
    ("https://example.org/#!/article/1", "https://example.org/#!/article/2"),
    ("https://example.org/#/article/1", "https://example.org/#/article/2"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/?q=a%26b", "https://example.org/?q=a&b"),
    ("https://example.org:8443/a", "https://example.org/a"),
    ("https://example.org/index.html", "https://example.org/"),
    ("https://example.org/a;v=1", "https://example.org/a;v=2"),
    ("https://example.org/a?b", "https://example.org/a?c"),
    ("https://example.org/a+b", "https://example.org/a%20b"),
]

NOT_WEB = [
    "",
    "example.org/a",
    "//example.org/a",
    "/a",
    "ftp://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://",
    "http:///a",
    "http://user@example.org/",
    "http://user:password@example.org/",
    "http://example.org\\@elsewhere.example/",
    "http://exa mple.org/",
    "http://a..b/",
    "http://-/",
    "http://example.org:0/",
    "http://example.org:99999/",
    "http://example.org:port/",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://exam\x00ple.org/",
    "http://\ud800.org/",
    "http://" + "a" * 300 + ".org/",
    "http://example.org/" + "a" * 5000,
]


@pytest.mark.parametrize(("spelled", "expected"), SAME)
def test_spellings_of_one_address_become_one(spelled, expected):
    assert urls.canonical(spelled) == expected


@pytest.mark.parametrize(("one", "another"), DIFFERENT)
def test_different_articles_are_never_merged(one, another):
    assert urls.canonical(one) != urls.canonical(another)
    assert urls.item_key(one) != urls.item_key(another)


@pytest.mark.parametrize("url", NOT_WEB)
def test_what_is_not_on_the_web_is_refused(url):
    assert not urls.is_web(url)
    with pytest.raises(urls.BadUrl):
        urls.canonical(url)


@pytest.mark.parametrize("url", [expected for _, expected in SAME])
def test_a_canonical_url_is_its_own_canonical_url(url):
    assert urls.canonical(url) == url


@given(st.text(max_size=60))
def test_any_tail_gives_an_ascii_url_that_stays_as_it_is(tail):
    canonical = urls.canonical("https://example.org/" + tail)
    assert canonical.isascii()
    assert urls.canonical(canonical) == canonical


@given(st.text(max_size=80))
def test_any_text_is_either_canonical_or_refused(text):
    if urls.is_web(text):
        assert urls.canonical(text).startswith(("http://", "https://"))
    else:
        with pytest.raises(urls.BadUrl):
            urls.canonical(text)


def test_the_gate_counts_by_host_and_unusual_port():
    assert urls.host("HTTPS://Example.org:443/a") == "example.org"
    assert urls.host("http://example.org:8080/a") == "example.org:8080"
    assert urls.host("https://example.org:80/") == "example.org:80"


def test_a_key_is_32_hexadecimal_digits_and_the_same_for_every_spelling():
    key = urls.item_key("https://example.org/a")
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    assert urls.item_key("https://EXAMPLE.org:443/a?utm_source=x#y") == key
