"""What the commands share: settings from flags, where Redis is, and the files that an operator writes."""

import argparse
import importlib.resources
import time
from pathlib import Path
from typing import TYPE_CHECKING

from services import valkey
from services.settings import Settings, from_environment
from services.store import Store, StoreError, feeds, open_store

if TYPE_CHECKING:
    from services.contracts import Outlet
    from services.indexer.files import TopicFiles
    from services.indexer.topics import Topics
    from services.search.synonyms import Synonyms


class ConfigError(Exception):
    """Something that an operator wrote is missing or wrong; the message says what and where."""


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Settings from the environment, overridden by the flags of the same name. Raises SettingsError."""
    flags = {name: getattr(arguments, name, None) for name in ("data", "outlets", "topic", "cleaners")}
    return from_environment(**flags, api_port=getattr(arguments, "port", None))


def existing_store(settings: Settings) -> Store:
    """The store, which must be there: a command that looks at what was gathered makes none. Raises StoreError."""
    file = settings.data / "vigie.db"
    if settings.store_url is None and not (file.is_file() and file.stat().st_size):
        raise StoreError(f"{settings.data} holds no vigie data; start `vigie run` there, or name another --data")
    return open_store(settings.store_location)


def check_outlet(store: Store, outlet: str | None) -> None:
    """Raises StoreError for an outlet that the store has never heard of."""
    with store.read() as tx:
        if outlet is not None and feeds.outlet(tx, outlet) is None:
            raise StoreError(
                f"no outlet {outlet!r} in this store; `vigie outlets list` names those of the outlets file"
            )


def redis_location(settings: Settings) -> str:
    """The Redis that was named, else the embedded one of the data folder."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return valkey.url(settings.redis_folder)


def topic_places(settings: Settings) -> list[Path]:
    """Where the topics are; without a setting, in the file that ships."""
    return settings.topic or [Path(str(importlib.resources.files("services.indexer"))) / "topics" / "ukraine.toml"]


def watch_topics(settings: Settings) -> "TopicFiles":
    """The topics in force, whenever asked; they follow their files. Raises ConfigError."""
    from services.indexer.files import TopicFiles
    from services.indexer.topic import TopicError

    try:
        return TopicFiles(topic_places(settings), time.time, time.monotonic)
    except TopicError as error:
        raise ConfigError(str(error)) from error


def load_topics(settings: Settings) -> "Topics":
    """The topics as their files are now, compiled, their tests passed. Raises ConfigError."""
    return watch_topics(settings)()


def load_synonyms(settings: Settings) -> "Synonyms":
    """The spellings that the topic files take for one name; their terms are not compiled. Raises ConfigError."""
    from services.indexer import files, topic_file
    from services.search import synonyms

    try:
        found = [topic_file.parse(files.read(path)).synonyms for path in files.paths(topic_places(settings))]
    except topic_file.TopicError as error:
        raise ConfigError(str(error)) from error
    return synonyms.build(group for groups in found for group in groups)


def load_outlets(settings: Settings) -> "tuple[Outlet, ...]":
    """The outlets of the outlets file. Raises ConfigError."""
    from services.fetcher import outlets

    text = _read(settings.outlets, "the outlets file", "; name another one, or try `vigie demo`, which needs none")
    try:
        return outlets.load(text)
    except outlets.OutletsError as error:
        lines = str(error).replace("\n", "\n       ")
        raise ConfigError(f"the outlets file {settings.outlets}:\n       {lines}") from error


def _read(path: Path, what: str, remedy: str = "") -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"{what} {path} is not there{remedy}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} {path} cannot be read: {error}") from error
