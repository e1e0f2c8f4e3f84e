"""What happens to a text between one outlet and the next. Pure: every draw comes from the `chance` passed in.

COPY    the same words, other spacing
L1      retitled; quotes, dashes, encodings and numbers in another house's style
L2      the lead rewritten, 10-30 % of the sentences dropped, 1-4 foreign sentences added, 4 % of the words edited
TRUNC   cut to 15-45 % by a subscribers' wall, which leaves an ellipsis, a line of its own, or both
OCR     1-5 % of the characters misread, lost or doubled
DER     25-60 % of the text, in one or two runs, inside a longer article of other words
"""

import random
import re
import unicodedata
from collections.abc import Callable, Sequence

from benchmarks import scores
from benchmarks.duplicates import sources

Sentences = Sequence[str]

_WORD = re.compile(r"[^\W\d_]+")
_GROUPED = re.compile(r"(?<=\d)[,.](?=\d{3}\b)")
_DECIMAL = re.compile(r"(?<=\d)[,.](?=\d{1,2}\b)")
_QUOTED = re.compile(r"[“„«\"]([^“”„«»\"\n]{1,400})[”“»\"]")

_QUOTES = (("“", "”"), ("„", "“"), ("«\u00a0", "\u00a0»"), ("»", "«"), ('"', '"'))
_GROUPS = (".", "\u00a0", "\u202f", "'", ",")
_DASHES = ("—", "–", " - ")
_MISREAD = {
    "l": "1", "I": "l", "o": "0", "O": "0", "e": "c", "c": "e", "h": "b", "a": "o", "s": "5", "t": "f", "n": "u",
    "u": "n", "i": "l", "g": "q", "b": "6", "m": "rn", "w": "vv", "B": "8", "S": "5", ".": ",", ",": ".",
    "и": "н", "н": "п", "о": "0", "з": "3", "е": "с", "п": "н", "в": "8", "а": "о",
}  # fmt: skip


def copy(sentences: Sentences, chance: random.Random) -> str:
    """The same words on one line or in other paragraphs."""
    breaks = chance.choice((0.0, 0.3, 1.0))
    return "".join(f"{each.rstrip()}{chr(10) if chance.random() < breaks else ' '}" for each in sentences).strip()


def localise(sentences: Sentences, chance: random.Random) -> str:
    """L1, without its title."""
    text = "".join(sentences).strip()
    opening, closing = chance.choice(_QUOTES)
    text = _QUOTED.sub(lambda match: f"{opening}{match.group(1)}{closing}", text)
    text = re.sub(r"[—–]", chance.choice(_DASHES), text)
    group, point = chance.choice(_GROUPS), chance.choice(",.")
    text = _DECIMAL.sub(point, _GROUPED.sub(group, text))
    return chance.choice(_ENCODINGS)(text)


def retitle(title: str, sentences: Sentences, chance: random.Random) -> str:
    """Another headline: the first words of the lead, or the old one without its opening."""
    words = title.split()
    lead = sentences[0].split()[: chance.randint(6, 11)]
    return " ".join(chance.choice((lead, words[len(words) // 3 :])))


def rework(sentences: Sentences, foreign: Sentences, vocabulary: Sequence[str], chance: random.Random) -> str:
    """L2, without its title. `foreign` are sentences of other texts, `vocabulary` words to edit with."""
    dropped = chance.uniform(0.10, 0.30)
    kept = [edit_words(each, 0.04, vocabulary, chance) for each in sentences[1:] if chance.random() >= dropped]
    for each in chance.sample(list(foreign), min(len(foreign), chance.randint(1, 4))):
        kept.insert(chance.randint(0, len(kept)), each)
    return "".join([rewrite(sentences[0], vocabulary, chance), *kept]).strip()


def rewrite(sentence: str, vocabulary: Sequence[str], chance: random.Random) -> str:
    """The lead in other words: its pieces in another order, four words of ten replaced."""
    words = sentence.split()
    pieces = [words[at : at + 3] for at in range(0, len(words), 3)]
    chance.shuffle(pieces)
    return edit_words(" ".join(word for piece in pieces for word in piece), 0.4, vocabulary, chance) + " "


def edit_words(text: str, share: float, vocabulary: Sequence[str], chance: random.Random) -> str:
    """Every word is replaced, left out or doubled by another with probability `share`."""

    def edit(match: re.Match[str]) -> str:
        word = match.group()
        if chance.random() >= share:
            return word
        other = chance.choice(vocabulary)
        return chance.choice((other, other, "", f"{word} {other}"))

    return _WORD.sub(edit, text)


def wall(sentences: Sentences, lines: Sequence[str], chance: random.Random) -> str:
    """TRUNC: `lines` are what a wall says, of which it may leave one."""
    text = "".join(sentences).strip()
    left = text[: int(len(text) * chance.uniform(0.15, 0.45))]
    if chance.random() < 0.7:
        left = left.rpartition(" ")[0] or left
    ending = chance.choice(("…", "...", " […]", " [...]", "", ""))
    line = chance.choice(lines) if lines and (not ending or chance.random() < 0.5) else ""
    return f"{left.rstrip()}{ending}\n{line}".strip()


def misread(sentences: Sentences, chance: random.Random, noise: tuple[float, float] = (0.01, 0.05)) -> str:
    """OCR: between the two shares of the letters."""
    share = chance.uniform(*noise)
    return "".join(
        _misread(letter, chance) if letter != "\n" and chance.random() < share else letter
        for letter in "".join(sentences).strip()
    )


def embed(runs: Sequence[Sentences], own: Sentences, chance: random.Random) -> str:
    """DER: runs of another article's sentences between the article's own."""
    places = sorted(chance.randint(1, max(1, len(own) - 1)) for _ in runs)
    text = list(own)
    for place, run in reversed(list(zip(places, runs, strict=True))):
        text[place:place] = run
    return "".join(text).strip()


def passage(sentences: Sentences, share: float, chance: random.Random) -> list[list[str]]:
    """One or two runs of neighbouring sentences that together hold about `share` of the words."""
    wanted = share * sources.size(sentences)
    start = chance.randint(0, len(sentences) - 1)
    taken: set[int] = set()
    for at in [*range(start, len(sentences)), *range(start - 1, -1, -1)]:
        if sources.size(sentences[number] for number in taken) >= wanted:
            break
        taken.add(at)
    listed = sorted(taken)
    middle = chance.randint(1, len(listed) - 1) if len(listed) >= 6 and chance.random() < 0.5 else len(listed)
    halves = (listed[:middle], listed[middle:])
    return [[sentences[at] for at in half] for half in halves if half]


def vocabulary(texts: Sequence[Sentences]) -> list[str]:
    """The words of these texts, as often as they stand there."""
    return [word for text in texts for sentence in text for word in scores.tokens(sentence) if word.isalpha()]


def _misread(letter: str, chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.2:
        return ""
    if kind < 0.3:
        return letter * 2
    return _MISREAD.get(letter, chance.choice("eolitrcf") if letter.isalpha() else "")


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("\u00a0", " ").replace("…", "...")


def _typographic(text: str) -> str:
    return re.sub(r"(?<=\w)'(?=\w)", "’", text).replace("...", "…")


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _entities(text: str) -> str:
    """Left over from markup that was escaped twice."""
    return text.replace("&", "&amp;").replace("\u00a0", "&nbsp;")


def _hyphenated(text: str) -> str:
    """Soft hyphens in long words."""
    return _WORD.sub(lambda match: _soft(match.group()), text)


def _soft(word: str) -> str:
    return f"{word[:5]}\u00ad{word[5:]}" if len(word) > 9 else word


_ENCODINGS: tuple[Callable[[str], str], ...] = (str, _plain, _typographic, _decomposed, _entities, _hyphenated)
