"""Which language a text is in."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

SAMPLE = 300
"""Characters of the text that are looked at beside the title."""
LETTERS = 20
"""Fewer say nothing: the model would guess Arabic for `hi`."""
_CODE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_BEYOND_LATIN = re.compile("[\u0370-\u1cff\u3040-\ud7ff]")
_KANA = re.compile("[\u3040-\u30ff]")
_SCRIPTS = (
    ("el", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)
"""Scripts in which one language writes the news; Japanese is told from Chinese by its syllables."""
_KANA_SHARE = 0.1


@cache
def configured() -> frozenset[str]:
    """The languages that have a file of rules."""
    folder = resources.files("services.cleaner") / "rules"
    names = (entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return frozenset(name for name in names if len(name) == 2)


def detect(title: str, text: str, declared: Iterable[str | None] = ()) -> str | None:
    """ISO 639-1 of the likeliest of the configured and `declared` languages, or the one that its script gives away.

    Too short a text is in the first declared one; None where there is none, or no letter at all.
    """
    sample = f"{title[:SAMPLE]}\n{text[:SAMPLE]}"
    letters = sum(map(str.isalpha, sample))
    claimed = [found for name in declared if (found := code(name))]
    if letters < LETTERS:
        return claimed[0] if letters and claimed else None
    allowed = configured() | set(claimed)
    return _by_script(sample, letters) or next(
        (language for language, _ in _identifier().rank(sample) if language in allowed), None
    )


def code(name: str | None) -> str | None:
    """ISO 639-1 of a language tag such as `pt-BR` or `en_US`; None for what is no tag."""
    match = _CODE.match((name or "").strip())
    if match is None:
        return None
    found = match[0].lower()
    return {"nb": "no", "nn": "no", "ua": "uk", "iw": "he"}.get(found, found) if len(found) == 2 else None


def _by_script(sample: str, letters: int) -> str | None:
    if sample.isascii() or 2 * len(_BEYOND_LATIN.findall(sample)) < letters:
        return None
    if len(_KANA.findall(sample)) >= _KANA_SHARE * letters:
        return "ja"
    return next((name for name, script in _SCRIPTS if 2 * len(script.findall(sample)) > letters), None)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # numpy and the model take 0.3 s: only when needed

    return LanguageIdentifier.from_model_file(MODEL_FILE)
