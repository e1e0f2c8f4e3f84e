"""Redis, the store and the queue, opened once per process; the only place that enqueues.

An rq job here is an item key and a contract version, under an id that can exist once. Losing it costs
nothing: the ledger knows which items wait for which stage, and `reconcile` enqueues what has stood still.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import LockError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from services.contracts import READY_KEY, RECONCILE_KEY, WAITS_FOR, Message, Stage
from services.jobs import HEARTBEAT_SECONDS, NAME, PREPARED, LedgerJob, arguments
from services.settings import Settings
from services.store import Store, ledger, open_store

log = logging.getLogger("vigie.runtime")

STILL_SECONDS = 5
"""An item that waits longer than this is looked up in Redis by the reconciler."""
RECONCILE_SECONDS = 30.0
"""A process that reconciles and has not been through a batch for this long has died: another may."""
BATCH = 500
BACKOFF, RETRIES = ExponentialBackoff(cap=1.0, base=0.1), 3
"""Of one Redis command, for a moment's absence. A longer one is told to the caller, who can wait better."""
WORKER_KEY = SimpleWorker.redis_worker_namespace_prefix


class RedisUnfit(Exception):
    """The Redis that was given cannot carry the queue; the message says why and what to change."""


@dataclass(slots=True)
class Runtime:
    """What a process needs, opened at its door."""

    settings: Settings
    store: Store
    redis: redis.Redis
    clock: Callable[[], float] = field(default=time.time)
    _popped: dict[Stage, set[str]] = field(default_factory=dict)

    def queue(self, stage: Stage) -> Queue:
        return Queue(stage, connection=self.redis, job_class=LedgerJob, serializer=JSONSerializer)

    def enqueue(self, stage: Stage, keys: Sequence[str]) -> int:
        """Enqueue items for a stage, unless they are already; how many were. Many go in one round trip."""
        queue = self.queue(stage)
        fresh = self._absent([Message(stage, key) for key in dict.fromkeys(keys)])
        if len(fresh) == 1:
            return int(self._enqueue_one(queue, fresh[0]))
        if fresh:
            queue.enqueue_many(
                [Queue.prepare_data(NAME, arguments(each), job_id=each.job_id, **PREPARED) for each in fresh]
            )
        return len(fresh)

    def queue_lengths(self) -> dict[str, int]:
        """How many jobs wait, by queue."""
        return {stage.value: self.queue(stage).count for stage in Stage}

    def try_writing(self) -> None:
        """Raise redis.RedisError where Redis answers but takes nothing: full, a replica, its own disk full."""
        self.redis.set(READY_KEY, "", px=1_000)

    def reconcile(self) -> int:
        """Enqueue every item that waits for a stage and is not in Redis, or whose worker died; how many.

        One at a time over all processes: two that saw the same dead worker would count its crash twice.
        """
        self._cap(RECONCILE_KEY, RECONCILE_SECONDS)
        lock = self.redis.lock(RECONCILE_KEY, timeout=RECONCILE_SECONDS, blocking=False)
        if not lock.acquire():
            return 0
        with suppress(LockError):  # it lapsed meanwhile; whoever has it now keeps it, and goes on
            try:
                return sum(self._reconcile(stage, lock.reacquire) for stage in Stage)
            finally:
                lock.release()
        return 0

    def close(self) -> None:
        self.redis.close()
        self.store.close()

    def _enqueue_one(self, queue: Queue, message: Message) -> bool:
        options = {"job_timeout" if name == "timeout" else name: value for name, value in PREPARED.items()}
        try:
            queue.enqueue(NAME, job_id=message.job_id, args=arguments(message), unique=True, **options)
        except DuplicateJobError:
            return False
        return True

    def _absent(self, messages: Iterable[Message]) -> list[Message]:
        asked = list(messages)
        if len(asked) < 2:
            return asked  # the unique enqueue asks by itself
        with self.redis.pipeline(transaction=False) as pipe:
            for message in asked:
                pipe.exists(LedgerJob.key_for(message.job_id))
            return [message for message, exists in zip(asked, pipe.execute(), strict=True) if not exists]

    def _cap(self, key: str, seconds: float) -> None:
        """Have a key lapse within so long: where Redis' clock was set back, it would outlive its meaning by as much."""
        if self.redis.pttl(key) > seconds * 1000:
            self.redis.pexpire(key, int(seconds * 1000))

    def _reconcile(self, stage: Stage, keep: Callable[[], object]) -> int:
        """`keep` is called between two batches."""
        now, place, enqueued = self.clock(), (0.0, ""), 0
        with self.store.write() as tx:
            ledger.set_back(tx, stage, now)
        stuck = self._stuck(stage)
        while True:
            with self.store.read() as tx:
                items = ledger.waiting(tx, stage, now - STILL_SECONDS, place, BATCH)
            if not items:
                return enqueued
            place = (items[-1].changed, items[-1].key)
            lost = self._lost([Message(stage, item.key) for item in items], stuck)
            enqueued += self.enqueue(stage, [message.key for message in lost])
            keep()

    def _stuck(self, stage: Stage) -> set[str]:
        """Ids that were popped but not started, now and at the last look: whoever popped them has died."""
        key = self.queue(stage).intermediate_queue_key
        popped = {job_id.decode(errors="replace") for job_id in cast("list[bytes]", self.redis.lrange(key, 0, -1))}
        before, self._popped[stage] = self._popped.get(stage, set()), popped
        return popped & before

    def _lost(self, messages: Sequence[Message], stuck: set[str]) -> list[Message]:
        with self.redis.pipeline(transaction=False) as pipe:
            for message in messages:
                pipe.hmget(LedgerJob.key_for(message.job_id), "status", "worker_name")
            answers = pipe.execute()
        return [
            message
            for message, answer in zip(messages, answers, strict=True)
            if self._is_lost(message, *answer, is_stuck=message.job_id in stuck)
        ]

    def _is_lost(self, message: Message, status: bytes | None, worker: bytes | None, *, is_stuck: bool) -> bool:
        """Whether nobody will do this job unless it is enqueued now; clears what is left of a dead one."""
        if status is None:
            key = LedgerJob.key_for(message.job_id)
            return not self.redis.exists(key) or self._forget(message, "a job without a status")
        if status == b"queued":
            return is_stuck and self._forget(message, "popped by a worker that died before it began")
        if status == b"started":
            if worker:
                name = WORKER_KEY + worker.decode(errors="replace")
                self._cap(name, HEARTBEAT_SECONDS)
                if self.redis.exists(name):
                    return False
            return self._forget(message, "its worker died", crashed=True)
        if status in (b"failed", b"stopped", b"canceled"):
            return self._forget(message, f"rq gave it up as {status.decode()}", crashed=True)
        return self._forget(message, f"{status[:20]!r} in rq, but without effect")

    def _forget(self, message: Message, why: str, *, crashed: bool = False) -> bool:
        """Remove a dead job from Redis; False when that was the item's last try."""
        log.warning("%s: %s; enqueueing it again", message.job_id, why)
        self._remove(message)
        if not crashed:
            return True
        now = self.clock()
        with self.store.write() as tx:
            return not ledger.crash(tx, message.key, WAITS_FOR[message.stage], why, now, now)

    def _remove(self, message: Message) -> None:
        """Delete a job by its keys: rq's own `delete` reads the hash first, and a damaged one stops it."""
        queue, job_id = self.queue(message.stage), message.job_id
        started = queue.started_job_registry.key
        entries = cast("list[bytes]", self.redis.zrange(started, 0, -1))
        with self.redis.pipeline() as pipe:
            for entry in entries:
                if entry.split(b":")[0] == job_id.encode():
                    pipe.zrem(started, entry)
            for registry in (queue.failed_job_registry, queue.finished_job_registry):
                pipe.zrem(registry.key, job_id)
            for waiting in (queue.key, queue.intermediate_queue_key):
                pipe.lrem(waiting, 0, job_id)
            pipe.delete(LedgerJob.key_for(job_id))
            pipe.execute()


def open_runtime(settings: Settings, *, redis_url: str, check: bool = True) -> Runtime:
    """Open store and Redis. Raises StoreError, RedisUnfit, redis.RedisError.

    Without `check`, for those who enqueue nothing, Redis need not answer yet.
    """
    client = open_redis(redis_url)
    if check:
        check_policy(client)
    return Runtime(settings, open_store(settings.store_location), client)


def open_redis(url: str) -> redis.Redis:
    """A client, which has not connected yet. Raises RedisUnfit; its message and trace do not repeat the URL."""
    try:
        client: redis.Redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=5,
            socket_timeout=15,
            health_check_interval=30,
            retry=Retry(BACKOFF, RETRIES),
        )
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # asks nobody, but knows whether the parameters are any
    except (ValueError, TypeError):
        # the cause would repeat what was given: a password with an unescaped slash is taken for a port
        raise RedisUnfit(
            "VIGIE_REDIS_URL is not the URL of a Redis: redis://user:password@host:6379/0, rediss://… for TLS or"
            " unix:///path, with % codes for special characters, and parameters that redis-py knows"
        ) from None
    return client


def check_policy(client: redis.Redis) -> None:
    """Raise RedisUnfit if this Redis may drop jobs to make room."""
    policy = client.info("memory").get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise RedisUnfit(
            f"Redis is set to maxmemory-policy {policy}: it would drop queued jobs when it is full. "
            "Set maxmemory-policy noeviction, or give vigie a Redis of its own (VIGIE_REDIS_URL)."
        )


def worker_name(stage: Stage, pid: int) -> str:
    """Under which name a worker process registers; its supervisor knows it by the pid."""
    return f"{stage}.{socket.gethostname()}.{pid}"


def bury(client: redis.Redis, stage: Stage, pid: int) -> None:
    """Tell Redis that a worker of this host is dead, so that its job need not wait for the heartbeat to lapse."""
    client.delete(WORKER_KEY + worker_name(stage, pid))


def bury_lost(client: redis.Redis) -> int:
    """Bury workers of this host whose processes are gone, and whose supervisor went with them; how many."""
    lost = [(stage, pid) for stage in Stage for pid in _workers_here(client, stage) if not _is_alive(pid)]
    for stage, pid in lost:
        log.warning("the worker of stage %s with pid %d is gone; what it held goes to another", stage, pid)
        bury(client, stage, pid)
    return len(lost)


def _workers_here(client: redis.Redis, stage: Stage) -> list[int]:
    prefix = f"{WORKER_KEY}{stage}.{socket.gethostname()}."
    keys = (key.decode(errors="replace") for key in client.scan_iter(match=f"{WORKER_KEY}{stage}.*", count=1000))
    pids = (key.removeprefix(prefix) for key in keys if key.startswith(prefix))
    return [int(pid) for pid in pids if pid.isascii() and pid.isdigit()]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
