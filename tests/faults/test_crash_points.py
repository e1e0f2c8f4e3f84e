"""The points at which a test may crash a process: known by name, each there once, and no setting."""

import os
import re
import subprocess
import sys
from pathlib import Path

from services import crashing
from services.settings import unknown

SERVICES = Path(crashing.__file__).parent


def test_every_point_is_in_the_code_once() -> None:
    found = re.findall(r"crashing\.at\(\"(\w+)\"\)", "".join(path.read_text() for path in SERVICES.rglob("*.py")))
    assert sorted(found) == sorted(crashing.POINTS)


def test_an_unknown_point_is_refused_and_a_known_one_is_no_setting(tmp_path: Path) -> None:
    environment = {**os.environ, crashing.VARIABLE: "at_leisure", "VIGIE_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "services", "cleaner"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 78
    assert "'at_leisure': no such point; known are poll_answered" in done.stderr
    assert unknown([crashing.VARIABLE]) == [crashing.VARIABLE]
