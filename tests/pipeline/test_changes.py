"""An outlet rewrites an article: `vigie run` tells of it, and search, API and page show the new text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.fetcher.serving import FakeOutlet, server_for, serving
from tests.pipeline import vigie

LEAD = (
    "Russian forces shelled the Ukrainian town of Izium overnight, the regional governor said on Telegram on Tuesday. "
    "Rockets hit two apartment blocks and a school near the front line, and rescuers are searching the rubble."
)
BODY = (
    "Ukraine's General Staff reported that its troops had repelled seven attacks in the Donetsk region within a day. "
    "The Russian defence ministry said that its missiles had struck a depot; neither claim could be checked."
)
BEFORE = "Three people were killed and eleven were wounded by the shelling, according to the first reports."
AFTER = "Nine people were killed by the shelling, among them two rescuers hit by a second strike."


def page(*paragraphs: str) -> bytes:
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        "<!doctype html><html lang=en><head><title>Shelling of Izium</title></head><body><main><article>"
        f"<h1>Shelling of Izium</h1>{body}</article></main></body></html>"
    ).encode()


def feed(outlet: FakeOutlet, updated: str) -> bytes:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Herald</title><entry>"
        f"<id>izium</id><link href='{outlet.url('/izium')}'/><title>Shelling of Izium</title>"
        f"<published>2025-03-01T06:00:00Z</published><updated>{updated}</updated></entry></feed>"
    ).encode()


@contextmanager
def herald(folder: Path) -> Iterator[FakeOutlet]:
    """An outlet with one article, and an outlets file that has it polled every five seconds."""
    outlet = FakeOutlet()
    with serving(outlet, server_for(outlet)):
        publish(outlet, BEFORE, "2025-03-01T06:00:00Z")
        (folder / "outlets.toml").write_text(
            f'[[outlet]]\nid = "herald"\nname = "Herald"\nurl = "{outlet.url()}"\nfeeds = ["{outlet.url("/feed")}"]\n'
            "interval_min = 5\ninterval_max = 5\n"
        )
        yield outlet


def publish(outlet: FakeOutlet, what: str, updated: str) -> None:
    outlet.says("/izium", page(LEAD, what, BODY), Content_Type="text/html; charset=utf-8")
    outlet.says("/feed", feed(outlet, updated), Content_Type="application/atom+xml")


def test_a_rewritten_article_is_one_updated_event_and_search_finds_its_new_text(tmp_path: Path) -> None:
    port = vigie.free_port()
    environment = {
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_OUTLETS": str(tmp_path / "outlets.toml"),
        "VIGIE_API_PORT": str(port),
        "VIGIE_PAGE_SPACING": "0.1",
    }
    api = f"http://127.0.0.1:{port}"

    def events() -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = httpx.get(f"{api}/v1/events", params={"after": 0}, timeout=5).json()["events"]
        except httpx.HTTPError:
            return []
        return found

    with herald(tmp_path) as outlet, vigie.running("run", data=tmp_path, **environment):
        vigie.wait_until(lambda: len(events()) == 1)
        publish(outlet, AFTER, "2025-03-01T09:30:00Z")
        new, updated = vigie.wait_until(lambda: found if len(found := events()) == 2 else None)
        article = updated["article"]
        assert (new["type"], updated["type"], article["id"]) == ("new", "updated", new["article"]["id"])
        assert article["changes"] == [{"part": "text", "before": BEFORE, "after": AFTER}]
        assert article["version"] == 2
        hits = vigie.wait_until(
            lambda: httpx.get(f"{api}/v1/search", params={"q": '"hit by a second strike"'}, timeout=5).json()["hits"]
        )
        assert [hit["article"]["id"] for hit in hits] == [article["id"]]
        assert httpx.get(f"{api}/v1/search", params={"q": '"first reports"'}, timeout=5).json()["hits"] == []
        told = httpx.get(f"{api}/v1/articles/{article['id']}/versions", timeout=5).json()
        assert [BEFORE in each["text"] for each in told["versions"]] == [True, False]
        assert [each["seq"] for each in told["updates"]] == [2]
        assert f'<ins dir="auto">{AFTER}</ins>' in httpx.get(f"{api}/articles/{article['id']}", timeout=5).text
        assert sum(seen.path == "/izium" for seen in outlet.seen) == 2
