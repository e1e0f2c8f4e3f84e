"""Jobs: what a payload in Redis may ask for, which is one thing.

rq imports and runs whatever callable a payload names, as function, callback or webhook. `LedgerJob` admits
a Message and nothing else; a payload that says more, or does not parse, never runs.
"""

from collections.abc import Callable
from typing import Any

from rq import Retry
from rq.job import Job

from services.contracts import CONTRACT_VERSION, Message, Stage

JOB_SECONDS = 60
"""Longest run of a job, seconds: well above the sandbox's limit, so that it only ever catches a bug."""
HEARTBEAT_SECONDS = 30
"""How long a worker is believed to live without a sign, of which it gives several in that time."""
RESULT_SECONDS = 5
"""How long a finished job stays in Redis. Not 0: rq counts a job that outlives its own result as failed."""

NAME = "services.jobs.LedgerJob"
"""What stands in a payload where rq has the name of a function. Nothing imports it."""

PREPARED: dict[str, Any] = {
    "timeout": JOB_SECONDS,
    "result_ttl": RESULT_SECONDS,
    "failure_ttl": 3600,
    "retry": Retry(max=3),  # for a job that rq itself finds abandoned; crashes that we see are in the ledger
    "description": NAME,
}
"""Options of `Queue.prepare_data`; `Queue.enqueue` knows the first as job_timeout."""


class BadMessage(Exception):
    """A job's payload is not a Message of a known version."""


class LedgerJob(Job):
    """An rq job that carries a Message."""

    work: Callable[[Message], None] | None = None
    """Set by the worker that performs this job."""

    def restore(self, raw_data: Any) -> None:
        """Read a job from Redis. A hash that does not parse is kept as a job that is refused."""
        self._fault: str | None = None
        try:
            super().restore(raw_data)
        except Exception as error:  # any field of a hostile hash may be wrong in any way
            self._fault = f"{type(error).__name__}: {error}"
        names = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        if any(names) or self.webhooks:
            self._fault = f"forged: callbacks {[name for name in names if name]}, {len(self.webhooks)} webhooks"
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    @property
    def func(self) -> Callable[..., Any]:
        """Refused, whoever asks: a worker does a job's work, a payload does not bring it."""
        raise BadMessage("a job names no function")

    def _execute(self) -> None:
        assert self.work is not None, "only a LedgerWorker performs jobs"
        self.work(self.message())

    def message(self) -> Message:
        """What the job asks for. Raises BadMessage."""
        if self._fault:
            raise BadMessage(self._fault)
        try:
            name, instance, args, kwargs = self.func_name, self.instance, self.args, self.kwargs
        except Exception as error:  # rq raises its own and json's errors here, and TypeError for odd shapes
            raise BadMessage(f"{type(error).__name__}: {error}") from error
        if name != NAME or instance is not None:
            raise BadMessage(f"forged: it asks for {name!r}")
        return _message(self.id, args, kwargs)


def _message(job_id: str, args: Any, kwargs: Any) -> Message:
    if kwargs or not isinstance(args, list | tuple) or len(args) != 3:
        raise BadMessage(f"arguments {args!r:.100} {kwargs!r:.100} instead of stage, key and version")
    stage, key, version = args
    if version != CONTRACT_VERSION or isinstance(version, bool):
        raise BadMessage(f"version {version!r:.20}; this worker knows {CONTRACT_VERSION}")
    if stage not in list(Stage) or not isinstance(key, str):
        raise BadMessage(f"stage {stage!r:.50}, key {key!r:.50}")
    message = Message(Stage(stage), key, version)
    if message.job_id != job_id:
        raise BadMessage(f"it is about {message.job_id:.80} but its id is {job_id:.80}")
    return message


def arguments(message: Message) -> tuple[str, str, int]:
    """A Message as the payload carries it."""
    return (message.stage.value, message.key, message.version)
