"""The books as Prometheus metrics, read from the store at every scrape: nothing is counted twice or lost here."""

from collections.abc import Iterator
from dataclasses import replace

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.api.checks import Lengths
from services.api.search import Search
from services.contracts import Account, Outcome
from services.store import Store, events, judgements, ledger
from services.store.events import Consumer

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Books(Collector):
    """Collects the account of the store, the lengths of the queues and everybody's lag."""

    def __init__(self, store: Store, search: Search, redis_lengths: Lengths | None) -> None:
        self._store = store
        self._search = search
        self._redis_lengths = redis_lengths

    def describe(self) -> list[Metric]:
        # Registering must not read the store.
        return []

    def collect(self) -> Iterator[Metric]:
        with self._store.read() as tx:
            account = replace(ledger.account(tx), topics=judgements.tally(tx))
            consumers = events.consumers(tx)
        yield from _account(account)
        yield from self._lags(account.events, consumers)
        yield from self._queues()

    def _lags(self, head: int, consumers: list[Consumer]) -> Iterator[Metric]:
        up = GaugeMetricFamily("vigie_search_up", "Whether the search index can be read")
        behind = GaugeMetricFamily("vigie_search_lag_events", "Events that cannot be searched yet")
        try:
            behind.add_metric([], max(0, head - self._search.cursor()))
            up.add_metric([], 1)
        except Exception:  # an index that cannot be read is what vigie_search_up tells
            up.add_metric([], 0)
        yield up
        yield behind
        lag = GaugeMetricFamily("vigie_consumer_lag_events", "Events not yet acknowledged", labels=["consumer"])
        for consumer in consumers:
            lag.add_metric([consumer.name], consumer.lag)
        yield lag

    def _queues(self) -> Iterator[Metric]:
        if self._redis_lengths is None:
            return
        up = GaugeMetricFamily("vigie_redis_up", "Whether Redis answers")
        waiting = GaugeMetricFamily("vigie_queue_jobs", "Jobs that wait", labels=["queue"])
        try:
            for name, length in self._redis_lengths().items():
                waiting.add_metric([name], length)
            up.add_metric([], 1)
        except Exception:  # a Redis that does not answer is what vigie_redis_up tells
            up.add_metric([], 0)
        yield up
        yield waiting


def render(books: Books) -> bytes:
    """The metrics in Prometheus' text format. Raises StoreError."""
    # A registry of our own: the default one belongs to whoever embeds this.
    registry = CollectorRegistry(auto_describe=False)
    registry.register(books)
    return generate_latest(registry)


def _account(account: Account) -> Iterator[Metric]:
    items = GaugeMetricFamily("vigie_items", "Items in each state; their sum is all that was seen", labels=["state"])
    for state, count in account.states.items():
        items.add_metric([state], count)
    ended = GaugeMetricFamily("vigie_items_ended", "Items that ended, by reason", labels=["state", "reason"])
    for state, reasons in account.reasons.items():
        for reason, count in reasons.items():
            ended.add_metric([state, reason], count)
    noise = CounterMetricFamily("vigie_blocks_removed", "Blocks cut from pages", labels=["kind"])
    for kind, count in account.noise.items():
        noise.add_metric([kind], count)
    feeds = GaugeMetricFamily("vigie_feeds", "Feeds by the result of their last poll", labels=["result"])
    for result, count in account.feeds.items():
        feeds.add_metric([result], count)
    topics = GaugeMetricFamily("vigie_topic_articles", "Articles that a topic judged", labels=["topic", "outcome"])
    for name, tally in account.topics.items():
        for outcome in Outcome:
            topics.add_metric([name, outcome], getattr(tally, outcome))
    yield from (items, ended, topics, noise, feeds)
    yield CounterMetricFamily("vigie_polls", "Polls of feeds", value=account.polls)
    yield CounterMetricFamily(
        "vigie_refused_jobs", "Jobs forged or malformed, none of them run", value=account.refused_jobs
    )
    yield CounterMetricFamily("vigie_events", "Events; the number of the last one", value=account.events)
