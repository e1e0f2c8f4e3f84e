"""Running `vigie` as a person would."""

import os
import subprocess
import sys
from pathlib import Path


def vigie(
    *arguments: str, given: bytes = b"", where: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return subprocess.run(
        [sys.executable, "-m", "services", *arguments],
        input=given,
        capture_output=True,
        timeout=90,
        cwd=where,
        env={**kept, **environment},
    )
