"""What the commands share: settings from flags, where Redis is, and the files that an operator writes."""

import argparse
import importlib.resources
from pathlib import Path
from typing import TYPE_CHECKING

from services import valkey
from services.settings import Settings, from_environment
from services.store import Store, StoreError, open_store

if TYPE_CHECKING:
    from services.contracts import Outlet
    from services.indexer.topic import Topic


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


def redis_location(settings: Settings) -> str:
    """The Redis that was named, else the embedded one of the data folder."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return valkey.url(settings.redis_folder)


def load_topic(settings: Settings) -> "Topic":
    """The topic, compiled; without a setting, the Ukraine crisis. Raises ConfigError."""
    from services.indexer import topic

    if settings.topic is None:
        place = importlib.resources.files("services.indexer").joinpath("topics/ukraine.toml")
        return topic.load(place.read_text(encoding="utf-8"))
    try:
        return topic.load(_read(settings.topic, "the topic file"))
    except topic.TopicError as error:
        raise ConfigError(f"the topic file {settings.topic}: {error}") from error


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
