"""`vigie reindex` and `vigie search` over a store that somebody filled."""

import json
from pathlib import Path

import pytest

from services.contracts import Article, EventType, Relation
from services.store import events, open_store
from tests.cli.commands import vigie


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = open_store(f"sqlite:///{tmp_path}/vigie.db")
    with store.write() as tx:
        for n in range(6):
            article = Article(
                id=f"a{n}", url=f"https://harbour.example/{n}", title=f"Ferry {n}", text="The ferry runs again.",
                outlet="harbour-post", author=None, published=f"2026-03-0{n + 1}", language="en", paywalled=False,
                story=f"s{n % 2}", relation=Relation.NEW, of=None, score=2.0, topics=("ferries",),
            )  # fmt: skip
            events.append(tx, EventType.NEW, article, 1_772_798_400.0)
    store.close()
    return tmp_path


def test_the_index_is_built_anew_and_checked(data: Path) -> None:
    differs = vigie("reindex", "--check", "--data", str(data))
    assert differs.returncode == 0, "an index of no events holds what no events say"
    built = vigie("reindex", "--data", str(data))
    assert built.returncode == 0, built.stderr
    assert b"6 events" in built.stdout
    checked = vigie("reindex", "--check", "--json", "--data", str(data))
    assert json.loads(checked.stdout) == {
        "same": True, "event": 6, "last_event": 6, "articles": 6, "missing": [], "surplus": [], "outdated": [],
        "doubled": [],
    }  # fmt: skip
    again = json.loads(vigie("reindex", "--anew", "--json", "--data", str(data)).stdout)
    assert (again["applied"], again["event"], again["stopped"]) == (6, 6, False)


def test_a_search_tells_of_stories_and_facets(data: Path) -> None:
    found = vigie("search", "ferry", "--collapse", "--facets", "--data", str(data), COLUMNS="200")
    assert found.returncode == 0, found.stderr
    told = found.stdout.decode()
    assert told.count("2 more of this story") == 2
    assert "outlet    harbour-post 6" in told
    assert "topic     ferries 6" in told
    assert told.rstrip().endswith("6 found, 2 shown")
    nothing = vigie("search", "zeppelin", "--data", str(data))
    assert nothing.returncode == 0
    assert nothing.stdout.startswith(b"nothing found")
