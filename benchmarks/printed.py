"""Texts printed into real pages: the page's own article goes, title and paragraphs of the text take its place."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import lxml.html

from benchmarks import injection
from benchmarks.examples import Noise
from benchmarks.injection import Host, Setting
from services.cleaner import characters
from services.contracts import NoiseKind

SETTINGS = {
    NoiseKind.RELATED: [
        Setting(place, markup) for place in ("between", "after", "margin") for markup in ("marked", "p")
    ],
    NoiseKind.TICKER: [Setting(place, markup) for place in ("before", "margin") for markup in ("marked", "div", "p")],
}
"""Where outlets put a box of links and a line of headlines."""

_LABELS = {
    "ar": "اقرأ أيضا", "de": "Lesen Sie auch", "en": "Read also", "es": "Lea también", "fr": "À lire aussi",
    "it": "Leggi anche", "nl": "Lees ook", "pl": "Czytaj także", "pt": "Leia também", "ru": "Читайте также",
    "tr": "Ayrıca okuyun", "uk": "Читайте також",
}  # fmt: skip


def page(host: Host, title: str, text: str) -> Host:
    """The host with the text for an article. What declares the old title is taken out of the head."""
    tree = lxml.html.document_fromstring(host.html)
    paragraphs = [tree.xpath(path)[0] for path in host.paths]
    model = paragraphs[len(paragraphs) // 2]
    added = [_paragraph(model, line) for line in text.split("\n")]
    for element in added:
        paragraphs[0].addprevious(element)
    _empty(tree, host, added)
    _entitle(tree, title)
    html = str(lxml.html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>"))
    paths = tuple(tree.getroottree().getpath(element) for element in added)
    return replace(host, html=html, title=title, lines=tuple(text.split("\n")), paths=paths)


def noisy(
    host: Host, kind: NoiseKind, language: str, headlines: Sequence[str], chance: random.Random
) -> dict[str, Any]:
    """The request to clean the page with the headlines in it."""
    lines = (_LABELS[language], *headlines) if kind is NoiseKind.RELATED else (" • ".join(headlines),)
    setting = chance.choice(SETTINGS[kind])
    if setting.place == "between" and len(host.paths) == 1:
        setting = replace(setting, place="after")
    return injection.inject(host, Noise(language, kind, lines), setting, chance)


def _empty(tree: Any, host: Host, added: Sequence[Any]) -> None:
    """Takes out whatever else the cleaner kept of the page."""
    kept = {characters.key(line) for line in host.lines}
    for element in [each for each in tree.iter() if isinstance(each.tag, str) and each.tag != "h1"]:
        if element not in added and characters.key(element.text_content()) in kept:
            element.drop_tree()


def _paragraph(model: Any, line: str) -> Any:
    element = lxml.html.fragment_fromstring(f"<{model.tag}>{escape(line)}</{model.tag}>")
    element.attrib.update({name: value for name, value in model.attrib.items() if name != "id"})
    return element


def _entitle(tree: Any, title: str) -> None:
    declared = "//meta[contains(@property, 'title') or contains(@name, 'title') or contains(@*, 'escription')]"
    _drop(tree.xpath(f"{declared} | //script[@type='application/ld+json'] | //head/title"))
    headings = tree.xpath("//h1")
    _drop(headings[1:])
    for heading in headings[:1]:
        for child in list(heading):
            heading.remove(child)
        heading.text = title


def _drop(elements: Iterable[Any]) -> None:
    for element in elements:
        element.drop_tree()
