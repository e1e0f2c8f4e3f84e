from services.contracts import Outlet, Reason, State
from services.store import Store, feeds, ledger, pages, sightings
from services.store.pages import Page
from services.store.sightings import Sighted

NOW = 1_643_000_000.0
ESTUAIRE = Outlet("estuaire", "L'Estuaire", "https://estuaire.example/", ("https://estuaire.example/rss",), "fr")
HARBOUR = Outlet(
    "harbour", "Harbour", "https://harbour.example/", ("https://harbour.example/a", "https://harbour.example/b")
)


def sync(store: Store, *outlets: Outlet) -> None:
    with store.write() as tx:
        feeds.sync(tx, outlets, NOW)


def lease(store: Store, owner: str = "a", now: float = NOW) -> list[str]:
    with store.write() as tx:
        return sorted(feed.url for feed in feeds.lease(tx, owner, now, 15, 10))


def polled(store: Store, url: str, *, next_poll: float | None, etag: str | None = None) -> None:
    with store.write() as tx:
        feeds.polled(
            tx, url, now=NOW, next_poll=next_poll, status=200, etag=etag, last_modified=None, validators_url=url,
            pace="{}", changed=True,
        )  # fmt: skip


def test_every_feed_of_the_file_is_due_at_once_and_leased_to_one(store: Store) -> None:
    sync(store, ESTUAIRE, HARBOUR)
    assert lease(store) == [*ESTUAIRE.feeds, *HARBOUR.feeds]
    assert lease(store, "b") == []


def test_a_feed_that_left_the_file_is_polled_no_more_and_remembers_when_it_comes_back(store: Store) -> None:
    sync(store, ESTUAIRE, HARBOUR)
    lease(store)
    polled(store, ESTUAIRE.feeds[0], next_poll=NOW + 60, etag='"1"')
    sync(store, HARBOUR)
    assert ESTUAIRE.feeds[0] not in lease(store, now=NOW + 100)
    sync(store, ESTUAIRE, HARBOUR)
    with store.write() as tx:
        (back,) = feeds.lease(tx, "a", NOW + 101, 15, 10)
    assert (back.url, back.etag) == (ESTUAIRE.feeds[0], '"1"')


def test_a_restart_does_not_make_feeds_due(store: Store) -> None:
    sync(store, ESTUAIRE)
    lease(store)
    polled(store, ESTUAIRE.feeds[0], next_poll=NOW + 60)
    sync(store, ESTUAIRE)
    assert lease(store, now=NOW + 59) == []
    assert lease(store, now=NOW + 60) == [ESTUAIRE.feeds[0]]


def test_a_clock_that_is_set_back_by_an_hour_keeps_no_feed_waiting_for_an_hour(store: Store) -> None:
    ahead = NOW + 3600
    sync(store, ESTUAIRE, HARBOUR)
    lease(store, now=ahead)
    with store.write() as tx:
        for url, next_poll in ((ESTUAIRE.feeds[0], ahead + 60), (HARBOUR.feeds[0], None)):
            feeds.polled(
                tx, url, now=ahead, next_poll=next_poll, status=200, etag=None, last_modified=None,
                validators_url=url, pace="{}", changed=True,
            )  # fmt: skip
    assert lease(store, "b") == [ESTUAIRE.feeds[0], HARBOUR.feeds[1]]  # the third is gone for good
    assert lease(store, "c") == []


def test_a_failed_poll_keeps_the_validators_and_counts(store: Store) -> None:
    sync(store, ESTUAIRE)
    polled(store, ESTUAIRE.feeds[0], next_poll=NOW, etag='W/"a:b"')
    with store.write() as tx:
        feeds.failed(
            tx, ESTUAIRE.feeds[0], now=NOW, next_poll=NOW, status=500, reason=Reason.SERVER_ERROR, detail="status 500"
        )
        (again,) = feeds.lease(tx, "a", NOW, 15, 10)
        problems = feeds.problems(tx)
        account = ledger.account(tx)
    assert (again.etag, again.failures) == ('W/"a:b"', 1)
    assert [row["reason"] for row in problems] == ["server_error"]
    assert account.polls == 2
    assert account.feeds == {"server_error": 1}


def test_a_feed_that_is_gone_for_good_is_never_due(store: Store) -> None:
    sync(store, ESTUAIRE)
    with store.write() as tx:
        feeds.failed(
            tx, ESTUAIRE.feeds[0], now=NOW, next_poll=None, status=410, reason=Reason.GONE, detail="status 410"
        )
    assert lease(store, now=NOW + 10**9) == []


def test_an_outlet_is_known_to_every_role_with_all_its_fields(store: Store) -> None:
    sync(store, ESTUAIRE, HARBOUR)
    with store.read() as tx:
        assert feeds.outlet(tx, "estuaire") == ESTUAIRE
        assert list(feeds.outlets(tx).values()) == [ESTUAIRE, HARBOUR]
        assert feeds.outlet(tx, "nobody") is None


def test_a_page_comes_back_byte_for_byte_and_expires_only_when_its_item_has_ended(store: Store) -> None:
    body = b"<p>\xc3\xa9" + bytes(range(256)) * 100
    with store.write() as tx:
        sightings.sight(
            tx, "estuaire", "f", [Sighted("k", "https://e.example/", "u", "e.example", None, "t", None)], NOW
        )
        pages.save(tx, "k", Page("https://e.example/", "text/html; charset=windows-1251", body), NOW, NOW + 10)
        assert pages.get(tx, "k") == Page("https://e.example/", "text/html; charset=windows-1251", body)
        assert pages.expire(tx, NOW + 11) == 0
        ledger.end(tx, "k", State.SEEN, State.REFUSED, Reason.NO_ARTICLE, "", NOW)
        assert pages.expire(tx, NOW + 9) == 0
        assert pages.expire(tx, NOW + 11) == 1
        assert pages.get(tx, "k") is None
