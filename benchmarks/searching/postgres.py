"""PostgreSQL's full text search, in a server of its own that is started in the folder and stopped afterwards.

The configuration is `simple`: lower case and nothing else, the same for all languages. A GIN index over titles (weight
A) and texts (B), trees over time, language and outlet. It answers with a page of twenty, without a total.
"""

import locale
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import FACET, PAGE, Question
from benchmarks.searching.spent import Spent
from benchmarks.searching.wire import Connection, Refused, line, quote
from services.contracts import Event

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")
LOCALES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")
UNPRIVILEGED = "nobody"
"""Who runs the server where the measurement runs as root: PostgreSQL refuses to."""
USER = "bench"
SETTINGS = {
    "listen_addresses": "", "shared_buffers": "1GB", "work_mem": "64MB", "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off",
    "max_parallel_workers_per_gather": "0", "autovacuum": "off", "effective_cache_size": "4GB",
}  # fmt: skip
"""Room to work in, and no wait for the disk, which is in its favour. One core for a question, as the others have."""
STARTS_WITHIN = 60.0
NEWEST = "moment DESC, seq DESC"
FACETS = ("outlet", "language", "moment / 86400")
COPIED = ("seq", "moment", "language", "outlet", "story", "url", "title", "text")
_SCHEMA = """
CREATE TABLE article (
    seq bigint PRIMARY KEY, moment bigint, language text, outlet text, story text, url text, title text, text text,
    terms tsvector GENERATED ALWAYS AS
        (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', text), 'B')) STORED)
"""
_INDEXES = (
    "CREATE INDEX ON article USING gin (terms)",
    "CREATE INDEX ON article (moment, seq)",
    "CREATE INDEX ON article (language, moment, seq)",
    "CREATE INDEX ON article (outlet, moment, seq)",
    "VACUUM ANALYZE article",
)


class Postgres:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def build(self, made: Corpus) -> Spent:
        whole, making = Spent(cpu=None), Spent()

        def lines() -> Iterator[bytes]:
            waiting = made.events()
            while True:
                with making.counted():
                    event = next(waiting, None)
                if event is None:
                    return
                yield _row(event)

        with closing(self.connect()) as connection, whole.counted():
            connection.run(_SCHEMA)
            connection.copy(f"COPY article ({', '.join(COPIED)}) FROM STDIN", lines())
            for statement in _INDEXES:
                connection.run(statement)
        return Spent(whole.seconds - making.seconds, None)

    def size(self) -> int:
        with closing(self.connect()) as connection:
            return int(connection.run("SELECT pg_total_relation_size('article')")[0][0] or 0)

    def offers(self, question: Question) -> bool:
        return True

    @contextmanager
    def session(self) -> Iterator[Callable[[Question], list[str]]]:
        with closing(self.connect()) as connection:
            yield lambda question: ask(connection, question)

    def connect(self) -> Connection:
        return Connection(self._folder / ".s.PGSQL.5432", USER)


def binaries() -> Path | None:
    """The folder of the newest server that can be found."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = [each for place in PLACES for each in Path("/").glob(place.lstrip("/")) if (each / "initdb").is_file()]
    return max(installed, default=None, key=lambda each: [int(n) for n in str(each).split("/") if n.isdigit()])


@contextmanager
def opened(folder: Path) -> Iterator[Postgres]:
    """Raises FileNotFoundError where no server is installed."""
    programs = binaries()
    if programs is None:
        raise FileNotFoundError(f"no PostgreSQL server: neither initdb on the path nor {', '.join(PLACES)}")
    folder.mkdir(exist_ok=True)
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        folder.parent.chmod(0o711)
        shutil.chown(folder, user)
    data = folder / "data"
    if not data.is_dir():
        order = [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", *_locale(), "-N"]
        subprocess.run(order, user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (folder.parent / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *settings],
            user=user, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
    try:
        engine = Postgres(folder)
        _await(engine, server)
        yield engine
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def ask(connection: Connection, question: Question) -> list[str]:
    found: list[str] = []
    last: tuple[str | None, ...] | None = None
    if question.facets:
        for by in FACETS:
            connection.run(
                f"SELECT {by}, count(*) AS many FROM article WHERE {_where(question)}"
                f" GROUP BY 1 ORDER BY many DESC LIMIT {FACET}"
            )
    for page in range(question.turned + 1):
        rows = connection.run(statement(question, last))
        if page or not question.turned:
            found += [str(row[2]) for row in rows[:PAGE]]
        if len(rows) <= PAGE:
            break
        last = rows[PAGE - 1]
    return found


def statement(question: Question, last: tuple[str | None, ...] | None = None) -> str:
    """SQL for the page behind a row (moment, seq, …)."""
    asked = _query(question)
    order = f"ts_rank(terms, {asked}) DESC" if question.ranked else NEWEST
    where = _where(question, last)
    page = f"SELECT moment, seq, url, title, text FROM article WHERE {where} ORDER BY {order} LIMIT {PAGE + 1}"
    if question.collapse:
        kept = f"SELECT DISTINCT ON (story) moment, seq, url, title, text FROM article WHERE {where}"
        return f"SELECT * FROM ({kept} ORDER BY story, {NEWEST}) AS kept ORDER BY {NEWEST} LIMIT {PAGE + 1}"
    if question.snippets:
        return f"SELECT moment, seq, url, title, ts_headline('simple', text, {asked}) FROM ({page}) AS page"
    return page


def _where(question: Question, last: tuple[str | None, ...] | None = None) -> str:
    where = [f"terms @@ {_query(question)}"]
    if question.language:
        where.append(f"language = {quote(question.language)}")
    if question.outlet:
        where.append(f"outlet = {quote(question.outlet)}")
    for day, sign in ((question.after, ">="), (question.before, "<")):
        if day:
            where.append(f"moment {sign} {int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())}")
    if last is not None:
        where.append(f"(moment, seq) < ({last[0]}, {last[1]})")
    return " AND ".join(where)


def _query(question: Question) -> str:
    match question.how:
        case "phrase":
            return f"phraseto_tsquery('simple', {quote(' '.join(question.words))})"
        case "prefix":
            return f"to_tsquery('simple', {quote(question.words[0] + ':*')})"
        case how:
            return f"to_tsquery('simple', {quote((' | ' if how == 'any' else ' & ').join(question.words))})"


def _row(event: Event) -> bytes:
    article = event.article
    moment = int(datetime.fromisoformat(article.published or event.at).timestamp())
    return line(
        (event.seq, moment, article.language, article.outlet, article.story, article.url, article.title, article.text)
    )


def _locale() -> list[str]:
    """One that knows the letters of all scripts: in plain C, only ASCII has lower case."""
    known = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in LOCALES:
            with suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return ["--locale=C", f"--lc-ctype={name}"]
    finally:
        locale.setlocale(locale.LC_CTYPE, known)
    raise FileNotFoundError(f"no locale for PostgreSQL's letters: {', '.join(LOCALES)}")


def _await(engine: Postgres, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            engine.connect().close()
            return
        except (OSError, Refused):
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
