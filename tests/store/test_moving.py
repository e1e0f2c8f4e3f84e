"""`vigie migrate`: everything arrives, and is counted before it counts."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.contracts import Block, BlockKind, Cleaned, EventType, Meta, NoiseKind, Outlet, Reason, Removed, State
from services.store import (
    Store,
    StoreError,
    articles,
    events,
    feeds,
    judgements,
    ledger,
    moving,
    open_store,
    pages,
    sightings,
)
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.cli.commands import vigie
from tests.postgres import Server
from tests.store.processes import ARTICLE

NOW = 1_643_000_000.0
ITEMS = 450
"""More than two batches."""
HARBOUR = Outlet("harbour", "Порт", "https://harbour.example/", ("https://harbour.example/rss",))


def key(number: int) -> str:
    return f"{number * 7919 % 10_007:032x}"


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    """A store with something of everything that the ledger and the stream know."""
    store = sqlite_store
    with store.write() as tx:
        feeds.sync(tx, [HARBOUR], NOW)
        urls = [f"https://harbour.example/{number}" for number in range(ITEMS)]
        entries = [Sighted(key(n), url, url, "harbour.example", None, "Паром", None) for n, url in enumerate(urls)]
        sightings.sight(tx, "harbour", HARBOUR.feeds[0], entries, NOW)
        for number in range(0, ITEMS, 3):
            ledger.advance(tx, key(number), State.SEEN, State.FETCHED, NOW)
            pages.save(tx, key(number), Page(urls[number], None, bytes([number % 256]) * 5000), NOW, NOW + 9)
        for number in range(0, ITEMS, 9):
            ledger.advance(tx, key(number), State.FETCHED, State.CLEANED, NOW)
            removed = (Removed(NoiseKind.TICKER, "rule", "Buy"),)
            cleaned = Cleaned("Паром", (Block(BlockKind.PARAGRAPH, f"Рейс {number}"),), removed, Meta())
            articles.save(tx, key(number), "harbour", "harbour.example", cleaned, NOW)
            events.append(tx, EventType.NEW, ARTICLE, NOW)
        ledger.end(tx, key(1), State.SEEN, State.REFUSED, Reason.ROBOTS, "", NOW)
        events.acknowledge(tx, "archive", 7, NOW)
    return store


def quiet(table: str, rows: int) -> None:
    pass


def test_everything_arrives_as_it_was(filled: Store, postgres_store: Store) -> None:
    moved = moving.move(filled, postgres_store, quiet)
    assert (moved.items, moved.events) == (ITEMS, 50)
    assert moved.rows["pages"] == ITEMS / 3
    with filled.read() as old, postgres_store.read() as new:
        assert ledger.account(new) == ledger.account(old)
        assert events.after(new, 0, 1000) == events.after(old, 0, 1000)
        assert events.consumers(new) == events.consumers(old)
        assert feeds.outlets(new) == feeds.outlets(old)
        for number in range(ITEMS):
            assert ledger.get(new, key(number)) == ledger.get(old, key(number))
            assert ledger.history(new, key(number)) == ledger.history(old, key(number))
            assert pages.get(new, key(number)) == pages.get(old, key(number))
            assert articles.document(new, key(number)) == articles.document(old, key(number))
            assert judgements.of(new, key(number)) == judgements.of(old, key(number))


def test_work_goes_on_where_it_stood(filled: Store, postgres_store: Store) -> None:
    moving.move(filled, postgres_store, quiet)
    with postgres_store.write() as tx:
        assert events.append(tx, EventType.NEW, ARTICLE, NOW) == 51
        assert ledger.advance(tx, key(2), State.SEEN, State.FETCHED, NOW)
        assert [what for _, what, _ in ledger.history(tx, key(2))] == ["seen", "fetched"]


def test_a_store_that_holds_something_is_left_alone(filled: Store, postgres_store: Store) -> None:
    moving.move(filled, postgres_store, quiet)
    with pytest.raises(StoreError, match=r"not empty \(.*items"):
        moving.move(filled, postgres_store, quiet)


def test_a_store_that_is_written_to_meanwhile_is_not_half_copied(filled: Store, postgres_store: Store) -> None:
    def write(table: str, rows: int) -> None:
        with ThreadPoolExecutor(1) as other:
            other.submit(note).result(timeout=30)

    def note() -> None:
        with filled.write() as tx:
            ledger.note(tx, key(3), "seen", "again", NOW)

    with pytest.raises(StoreError, match="written to"):
        moving.move(filled, postgres_store, write)
    with postgres_store.read() as tx:
        assert ledger.account(tx).seen == 0


def test_a_copy_that_lost_a_row_is_thrown_away(filled: Store, postgresql: Server, template: str) -> None:
    target = open_store(postgresql.database(template))
    with target.write() as tx:
        tx.run(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.guid IS NULL AND random() < 0.1 THEN RETURN NULL; END IF; RETURN NEW; END $$"
        )
        tx.run("CREATE TRIGGER lose BEFORE INSERT ON sightings FOR EACH ROW EXECUTE FUNCTION lose()")
    with pytest.raises(StoreError, match=r"not like the original \(sightings\)"):
        moving.move(filled, target, quiet)
    with target.read() as tx:
        assert ledger.account(tx).seen == 0
    target.close()


def test_the_command_copies_and_says_what(filled: Store, postgres_url: str, tmp_path: Path) -> None:
    done = vigie("migrate", "--data", str(tmp_path), "--to", postgres_url, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"]["items"] == ITEMS
    again = vigie("migrate", "--from", f"sqlite:///{tmp_path / 'vigie.db'}", VIGIE_STORE_URL=postgres_url)
    assert again.returncode == 1
    assert b"not empty" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "sqlite:///x.db"], b"name the PostgreSQL"),
        ([], b"name the PostgreSQL"),
        (["--from", "postgresql://host/db", "--to", "postgresql://host/db"], b"one machine"),
        (["--to", "postgresql://host/db"], b"no such file"),
    ],
)
def test_what_cannot_be_copied_is_said_before_anything_is_opened(
    arguments: list[str], said: bytes, tmp_path: Path
) -> None:
    done = vigie("migrate", "--data", str(tmp_path), *arguments)
    assert done.returncode == 78
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
