"""Named points at which a process ends itself as kill -9 would, so that tests can crash it at the worst moment.

`VIGIE_CRASH_AT=NAME` chooses one; unset, which is the rule, nothing here does anything. Whoever may set a process'
environment can end it anyway: the points give nobody a power that he has not got. An unknown name is refused
at the door, a known one is told in the log, and `vigie check` calls the variable wrong: it is no setting.
"""

import logging
import os
import signal

log = logging.getLogger("vigie.crashing")

VARIABLE = "VIGIE_CRASH_AT"

POINTS = {
    "poll_answered": "fetcher: a feed has been read, nothing of it is saved",
    "page_saved": "fetcher: a page is saved, its job is not enqueued",
    "job_taken": "worker: a job has left its queue, nothing says yet who has it",
    "extracting": "the cleaner's child: a page is about to be taken apart",
    "cleaned": "cleaner: an article is saved, its job is not enqueued",
    "indexing": "indexer: article and event are written, nothing is committed",
    "indexed": "indexer: all is committed, the job is not acknowledged",
}
"""Every point: in which process, and what is done and not done there."""

_CHOSEN = os.environ.get(VARIABLE)


class UnknownPoint(ValueError):
    """VIGIE_CRASH_AT names no point."""


def announce() -> None:
    """Say in the log that this process is going to end itself. Raises UnknownPoint."""
    if not _CHOSEN:
        return
    if _CHOSEN not in POINTS:
        raise UnknownPoint(f"{VARIABLE}={_CHOSEN!r:.50}: no such point; known are {', '.join(POINTS)}. Unset it.")
    log.warning("%s is set: this process ends itself at %s (%s)", VARIABLE, _CHOSEN, POINTS[_CHOSEN])


def at(point: str) -> None:
    """End this process now, without a word to anyone, if `point` is the chosen one."""
    if point == _CHOSEN:
        os.kill(os.getpid(), signal.SIGKILL)
