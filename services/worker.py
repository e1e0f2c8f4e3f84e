"""A worker: one process, one queue, one job after the other, warm from the first to the last."""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis
from rq import Queue
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker, WorkerStatus

from services import crashing
from services.contracts import WAITS_FOR, Message, Stage
from services.jobs import HEARTBEAT_SECONDS, JOB_SECONDS, BadMessage, LedgerJob
from services.runtime import Runtime, bury, worker_name
from services.sandbox import SandboxUnfit
from services.store import StoreCorrupt, StoreUnavailable, ledger, refusals

log = logging.getLogger("vigie.worker")

BEAT_SECONDS = 10.0
"""Between two signs of life during a job."""
RETRY_SECONDS = 5.0
"""Pause before an item whose work crashed is tried again."""
REFUSED_SECONDS = 30.0
"""Pause before an item in whose name a message was refused gets its job: a producer that is newer than the workers
would be answered in a circle."""

READABLE = re.compile(rb"[A-Za-z0-9_-]+")
"""What rq takes for the id of a job."""

Handler = Callable[[str], None]
"""Does a stage's work for the item with this key. Idempotent: the ledger decides whether there is any."""


class LedgerWorker(SimpleWorker):
    """Works one queue, in this process, one job after the other.

    Differs from rq's in four things: it refuses jobs that are not Messages; it takes no commands over
    Redis' publish/subscribe; a signal never interrupts it between taking a job and doing it; and its
    heart beats during a job too, so that it is seen to have stopped after HEARTBEAT_SECONDS.
    """

    log_job_description = False
    log_result_lifespan = False
    max_connection_wait_time = 5.0
    dequeue_timeout = 2  # seconds between two looks at `_stop_requested`

    corrupt: StoreCorrupt | None = None
    """Why it stopped by itself: nothing more is written to a damaged store."""

    def __init__(self, runtime: Runtime, stage: Stage, handler: Handler) -> None:
        self._runtime = runtime
        self._stage = stage
        self._handler = handler
        super().__init__(
            [runtime.queue(stage)],
            name=worker_name(stage, os.getpid()),
            connection=runtime.redis,
            job_class=LedgerJob,
            serializer=JSONSerializer,
            worker_ttl=HEARTBEAT_SECONDS,
            maintenance_interval=10,
            job_monitoring_interval=5,
        )

    @property
    def stopped_on_request(self) -> bool:
        """False when the loop ended for another reason: Redis went away in the middle of a job."""
        return self._stop_requested

    def subscribe(self) -> None:
        """Nothing: rq would let anyone who can publish stop this worker or kill its job."""

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Never for longer than `worker_ttl`, whatever rq thinks a job may take."""
        super().heartbeat(min(timeout or self.worker_ttl, self.worker_ttl), pipeline)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """When rq itself would call the job abandoned; the reconciler is sooner."""
        return JOB_SECONDS + 5

    def _shutdown(self) -> None:
        self._stop_requested = True

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """The next job, or None once a signal has asked to stop. A Redis that is away is waited for."""
        pause = 0.5
        while not self._stop_requested:
            try:
                self.set_state(WorkerStatus.IDLE)
                self.heartbeat()
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()
                return self._dequeue()
            except DequeueTimeout:
                continue
            except (redis.ConnectionError, redis.TimeoutError) as error:
                log.error("Redis does not answer (%s); trying again in %.1f s", error, pause)
                time.sleep(pause)
                pause = min(pause * 2, self.max_connection_wait_time)
        return None

    def run_maintenance_tasks(self) -> None:
        """rq's own repairs. They may fail on what a stranger put into a registry: the reconciler does without them."""
        self._refuse_strangers()
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except ValueError as error:
            log.error("rq's registries of queue %s hold what it cannot read: %s", self._stage, error)

    def _dequeue(self) -> tuple[Job, Queue] | None:
        try:
            taken = self.queue_class.dequeue_any(
                self.queues,
                self.dequeue_timeout,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except ValueError as error:
            self._refuse_strangers()
            raise DequeueTimeout("nothing that can be read") from error
        if taken is not None:
            crashing.at("job_taken")
            taken[0].redis_server_version = self.get_redis_server_version()  # type: ignore[no-untyped-call]
        return taken

    def execute_job(self, job: Job, queue: Queue) -> None:
        assert isinstance(job, LedgerJob)
        try:
            job.message()
        except BadMessage as error:
            self._refuse(job, queue, _storable(str(error)))
            return
        job.work = self._work
        with self._beating():
            super().execute_job(job, queue)

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Signs of life while a job is done; none any more from one that hangs where no alarm reaches it."""
        done, longest = threading.Event(), time.monotonic() + JOB_SECONDS + BEAT_SECONDS

        def beat() -> None:
            while not done.wait(BEAT_SECONDS) and time.monotonic() < longest:
                try:
                    self.heartbeat()
                except redis.RedisError as error:
                    log.warning("Redis did not hear that this worker lives: %s", error)

        heart = threading.Thread(target=beat, name="heart", daemon=True)
        heart.start()
        try:
            yield
        finally:
            done.set()
            heart.join()

    def _work(self, message: Message) -> None:
        try:
            self._handler(message.key)
        except StoreCorrupt as error:
            self.corrupt, self._stop_requested = error, True
        except (StoreUnavailable, SandboxUnfit, redis.RedisError) as error:
            log.error("%s: %s; it stays in the ledger and comes back", message.job_id, error)
            time.sleep(1.0)  # a full disk or a locked store is not cured by hurry
        except Exception as error:
            log.exception("%s: failed", message.job_id)
            self._count_failure(message, error)

    def _count_failure(self, message: Message, error: Exception) -> None:
        now = self._runtime.clock()
        detail = f"{type(error).__name__}: {error}"[:500]
        with self._runtime.store.write() as tx:
            ledger.crash(tx, message.key, WAITS_FOR[message.stage], detail, now, now + RETRY_SECONDS)

    def _refuse_strangers(self) -> None:
        """Take ids out of what was popped that rq itself refuses to read: it would fail on them again and again."""
        popped = self._runtime.queue(self._stage).intermediate_queue_key
        for job_id in cast("list[bytes]", self.connection.lrange(popped, 0, -1)):
            if READABLE.fullmatch(job_id):
                continue
            name = job_id.decode(errors="backslashreplace")
            log.error("job %r in queue %s refused: its id is none", name[:100], self._stage)
            with self._runtime.store.write() as tx:
                refusals.record(tx, self._stage, name, "its id is none", self._runtime.clock())
            self.connection.lrem(popped, 0, cast("str", job_id))
            self.connection.delete(LedgerJob.redis_job_namespace_prefix.encode() + job_id)

    def _refuse(self, job: LedgerJob, queue: Queue, why: str) -> None:
        log.error("job %r in queue %s refused: %s", job.id[:100], queue.name, why)
        _, _, key = job.id.partition("-")
        now = self._runtime.clock()
        with self._runtime.store.write() as tx:
            refusals.record(tx, self._stage, job.id, why, now)
            refusals.spare(tx, key, WAITS_FOR[self._stage], why, now, now + REFUSED_SECONDS)
        queue.intermediate_queue.remove(job.id)
        self.connection.delete(job.key)


def _storable(text: str) -> str:
    """What a hostile payload brought into an error's text, as the store can keep it."""
    return text.encode("utf-8", "backslashreplace").decode()[:500]


def work(runtime: Runtime, stage: Stage, handler: Handler) -> int:
    """Work a stage's queue until SIGTERM or SIGINT; the exit code. Begins anew when Redis comes back.

    Raises StoreCorrupt when the store turns out to be damaged.
    """
    worker: LedgerWorker | None = None
    while worker is None or not worker.stopped_on_request:
        try:
            bury(runtime.redis, stage, os.getpid())  # ours, if Redis remembers us from before it went away
            worker = LedgerWorker(runtime, stage, handler)
            worker.work(logging_level="WARNING")
            if worker.corrupt:
                raise worker.corrupt
        except redis.RedisError as error:
            log.error("Redis does not answer: %s", error)
            time.sleep(1.0)
    return 0
