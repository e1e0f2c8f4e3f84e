"""What every engine promises to whoever holds a store: the seam, not what is kept behind it."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.contracts import Outlet, State
from services.store import Store, StoreError, StoreTooNew, feeds, ledger, open_store, schema, sightings
from services.store.sightings import Sighted
from tests.store import processes

NOW = 1_643_000_000.0


def see(store: Store, *entries: Sighted) -> list[str]:
    with store.write() as tx:
        return sightings.sight(tx, "estuaire", "https://estuaire.example/rss", entries, NOW)


def sighted(number: int, url: str = "", title: str = "Titre") -> Sighted:
    url = url or f"https://estuaire.example/{number}"
    return Sighted(f"{number:032x}", url, url, "estuaire.example", None, title, None)


# opening


def test_a_store_is_made_once_and_opened_again(empty_url: str) -> None:
    for _ in range(2):
        store = open_store(empty_url)
        store.check()
        with store.read() as tx:
            versions = [row["version"] for row in tx.all("SELECT version FROM schema ORDER BY version")]
        store.close()
        assert versions == list(range(1, schema.CURRENT + 1))


def test_processes_that_start_together_make_it_once(empty_url: str) -> None:
    assert processes.at_once(processes.open_and_close, *[[empty_url]] * 3) == [schema.CURRENT] * 3


def test_a_store_of_a_newer_vigie_is_refused(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.write() as tx:
        tx.run("INSERT INTO schema (version) VALUES (9999)")
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(empty_url)
    store.close()


def test_the_database_of_another_program_is_refused_and_left_as_it_is(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.write() as tx:
        tx.run("DROP TABLE schema")
    with pytest.raises(StoreError, match="not vigie's"):
        open_store(empty_url)
    with store.read() as tx:
        assert ledger.account(tx).seen == 0
    store.close()


# transactions


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        _ = 1 / 0
    with store.read() as tx:
        assert ledger.account(tx).polls == 0


def test_a_statement_that_fails_is_a_store_error_and_takes_the_others_along(store: Store) -> None:
    with pytest.raises(StoreError), store.write() as tx:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        tx.run("INSERT INTO counters (name, value) VALUES ('polls', 1)")
    with store.read() as tx:
        assert ledger.account(tx).polls == 0
    see(store, sighted(1))


def test_a_reader_sees_one_moment_and_nothing_that_commits_meanwhile(store: Store) -> None:
    see(store, sighted(1))
    with store.read() as tx, ThreadPoolExecutor(1) as other:
        before = ledger.account(tx)
        other.submit(see, store, sighted(2)).result(timeout=30)
        assert ledger.account(tx) == before
    with store.read() as tx:
        assert ledger.account(tx).seen == 2


def test_what_is_read_under_an_exclusive_name_is_still_true_when_it_is_written(store: Store, store_url: str) -> None:
    processes.at_once(processes.add_slowly, *[[store_url, "count", 40]] * 3)
    with store.read() as tx:
        assert ledger.account(tx).polls == 120


# values


def test_values_come_back_as_they_were_given(store: Store) -> None:
    body = bytes(range(256)) * 9
    texts = ["", "naïve 'quoted' ? $1 %s", "Україна ґ", "أوكرانيا", "𝔸 🚢", "a\nb\tc\\d"]
    with store.write() as tx:
        for number, text in enumerate(texts):
            tx.run(
                "INSERT INTO compared (ordinal, item, cluster, host, day, at, arrived, fingerprints, terms)"
                " VALUES (?,?,?,?,?,?,?,?,?)",
                number, text, -(2**63), "h", 2**63 - 1, 0.1 + 0.2, 5, body, None,
            )  # fmt: skip
    with store.read() as tx:
        rows = tx.all("SELECT * FROM compared ORDER BY ordinal")
    assert [row["item"] for row in rows] == texts
    for row in rows:
        assert (row["cluster"], row["day"], row["at"], row["arrived"]) == (-(2**63), 2**63 - 1, 0.1 + 0.2, 5.0)
        assert (bytes(row["fingerprints"]), row["terms"]) == (body, None)


def test_texts_are_ordered_by_their_bytes(store: Store) -> None:
    names = ["b", "B", "a", "_", "ä", "Я", "я", "10", "9"]
    with store.write() as tx:
        tx.many("INSERT INTO counters (name, value) VALUES (?, 0)", [(name,) for name in names])
        rows = tx.all("SELECT name FROM counters WHERE length(name) < 3 ORDER BY name")
    assert [row["name"] for row in rows] == sorted(names)


def test_a_title_with_a_nul_is_kept(store: Store) -> None:
    see(store, sighted(1, title="a\0b"), sighted(2, url="https://estuaire.example/\0"))
    with store.read() as tx:
        assert ledger.find(tx, "https://estuaire.example/\0") is not None
        item = ledger.get(tx, f"{1:032x}")
    assert item is not None
    assert (item.title[0], item.title[-1]) == ("a", "b")


def test_the_longest_url_of_a_feed_is_kept_found_and_sighted_once(store: Store) -> None:
    chance = random.Random(7)
    urls = ["https://e.example/" + "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(4_078)) for _ in "ab"]
    see(store, *(sighted(1, url=url) for url in [*urls, *urls]))
    with store.read() as tx:
        assert len(sightings.of(tx, f"{1:032x}")) == 2
        assert ledger.find(tx, urls[0]) == ledger.get(tx, f"{1:032x}")


def test_a_list_may_be_empty(store: Store) -> None:
    with store.read() as tx:
        assert tx.all("SELECT name FROM counters WHERE name IN ()") == []
        assert len(tx.all("SELECT name FROM counters WHERE name NOT IN ()")) >= 5


# leases and order, by several processes


def test_several_fetchers_never_take_the_same_page(store: Store, store_url: str) -> None:
    see(store, *(sighted(number) for number in range(300)))
    taken = processes.at_once(processes.take_pages, *([store_url, str(owner), NOW] for owner in range(4)))
    assert Counter(key for keys in taken for key in keys) == Counter(f"{number:032x}" for number in range(300))


def test_several_fetchers_never_take_the_same_feed(store: Store, store_url: str) -> None:
    urls = tuple(f"https://e.example/{number}" for number in range(100))
    with store.write() as tx:
        feeds.sync(tx, [Outlet("estuaire", "L'Estuaire", "https://e.example/", urls)], NOW)
    taken = processes.at_once(processes.take_feeds, *([store_url, str(owner), NOW] for owner in range(3)))
    assert Counter(url for found in taken for url in found) == Counter(urls)


def test_a_reader_follows_many_writing_processes_without_a_hole(store: Store, store_url: str) -> None:
    """Half of the transactions are rolled back. Process 0 reads until it has as many as the others commit."""
    told = processes.at_once(
        processes.write_or_read, *([store_url, seed, 100 if seed else 300, 1] for seed in range(4))
    )
    assert sorted(seq for written in told[1:] for seq in written) == list(range(1, 301))
    assert told[0] == list(range(1, 301))


def test_polls_that_find_the_same_entries_in_opposite_order_count_each_once(store: Store, store_url: str) -> None:
    order = list(range(200))
    fresh = processes.at_once(processes.sight, [store_url, order], [store_url, order[::-1]])
    assert Counter(key for keys in fresh for key in keys) == Counter(f"{number:032x}" for number in order)
    with store.read() as tx:
        assert ledger.account(tx).states[State.SEEN] == 200
