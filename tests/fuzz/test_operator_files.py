"""Outlets files, topic files and settings, damaged: used, or refused with their own errors."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from services import codec
from services.contracts import Outlet
from services.fetcher import outlets, urls
from services.indexer import topic
from services.search import synonyms
from services.settings import Settings, SettingsError, from_environment
from tests.fuzz import mutations
from tests.fuzz.watching import explained, in_time, storable
from tests.profile import bounded

OUTLETS, TOPIC = mutations.seed("outlets.toml"), mutations.seed("topic.toml")
SIGNS = (
    "[[outlet]]",
    "[groups.x]",
    "[[test]]",
    "weight",
    "&",
    "|",
    "!",
    "((",
    '"""',
    "true",
    "inf",
    "nan",
    "1979-05-27",
    "[synonyms]",
    "**",
    "*",
    "?",
    "{a=1}",
)


@bounded(80)
@given(text=mutations.texts([OUTLETS], SIGNS))
def test_an_outlets_file_is_read_or_refused(text: str) -> None:
    with in_time():
        try:
            read = outlets.load(text)
        except outlets.OutletsError as error:
            explained(error)
            return
    for outlet in read:
        assert codec.load(Outlet, codec.dump(outlet)) == outlet
        assert all(urls.is_web(feed) for feed in outlet.feeds)
        assert all(value.isprintable() and name.isprintable() for name, value in outlet.headers)
        storable([outlet.id, outlet.name, *outlet.noise])


@bounded(60)
@given(text=mutations.texts([TOPIC], SIGNS))
def test_a_topic_file_is_compiled_or_refused(text: str) -> None:
    with in_time():
        try:
            made = topic.load(text)
        except topic.TopicError as error:
            explained(error)
            return
        synonyms.build(made.definition.synonyms)
        made.assess("A flood", "The flood came down the river.", published="2026-03-01", language="en", country="NL")


@bounded(60)
@given(table=mutations.values(tomllib.loads(TOPIC)))
def test_a_topic_of_odd_types_is_compiled_or_refused(table: object) -> None:
    text = _toml(table)
    with in_time():
        try:
            topic.load(text)
        except topic.TopicError as error:
            explained(error)


@bounded(50)
@given(
    name=st.sampled_from(sorted(Settings.model_fields)),
    value=mutations.texts(["5", "[\"10.0.0.0/8\"]", "redis://h:1/0", "a/b:c", "INFO"]) | mutations.values([1]),
)  # fmt: skip
def test_a_setting_is_taken_or_refused_by_its_name(name: str, value: object) -> None:
    try:
        from_environment(**{name: value})
    except SettingsError as error:
        explained(error, f"VIGIE_{name.upper()}")


def _toml(value: object) -> str:
    """TOML of what JSON can say, in lines: enough to put odd types where a topic has its fields."""
    if not isinstance(value, dict):
        return f"topic = {_inline(value)}"
    return "\n".join(f"{_key(name)} = {_inline(each)}" for name, each in value.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_inline(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(char):04X}" if ord(char) < 0xD800 else "?" for char in value) + '"'
    return '""' if value is None else str(value)


def _key(name: str) -> str:
    return f'"{name}"'
