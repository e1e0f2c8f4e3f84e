"""Certificates for `localhost` that sign themselves; made anew, so that no key lies in the repository."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest


def make(folder: Path, name: str) -> None:
    """`name.pem` and its `name.key` in a folder."""
    if shutil.which("openssl") is None:
        assert not os.environ.get("CI"), "CI installs openssl"
        pytest.skip("openssl makes the certificates of the TLS tests; install it")
    subprocess.run(
        shlex.split(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
            f" -addext subjectAltName=DNS:localhost -keyout {name}.key -out {name}.pem"
        ),
        cwd=folder,
        check=True,
        capture_output=True,
    )
