"""The real texts that are republished: hand-made texts of labelled pages, no two of which share a passage.

The front of a text is what gets published; what is left of a long one is cut into passages that appear nowhere else
and serve as other articles' own words.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import scores

SHORTEST = 120
"""Distinct 5-grams of the shortest text that is taken."""
SHARED_GRAMS = 20
"""5-grams that two texts may share; of two that share more, the second is left out: its truth would be unknown."""
IDIOMS = 6
"""5-grams that a passage may share with everything else: those of one idiom of ten words."""
PROSE = 0.5
"""Least share of a text's words that stand in sentences: price lists and tables are left out."""
BODY = {"en": (250, 900)}
BODY_ELSEWHERE = (180, 500)
"""Least and most words of a body. Other languages have shorter texts, and need what is left as badly."""
PASSAGE = 220
"""Words of a passage, about."""

_SENTENCE = re.compile(r"\n|(?<=[.!?…])[ \u00a0]+|(?<=[。！？])")
_ENDS = tuple('.!?…"”»)।。')

Passage = tuple[str, ...]
"""Sentences."""


@dataclass(frozen=True, slots=True)
class Source:
    """A real text. Each of `sentences` carries the space or line break after it, so that joined they are the text."""

    id: str
    language: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Sources, and by language passages that stand in none of them."""

    sources: tuple[Source, ...]
    passages: dict[str, list[Passage]]


def load(paths: Iterable[Path], seed: int, every: int = 1) -> Material:
    """Every `every`-th usable text of the files that have texts."""
    rows = [row for path in paths for row in scores.read(path) if row["text"]]
    return divide([row for row in distinct(rows) if prose(split(row["text"])) >= PROSE][::every], seed)


def written(folder: Path) -> Material:
    """Texts of our own in a dozen languages: those of the topic's corpus, four to an article, as they are short.

    A quarter of them are passages. The files are JSON lines {title, text}, named for their language first.
    """
    found: list[Source] = []
    passages: dict[str, list[Passage]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        language = path.name.partition(".")[0]
        rows = list(scores.read(path))
        own, rest = rows[: len(rows) * 3 // 4], rows[len(rows) * 3 // 4 :]
        for at in range(0, len(own) - 3, 4):
            text = "\n".join(row["text"] for row in own[at : at + 4])
            found.append(Source(f"{path.stem}{at:02}", language, own[at]["title"], tuple(split(text))))
        passages[language].extend(
            tuple(split(f"{a['text']}\n{b['text']}")) for a, b in zip(rest[::2], rest[1::2], strict=False)
        )
    bodies = set().union(*(grams("".join(source.sentences)) for source in found))
    return Material(tuple(found), unheard(passages, bodies))


def distinct(rows: Iterable[scores.Row]) -> Iterator[scores.Row]:
    """Rows long enough, without those that repeat an earlier one's passages."""
    seen: dict[int, int] = {}
    for number, row in enumerate(rows):
        own = grams(row["text"])
        shared = Counter(seen[gram] for gram in own if gram in seen)
        if len(own) >= SHORTEST and max(shared.values(), default=0) <= SHARED_GRAMS:
            seen.update(dict.fromkeys(own, number))
            yield row


def divide(rows: Sequence[scores.Row], seed: int) -> Material:
    found: list[Source] = []
    passages: dict[str, list[Passage]] = defaultdict(list)
    for number, row in enumerate(rows):
        chance = random.Random(f"{seed} body {row['id']}")
        language = row["language"]
        sentences = split(row["text"])
        body = cut(sentences, chance.randint(*BODY.get(language, BODY_ELSEWHERE)))
        title = " ".join((row.get("title") or sentences[0]).split())
        found.append(Source(f"{language}{number:04}", language, title, tuple(sentences[:body])))
        passages[language].extend(pieces(sentences[body:]))
    bodies = set().union(*(grams("".join(source.sentences)) for source in found))
    return Material(tuple(found), unheard(passages, bodies))


def unheard(passages: Mapping[str, Iterable[Passage]], bodies: set[int]) -> dict[str, list[Passage]]:
    """The passages that repeat neither a body nor one another, as the parts of a long page may."""
    seen = set(bodies)
    found: dict[str, list[Passage]] = {language: [] for language in passages}
    for language, texts in passages.items():
        for text in texts:
            own = grams("".join(text))
            if len(own & seen) <= IDIOMS:
                found[language].append(text)
                seen |= own
    return found


def grams(text: str) -> set[int]:
    words = scores.tokens(text.lower())
    return {hash(tuple(words[at : at + 5])) for at in range(len(words) - 4)}


def split(text: str) -> list[str]:
    """Sentences, each with the space or line break that follows it."""
    found = []
    start = 0
    for match in _SENTENCE.finditer(text):
        if piece := text[start : match.start()].strip():
            found.append(piece + ("\n" if "\n" in match.group() else " "))
        elif found and "\n" in match.group():
            found[-1] = found[-1].rstrip() + "\n"
        start = match.end()
    last = text[start:].strip()
    return [*found, last + "\n"] if last else found


def prose(sentences: Sequence[str]) -> float:
    """The share of the words that stand in sentences of six words and more."""
    whole = [each for each in sentences if each.rstrip().endswith(_ENDS) and size([each]) >= 6]
    return size(whole) / max(1, size(sentences))


def size(sentences: Iterable[str]) -> int:
    """Words."""
    return sum(len(scores.tokens(sentence)) for sentence in sentences)


def cut(sentences: Sequence[str], words: int) -> int:
    """How many sentences from the front hold that many words, or all of them."""
    total = 0
    for number, sentence in enumerate(sentences):
        total += len(scores.tokens(sentence))
        if total >= words:
            return number + 1
    return len(sentences)


def pieces(sentences: Sequence[str]) -> Iterator[Passage]:
    """Whole passages of about `PASSAGE` words; what is left over is dropped."""
    rest = list(sentences)
    while size(rest) >= PASSAGE:
        end = cut(rest, PASSAGE)
        yield tuple(rest[:end])
        rest = rest[end:]
