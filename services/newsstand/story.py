"""One story of the newsstand: what stands on its page and what the pipeline should make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from services.contracts import Reason, Relation, State
from services.newsstand import markup


class StandError(ValueError):
    """An outlet's file is wrong. The message names outlet, story and field."""


@dataclass(frozen=True, slots=True)
class Story:
    """`text` is in the newsstand's markup; `path` on the outlet's server; `published` in UTC.

    `kind` is article, live, front (a page that only lists others) or pdf; `status` what its address answers;
    `shown` how many blocks stand before a subscribers' wall (0: there is no wall).
    `noise` names the places of the outlet's boilerplate that this page carries; `related` replaces the outlet's own
    list of other headlines. `feeds` says whether feeds list it.
    `expect` is the end state and None for what no reader can learn of; `reasons` those that fit; `of` is "outlet/slug".
    `event` groups independent reports of one event.
    """

    outlet: str
    slug: str
    title: str
    published: datetime
    path: str
    text: str = ""
    standfirst: str = ""
    author: str = ""
    section: str = ""
    kind: str = "article"
    status: int = 200
    shown: int = 0
    source: str = ""
    related: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    expect: State | None = State.INDEXED
    reasons: tuple[Reason, ...] = ()
    relation: Relation | None = None
    of: str | None = None
    event: str | None = None

    @property
    def id(self) -> str:
        return f"{self.outlet}/{self.slug}"

    @property
    def parts(self) -> tuple[markup.Part, ...]:
        """Blocks that the page prints."""
        parts = markup.parse(self.text)
        return parts[: self.shown] if self.shown else parts

    @property
    def summary(self) -> str:
        """What a feed says about it."""
        if self.standfirst or not self.text:
            return self.standfirst
        return next((part.text for part in self.parts if part.kind == "paragraph"), "")


def read(outlet: str, table: Mapping[str, object], path: str, noise: tuple[str, ...]) -> Story:
    """The story a table of an outlet's file describes; `path` is a pattern with {slug}, {section} and {published}.

    Raises StandError for a missing or unknown field or a value that is not allowed.
    """
    where = f"{outlet}/{table.get('slug', '?')}"
    known = {field.name for field in fields(Story)} - {"outlet"}
    for name in table:
        if name not in known:
            raise StandError(f"{where}: no such field: {name}")
    try:
        return Story(outlet=outlet, **_values(table, path, noise))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise StandError(f"{where}: {error}") from error


def _values(table: Mapping[str, object], path: str, noise: tuple[str, ...]) -> dict[str, object]:
    published = table["published"]
    if not isinstance(published, datetime) or published.tzinfo is None:
        raise ValueError("published must be a date and time with an offset")
    published = published.astimezone(UTC)
    section = table.get("section", "")
    address = path.format(slug=table["slug"], published=published, section=section)
    values = {"noise": noise, "path": address, **table}
    values["published"] = published
    values["noise"] = _strings(values["noise"])
    values["related"] = _strings(table.get("related", ()))
    values["reasons"] = tuple(Reason(name) for name in _strings(table.get("reasons", ())))
    expect = table.get("expect", State.INDEXED.value)
    values["expect"] = None if expect == "unseen" else State(str(expect))
    if "relation" in table:
        values["relation"] = Relation(str(table["relation"]))
    return values


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise TypeError("noise, related and reasons must be lists of strings")
    return tuple(value)
