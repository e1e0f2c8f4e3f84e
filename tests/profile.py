"""How long tests of many examples search: a bounded, repeatable search in CI, a longer and random one by hand."""

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("FUZZ", "0"))
"""By how much longer than in CI (`make fuzz FUZZ=50`); 0 for the search of CI, which is the same each time."""


def bounded(examples: int, *, steps: int = 50) -> settings:
    """`examples` as many as CI can afford; a failure there is shown as it was found, not made small first."""
    return settings(
        max_examples=examples * max(TIMES, 1),
        stateful_step_count=steps,
        derandomize=not TIMES,
        deadline=None,
        phases=tuple(Phase) if TIMES else (Phase.explicit, Phase.generate),
        print_blob=bool(TIMES),
        suppress_health_check=list(HealthCheck),
    )
