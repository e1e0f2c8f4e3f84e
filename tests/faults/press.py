"""An outlet on loopback that prints as many articles about the crisis as a test wants, no two alike."""

import random
import time
from collections.abc import Iterable

from services.fetcher import urls
from services.store import Store, sightings
from services.store.sightings import Sighted
from tests.fetcher.polling import rss
from tests.fetcher.serving import FakeOutlet

OUTLET = "courier"
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
_SENTENCES = (
    "Russian troops shelled the {0} district of Kharkiv on {1} night, the regional governor {2} {3} said in Ukraine.",
    "In Kyiv the ministry of defence counted {0} drones, {1} of them over {2}, and called the attack {3} and {4}.",
    "Ukraine asked its allies for air defence after the strike on {0}, where {1} families had sought {2} shelter.",
    "The {0} brigade held the line near {1}, a soldier called {2} told reporters, while Moscow spoke of {3} gains.",
    "Refugees from {0} and {1} crossed into Poland by {2}, and the {3} committee handed out {4} blankets.",
    "Sanctions against the {0} bank were widened to {1} and {2}, a {3} official of the European Union said.",
)


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=3)).capitalize()


def text(number: int) -> str:
    """Two dozen sentences about the war in Ukraine, with names that no other number has."""
    rng = random.Random(number)
    paragraphs = []
    for _ in range(6):
        chosen = rng.sample(_SENTENCES, 4)
        paragraphs.append(" ".join(each.format(*(_word(rng) for _ in range(5))) for each in chosen))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def title(number: int) -> str:
    rng = random.Random(-number)
    return f"Ukraine: Russian strike on {_word(rng)} {_word(rng)} leaves {_word(rng)} without power"


def page(number: int) -> bytes:
    return (
        f"<html lang='en'><head><title>{title(number)}</title></head><body><article><h1>{title(number)}</h1>"
        f"{text(number)}</article></body></html>"
    ).encode()


def prints(outlet: FakeOutlet, *numbers: int) -> list[str]:
    """Put pages on the outlet; their URLs."""
    return [outlet.says(f"/{number}", page(number), Content_Type="text/html; charset=utf-8") for number in numbers]


def lists(outlet: FakeOutlet, *numbers: int, **headers: str) -> str:
    """Put them and a feed that lists them on the outlet; the feed's URL."""
    prints(outlet, *numbers)
    feed = rss(*map(str, numbers), at=time.time(), link=outlet.url("/"))
    return outlet.says("/feed", feed, Content_Type="application/rss+xml", **headers)


def outlets_file(*feeds: str) -> str:
    listed = ", ".join(f'"{feed}"' for feed in feeds)
    return (
        f'[[outlet]]\nid = "{OUTLET}"\nname = "Courier"\nurl = "https://courier.example/"\nfeeds = [{listed}]\n'
        "interval_min = 5\ninterval_max = 3600\n"
    )


def sight(store: Store, pages: Iterable[str], feed: str = "https://courier.example/feed") -> list[str]:
    """Enter pages in the ledger as a poll would; their keys."""
    entries = [
        Sighted(urls.item_key(url), urls.canonical(url), url, urls.host(url), None, "a title", None) for url in pages
    ]
    with store.write() as tx:
        return sightings.sight(tx, OUTLET, feed, entries, time.time())
