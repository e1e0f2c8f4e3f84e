"""Forward migration: a store of every schema that there ever was opens with today's code, and work goes on in it.

An older store is made by the steps of its time, and filled by statements of its time: today's code knows later columns.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from services import codec
from services.contracts import Cleaned, EventType, Judgement, NoiseKind, Outlet, Reason, Relation, State
from services.indexer.corpus import fill
from services.indexer.settling import settle
from services.store import (
    Store,
    articles,
    backup,
    events,
    feeds,
    judgements,
    ledger,
    open_store,
    pages,
    schema,
    sightings,
)
from services.store.engine import Transaction
from services.store.sightings import Sighted

NOW = 1_772_360_100.0
FEED = "https://harbour.example/rss"
TEXT = [
    "The ferry between the two ports will sail again from Monday, the harbour office said on Sunday evening.",
    "It had stayed in its berth for three weeks because a storm had torn away the landing stage on the island.",
    "Divers have set new piles since, and the insurers agreed to pay for the larger part of the work.",
    "Farmers on the island had thrown away milk worth forty thousand crowns, their association complained.",
]
COUNTS = {"seen": 1, "fetched": 1, "cleaned": 1, "indexed": 2, "off_topic": 1, "refused": 1, "quarantined": 1}


def key(number: int) -> str:
    return f"{number:032x}"


def pack(value: Any) -> bytes:
    return zstandard.compress(json.dumps(value, ensure_ascii=False).encode(), 3)


def document(number: int) -> dict[str, Any]:
    """JSON of contracts.Cleaned, as the first version wrote it."""
    texts = TEXT if number == 3 else [f"Рейс {number}: the council met in room {number} and decided nothing at all."]
    return {
        "title": f"Паром {number}",
        "blocks": [{"kind": "paragraph", "text": text} for text in texts],
        "removed": [{"kind": "ticker", "rule": "ticker:figures", "text": "Brent 71,30"}],
        "meta": {"outlet": None, "author": "A. Lotse", "published": "2026-03-01", "language": "en", "url": None,
                 "source_url": None, "aggregator": False, "paywalled": False, "kind": "article"},
    }  # fmt: skip


def told(number: int) -> dict[str, Any]:
    """JSON of contracts.Article, as the first version wrote it."""
    whole = document(number)
    return {
        "id": key(number), "url": f"https://harbour.example/{number}", "title": whole["title"],
        "text": "\n".join(block["text"] for block in whole["blocks"]), "outlet": "harbour", "author": "A. Lotse",
        "published": "2026-03-01", "language": "en", "paywalled": False, "story": key(number), "relation": "new",
        "of": None, "score": 21.5, "sightings": [],
    }  # fmt: skip


VERDICT = {"relevant": True, "score": 21.5, "threshold": 10.0, "language": "en", "reasons": []}


def write_first(tx: Transaction) -> None:
    """Rows of the first schema: an item in most states, one of them with two texts behind it."""
    outlet = codec.dump(Outlet("harbour", "Порт", "https://harbour.example/", (FEED,))).decode()
    tx.run("INSERT INTO outlets (id, name, data, active) VALUES ('harbour', 'Порт', ?, 1)", outlet)
    tx.run(
        "INSERT INTO feeds (url, outlet, active, location, etag, next_poll, polled, status)"
        " VALUES (?, 'harbour', 1, ?, 'W/\"a\"', ?, ?, 200)",
        FEED, FEED, NOW, NOW,
    )  # fmt: skip
    ends = [("seen", None), ("fetched", None), ("indexed", None), ("indexed", None), ("cleaned", None),
            ("off_topic", "off_topic"), ("refused", "robots"), ("quarantined", "poison")]  # fmt: skip
    for number, (state, reason) in enumerate(ends, start=1):
        url = f"https://harbour.example/{number}"
        tx.run(
            "INSERT INTO items (key, url, outlet, host, feed, title, published, state, reason, seen, changed)"
            " VALUES (?,?,'harbour','harbour.example',?,?,'2026-03-01',?,?,?,?)",
            key(number), url, FEED, f"Паром {number}", state, reason, NOW, NOW + number,
        )  # fmt: skip
        tx.run(
            "INSERT INTO sightings (item, feed, url, outlet, guid, at) VALUES (?,?,?,'harbour',NULL,?)",
            key(number), FEED, f"{url}?from=rss", NOW,
        )  # fmt: skip
        for what in ("seen", state):
            tx.run("INSERT INTO history (item, at, what, detail) VALUES (?,?,?,'')", key(number), NOW, what)
    for number in (2, 3, 4):
        tx.run(
            "INSERT INTO pages (item, url, fetched, content_type, size, body, expires) VALUES (?,?,?,NULL,7,?,?)",
            key(number), f"https://harbour.example/{number}", NOW, zstandard.compress(b"<p>Ferry"[:7]), NOW + 9e9,
        )  # fmt: skip
    for number in (3, 4, 5, 6):
        tx.run(
            "INSERT INTO articles (item, outlet, host, published, language, document, cleaned)"
            " VALUES (?,'harbour','harbour.example','2026-03-01','en',?,?)",
            key(number), pack(document(number)), NOW,
        )  # fmt: skip
    for seq, number in enumerate((3, 4), start=1):
        tx.run(
            "UPDATE articles SET relation = 'new', story = ?, similarity = 0, containment = 0, shared = '[]',"
            " score = 21.5, exact = ?, indexed = ? WHERE item = ?",
            key(number), f"hash of {number}", NOW + number, key(number),
        )  # fmt: skip
        tx.run(
            "INSERT INTO events (seq, type, at, item, article) VALUES (?,'new',?,?,?)",
            seq, NOW + number, key(number), pack(told(number)),
        )  # fmt: skip
    tx.run("UPDATE counters SET value = 2 WHERE name = 'seq'")
    tx.run("UPDATE counters SET value = 9 WHERE name = 'polls'")
    tx.run("INSERT INTO consumers (name, seq, changed) VALUES ('archive', 1, ?)", NOW)
    tx.run("INSERT INTO noise (outlet, kind, count) VALUES ('harbour', 'ticker', 4)")


def write_comparisons(tx: Transaction, version: int) -> None:
    """What arriving articles were compared with in the first three schemas, and since."""
    for ordinal, number in enumerate((3, 4), start=1):
        if version < 4:
            tx.run("INSERT INTO fingerprints (fingerprint, item, host, day) VALUES (?,?,'h',1)", number, key(number))
            tx.run("INSERT INTO told (item, at, terms) VALUES (?,?,'[]')", key(number), NOW)
            tx.run("INSERT INTO told_terms (term, at, item) VALUES ('ferry',?,?)", NOW, key(number))
        else:
            tx.run(
                "INSERT INTO compared (ordinal, item, cluster, host, day, at, arrived)"
                " VALUES (?,?,?,'harbour.example',0,?,?)",
                ordinal, key(number), ordinal, NOW, NOW,
            )  # fmt: skip
    if version >= 4:
        tx.run("UPDATE counters SET value = 2 WHERE name = 'compared'")


def write_later(tx: Transaction, version: int) -> None:
    """Rows of the tables that came later, and of the columns."""
    if version >= 2:
        tx.run("INSERT INTO template_pages (outlet, page, item, sketch) VALUES ('harbour', 1, ?, ?)", key(3), b"\0" * 8)
        tx.run("INSERT INTO template_sightings (outlet, fingerprint, page, tied) VALUES ('harbour', -9, 1, 0)")
        tx.run("UPDATE articles SET taught = 1 WHERE item = ?", key(3))
    for number in (3, 4):
        if version >= 3:
            data = json.dumps({**VERDICT, "topic": "crisis", "version": 2, "band": "accept"})
            tx.run(
                "INSERT INTO judgements (item, topic, outcome, data) VALUES (?,'crisis','kept',?)", key(number), data
            )
        else:
            tx.run("UPDATE articles SET verdict = ? WHERE item = ?", json.dumps(VERDICT), key(number))
    if version >= 5:
        tx.run("UPDATE feeds SET host = 'harbour.example', gaps = 1, gap = ?", NOW)
        tx.run("INSERT INTO traffic (outlet, day, bytes) VALUES ('harbour', 20513, 4711)")
        tx.run(
            "INSERT INTO subscriptions (feed, hub, topic, token, secret, asked) VALUES (?,'h','t','k','s',?)", FEED, NOW
        )
    if version >= 6:
        tx.run("UPDATE sightings SET mark = 'm'")
        tx.run("UPDATE items SET revisits = 1 WHERE key = ?", key(3))
        tx.run("UPDATE articles SET version = 2, revised = ? WHERE item = ?", NOW, key(3))
        blob = pack(document(4))
        tx.run("INSERT INTO versions (item, number, at, document) VALUES (?,1,?,?)", key(3), NOW, blob)


def build(url: str, version: int, patch: pytest.MonkeyPatch) -> None:
    """A store as the vigie of that version left it."""
    with patch.context() as then:
        then.setattr(schema, "STEPS", schema.STEPS[:version])
        then.setattr(schema, "CURRENT", version)
        store = open_store(url)
        with store.write() as tx:
            write_first(tx)
            write_comparisons(tx, version)
            write_later(tx, version)
        store.close()


@pytest.fixture(params=range(1, schema.CURRENT + 1), ids=lambda version: f"schema {version}")
def version(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def old_url(
    version: int, engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> str:
    url = f"sqlite:///{tmp_path / 'vigie.db'}" if engine == "sqlite" else str(request.getfixturevalue("schemas")())
    build(url, version, monkeypatch)
    return url


def test_account_events_articles_and_all_else_are_as_they_were(old_url: str, version: int) -> None:
    store = open_store(old_url)
    with store.read() as tx:
        row = tx.one("SELECT max(version) AS version FROM schema")
        assert row is not None
        assert row["version"] == schema.CURRENT
        _check_ledger(tx)
        _check_stream(tx)
        _check_articles(tx, version)
    _work_on(store)
    store.close()


def _check_ledger(tx: Transaction) -> None:
    account = ledger.account(tx)
    assert {state.value: count for state, count in account.states.items() if count} == COUNTS
    assert (account.seen, account.events, account.polls, account.noise) == (8, 2, 9, {NoiseKind.TICKER: 4})
    assert account.reasons[State.QUARANTINED] == {"poison": 1}
    item = ledger.find(tx, "https://harbour.example/7?from=rss")
    assert item is not None
    assert (item.key, item.state, item.reason, item.title) == (key(7), State.REFUSED, Reason.ROBOTS, "Паром 7")
    assert [what for _, what, _ in ledger.history(tx, key(7))] == ["seen", "refused"]
    page = pages.get(tx, key(3))
    assert page is not None
    assert page.body == b"<p>Ferr"
    feed = feeds.get(tx, FEED)
    assert feed is not None
    assert feed.etag == 'W/"a"'
    assert feeds.outlets(tx)["harbour"].name == "Порт"


def _check_stream(tx: Transaction) -> None:
    stream = events.after(tx, 0)
    assert [(event.seq, event.type, event.article.id) for event in stream] == [
        (1, EventType.NEW, key(3)),
        (2, EventType.NEW, key(4)),
    ]
    assert stream[0].article.text == "\n".join(TEXT)
    assert [(each.name, each.seq, each.lag) for each in events.consumers(tx)] == [("archive", 1, 1)]


def _check_articles(tx: Transaction, version: int) -> None:
    article = articles.get(tx, key(3))
    assert article is not None
    assert (article.text, article.relation, article.story, article.score) == ("\n".join(TEXT), "new", key(3), 21.5)
    assert article.version == (2 if version >= 6 else 1)
    assert article.topics == (("crisis",) if version >= 3 else ())
    (judged,) = judgements.of(tx, key(3))
    assert (judged.relevant, judged.score, judged.topic) == (True, 21.5, "crisis" if version >= 3 else "")
    assert [cut.rule for cut in articles.removed(tx, key(6)) or ()] == ["ticker:figures"]


def _work_on(store: Store) -> None:
    """A copy of an old article is recognised, the stream goes on behind its last number, pages are taken."""
    fill(store)
    url = "https://gazette.example/9"
    copy = codec.build(Cleaned, document(3))
    verdict = Judgement(topic="crisis", relevant=True, score=9.0, threshold=1.0, language="en", reasons=())
    with store.write() as tx:
        sightings.sight(
            tx, "harbour", FEED, [Sighted(key(9), url, url, "gazette.example", None, "Ferry", None)], NOW + 60
        )
        ledger.advance(tx, key(9), State.SEEN, State.FETCHED, NOW + 60)
        ledger.advance(tx, key(9), State.FETCHED, State.CLEANED, NOW + 60)
        articles.save(tx, key(9), "harbour", "gazette.example", copy, NOW + 60)
        stored = articles.load(tx, key(9))
        assert stored is not None
        assert settle(tx, stored, [verdict], State.CLEANED, NOW + 60) == 3
        article = articles.get(tx, key(9))
        assert article is not None
        assert (article.relation, article.of) == (Relation.EXACT, key(3))
        assert [item.key for item in ledger.lease_pages(tx, "me", NOW + 60, 15, 9, [])] == [key(1)]


def test_a_backup_of_the_first_schema_can_be_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(f"sqlite:///{tmp_path / 'old.db'}", 1, monkeypatch)
    before = (tmp_path / "old.db").read_bytes()
    backup.restore(tmp_path / "old.db", tmp_path / "vigie.db", NOW, lambda said: None)
    assert (tmp_path / "old.db").read_bytes() == before
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    with store.read() as tx:
        _check_ledger(tx)
        _check_stream(tx)
    store.close()


def test_a_released_step_is_never_edited() -> None:
    """Or stores that took it before would be unlike new ones. A step joins this list when it is released."""
    released = ["5df60c771c6a", "a6a819caca2f", "a2b7e20af486", "4af506e784a0", "68aeb81b946d"]
    digests = [hashlib.sha256("\n".join(step).encode()).hexdigest()[:12] for step in schema.STEPS]
    assert digests[: len(released)] == released
