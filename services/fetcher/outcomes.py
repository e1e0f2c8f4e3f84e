"""What came of a poll, and what follows from it for the feed: its pace, its place, what the operator is told."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.contracts import Reason
from services.fetcher import moves, schedule
from services.fetcher.backfill import Filled
from services.fetcher.entries import Entry, Feed
from services.fetcher.moves import Move
from services.fetcher.responses import Response
from services.fetcher.schedule import Pace

_NOTHING = Filled()


@dataclass(frozen=True, slots=True)
class Failure:
    """A poll that came to nothing; `headers` say when to come again, `transferred` are its bytes."""

    reason: Reason
    detail: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    transferred: int = 0

    @classmethod
    def of(cls, reason: Reason, detail: str, response: Response) -> "Failure":
        return cls(reason, detail, response.status, response.headers, response.transferred)


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll that was answered with a feed or, `parsed` is None then, with 304.

    `same` says that it is the feed as it was known; `gap` that nothing in it was known, `filled` what its archive held
    then; `pushed` that a hub delivers the feed.
    """

    response: Response
    parsed: Feed | None = None
    same: bool = True
    gap: bool = False
    filled: Filled = _NOTHING
    pushed: bool = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (*self.parsed.entries, *self.filled.entries) if self.parsed else ()

    @property
    def transferred(self) -> int:
        return self.response.transferred + self.filled.transferred

    def pace(self, known: Pace, since: float | None) -> Pace:
        """The feed's pace after this poll, `since` seconds after the one before."""
        if self.parsed is None:
            return known
        fresh = schedule.pace(self.parsed)
        if self.response.status == 226:
            return schedule.merged(known, fresh)
        return replace(fresh, brisk_s=schedule.brisker(known, since) if self.gap else schedule.calmer(known))

    def move(self, location: str, moved_to: str | None, polls: int, validators_url: str | None) -> Move:
        """Where to ask next time; the arguments are what was remembered before this poll."""
        if self.response.status == 226:  # it holds only what is new, so it proves nothing
            return Move(location, moved_to, polls)
        # A 304 is the feed as it was known if it comes from the place whose validators those are.
        same = self.same if self.parsed else self.response.url == validators_url
        return moves.after(location, moved_to, polls, self.response.moved_to, same)

    def problem(self, move: Move) -> str | None:
        told = [*(_problems(self.parsed) if self.parsed else ()), move.problem]
        if self.gap:
            how = "the gap is closed" if self.filled.closed else "entries may have been missed"
            asked = f"{self.filled.pages} archive pages or sitemaps asked for"
            told.append(f"no overlap with the poll before; {asked}, {how}")
        return "; ".join(filter(None, told)) or None


def _problems(parsed: Feed) -> Iterator[str]:
    if parsed.problem:
        yield parsed.problem
    wrong = Counter(entry.date_problem for entry in parsed.entries if entry.date_problem)
    if wrong:
        kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(wrong.items()))
        yield f"dates that were not believed: {kinds}"
