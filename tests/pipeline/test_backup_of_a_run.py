"""A backup that was taken in the middle of everything, restored elsewhere."""

from pathlib import Path

from services.contracts import Account, Article, Event
from services.search import follower, rebuilding
from services.store import Store, articles, events, ledger, open_store
from tests.pipeline import vigie
from tests.pipeline.conftest import Finished


def contents(store: Store) -> tuple[Account, list[Event], dict[str, Article | None]]:
    with store.read() as tx:
        stream = events.after(tx, 0, 10_000)
        found = {event.article.id: articles.get(tx, event.article.id) for event in stream}
        return ledger.account(tx), stream, found


def test_it_holds_one_moment_of_the_run_and_can_be_searched_elsewhere(demo: Finished, tmp_path: Path) -> None:
    vigie.ask("restore", str(demo.backup), data=tmp_path)
    run, restored = demo.store, open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    _, all_events, all_articles = contents(run)
    account, stream, found = contents(restored)
    run.close()
    restored.check()
    index = follower.open_index(tmp_path / "search")
    follower.catch_up(restored, index)
    assert rebuilding.compare(restored, index).none
    index.close()
    restored.close()
    assert stream
    assert stream == all_events[: len(stream)]
    assert account.seen == sum(account.states.values())
    assert account.events == len(stream)
    assert {key: article and article.text for key, article in found.items()} == {
        key: article and article.text for key, article in all_articles.items() if key in found
    }
