import subprocess
import sys
from pathlib import Path

import pytest
import redis

from services import valkey
from services.valkey import Valkey, ValkeyError
from tests.processes.test_sandbox import wait_until_gone


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    for expected in (None, b"1"):
        server.start()
        with redis.Redis.from_url(valkey.url(tmp_path)) as client:
            assert client.get("kept") == expected
            client.set("kept", "1")
        server.stop()


def test_it_listens_on_a_private_socket_and_never_evicts(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    with redis.Redis.from_url(valkey.url(tmp_path)) as client:
        settings = client.config_get("*")
    server.stop()
    assert (settings["port"], settings["maxmemory-policy"], settings["appendonly"]) == ("0", "noeviction", "yes")


def test_its_socket_is_for_its_owner_alone(tmp_path: Path, redis_folder: Path) -> None:
    assert valkey.socket_path(redis_folder).stat().st_mode & 0o077 == 0


def test_a_data_folder_too_deep_for_a_socket_still_works(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    server = Valkey(folder)
    server.start()
    assert valkey.answers(folder)
    server.stop()
    assert not valkey.answers(folder)


def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import time\n"
        "from pathlib import Path\n"
        "from services.valkey import Valkey\n"
        f"server = Valkey(Path({str(tmp_path)!r}))\n"
        "server.start()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until_gone(pid)


def test_a_server_that_was_left_behind_makes_way(tmp_path: Path) -> None:
    stray, server = Valkey(tmp_path), Valkey(tmp_path)
    stray.start()
    with redis.Redis.from_url(valkey.url(tmp_path)) as client:
        client.set("kept", "1")
    server.start()
    assert not stray.running()
    with redis.Redis.from_url(valkey.url(tmp_path)) as client:
        assert client.get("kept") == b"1"
    server.stop()
    stray.stop()


def test_a_damaged_file_is_reported_with_the_servers_own_words(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    server.stop()
    (manifest,) = tmp_path.glob("appendonlydir/*.manifest")
    manifest.write_text("nonsense\n")
    with pytest.raises(ValkeyError, match="does not start"):
        server.start()
