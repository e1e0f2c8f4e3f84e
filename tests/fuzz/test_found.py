"""What the search has found, as plain tests."""

import json

import pytest

from services.fetcher import feeds
from services.fetcher.polls import sighted
from services.store import Store, sightings
from tests.fetcher.polling import NOW
from tests.fuzz import mutations
from tests.fuzz.watching import storable


@pytest.mark.parametrize("hidden", ["\0", "&#0;", "&#x0;", "\\u0000", "\\ud800", "\\n"])
def test_a_link_with_half_a_character_or_none_can_be_stored(store: Store, hidden: str) -> None:
    """PostgreSQL takes no NUL and neither engine a lone surrogate: such a link cost the whole poll."""
    rdf = mutations.seed("rdf.xml").replace("news.example/1", f"news.example/{hidden}1")
    feed = mutations.seed("feed.json").replace("news.example/1", f"news.example/{hidden}1")
    for body in (rdf, feed):
        if "\\" in hidden and body is rdf:
            continue
        reply = feeds.answer(feeds.request(body.encode(), content_type=None, url="https://news.example/feed", now=NOW))
        if "error" in reply:
            assert body is feed, "JSON may not contain control characters"
            continue
        storable(reply)
        read = feeds.from_answer(json.loads(json.dumps(reply)))
        entries = [sighted(entry, "https://news.example/feed") for entry in read.entries]
        with store.write() as tx:
            sightings.sight(tx, "news", "https://news.example/feed", entries, NOW)
        assert entries
