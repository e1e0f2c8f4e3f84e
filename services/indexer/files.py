"""Topic files on disk: compiled once, watched, and taken over when they change and are good.

A look costs a `stat` per file and is taken at most once a second. A file that is being written is left until it has
been still for a second: half of one may well be a file that compiles. One that cannot be used is told of once, and
what was in force stays in force.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.indexer import topic
from services.indexer.topic import Topic, TopicError
from services.indexer.topics import Topics

log = logging.getLogger("vigie.indexer")

LOOK_SECONDS = 1.0
STILL_SECONDS = 1.0
"""Age of the last change at which a file counts as written: an editor's or a copy's writes are not that far apart."""

Stamp = tuple[int, int, int, int]
"""Inode, size, times of content and of attributes (ns): one of them differs after any change."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A topic and the digest of the file that it was made from."""

    topic: Topic
    digest: bytes


class TopicFiles:
    """The topics of some files, and of folders of *.toml files. Calling gives those in force; for one thread."""

    def __init__(self, places: Sequence[Path], clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Raises TopicError, which names the file. `clock` gives unix seconds, as files are stamped with."""
        self._places = tuple(dict.fromkeys(places))
        self._clock = clock
        self._monotonic = monotonic
        self._complaints: dict[Path | None, str] = {}
        self._taken = self._before = self._stamps()
        for place in self._places:
            if place.is_dir() and not any(path.parent == place for path in self._taken):
                raise TopicError(f"the topic folder {place} has no *.toml file")
        self._compiled = {path: _compile(path) for path in paths(self._places)}
        self._topics = _together(self._compiled)
        self._due = monotonic() + LOOK_SECONDS

    def __call__(self) -> Topics:
        """Never fails and never waits: what cannot be used now is not used."""
        if self._monotonic() >= self._due:
            try:
                self._look()
            except Exception:  # an accident with a file must not count against the article that waits
                log.exception("looking at the topic files failed; those in force stay")
            self._due = self._monotonic() + LOOK_SECONDS
        return self._topics

    def _look(self) -> None:
        stamps = self._stamps()
        if stamps == self._taken:
            return
        if stamps == self._before or self._still(stamps):
            self._taken = stamps
            self._take_over(stamps)
        self._before = stamps

    def _stamps(self) -> dict[Path, Stamp]:
        return {path: stamp for path in paths(self._places) if (stamp := _stamp(path)) is not None}

    def _still(self, stamps: dict[Path, Stamp]) -> bool:
        """Whether no file has gone, and none has changed just now."""
        if self._taken.keys() - stamps.keys():
            return False
        latest = max(max(stamp[2:]) for path, stamp in stamps.items() if stamp != self._taken.get(path)) / 1e9
        return latest + STILL_SECONDS <= self._clock()

    def _take_over(self, stamps: dict[Path, Stamp]) -> None:
        """A file that a folder no longer has takes its topic with it; one that was named and is not there does not."""
        wanted = dict.fromkeys([*stamps, *(path for path in self._places if path in self._compiled)])
        found = {path: now for path in wanted if (now := self._again(path)) is not None}
        try:
            topics = _together(found)
        except TopicError as error:
            self._complain(None, f"{error}; the topics in force stay")
            return
        self._complaints.pop(None, None)
        for path in sorted(found.keys() | self._compiled.keys()):
            _tell(path, self._compiled.get(path), found.get(path))
        self._compiled, self._topics = found, topics

    def _again(self, path: Path) -> Compiled | None:
        """What a file gives now, or gave when it was last good."""
        held = self._compiled.get(path)
        try:
            made = _compile(path, held)
        except TopicError as error:
            self._complain(path, f"{error}; {'the one in force stays' if held else 'it is left out'}")
            return held
        self._complaints.pop(path, None)
        return made

    def _complain(self, about: Path | None, message: str) -> None:
        """Once: another file's change is no reason to say it again."""
        if self._complaints.get(about) != message:
            self._complaints[about] = message
            log.error("%s", message)


def paths(places: Sequence[Path]) -> Iterator[Path]:
    """The files named, and the *.toml files of the folders named, each once; a folder's in alphabetical order."""
    seen: set[Path] = set()
    for place in places:
        for path in sorted(place.glob("*.toml")) if place.is_dir() else (place,):
            if path not in seen:
                seen.add(path)
                yield path


def read(path: Path) -> str:
    """Raises TopicError."""
    return _decoded(path, _bytes(path))


def _compile(path: Path, held: Compiled | None = None) -> Compiled:
    """The topic of a file, its tests passed; `held` where its content is still the same. Raises TopicError."""
    content = _bytes(path)
    digest = hashlib.blake2b(content, digest_size=16).digest()
    if held is not None and held.digest == digest:
        return held
    try:
        return Compiled(topic.load(_decoded(path, content)), digest)
    except TopicError as error:
        raise TopicError(f"the topic file {path}: {error}") from error


def _together(compiled: dict[Path, Compiled]) -> Topics:
    return Topics(tuple(each.topic for each in compiled.values()))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TopicError(f"the topic file {path} is not there") from error
    except OSError as error:
        raise TopicError(f"the topic file {path} cannot be read: {error.strerror}") from error


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TopicError(f"the topic file {path} cannot be read: it is not UTF-8 ({error.reason})") from error


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None  # not there, or not to be read: reading it will say so
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _tell(path: Path, before: Compiled | None, now: Compiled | None) -> None:
    if now is None:
        log.warning("topic file %s is gone: its topic is no longer in force", path)
    elif now is not before:
        definition = now.topic.definition
        log.info("topic file %s: %s, version %d, is in force", path, definition.topic, definition.version)
