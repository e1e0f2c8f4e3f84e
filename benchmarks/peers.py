"""The extractors that are measured: vigie and its open peers, each as one function from a labelled page to `Found`.

`open_tools` imports a peer only when it is asked for; one that is not installed (`make bench-setup`) raises ImportError
there and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lxml.etree
import lxml.html

from benchmarks.scores import Row

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th",
    "tr", "ul",
})  # fmt: skip
_STOPLISTS = {
    "ar": "Arabic", "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ko": "Korean", "nl": "Dutch", "no": "Norwegian_Bokmal",
    "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool made of a page. `facts` is False for a tool that looks for no title, date or author.

    `removed` are (kind, characters) of what vigie struck out; `error` says why a tool gave nothing.
    """

    text: str
    facts: bool = False
    title: str | None = None
    published: str | None = None
    author: str | None = None
    removed: tuple[tuple[str, int], ...] = ()
    error: str | None = None


Tool = Callable[[Row], Found]


def _vigie() -> Tool:
    from services.cleaner import requests

    def extract(row: Row) -> Found:
        answer = requests.answer({"id": row["id"], "url": row["url"], "html": row["html"]})
        meta, error = answer["meta"], answer["error"]
        return Found(
            answer["text"],
            True,
            answer["title"],
            meta["published"],
            meta["author"],
            tuple((entry["kind"], len(entry["text"])) for entry in answer["removed"]),
            error and f"{error['reason']}: {error['detail']}",
        )

    return extract


def _trafilatura() -> Tool:
    """What vigie does too: text, metadata, language."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier
    from trafilatura import bare_extraction

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)

    def extract(row: Row) -> Found:
        document: Any = bare_extraction(row["html"], url=row["url"], include_comments=False, with_metadata=True)
        if document is None:
            return Found("", True, error="nothing")
        text = document.text or ""
        identifier.classify(text)
        return Found(text, True, document.title, document.date, document.author)

    return extract


def _trafilatura_text(**options: bool) -> Callable[[], Tool]:
    """Its text alone, in one of its modes."""

    def open_tool() -> Tool:
        from trafilatura import bare_extraction

        def extract(row: Row) -> Found:
            document: Any = bare_extraction(row["html"], url=row["url"], include_comments=False, **options)
            return Found("", error="nothing") if document is None else Found(document.text or "")

        return extract

    return open_tool


def _readability() -> Tool:
    from readability import Document

    return lambda row: Found(_text_of(Document(row["html"]).summary(html_partial=True)))


def _newspaper() -> Tool:
    from newspaper import Article

    def extract(row: Row) -> Found:
        url = row["url"] if (row["url"] or "").startswith("http") else "https://example.org/article"
        article = Article(url, fetch_images=False)
        article.download(input_html=row["html"])
        article.parse()
        date = article.publish_date
        published = date.isoformat() if date else None
        return Found(article.text, True, article.title, published, ", ".join(article.authors))

    return extract


def _justext() -> Tool:
    """With the stop words of the page's labelled language; without any where it brings none."""
    import justext

    def extract(row: Row) -> Found:
        name = _STOPLISTS.get(row["language"])
        bounds = {} if name else {"stopwords_low": 0, "stopwords_high": 0}
        stopwords = justext.get_stoplist(name) if name else frozenset()
        paragraphs = justext.justext(row["html"].encode(), stopwords, encoding="utf-8", **bounds)
        return Found("\n".join(each.text for each in paragraphs if not each.is_boilerplate))

    return extract


def _resiliparse() -> Tool:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda row: Found(extract_plain_text(row["html"], main_content=True, list_bullets=False, alt_texts=False))


def _boilerpy() -> Tool:
    from boilerpy3.extractors import ArticleExtractor

    extractor = ArticleExtractor(raise_on_failure=False)
    return lambda row: Found(extractor.get_content(row["html"]))


OPENERS: dict[str, Callable[[], Tool]] = {
    "vigie": _vigie,
    "trafilatura": _trafilatura,
    "trafilatura-text": _trafilatura_text(),
    "trafilatura-precision": _trafilatura_text(favor_precision=True),
    "trafilatura-fast": _trafilatura_text(fast=True),
    "readability": _readability,
    "newspaper4k": _newspaper,
    "justext": _justext,
    "resiliparse": _resiliparse,
    "boilerpy3": _boilerpy,
}
"""Every tool by name. `trafilatura` is the one vigie's CPU is compared with: it does the same work."""


def open_tool(name: str) -> Tool:
    """The tool, guarded: a page that breaks it gives an error and no text. Raises ImportError if it is missing."""
    extract = OPENERS[name]()

    def guarded(row: Row) -> Found:
        try:
            return extract(row)
        except Exception as error:  # a peer's bug costs it this page and ends nothing
            return Found("", error=f"{type(error).__name__}: {error}"[:200])

    return guarded


def _text_of(fragment: str) -> str:
    """The text of a piece of HTML, a line per block, as its readers see it."""
    pieces: list[str] = []
    events = ("start", "end", "comment", "pi")
    for event, element in lxml.etree.iterwalk(lxml.html.fromstring(fragment), events=events):
        if element.tag in _BLOCKS:
            pieces.append("\n")
        pieces.append((element.text if event == "start" else element.tail) or "")
    return "".join(pieces)
