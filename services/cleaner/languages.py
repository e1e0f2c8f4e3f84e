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


@cache
def configured() -> frozenset[str]:
    """The languages that have a file of rules."""
    folder = resources.files("services.cleaner") / "rules"
    names = (entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return frozenset(name for name in names if len(name) == 2)


def detect(title: str, text: str, declared: Iterable[str | None] = ()) -> str | None:
    """ISO 639-1 of the likeliest of the configured and `declared` languages.

    Too short a text is in the first declared one; None where there is none, or no letter at all.
    """
    sample = f"{title[:SAMPLE]}\n{text[:SAMPLE]}"
    letters = sum(character.isalpha() for character in sample)
    claimed = [found for name in declared if (found := code(name))]
    if letters < LETTERS:
        return claimed[0] if letters and claimed else None
    allowed = configured() | set(claimed)
    return next((language for language, _ in _identifier().rank(sample) if language in allowed), None)


def code(name: str | None) -> str | None:
    """ISO 639-1 of a language tag such as `pt-BR` or `en_US`; None for what is no tag."""
    match = _CODE.match((name or "").strip())
    if match is None:
        return None
    found = match[0].lower()
    return {"nb": "no", "nn": "no", "ua": "uk", "iw": "he"}.get(found, found) if len(found) == 2 else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # numpy and the model take 0.3 s: only when needed

    return LanguageIdentifier.from_model_file(MODEL_FILE)
