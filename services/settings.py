"""Settings: every knob is an environment variable `VIGIE_*`; `vigie config` prints them with their values.

A secret may come from a file instead: `VIGIE_REDIS_URL_FILE=/run/secrets/redis` (the container convention).
"""

import json
import os
import re
from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettingError

Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """Read once per process, at its door; nothing below a door knows this class."""

    model_config = SettingsConfigDict(env_prefix="VIGIE_", env_ignore_empty=True, extra="forbid", frozen=True)

    data: Path = Field(Path("vigie-data"), description="folder for the store, the search index and the embedded Redis")
    outlets: Path = Field(Path("outlets.toml"), description="the outlets file: who is polled, and how often")
    topic: Annotated[list[Path], NoDecode] = Field(
        [],
        description="topic files, or folders of *.toml, as a JSON list or joined by colons; empty: the Ukraine crisis",
    )
    redis_url: SecretStr | None = Field(
        None, description="redis://, rediss:// or unix://; by default an embedded server"
    )
    store_url: SecretStr | None = Field(
        None, description="sqlite:///path or postgresql://user@host/database; by default DATA/vigie.db"
    )

    user_agent: str = Field("vigie/0.1 (+https://example.org/vigie)", description="product, version and a contact URL")
    page_spacing: float = Field(1.0, ge=0, le=60, description="seconds between two page requests to one host")
    page_timeout: float = Field(20.0, gt=0, le=300, description="seconds for a whole exchange, headers included")
    page_bytes: int = Field(10_000_000, gt=0, description="decoded size of the largest page that is accepted")
    feed_bytes: int = Field(5_000_000, gt=0, description="decoded size of the largest feed that is accepted")
    connections: int = Field(20, gt=0, le=1000, description="downloads under way at once, per fetcher")
    outlet_bytes: int = Field(
        500_000_000, gt=0, description="bytes an outlet may be asked for in a day (UTC); then its pages wait"
    )
    reservations: Literal["ignore", "record", "refuse"] = Field(
        "record",
        description="what outlets say against machine use (X-Robots-Tag and meta noai, TDM Reservation Protocol):"
        " ignore, record it in an item's history, or refuse such pages",
    )
    queue_limit: int = Field(5_000, gt=0, description="page downloads pause while the clean queue is longer than this")
    allow_private: list[Network] = Field(
        [], description="private networks that may be fetched from, as a JSON list; empty: none"
    )

    websub_url: str | None = Field(
        None,
        description="public URL under which hubs reach this machine, for WebSub beside polling; empty: only polling",
    )
    websub_host: str = Field("127.0.0.1", description="address the fetcher listens on for hubs, if that URL is set")
    websub_port: int = Field(8766, ge=1, le=65535, description="its port; a proxy in front adds TLS")

    cleaners: int = Field(2, ge=1, le=64, description="cleaner processes that `vigie run` starts")
    clean_timeout: float = Field(10.0, gt=0, le=20, description="seconds one page may take to extract")
    clean_memory: int = Field(1_500_000_000, ge=300_000_000, description="address space of the extraction child, bytes")
    keep_pages_days: float = Field(30.0, gt=0, description="days a page's bytes are kept to be cleaned again")
    keep_articles_days: float | None = Field(
        None, gt=0, description="days after which an article's text leaves store, stream and search; `never` by default"
    )
    keep_history_days: float | None = Field(
        365.0, gt=0, description="days after which what happened to an item that has ended is forgotten, or `never`"
    )

    api_host: str = Field("127.0.0.1", description="address the search page and the API listen on")
    api_port: int = Field(8765, ge=0, le=65535, description="their port; 0 picks a free one")
    api_names: list[str] = Field(
        [], description="host names under which the API may be called, as a JSON list, for a proxy in front of it"
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    log_file: Path | None = Field(None, description="file for the log, rotated at 5 MB; by default stderr")

    @field_validator("topic", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.lstrip().startswith("["):
            return [each for each in value.split(os.pathsep) if each.strip()]
        try:
            return json.loads(value)
        except ValueError as error:
            raise ValueError(f"begins like a JSON list and is none: {error}") from error

    @field_validator("keep_articles_days", "keep_history_days", mode="before")
    @classmethod
    def _for_ever(cls, value: object) -> object:
        return None if value == "never" else value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        level = value.upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level

    @field_validator("websub_url")
    @classmethod
    def _callable(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", value, re.ASCII):
            raise ValueError("must be an http(s) URL without user name, query and fragment: hubs call below it")
        return value

    @field_validator("user_agent")
    @classmethod
    def _sendable(cls, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise ValueError("must be printable ASCII: it is sent with every request")
        return value

    @cached_property
    def store_location(self) -> str:
        """URL of the store; SQLite in the data folder unless told otherwise."""
        if self.store_url is not None:
            return self.store_url.get_secret_value()
        return f"sqlite:///{self.data.resolve() / 'vigie.db'}"

    @cached_property
    def index_folder(self) -> Path:
        """Folder of the search index; a projection of the events that may be deleted at any time."""
        return self.data.resolve() / "search"

    @cached_property
    def redis_folder(self) -> Path:
        """Folder of the embedded Redis."""
        return self.data.resolve() / "redis"


class SettingsError(ValueError):
    """A setting is wrong; one line per setting, each with its name."""


def from_environment(**overrides: object) -> Settings:
    """Settings from `VIGIE_*`, then `overrides` that are not None. Raises SettingsError."""
    given = {**_secrets_from_files(), **{name: value for name, value in overrides.items() if value is not None}}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = {str(each["loc"][0]): each["msg"] for each in error.errors()}
        raise SettingsError("\n       ".join(f"{variable(name)}: {what}" for name, what in wrong.items())) from error
    except UnreadableSettingError as error:
        raise SettingsError(f"{error}; lists are written as JSON, for example '[\"10.0.0.0/8\"]'") from error


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"VIGIE_{name.upper()}"


def unknown(names: Iterable[str]) -> list[str]:
    """Variables that begin like a setting and are none: most likely a slip of the pen."""
    known = {variable(name) for name in Settings.model_fields}
    return sorted(
        name
        for name in names
        if name.startswith("VIGIE_") and name.removesuffix("_FILE") not in known | {"VIGIE_PARENT"}
    )


def _secrets_from_files() -> dict[str, object]:
    found: dict[str, object] = {}
    for name in Settings.model_fields:
        path = os.environ.get(f"{variable(name)}_FILE")
        if path is None:
            continue
        try:
            found[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{variable(name)}_FILE={path}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError:
            # the cause holds what was read
            raise SettingsError(f"{variable(name)}_FILE={path}: is not UTF-8 text") from None
    return found
