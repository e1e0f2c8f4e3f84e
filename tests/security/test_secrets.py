"""Passwords, from wherever they came, are in no answer, no error, no log at DEBUG, no trace and no process title."""

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
import redis

from services import valkey
from services.cleaner.job import question
from services.cli.failures import explain
from services.contracts import Outlet, State
from services.runtime import RedisUnfit, open_runtime
from services.settings import Settings, SettingsError, from_environment
from services.store import StoreError
from services.store.ledger import Item
from services.store.pages import Page
from tests.indexer import crises
from tests.pipeline import vigie

PASSWORD = "hunter2zebra"
QUOTED = "hunter2%7Aebra"
"""The same, in the way that a URL may have it."""
REDIS = f"redis://worker:{PASSWORD}@127.0.0.1:1/0"
STORE = f"postgresql://keeper:{PASSWORD}@127.0.0.1:1/db?connect_timeout=1"
BROKEN = [
    {"VIGIE_REDIS_URL": f"redis://worker:{PASSWORD}@127.0.0.1:port/0"},
    {"VIGIE_REDIS_URL": f"rediss://worker:{PASSWORD}@[::1/0"},
    {"VIGIE_REDIS_URL": f"http://worker:{PASSWORD}@127.0.0.1:1/0"},
    {"VIGIE_REDIS_URL": f"redis://worker:{PASSWORD}@127.0.0.1:1/0?no_such={PASSWORD}"},
    {"VIGIE_REDIS_URL": f"redis://:{PASSWORD}/more@127.0.0.1:1/0"},
    {"VIGIE_REDIS_URL": f"{PASSWORD}"},
    {"VIGIE_REDIS_URL": f"rediss://:{QUOTED}@127.0.0.1:1/0?ssl_ca_certs=/nowhere"},
    {"VIGIE_STORE_URL": f"mysql://keeper:{PASSWORD}@127.0.0.1/db"},
    {"VIGIE_STORE_URL": f"postgresql://keeper:{PASSWORD}@127.0.0.1:port/db"},
    {"VIGIE_STORE_URL": f"postgresql://keeper:{QUOTED}@[::1/db"},
    {"VIGIE_STORE_URL": f"{PASSWORD}"},
]
ONCE = [
    ["config"],
    ["config", "--json"],
    ["check", "--json"],
    ["status"],
    ["migrate", "--from", "sqlite:////nowhere/v.db", "--to", STORE],
    ["dead", "list"],
    ["outlets", "list", "--json"],
    ["cleaner"],
    ["run"],
]
OUTLETS = f"""
[[outlet]]
id = "post"
name = "The Post"
url = "http://127.0.0.1:1/"
feeds = ["http://127.0.0.1:1/feed"]
headers = {{X-Api-Key = "{PASSWORD}"}}
"""


def answers(tmp_path: Path, *asked: tuple[dict[str, str], list[str]]) -> list[list[Any]]:
    (tmp_path / "outlets.toml").write_text(OUTLETS)
    (tmp_path / "topic.toml").write_text(crises.FLOODS)
    quick = {
        "VIGIE_DATA": str(tmp_path / "data"),
        "VIGIE_OUTLETS": str(tmp_path / "outlets.toml"),
        "VIGIE_TOPIC": str(tmp_path / "topic.toml"),
    }
    told_to = json.dumps([({**quick, **given}, how) for given, how in asked])
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.commands", told_to],
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, "VIGIE_LOG_LEVEL": "DEBUG"},
    )
    assert PASSWORD not in done.stderr
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(asked)
    return told


def test_no_command_shows_a_password(tmp_path: Path) -> None:
    given = {"VIGIE_REDIS_URL": REDIS, "VIGIE_STORE_URL": STORE}
    for _, arguments, code, said in answers(tmp_path, *((given, how) for how in ONCE)):
        assert PASSWORD not in said, arguments
        assert "Traceback" not in said, (arguments, said)
        assert said, arguments
        assert code is not None


@pytest.mark.parametrize("given", BROKEN)
def test_an_error_about_a_wrong_url_is_one_line_without_its_password(tmp_path: Path, given: dict[str, str]) -> None:
    """Nor do the errors that it was raised from: a crash report shows them all."""
    url = given.get("VIGIE_REDIS_URL", "redis://127.0.0.1:1/0")
    store = given.get("VIGIE_STORE_URL", f"sqlite:///{tmp_path / 'v.db'}")
    settings = from_environment(data=tmp_path, store_url=store)
    with pytest.raises((RedisUnfit, StoreError, redis.RedisError)) as caught:
        open_runtime(settings, redis_url=url, check="VIGIE_REDIS_URL" in given).close()
    explained = explain(caught.value)
    assert explained is not None
    for told in (explained[1], "".join(traceback.format_exception(caught.value))):
        assert PASSWORD not in told
        assert QUOTED not in told


def test_settings_do_not_show_their_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = from_environment(redis_url=REDIS, store_url=STORE)
    for shown in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        f"{settings.redis_url}{settings.store_url}",
    ):
        assert PASSWORD not in shown
    file = tmp_path / "secret"
    file.write_bytes(PASSWORD.encode() + b"\xff")
    monkeypatch.setenv("VIGIE_REDIS_URL_FILE", str(file))
    with pytest.raises(SettingsError) as caught:
        from_environment()
    assert PASSWORD not in str(caught.value)
    secret = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert {"redis_url", "store_url"} <= secret


def test_what_a_process_holds_does_not_show_a_password(tmp_path: Path) -> None:
    settings = from_environment(data=tmp_path)
    runtime = open_runtime(settings, redis_url=REDIS, check=False)
    assert PASSWORD not in repr(runtime)
    assert PASSWORD not in repr(runtime.redis.connection_pool)
    runtime.close()


def test_an_outlets_own_headers_do_not_show_in_what_is_printed() -> None:
    outlet = Outlet(
        "post", "The Post", "http://a.example/", ("http://a.example/f",), headers=(("x-api-key", PASSWORD),)
    )
    assert PASSWORD not in repr(outlet)


def test_no_process_title_has_a_password(redis_folder: Path, tmp_path: Path) -> None:
    """Everybody on the machine reads them."""
    server = f"{valkey.url(redis_folder)}?client_name={PASSWORD}"
    (tmp_path / "outlets.toml").write_text(OUTLETS)
    (tmp_path / "topic.toml").write_text(crises.FLOODS)
    given = {
        "VIGIE_REDIS_URL": server,
        "VIGIE_OUTLETS": str(tmp_path / "outlets.toml"),
        "VIGIE_TOPIC": str(tmp_path / "topic.toml"),
        "VIGIE_API_PORT": "0",
    }
    with vigie.running("run", data=tmp_path / "data", **given) as process:
        vigie.wait_until(lambda: len(vigie.family(process.pid)) >= 5)
        family = vigie.family(process.pid)
    assert any("cleaner" in title for title in family.values())
    assert [title for title in family.values() if PASSWORD in title] == []
    logs = "".join(log.read_text(errors="replace") for log in (tmp_path / "data" / "logs").iterdir())
    assert PASSWORD not in logs


def test_the_process_that_reads_hostile_pages_is_not_told_an_outlets_keys() -> None:
    outlet = Outlet(
        "post", "The Post", "http://a.example/", ("http://a.example/f",), headers=(("x-api-key", PASSWORD),)
    )
    item = Item(
        "k", "http://a.example/1", "post", "a.example", "f", "t", None, State.FETCHED, None, None, 0, 0, 0.0, 0.0
    )
    asked = question(item, Page("http://a.example/1", "text/html", b"<p>x"), outlet)
    assert asked["outlet"]
    assert PASSWORD not in json.dumps(asked)
