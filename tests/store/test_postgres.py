"""What only PostgreSQL does, or does to us: servers that go away, locks, addresses with passwords, TLS."""

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from services.store import Store, StoreCorrupt, StoreError, StoreUnavailable, ledger, open_store
from services.store import postgres as engine
from tests import certificates, postgres
from tests.postgres import Server


def polls(store: Store) -> int:
    with store.read() as tx:
        return ledger.account(tx).polls


def raise_polls(store: Store) -> None:
    with store.write() as tx:
        tx.run("UPDATE counters SET value = value + 1 WHERE name = 'polls'")


# addresses


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://vigie:s3cret@host:port/db",
        "postgresql://vigie:s3cret@[::1/db",
        "postgresql://vigie:s3cret%zz@host/db",
        "postgresql://vigie:s3cret@localhost:1/db?no_such=1",
        "postgresql://vigie:s3cret@localhost:1/db?connect_timeout=1",
    ],
)
def test_no_message_and_no_trace_repeats_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_is_not_there_is_unavailable_not_wrong() -> None:
    with pytest.raises(StoreUnavailable, match=r"postgresql://vigie@localhost:1/db: .*refused"):
        open_store("postgresql://vigie@localhost:1/db")


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="timeout"):
            open_store(f"postgresql://vigie@127.0.0.1:{silent.getsockname()[1]}/db?connect_timeout=2")
        assert time.monotonic() - began < 10


def test_without_the_driver_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "services.store.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'vigie\[postgres\]'"):
        open_store("postgresql://vigie@localhost/db")


def test_who_uses_sqlite_does_not_load_the_driver(tmp_path: Path) -> None:
    code = (
        f"import sys; from services.store import open_store; open_store('sqlite:///{tmp_path / 'v.db'}').close();"
        " print(sum(name.startswith('psycopg') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_a_database_that_cannot_hold_every_script_is_refused(postgresql: Server) -> None:
    with pytest.raises(StoreError, match=r"SQL_ASCII.*ENCODING 'UTF8'"):
        open_store(postgresql.database("ENCODING 'SQL_ASCII' TEMPLATE template0"))


def test_two_stores_live_in_two_schemas_of_one_database(postgresql: Server) -> None:
    url = postgresql.database()
    stores = []
    for name in ("one", "two"):
        with pytest.raises(StoreError, match="CREATE SCHEMA"):
            open_store(f"{url}&options=-csearch_path%3D{name}")
        postgresql.tell(f"CREATE SCHEMA {name}", url)
        stores.append(open_store(f"{url}&options=-csearch_path%3D{name}"))
    raise_polls(stores[0])
    with stores[0].write("index"), stores[1].write("index"):
        pass  # the same name in another store is another name
    assert [polls(store) for store in stores] == [1, 0]
    for store in stores:
        store.close()


def test_a_commit_is_on_disk_even_where_the_server_would_not_wait_for_it(postgresql: Server) -> None:
    url = postgresql.database()
    postgresql.tell(f"ALTER DATABASE {database_of(url)} SET synchronous_commit = off")
    store = open_store(url)
    with store.write() as tx:
        assert tx.one("SELECT current_setting('synchronous_commit') AS now") == {"now": "on"}
    store.close()


def test_an_account_that_may_not_make_tables_is_told_whose_rights_are_missing(postgresql: Server) -> None:
    url = postgresql.database()
    postgresql.tell("CREATE ROLE guest LOGIN", url)
    with pytest.raises(StoreError, match=r"permission denied.*the owner"):
        open_store(url.replace(f"//{postgres.USER}@", "//guest@"))


def database_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


# servers that go away


@pytest.fixture
def own_server() -> Iterator[Server]:
    with postgres.running() as server:
        yield server


def test_a_server_that_crashes_and_comes_back_is_used_again(own_server: Server) -> None:
    store = open_store(own_server.database())
    raise_polls(store)
    own_server.stop(signal.SIGQUIT)
    with pytest.raises(StoreUnavailable):
        raise_polls(store)
    own_server.start()
    raise_polls(store)
    assert polls(store) == 2
    store.close()


def test_a_damaged_page_is_found_by_the_check(own_server: Server) -> None:
    url = own_server.database()
    store = open_store(url)
    with store.write() as tx:
        tx.many("INSERT INTO history (item, at, what) VALUES (?, 0, 'seen')", [(f"{n:032x}",) for n in range(500)])
    ((file,),) = own_server.tell("SELECT pg_relation_filepath('history')", url)
    own_server.stop()
    with (own_server.folder / "data" / str(file)).open("r+b") as page:
        page.seek(8192 + 5000)
        page.write(b"damage" * 10)
    own_server.start()
    with pytest.raises(StoreCorrupt, match="damaged"):
        store.check()
    store.close()


def test_a_connection_that_is_cut_in_a_transaction_leaves_nothing(postgresql: Server, postgres_store: Store) -> None:
    with pytest.raises(StoreUnavailable), postgres_store.write() as tx:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        row = tx.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        postgresql.tell(f"SELECT pg_terminate_backend({row['pid']})")
        tx.run("UPDATE counters SET value = 8 WHERE name = 'polls'")
    assert polls(postgres_store) == 0


def test_a_connection_that_was_cut_while_idle_is_not_noticed(postgresql: Server, postgres_store: Store) -> None:
    raise_polls(postgres_store)
    postgresql.tell(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vigie' AND state = 'idle'"
    )
    time.sleep(0.2)
    raise_polls(postgres_store)
    assert polls(postgres_store) == 2


# locks


def test_what_another_holds_too_long_is_unavailable(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with postgres_store.write("index") as tx, ThreadPoolExecutor(1) as other:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        with pytest.raises(StoreUnavailable, match="another process"):
            other.submit(raise_polls, postgres_store).result(timeout=30)
        with pytest.raises(StoreUnavailable, match="another process"):
            other.submit(lambda: postgres_store.write("index").__enter__()).result(timeout=30)
    assert polls(postgres_store) == 7


def crossing(store: Store, first: str, second: str, meet: threading.Barrier, ran: list[str]) -> None:
    with store.write() as tx:
        ran.append(first)
        tx.run("UPDATE counters SET value = value + 1 WHERE name = ?", first)
        with suppress(threading.BrokenBarrierError):
            meet.wait(timeout=10)
        tx.run("UPDATE counters SET value = value + 1 WHERE name = ?", second)


def test_two_that_wait_for_each_other_both_get_done_and_each_runs_once(postgres_store: Store) -> None:
    meet, ran = threading.Barrier(2), []
    with ThreadPoolExecutor(2) as pool:
        for done in [
            pool.submit(crossing, postgres_store, "polls", "fetched", meet, ran),
            pool.submit(crossing, postgres_store, "fetched", "polls", meet, ran),
        ]:
            done.result(timeout=60)
    with postgres_store.read() as tx:
        account = ledger.account(tx)
    assert sorted(ran) == ["fetched", "polls"]
    assert (account.polls, account.fetched) == (2, 2)


def test_who_has_read_what_another_then_changed_is_told_instead_of_done_over(postgres_store: Store) -> None:
    meet, failures = threading.Barrier(2), []

    def decide(first: str, second: str) -> None:
        try:
            with postgres_store.write() as tx:
                row = tx.one("SELECT value FROM counters WHERE name = ?", second)
                assert row is not None
                tx.run("UPDATE counters SET value = ? WHERE name = ?", row["value"] + 1, first)
                meet.wait(timeout=10)
                tx.run("UPDATE counters SET value = value + 1 WHERE name = ?", second)
        except StoreUnavailable as error:
            failures.append(str(error))

    with ThreadPoolExecutor(2) as pool:
        pool.submit(decide, "polls", "fetched")
        pool.submit(decide, "fetched", "polls")
    assert len(failures) == 1
    assert "nothing was written" in failures[0]
    with postgres_store.read() as tx:
        account = ledger.account(tx)
    assert (account.polls, account.fetched) == (1, 1)


def test_an_error_that_is_passed_over_is_not_taken_for_a_commit(postgres_store: Store) -> None:
    with pytest.raises(StoreError, match="not committed"), postgres_store.write() as tx:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        with suppress(psycopg.Error):
            tx.run("INSERT INTO counters (name, value) VALUES ('polls', 1)")
    assert polls(postgres_store) == 0


def test_a_transaction_that_only_reads_cannot_write(postgres_store: Store) -> None:
    with pytest.raises(StoreError, match="read-only"), postgres_store.read() as tx:
        tx.run("UPDATE counters SET value = 7")


def test_a_process_keeps_to_its_connections(
    postgresql: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECTIONS", 2)
    store = open_store(postgres_url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: raise_polls(store), range(80)))
    ((count,),) = postgresql.tell(
        f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database_of(postgres_url)}'"
    )
    assert polls(store) == 80
    assert count <= 2
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    with store.read(), store.read(), pytest.raises(StoreUnavailable, match="all 2 connections"), store.read():
        pass
    store.close()


# TLS and passwords


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """URLs of a server on TCP that admits by password and over TLS only. Takes a password and parameters."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("right", "wrong"):
        certificates.make(folder, name)
    with postgres.running() as server:
        server.tell(f"ALTER ROLE {postgres.USER} PASSWORD 's3cret'")
        for name in ("right.pem", "right.key"):
            placed = shutil.copy(folder / name, server.folder / "data" / name)
            shutil.chown(placed, server.folder.stat().st_uid, server.folder.stat().st_gid)
            placed.chmod(0o600)
        (server.folder / "data" / "pg_hba.conf").write_text("local all all trust\nhostssl all all all scram-sha-256\n")
        server.stop()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            server.port = probe.getsockname()[1]
        server.options += ("listen_addresses=localhost", "ssl=on", "ssl_cert_file=right.pem", "ssl_key_file=right.key")
        server.start()

        def url(password: str, **parameters: str) -> str:
            known = {"sslmode": "verify-full", "sslrootcert": str(folder / "right.pem"), **parameters}
            query = "&".join(f"{name}={value}" for name, value in known.items())
            return f"postgresql://{postgres.USER}:{password}@localhost:{server.port}/postgres?{query}"

        yield lambda password, **parameters: url(password, **parameters).replace("CERTIFICATES", str(folder))


def test_a_store_is_opened_over_tls_with_a_password(guarded: Callable[..., str]) -> None:
    store = open_store(guarded("s3cret"))
    with store.read() as tx:
        row = tx.one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    store.close()
    assert row == {"ssl": True}


@pytest.mark.parametrize(
    ("password", "parameters", "said"),
    [
        ("gue55ed", {}, "password authentication failed"),
        ("s3cret", {"sslrootcert": "CERTIFICATES/wrong.pem"}, "certificate verify failed"),
        ("s3cret", {"sslmode": "disable"}, "no encryption"),
    ],
)
def test_a_wrong_password_certificate_or_plain_text_is_refused_without_the_password(
    guarded: Callable[..., str], password: str, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_store(guarded(password, **parameters))
    assert password not in "".join(traceback.format_exception(caught.value))
