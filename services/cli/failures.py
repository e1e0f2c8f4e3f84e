"""Which errors are told to a person in one line, and with which exit code. Any other is a bug and shows its trace."""

from errno import ENOSPC

import redis

from services.cli import CONFIG
from services.cli.run import RunError
from services.cli.wiring import ConfigError
from services.crashing import UnknownPoint
from services.runtime import RedisUnfit
from services.sandbox import SandboxUnfit
from services.search.postings import IndexProblem
from services.settings import SettingsError
from services.store import StoreError
from services.valkey import ValkeyError


def explain(error: Exception) -> tuple[int, str] | None:
    """(exit code, message), or None for an error that nobody expected."""
    if isinstance(error, SettingsError | RedisUnfit | ConfigError | UnknownPoint):
        return CONFIG, str(error)
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        told = str(error).rstrip(".")
        return 1, f"Redis does not answer: {told}. Is `vigie run` up, or VIGIE_REDIS_URL right?"
    if isinstance(error, SandboxUnfit | StoreError | ValkeyError | RunError | redis.RedisError):
        return 1, str(error)
    if isinstance(error, IndexProblem):
        return 1, str(error)
    if isinstance(error, OSError) and error.errno == ENOSPC:
        return 1, f"no room to write to: {error}"
    return None
