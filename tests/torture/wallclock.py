"""The wall clock of the processes under torture, to be set at will: Python's, rq's and Redis' alike.

`wallclock.c` is compiled when it is wanted, and preloaded into every process; where there is no compiler, or no Linux,
clocks do not jump, and the closing table says so.
"""

import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path


class WallClock:
    """Reads the real time until it is set. `environment` is what a process needs to live by it."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0
        self._offset = folder / "clock"
        self._offset.write_bytes(struct.pack("=q", 0))
        self.environment = self._preload(folder / "wallclock.so")

    @property
    def works(self) -> bool:
        return bool(self.environment)

    def now(self) -> float:
        """Unix seconds, as the processes have them."""
        return time.time() + self.seconds

    def set(self, seconds: int) -> None:
        """So far from the real time, from now on, for all at once."""
        self.seconds = seconds
        with self._offset.open("r+b") as file:
            file.write(struct.pack("=q", seconds))

    def _preload(self, library: Path) -> dict[str, str]:
        compiler = shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            return {}
        source = Path(__file__).with_suffix(".c")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source], check=True)
        return {"LD_PRELOAD": str(library), "TORTURE_CLOCK": str(self._offset)}
