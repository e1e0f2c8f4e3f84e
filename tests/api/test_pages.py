import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from services.api.links import web
from services.api.pages import when
from services.contracts import Block, BlockKind, NoiseKind, Reason, Removed

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """What a browser would make of a page: its elements, in order, and its text."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [attributes["href"] or "" for attributes in self.all("a")]


@pytest.fixture
def evil(newsroom: Any) -> None:
    """An article of which every part that an outlet controls is hostile."""
    removed = (Removed(NoiseKind.CAPTION, EVIL, EVIL),)
    newsroom.publish(
        "evil", f"Ferry {EVIL}", removed=removed, url="javascript:alert(1)", outlet=EVIL, author=EVIL,
        language='en"onload="x', published=EVIL, blocks=tuple(Block(kind, f"ferry {EVIL}") for kind in BlockKind),
    )  # fmt: skip
    newsroom.publish("copy", EVIL, of="evil", outlet=EVIL)
    newsroom.follow()


@pytest.mark.parametrize(
    "path",
    [
        "/", "/?q=ferry", f"/?q={EVIL}", f"/?after={EVIL}", f"/?outlet={EVIL}&lang={EVIL}", "/articles/evil",
        "/articles/copy", f"/articles/{EVIL}", "/why?url=evil", f"/why?url={EVIL}",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("evil")
def test_nothing_that_came_from_outside_becomes_markup(client: httpx.Client, path: str) -> None:
    page = Page(client.get(path, headers={"Accept": "text/html"}))
    tags = {tag for tag, _ in page.elements}
    assert "html" in tags
    assert not tags & {"script", "img", "iframe", "style", "object"}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert all(link.startswith(("/", "#", "https://")) for link in page.links())


@pytest.mark.usefixtures("evil")
def test_what_was_written_is_shown_as_it_was_written(client: httpx.Client) -> None:
    assert EVIL in Page(client.get("/articles/evil")).text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)", "JAVASCRIPT:alert(1)",
        "data:text/html,x", "vbscript:x", "//evil.example/x", "/x", "http:x", "https:", "", None,
        "http://[::1", "\x01javascript:x",
    ],
)  # fmt: skip
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert web(url) is None


def test_an_address_of_the_web_becomes_a_link() -> None:
    assert web("https://harbour.example/a?b=c") == "https://harbour.example/a?b=c"
    assert web("HTTP://harbour.example/") == "HTTP://harbour.example/"


@pytest.mark.parametrize(
    "path", ["/", "/articles/a1", "/why", "/docs", "/static/vigie.css", "/v1/search", "/nothing", "/healthz"]
)
def test_every_answer_forbids_scripts(newsroom: Any, client: httpx.Client, path: str) -> None:
    newsroom.publish("a1")
    answer = client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_load_nothing_from_elsewhere(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    newsroom.follow()
    for path in ("/", "/articles/a1", "/why", "/docs"):
        answer = client.get(path)
        page = Page(answer)
        assert [link["href"] for link in page.all("link") if link["rel"] == "stylesheet"] == ["/static/vigie.css"]
        assert "style" not in {name for _, attributes in page.elements for name in attributes}
    assert "url(" not in client.get("/static/vigie.css").text


def test_a_search_is_a_page_that_can_be_bookmarked_and_followed(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(25, language="en")
    newsroom.follow()
    page = Page(client.get("/", params={"q": "ferry", "lang": "en", "sort": "relevance"}))
    assert "25 articles" in page.text
    assert page.all("mark")
    (following,) = (link for link in page.links() if "cursor=" in link)
    second = Page(client.get(following))
    assert len([link for link in second.links() if link.startswith("/articles/")]) == 5
    assert not [link for link in second.links() if "cursor=" in link]


def test_a_search_page_explains_what_it_ignored_and_what_was_wrong(client: httpx.Client) -> None:
    assert "not a date" in Page(client.get("/", params={"q": "after:soon"})).text
    wrong = client.get("/", params={"after": "soon"})
    assert wrong.status_code == 400
    assert "after is not a date" in Page(wrong).text


def test_texts_of_every_direction_stand_in_elements_that_find_their_own(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("ar", "استئناف رحلات العبارة", "استؤنفت رحلات العبارة", language="ar", outlet="المرفأ")
    newsroom.follow()
    page = Page(client.get("/"))
    assert {"dir": "auto"} in page.all("h2")
    assert {"lang": "ar"} in page.all("article")
    assert page.all("bdi")


def test_an_article_page_shows_what_was_removed_and_by_which_rule(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", removed=(Removed(NoiseKind.AD_LABEL, "label:ad", "Advertisement"),))
    newsroom.publish("a2", "Bridge opens", story="a1")
    text = Page(client.get("/articles/a1")).text
    for shown in ("ad label", "label:ad", "Advertisement", "score 2.50", "Bridge opens"):
        assert shown in text


def test_the_why_page_gives_the_reason(newsroom: Any, client: httpx.Client) -> None:
    newsroom.refuse("r1", "https://harbour.example/private", Reason.ROBOTS)
    page = Page(client.get("/why", params={"url": "https://harbour.example/private"}))
    assert "robots" in page.text
    assert "refused" in page.text
    assert client.get("/why", params={"url": "https://harbour.example/else"}).status_code == 404


def test_the_description_of_the_api_names_every_route(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    text = Page(client.get("/docs")).text
    assert len(paths) > 12
    assert all(path in text for path in paths)
    assert '{"seq": integer}' in text


def test_a_browser_gets_a_page_for_an_error_and_a_program_json(client: httpx.Client) -> None:
    assert "Not found" in Page(client.get("/articles/x", headers={"Accept": "text/html"})).text
    assert client.get("/articles/x").json()["error"]["reason"] == "not_found"
    assert client.get("/v1/articles/x", headers={"Accept": "text/html"}).json()["error"]["reason"] == "not_found"


def test_every_form_and_link_has_a_name(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", title="")
    newsroom.follow()
    html = client.get("/").text
    assert "Untitled" in html
    named = set(re.findall(r'<label[^>]* for="(\w+)"', html))
    fields = [each for each in Page(client.get("/")).all("input") if each.get("id")]
    assert fields
    assert {each["id"] for each in fields} <= named


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-01", "1 Mar 2026"),
        ("2026-03-01T10:05:00+02:00", "1 Mar 2026, 08:05 UTC"),
        ("2026-03-01T10:05", "1 Mar 2026, 10:05 UTC"),
        ("0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00+05:00"),
        ("soon", "soon"),
        ("", ""),
        (None, ""),
    ],
)
def test_times_are_written_for_people(text: str | None, shown: str) -> None:
    assert when(text) == shown
