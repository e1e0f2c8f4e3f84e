"""The store's SQL, written once in SQLite's words, in those of PostgreSQL."""

import re
from functools import lru_cache

TYPES = {
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
    "BLOB": "BYTEA",
    # compared by bytes, as SQLite does: the order of keys must not depend on how a database was made
    "TEXT": 'TEXT COLLATE "C"',
}

_CLAUSES = (
    # what SQLite gives every table: the order in which rows came
    ("CREATE TABLE history (", "CREATE TABLE history (rowid BIGINT GENERATED ALWAYS AS IDENTITY, "),
    # A B-tree takes no value of more than 2 700 bytes, and a URL of a feed may have 4 096 characters.
    (
        "PRIMARY KEY (item, feed, url)",
        "place BIGINT GENERATED ALWAYS AS (hashtextextended(feed || ' ' || url, 0)) STORED, PRIMARY KEY (item, place)",
    ),
    ("ON items (url)", "ON items USING hash (url)"),
    ("ON sightings (url)", "ON sightings USING hash (url)"),
)

_TYPE = re.compile(r"\b(?:" + "|".join(TYPES) + r")\b")
_MARK = re.compile(r"'(?:[^']|'')*'|\?(?: IS NULL)?|\bIN \(\)")


@lru_cache(maxsize=1024)
def translate(sql: str) -> bytes:
    """A statement of the store as PostgreSQL reads it: `$1` for `?`, its names of types, its kinds of index."""
    if sql.startswith(("CREATE ", "ALTER ")):
        for ours, theirs in _CLAUSES:
            sql = sql.replace(ours, theirs)
        sql = _TYPE.sub(lambda found: TYPES[found[0]], sql)
    count = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal count
        match found[0]:
            case "IN ()":
                return "IN (SELECT NULL::text WHERE false)"
            case "?" | "? IS NULL":
                count += 1
                # what is only asked whether it is there has no type of its own
                return f"${count}" if found[0] == "?" else f"${count}::text IS NULL"
            case literal:
                return literal

    return _MARK.sub(mark, sql).encode()
