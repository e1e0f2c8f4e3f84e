"""What a person meets at the prompt: help, exit codes, one-line errors."""

import importlib.resources
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import vigie

ROLES = ["run", "demo", "fetcher", "cleaner", "indexer", "api"]
LOOKING = ["search", "tail", "why", "status", "outlets", "check", "config"]
KEEPING = ["backup", "restore", "export", "dead"]
COMMANDS = [*ROLES, *LOOKING, *KEEPING, "reclean", "retopic", "clean", "topic", "dedup"]


def test_help_names_every_command() -> None:
    told = vigie("--help").stdout.decode()
    assert [name for name in COMMANDS if f"\n    {name} " not in told] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = vigie(command, "--help")
    assert done.returncode == 0
    assert b"usage: vigie " + command.encode() in done.stdout


def test_help_loads_none_of_the_services() -> None:
    program = (
        "import sys\nfrom services.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('rq', 'redis', 'trafilatura', 'fastapi', 'tantivy', 'pydantic')\n"
        "print([name for name in sys.modules if name.split('.')[0] in heavy])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [(), ("no-such-command",), ("search", "--limit", "many"), ("clean",)])
def test_wrong_usage_exits_with_two(arguments: tuple[str, ...]) -> None:
    assert vigie(*arguments).returncode == 2


@pytest.mark.parametrize("command", ["search", "tail", "status", "reclean", "retopic"])
def test_a_folder_without_data_is_told_and_not_made(tmp_path: Path, command: str) -> None:
    done = vigie(command, "--data", str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert b"holds no vigie data" in done.stderr
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"VIGIE_API_PORT": "eighty"}, "VIGIE_API_PORT"),
        ({"VIGIE_LOG_LEVEL": "LOUD"}, "VIGIE_LOG_LEVEL"),
        ({"VIGIE_ALLOW_PRIVATE": '["here"]'}, "VIGIE_ALLOW_PRIVATE"),
        ({"VIGIE_REDIS_URL_FILE": "/no/such/file"}, "VIGIE_REDIS_URL_FILE"),
    ],
)
def test_a_wrong_setting_is_named_and_exits_with_78(environment: dict[str, str], said: str) -> None:
    done = vigie("config", **environment)
    assert done.returncode == 78, done.stderr
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        ("[[outlet]]\nid = 'a'\n", "name: missing"),
        ("[[outlet]]\nid = 'a'\nname = 'A'\nurl = 'ftp://a/'\nfeeds = []\n", "http(s)"),
        ("not toml", "not TOML"),
    ],
)
def test_a_wrong_outlets_file_is_explained_and_exits_with_78(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "outlets.toml").write_text(text)
    for command in (["outlets", "list"], ["run", "--data", str(tmp_path / "data")]):
        done = vigie(*command, "--outlets", str(tmp_path / "outlets.toml"))
        assert done.returncode == 78
        assert said in done.stderr.decode()
        assert b"Traceback" not in done.stderr


def test_a_missing_outlets_file_is_named(tmp_path: Path) -> None:
    done = vigie("run", where=tmp_path)
    assert done.returncode == 78
    assert b"outlets.toml is not there" in done.stderr


def test_a_topic_file_whose_own_tests_fail_is_refused(tmp_path: Path) -> None:
    text = importlib.resources.files("services.indexer").joinpath("topics/ukraine.toml").read_text()
    (tmp_path / "topic.toml").write_text(
        text + '\n[[test]]\ntitle = "Grand derby"\ntext = "Football."\nrelevant = true\n'
    )
    done = vigie("topic", "--jsonl", "--topic", str(tmp_path / "topic.toml"))
    assert done.returncode == 78
    assert b"own tests fail" in done.stderr


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "outlets.toml").write_text(
        "[[outlet]]\nid = 'a'\nname = 'A'\nurl = 'http://127.0.0.1:9/'\nfeeds = ['http://127.0.0.1:9/rss']\n"
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = vigie("run", "--data", str(tmp_path / "data"), "--port", port, where=tmp_path)
    assert done.returncode == 1
    assert b"is taken" in done.stderr


def test_a_role_without_its_redis_says_so(tmp_path: Path) -> None:
    done = vigie("indexer", "--data", str(tmp_path), VIGIE_REDIS_URL="redis://127.0.0.1:1/0")
    assert done.returncode == 1
    assert b"Redis does not answer" in done.stderr
    assert b"Traceback" not in done.stderr


def test_config_masks_secrets_and_prints_one_document() -> None:
    done = vigie("config", "--json", VIGIE_REDIS_URL="redis://:hunter2@127.0.0.1/0")
    assert b"hunter2" not in done.stdout + done.stderr
    assert json.loads(done.stdout)["log_level"] == "INFO"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("redis://127.0.0.1:1/5\n")
    done = vigie("indexer", "--data", str(tmp_path), VIGIE_REDIS_URL_FILE=str(tmp_path / "redis"))
    assert b"127.0.0.1:1" in done.stderr


def test_the_shipped_outlets_file_is_valid() -> None:
    shipped = Path(__file__).parents[2] / "outlets.toml"
    done = vigie("outlets", "list", "--json", "--outlets", str(shipped))
    assert len(json.loads(done.stdout)) >= 12


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    program = f"{sys.executable} -m services config | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", program], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
