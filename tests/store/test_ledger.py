from collections.abc import Callable
from dataclasses import replace

import pytest

from services.contracts import END_STATES, Reason, Stage, State
from services.store import Store, ledger, sightings
from services.store.sightings import Sighted

NOW = 1_643_000_000.0
FEED = "https://estuaire.example/rss"


def entry(number: int, **changes: object) -> Sighted:
    url = f"https://estuaire.example/{number}"
    return replace(Sighted(f"{number:032x}", url, url, "estuaire.example", None, "Titre", None), **changes)


def key(number: int) -> str:
    return f"{number:032x}"


def see(store: Store, *entries: Sighted, feed: str = FEED, now: float = NOW) -> list[str]:
    with store.write() as tx:
        return sightings.sight(tx, "estuaire", feed, entries, now)


def test_an_item_seen_in_five_feeds_under_five_urls_is_one_item_with_five_sightings(store: Store) -> None:
    for number in range(5):
        see(store, entry(1, url=f"https://estuaire.example/1?utm_source={number}"), feed=f"{FEED}/{number}")
    with store.read() as tx:
        assert ledger.account(tx).seen == 1
        assert len(sightings.of(tx, key(1))) == 5


def test_the_same_poll_twice_adds_nothing_and_reports_nothing_new(store: Store) -> None:
    assert see(store, entry(1), entry(2)) == [key(1), key(2)]
    assert see(store, entry(1), entry(2), entry(3)) == [key(3)]
    with store.read() as tx:
        assert [what for _, what, _ in ledger.history(tx, key(1))] == ["seen"]


def test_an_entry_without_a_link_is_listed_with_its_reason(store: Store) -> None:
    see(store, entry(1, refused=Reason.NO_LINK))
    with store.read() as tx:
        account = ledger.account(tx)
    assert account.states[State.REFUSED] == 1
    assert account.reasons[State.REFUSED] == {"no_link": 1}


def test_a_state_changes_only_from_the_one_that_is_expected(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        assert ledger.advance(tx, key(1), State.SEEN, State.FETCHED, NOW)
        assert not ledger.advance(tx, key(1), State.SEEN, State.FETCHED, NOW)
        assert not ledger.end(tx, key(1), State.CLEANED, State.OFF_TOPIC, Reason.OFF_TOPIC, "", NOW)
        item = ledger.get(tx, key(1))
        assert ledger.account(tx).fetched == 1
    assert item is not None
    assert item.state is State.FETCHED


@pytest.mark.parametrize("end", sorted(END_STATES))
def test_only_what_the_topic_decided_can_be_decided_again(store: Store, end: State) -> None:
    see(store, entry(1))
    with store.write() as tx:
        ledger.end(tx, key(1), State.SEEN, end, Reason.OFF_TOPIC, "", NOW)
        if end in {State.INDEXED, State.DUPLICATE, State.OFF_TOPIC}:
            assert ledger.end(tx, key(1), end, State.OFF_TOPIC, Reason.OFF_TOPIC, "again", NOW)
            assert ledger.advance(tx, key(1), State.OFF_TOPIC, State.INDEXED, NOW)
            return
        with pytest.raises(AssertionError, match=f"does not go from {end}"):
            ledger.advance(tx, key(1), end, State.INDEXED, NOW)
        with pytest.raises(AssertionError, match=f"does not go from {end}"):
            ledger.end(tx, key(1), end, State.OFF_TOPIC, Reason.OFF_TOPIC, "", NOW)


def test_the_third_crash_is_the_last(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        crashes = [ledger.crash(tx, key(1), State.SEEN, "SIGSEGV", NOW, NOW) for _ in range(3)]
        item = ledger.get(tx, key(1))
    assert crashes == [False, False, True]
    assert item is not None
    assert (item.state, item.reason) == (State.QUARANTINED, Reason.POISON)


def test_downloads_that_failed_are_not_crashes(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        for _ in range(4):
            ledger.retry(tx, key(1), State.SEEN, Reason.TIMEOUT, "", NOW, NOW)
        assert not ledger.crash(tx, key(1), State.SEEN, "SIGSEGV", NOW, NOW)


def test_progress_forgets_earlier_crashes(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        ledger.crash(tx, key(1), State.SEEN, "SIGSEGV", NOW, NOW)
        ledger.crash(tx, key(1), State.SEEN, "SIGSEGV", NOW, NOW)
        ledger.advance(tx, key(1), State.SEEN, State.FETCHED, NOW)
        assert not ledger.crash(tx, key(1), State.FETCHED, "SIGSEGV", NOW, NOW)


def test_a_page_is_leased_to_one_fetcher_until_its_lease_lapses(store: Store) -> None:
    see(store, entry(1), entry(2))
    with store.write() as tx:
        taken = ledger.lease_pages(tx, "a", NOW, 15, 10, [])
        assert {item.key for item in taken} == {key(1), key(2)}
        assert ledger.lease_pages(tx, "b", NOW + 1, 15, 10, []) == []
        ledger.renew(tx, "a", [key(1)], NOW + 30)
        assert [item.key for item in ledger.lease_pages(tx, "b", NOW + 16, 15, 10, [])] == [key(2)]


def test_a_lease_that_another_took_over_cannot_be_renewed(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        ledger.lease_pages(tx, "a", NOW, 15, 10, [])
        ledger.lease_pages(tx, "b", NOW + 16, 15, 10, [])
        ledger.renew(tx, "a", [key(1)], NOW + 1000)
        assert [item.key for item in ledger.lease_pages(tx, "c", NOW + 32, 15, 10, [])] == [key(1)]


def test_pages_of_busy_hosts_are_left_alone(store: Store) -> None:
    see(store, entry(1), entry(2, host="autre.example"))
    with store.write() as tx:
        taken = ledger.lease_pages(tx, "a", NOW, 15, 10, ["estuaire.example"])
    assert [item.key for item in taken] == [key(2)]


def test_a_page_put_off_is_not_due_before_its_time(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        ledger.retry(tx, key(1), State.SEEN, Reason.SERVER_ERROR, "status 500", NOW, NOW + 60)
        assert ledger.lease_pages(tx, "a", NOW + 59, 15, 10, []) == []
        assert len(ledger.lease_pages(tx, "a", NOW + 60, 15, 10, [])) == 1


def test_the_account_is_the_sum_of_its_states_whatever_happens(store: Store) -> None:
    see(store, *(entry(number) for number in range(12)))
    with store.write() as tx:
        for number in range(9):
            ledger.advance(tx, key(number), State.SEEN, State.FETCHED, NOW)
        for number, state in enumerate(sorted(END_STATES - {State.INDEXED})):
            ledger.end(tx, key(number), State.FETCHED, state, Reason.NO_ARTICLE, "", NOW)
        account = ledger.account(tx)
    assert account.seen == 12 == sum(account.states.values())
    assert not account.settled


def test_waiting_items_are_listed_in_pages_oldest_first(store: Store) -> None:
    see(store, *(entry(number) for number in range(5)))
    with store.write() as tx:
        for number in range(5):
            ledger.advance(tx, key(number), State.SEEN, State.FETCHED, NOW + number // 2)
        first = ledger.waiting(tx, Stage.CLEAN, NOW + 10, (0.0, ""), 3)
        rest = ledger.waiting(tx, Stage.CLEAN, NOW + 10, (first[-1].changed, first[-1].key), 3)
        young = ledger.waiting(tx, Stage.CLEAN, NOW, (0.0, ""), 10)
    assert [item.key for item in [*first, *rest]] == [key(number) for number in range(5)]
    assert [item.key for item in young] == [key(0), key(1)]


def test_an_item_is_found_by_its_url_and_by_every_url_it_was_sighted_under(store: Store) -> None:
    see(store, entry(1, url="https://estuaire.example/1?utm_medium=rss"))
    with store.read() as tx:
        assert ledger.find(tx, "https://estuaire.example/1") == ledger.find(
            tx, "https://estuaire.example/1?utm_medium=rss"
        )
        assert ledger.find(tx, "https://estuaire.example/2") is None


def test_a_page_is_given_back_only_by_who_holds_it(store: Store) -> None:
    see(store, entry(1))
    with store.write() as tx:
        ledger.lease_pages(tx, "a", NOW, 15, 10, [])
        ledger.lease_pages(tx, "b", NOW + 16, 15, 10, [])
        ledger.release(tx, "a", key(1), NOW + 86_400)
        ledger.release(tx, "b", key(1), NOW + 20)
        assert len(ledger.lease_pages(tx, "c", NOW + 21, 15, 10, [])) == 1


def test_what_a_clock_that_ran_ahead_has_stamped_does_not_stand_still(store: Store) -> None:
    ahead = NOW + 10 * 365 * 86_400
    see(store, entry(1), entry(2), now=ahead)
    with store.write() as tx:
        assert len(ledger.lease_pages(tx, "a", ahead, 15, 10, [])) == 2
        assert len(ledger.lease_pages(tx, "b", NOW, 15, 10, [])) == 2
        ledger.advance(tx, key(1), State.SEEN, State.FETCHED, ahead)
        assert ledger.waiting(tx, Stage.CLEAN, NOW, (0.0, ""), 10) == []
        ledger.set_back(tx, Stage.CLEAN, NOW)
        assert [item.key for item in ledger.waiting(tx, Stage.CLEAN, NOW, (0.0, ""), 10)] == [key(1)]


def test_a_clock_that_is_set_back_by_an_hour_keeps_no_page_waiting_for_an_hour(store: Store) -> None:
    ahead = NOW + 3600
    see(store, entry(1), entry(2), entry(3))
    with store.write() as tx:
        assert len(ledger.lease_pages(tx, "a", ahead, 15, 10, [])) == 3
        ledger.retry(tx, key(1), State.SEEN, Reason.TIMEOUT, "slow", ahead, ahead + 300)
        ledger.retry(tx, key(2), State.SEEN, Reason.TIMEOUT, "slow", NOW, NOW + 300)
        assert {item.key for item in ledger.lease_pages(tx, "b", NOW, 15, 10, [])} == {key(1), key(3)}
        assert ledger.lease_pages(tx, "c", NOW, 15, 10, []) == []


def test_the_questions_asked_all_the_time_are_answered_from_an_index(plan: Callable[[str], str]) -> None:
    asked = {
        "SELECT key FROM items WHERE state = 'fetched' AND changed <= 1 AND (changed, key) > (0, '') AND due <= 1"
        " ORDER BY changed, key LIMIT 500": "items_waiting",
        "SELECT state, reason, count(*) FROM items GROUP BY state, reason": "items_account",
        "SELECT key FROM items WHERE url = 'u'": "items_url",
        "SELECT item FROM sightings WHERE url = 'u'": "sightings_url",
        "SELECT ordinal FROM compared WHERE item = 'k' ORDER BY ordinal": "compared_item",
    }
    for sql, index in asked.items():
        assert index in plan(sql), plan(sql)
