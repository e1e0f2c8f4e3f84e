"""One article of the stream, and what is true of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """`cluster` names the text that it is or republishes, `reuses` the clusters whose passages it holds.

    `kind` is the edit that made it, or what it looks like and is not; `at` is in unix seconds, and `published` says
    the same in ISO 8601, sometimes the date alone. It is `moot`, and what is decided about it does not
    count, where no method can know yet which of its words are a template's.
    """

    id: str
    kind: str
    language: str
    cluster: str
    title: str
    text: str
    host: str
    at: float
    reuses: tuple[str, ...] = ()
    day_only: bool = False
    moot: bool = False

    @property
    def day(self) -> int:
        return int(self.at // 86_400)

    @property
    def published(self) -> str:
        moment = datetime.fromtimestamp(self.at, UTC)
        return moment.date().isoformat() if self.day_only else moment.isoformat(timespec="seconds")

    @property
    def request(self) -> dict[str, Any]:
        """As `vigie dedup --jsonl` takes it."""
        url = f"https://{self.host}/{self.id.replace('/', '-')}"
        return {"id": self.id, "title": self.title, "text": self.text, "url": url, "published": self.published}
