"""What the commands share: settings from flags, and where Redis, the store and the files are."""

import argparse
import importlib.resources
from pathlib import Path

from services import valkey
from services.settings import Settings, from_environment


class ConfigError(Exception):
    """Something that an operator wrote is missing or wrong; the message says what and where."""


def settings_from(arguments: argparse.Namespace) -> Settings:
    """Settings from the environment, overridden by the flags of the same name. Raises SettingsError."""
    flags = {name: getattr(arguments, name, None) for name in ("data", "outlets", "topic", "cleaners")}
    return from_environment(**flags, api_port=getattr(arguments, "port", None))


def redis_location(settings: Settings) -> str:
    """The Redis that was named, else the embedded one of the data folder."""
    if settings.redis_url is not None:
        return settings.redis_url.get_secret_value()
    return valkey.url(settings.redis_folder)


def topic_text(settings: Settings) -> str:
    """The topic file's text; without a setting, the one about the Ukraine crisis. Raises ConfigError."""
    if settings.topic is not None:
        return read(settings.topic, "the topic file")
    return importlib.resources.files("services.indexer").joinpath("topics/ukraine.toml").read_text(encoding="utf-8")


def outlets_text(settings: Settings) -> str:
    """The outlets file's text. Raises ConfigError."""
    return read(settings.outlets, "the outlets file")


def read(path: Path, what: str) -> str:
    """A configuration file's text. Raises ConfigError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{what} {path} is not there; name another one, or try `vigie demo`, which needs none"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} {path} cannot be read: {error}") from error
