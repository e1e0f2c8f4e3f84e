"""What is done to the line, and in which order: kills by role, and what befalls Redis, its jobs and the clock."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, cycle, islice

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from services.contracts import Message, Stage
from services.jobs import NAME, PREPARED, LedgerJob, arguments
from services.store import Store
from tests.torture.line import Line

VICTIMS = ("fetcher", "cleaner", "extractor", "indexer", "api", "redis", "consumer", "cleaner", "supervisor")
"""A round of kills; those of a store's server come in where it has one of its own."""
OFFSETS = (3600, 0, -3600, 0, 3 * 86_400, 0, 90, 0)
"""Seconds by which the wall clock is wrong, one after the other."""
MISHAPS = ("flush", "clock", "doubled jobs", "shuffled jobs")
KILLS_TO_A_MISHAP = 2
REPEATED = 20
"""Jobs that are pushed a second time, and jobs for items that are done, each time."""


@dataclass(frozen=True, slots=True)
class Fault:
    what: str
    is_kill: bool


def plan(kills: int, rng: random.Random, *, with_server: bool, with_clock: bool) -> list[Fault]:
    """So many kills, every role once in a round, and a mishap after every few of them."""
    victims = (*VICTIMS, "postgres") if with_server else VICTIMS
    rounds = chain.from_iterable(rng.sample(victims, len(victims)) for _ in cycle((0,)))
    mishaps = cycle(each for each in MISHAPS if with_clock or each != "clock")
    faults: list[Fault] = []
    for number, victim in enumerate(islice(rounds, kills), start=1):
        faults.append(Fault(victim, is_kill=True))
        if number % KILLS_TO_A_MISHAP == KILLS_TO_A_MISHAP // 2:
            faults.append(Fault(next(mishaps), is_kill=False))
    return faults


def offsets() -> Iterator[int]:
    return cycle(OFFSETS)


def double_jobs(line: Line, store: Store, rng: random.Random) -> None:
    """Ids that wait already, once more; and jobs for items that are at their end."""
    with store.read() as tx:
        ended = [row["item"] for row in tx.all("SELECT DISTINCT item FROM events")]
    for stage in Stage:
        queue = Queue(stage, connection=line.redis, job_class=LedgerJob, serializer=JSONSerializer)
        waiting = line.redis.lrange(queue.key, 0, -1)
        assert isinstance(waiting, list)
        if waiting:
            line.redis.rpush(queue.key, *rng.choices(waiting, k=REPEATED))
        for key in rng.sample(ended, min(REPEATED, len(ended))):
            message = Message(stage, key)
            options = {"job_timeout" if name == "timeout" else name: value for name, value in PREPARED.items()}
            queue.enqueue(NAME, job_id=message.job_id, args=arguments(message), **options)


def shuffle_jobs(line: Line, rng: random.Random) -> None:
    """What waits, in another order."""
    for stage in Stage:
        key = Queue(stage, connection=line.redis).key
        with line.redis.pipeline() as pipe:
            try:
                pipe.watch(key)
                waiting = pipe.lrange(key, 0, -1)
                assert isinstance(waiting, list)
                pipe.multi()
                if waiting:
                    pipe.delete(key)
                    pipe.rpush(key, *rng.sample(waiting, len(waiting)))
                pipe.execute()
            except redis.WatchError:
                continue  # a worker took one meanwhile: as it was, then
