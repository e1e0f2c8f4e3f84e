"""What an outlet has taught about its template, brought from the store to a page and back, in one transaction."""

from dataclasses import dataclass

from services.cleaner import template
from services.cleaner.template import Lesson, Memory, Reading, Sighting
from services.contracts import Cleaned
from services.store import Transaction, templates


@dataclass(frozen=True, slots=True)
class Learned:
    """A page without its template, and what it teaches about that of others."""

    cleaned: Cleaned
    lesson: Lesson


def judge(tx: Transaction, outlet: str, key: str, cleaned: Cleaned, reading: Reading) -> Learned:
    """A page as the outlet's other pages see it; `reading` is `template.read(cleaned)`. Writes nothing."""
    memory = _recall(tx, outlet, key, reading)
    lesson = template.teach(reading, memory)
    return Learned(template.apply(cleaned, reading, lesson, memory), lesson)


def keep(tx: Transaction, outlet: str, key: str, lesson: Lesson) -> None:
    """Remember what a page teaches, once per item. Its article must have been saved."""
    templates.keep(tx, outlet, key, lesson.sketch, lesson.sightings)


def catch_up(tx: Transaction, outlet: str | None, limit: int) -> int:
    """Learn from up to `limit` stored articles that have taught nothing yet, oldest first; how many there were."""
    found = templates.untaught(tx, outlet, limit)
    for each in found:
        reading = template.read(each.cleaned)
        keep(tx, each.outlet, each.key, template.teach(reading, _recall(tx, each.outlet, each.key, reading)))
    return len(found)


def _recall(tx: Transaction, outlet: str, key: str, reading: Reading) -> Memory:
    known = templates.recall(tx, outlet, reading.fingerprints, key)
    sightings = {number: [Sighting(*each) for each in seen] for number, seen in known.sightings.items()}
    return Memory(known.latest, sightings, known.sketches)
