import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from services import codec
from services.contracts import Account
from services.newsstand.expectation import Expected
from services.store import Store, events, open_store
from tests.pipeline import vigie


@dataclass(frozen=True)
class Finished:
    """A demo that has run to its end."""

    data: Path
    account: Account
    addresses: dict[str, str]
    talk: str
    backup: Path
    """What `vigie backup` wrote while it ran."""

    def url(self, story: Expected) -> str:
        return self.addresses[story.outlet] + story.path.lstrip("/")

    @property
    def store(self) -> Store:
        return open_store(f"sqlite:///{self.data / 'vigie.db'}")


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`vigie demo --once`, run once for all tests here."""
    data = tmp_path_factory.mktemp("demo")
    process = vigie.start("demo", "--once", "--json", data=data)
    vigie.wait_until(lambda: process.poll() is not None or _has_events(data))
    backup = tmp_path_factory.mktemp("backup") / "vigie.db"
    vigie.ask("backup", str(backup), data=data)
    out, talk = process.communicate(timeout=vigie.SECONDS)
    assert process.returncode == 0, talk
    outlets = tomllib.loads((data / "outlets.toml").read_text())["outlet"]
    account = codec.build(Account, json.loads(out))
    return Finished(data, account, {outlet["id"]: outlet["url"] for outlet in outlets}, talk, backup)


def _has_events(data: Path) -> bool:
    if not (data / "vigie.db").exists():
        return False
    store = open_store(f"sqlite:///{data / 'vigie.db'}")
    try:
        with store.read() as tx:
            return events.head(tx) > 0
    finally:
        store.close()
