"""An outlet of the newsstand as its file describes it, before it has an address."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from services.newsstand import story as stories
from services.newsstand import syndication
from services.newsstand.story import StandError, Story


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed of a paper. `format` is rss, atom, rdf or json; `sections` empty lists every story.

    `tracking` is the query its links carry; `moved_from` an old address that redirects here and that the outlets
    file gives; `dates` is standard or odd; `validators` is both, etag, weak, modified or none; `readable` cuts the
    feed where the entry after that many begins (0: whole); `said` is the encoding its head declares, `sent` the one
    of its bytes.
    """

    path: str
    format: str = "rss"
    sections: tuple[str, ...] = ()
    tracking: str = ""
    moved_from: str = ""
    dates: str = "standard"
    validators: str = "both"
    readable: int = 0
    said: str = "utf-8"
    sent: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Paper:
    """`noise` maps a place on the page to its lines; `layout` names the template, `path` the pattern of addresses.

    `encoding` is that of the pages; `failing` papers answer 500 to everything; `robots` is the text of robots.txt,
    which is missing where empty; `gzip` papers compress for those who accept it.
    """

    id: str
    name: str
    language: str
    country: str
    layout: str
    path: str
    feeds: tuple[FeedSpec, ...]
    stories: tuple[Story, ...]
    noise: Mapping[str, tuple[str, ...]]
    kind: str = "news"
    aggregator: bool = False
    encoding: str = "utf-8"
    failing: bool = False
    robots: str = ""
    gzip: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"

    def listed(self, feed: FeedSpec) -> tuple[Story, ...]:
        """Stories a feed lists, newest first."""
        chosen = (s for s in self.stories if not feed.sections or s.section in feed.sections)
        return tuple(sorted(chosen, key=lambda story: story.published, reverse=True))


@cache
def load() -> tuple[Paper, ...]:
    """Every outlet that ships with the newsstand, in the order of their ids. Raises StandError for a wrong file."""
    folder = files("services.newsstand") / "outlets"
    entries = sorted((entry for entry in folder.iterdir()), key=lambda entry: entry.name)
    return read(entry.read_text(encoding="utf-8") for entry in entries if entry.name.endswith(".toml"))


def read(texts: Iterable[str]) -> tuple[Paper, ...]:
    """Papers from the texts of their files. Raises StandError; copies are resolved whatever the order of the files."""
    tables = [tomllib.loads(text) for text in texts]
    known: dict[str, Story] = {}
    for copies in (False, True):
        for table in tables:
            for entry in table.get("story", ()):
                if ("copy" in entry) is copies:
                    _add(known, table, entry)
    return tuple(_paper(table, known) for table in tables)


def _add(known: dict[str, Story], table: Mapping[str, object], entry: Mapping[str, object]) -> None:
    outlet, fields_ = str(table["id"]), dict(entry)
    if "copy" in entry:
        source = known.get(str(entry["copy"]))
        if source is None:
            raise StandError(f"{outlet}/{entry.get('slug', '?')}: copies {entry['copy']}, which does not exist")
        fields_ = syndication.reprint(source, entry)
    noise = table.get("noise", {})
    assert isinstance(noise, dict)
    story = stories.read(outlet, fields_, str(table["path"]), tuple(noise))
    if story.id in known:
        raise StandError(f"{story.id}: two stories of this name")
    known[story.id] = story


def _paper(table: Mapping[str, object], known: Mapping[str, Story]) -> Paper:
    outlet = str(table["id"])
    unknown = set(table) - {field.name for field in fields(Paper)} - {"feed", "story"}
    if unknown:
        raise StandError(f"{outlet}: no such field: {', '.join(sorted(unknown))}")
    plain = {name: value for name, value in table.items() if name not in {"feed", "story", "noise"}}
    noise, feeds = table.get("noise", {}), table.get("feed", [])
    assert isinstance(noise, dict)
    assert isinstance(feeds, list)
    try:
        return Paper(
            **plain,  # type: ignore[arg-type]
            feeds=tuple(FeedSpec(**{**feed, "sections": tuple(feed.get("sections", ()))}) for feed in feeds),
            stories=tuple(story for story in known.values() if story.outlet == outlet),
            noise={place: tuple(lines) for place, lines in noise.items()},
        )
    except TypeError as error:
        raise StandError(f"{outlet}: {error}") from error
