"""`python -m services.newsstand`: serves until Ctrl-C and prints the outlets file of the stand."""

import signal
import sys

from services.newsstand import listing
from services.newsstand.server import open_stand


def main() -> int:
    with open_stand() as stand:
        sys.stdout.write(listing.outlets_toml(stand.outlets))
        sys.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    raise SystemExit(main())
