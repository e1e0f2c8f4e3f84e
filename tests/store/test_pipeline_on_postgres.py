"""The whole line with PostgreSQL under it: the demo as an operator starts it, every role a process of its own."""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.contracts import State
from services.indexer.window import Window
from services.newsstand import expectation
from services.store import Store, articles, events, ledger, open_store
from services.store.locks import DECIDING
from tests.indexer import deciders
from tests.pipeline import vigie


def test_the_demo_ends_with_the_account_it_should_have(postgres_url: str, tmp_path: Path) -> None:
    process = vigie.start("demo", "--once", "--json", data=tmp_path, VIGIE_STORE_URL=postgres_url)
    out, talk = process.communicate(timeout=vigie.SECONDS)
    assert process.returncode == 0, talk
    states = dict.fromkeys(State, 0)
    for story in expectation.expectations():
        states[story.state] += 1
    account = json.loads(out)["states"]
    assert account["indexed"] + account["duplicate"] == states[State.INDEXED] + states[State.DUPLICATE]
    assert {name: account[name] for name in ("off_topic", "refused", "gone", "quarantined", "seen")} == {
        name: states[State(name)] for name in ("off_topic", "refused", "gone", "quarantined", "seen")
    }
    assert not (tmp_path / "vigie.db").exists()
    store = open_store(postgres_url)
    with store.read() as tx:
        told = events.after(tx, 0, 1000)
        assert [event.seq for event in told] == list(range(1, ledger.account(tx).events + 1))
        assert len({event.article.id for event in told}) == len(told)
        assert all(articles.get(tx, event.article.id) for event in told)
    store.close()
    assert all("Traceback" not in log.read_text() for log in (tmp_path / "logs").iterdir())


def test_of_two_indexers_that_read_a_text_at_the_same_time_one_finds_it_new(postgres_url: str) -> None:
    """The second decides while what the first has decided is not committed yet."""
    chance = random.Random(5)
    text = " ".join("".join(chance.choices("abcdeklmnorst", k=6)) for _ in range(120))
    one, other = open_store(postgres_url), open_store(postgres_url)
    with one.write() as tx:
        for host in "ab":
            deciders.clean(tx, host, text, f"{host}.example")

    def index(store: Store, key: str, decided: threading.Event, pause: float) -> str:
        with store.write(exclusive=DECIDING) as tx:
            match = deciders.decide(tx, Window(), key)
            decided.set()
            time.sleep(pause)
        return str(match.relation)

    decided = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(index, one, "a", decided, 1.0)
        assert decided.wait(timeout=30)
        second = pool.submit(index, other, "b", threading.Event(), 0.0)
        assert (first.result(timeout=30), second.result(timeout=30)) == ("new", "exact")
    one.close()
    other.close()
