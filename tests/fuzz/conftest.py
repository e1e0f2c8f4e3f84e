from collections.abc import Iterator

import httpx
import pytest

from services.api.app import create_app
from services.fetcher import urls
from services.search.index import IndexProblem, SearchIndex
from services.store import open_store
from tests.api.conftest import NOON, Newsroom, serve


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The API over a few articles."""
    folder = tmp_path_factory.mktemp("api")
    store = open_store(f"sqlite:///{folder / 'vigie.db'}")
    index = SearchIndex(folder / "search")
    newsroom = Newsroom(store, index)
    newsroom.publish("a1", "Ferry <script>late</script>", "A storm delayed the ferry in Kyiv.", language="en")
    newsroom.publish(
        "a2", "Пором знову ходить", "Пором знову ходить через річку Дніпро.", language="uk", outlet="other"
    )
    newsroom.publish("a3", of="a1", outlet="copycat", author="=1+1", published="2026-02-01")
    newsroom.follow()
    index.close()
    app = create_app(
        store,
        SearchIndex(folder / "search", check=False),
        redis_lengths=lambda: {"clean": 1, "index": 0},
        canonical=urls.canonical,
        unavailable=(IndexProblem,),
        clock=lambda: NOON,
        poll_seconds=0.02,
    )
    with serve(app) as client:
        yield client
    store.close()
