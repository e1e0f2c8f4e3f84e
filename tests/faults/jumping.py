"""`vigie` with a clock that a file sets: `python -m tests.faults.jumping FILE COMMAND …`, FILE holds seconds to add.

Only the time of day jumps, as it does when a machine's clock is set; the monotonic clock goes on.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path


def jumping(file: Path, real: Callable[[], float]) -> Callable[[], float]:
    def now() -> float:
        return real() + float(file.read_text() or 0)

    return now


if __name__ == "__main__":
    time.time = jumping(Path(sys.argv[1]), time.time)
    from services.cli import main

    sys.exit(main(sys.argv[2:]))
