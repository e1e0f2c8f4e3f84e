"""Ties a process to its parent: when the parent dies, however that happens, the process ends too."""

import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def bind(parent: int, ending: signal.Signals) -> None:
    """Have `ending` sent to this process when the process `parent` dies; at once if it is dead already."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(ending))
        if os.getppid() != parent:
            os.kill(os.getpid(), ending)
    else:
        threading.Thread(target=_watch, args=(parent, ending), daemon=True).start()


def _watch(parent: int, ending: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), ending)
