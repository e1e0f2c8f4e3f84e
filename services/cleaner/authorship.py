"""Who wrote an article: what the head of its page declares, then what stands near its headline."""

import re
from collections.abc import Iterable

from services.cleaner import bylines, characters, declared, shapes
from services.cleaner.declared import Declared
from services.cleaner.notes import Notes, Signature
from services.cleaner.phrases import Rules

_NAMES = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "cxenseparse:author",
    "article:author_name", "citation_author", "dc.contributor", "og:article:author", "vr:author",
)  # fmt: skip
_MAX_AUTHOR = 200


def choose(page: Declared, noted: Notes, byline: str | None, outlet: set[str], rules: Rules) -> str | None:
    """Names joined by a comma: JSON-LD, meta elements, byline elements, microdata, the byline in the text, links.

    `byline` is what the article's text says, `outlet` are the outlet's names as `characters.key`s: an outlet that names
    itself as author counts only if nobody else is named.
    """
    people, outlets = read(page, outlet, rules)
    if people:
        return people
    return (
        _signed(noted.bylines, outlet, rules, sure=bool(outlets))
        or _named(_names(noted.declared, rules), outlet, rules)
        or byline
        or _named(_names(noted.linked, rules), outlet, rules)
        or outlets
        or _signed(noted.bylines, set(), rules)
        or None
    )


def read(page: Declared, outlet: set[str], rules: Rules) -> tuple[str, str]:
    """Names that the head of a page gives: of people, and, apart, of the outlet itself."""
    listed = page.resolve(page.article.get("author")) + page.resolve(page.article.get("creator"))
    people = [entry for entry in listed if not (isinstance(entry, dict) and "organization" in declared.types(entry))]
    named = _named(declared.texts(people), outlet, rules)
    everyone = _named(declared.texts(listed), set(), rules)
    if named:
        return named, ""
    claims = [claim for claim in (*page.writers, *(page.meta.get(name) for name in _NAMES)) if claim]
    firsts = [claim for claim in claims if not claim.startswith(("http", "/", "@"))]
    several = _named(page.writers, outlet, rules) if len(page.writers) > 1 else ""
    single = next((name for claim in firsts if (name := _named([claim], outlet, rules))), "")
    return several or single, everyone or _named(firsts[:1], set(), rules)


def _signed(signatures: Iterable[Signature], outlets: set[str], rules: Rules, *, sure: bool = False) -> str:
    """The names of the first byline that gives any; one that names the outlet alone is passed over.

    `sure` asks for a full name where only the line's first words make it a byline.
    """
    found: list[str] = []
    for signature in signatures:
        claims = [name for name in signature.names if not any(c.isdigit() for c in name)]
        names = _named(_names(claims, rules), outlets, rules)
        if not names and not claims:
            names = bylines.author(signature.text, rules, marked=signature.marked) or ""
            if sure and not signature.marked and not shapes.is_title_case_name(names.split(", ")[0]):
                continue
        if names and characters.key(names) not in outlets:
            found.append(names)
    if not found:
        return ""
    # A byline element often holds another one that leaves the writer's role out.
    inner = [names for names in found if len(names.split()) >= 2 and found[0].startswith(f"{names} ")]
    return min(inner, key=len, default=found[0])


def _names(claims: Iterable[str], rules: Rules) -> list[str]:
    return [name for claim in claims if (name := bylines.author(claim, rules))]


def _named(claims: Iterable[str], outlets: set[str], rules: Rules) -> str:
    names = [name for claim in claims for name in _authors(claim, rules) if characters.key(name) not in outlets]
    whole = list(dict.fromkeys(names))
    # Some pages give the names one by one and all in one.
    single = [name for name in whole if not any(o != name and o in name for o in whole)] if len(whole) > 1 else whole
    return ", ".join(single)[:_MAX_AUTHOR]


def _authors(claim: str, rules: Rules) -> list[str]:
    """The writers whom a declared name names: "A and B" are two, unless one of them is no full name."""
    name = _author(claim, rules)
    if not name:
        return []
    parts = bylines.split(name)
    return parts if len(parts) > 1 and all(shapes.is_title_case_name(part) for part in parts) else [name]


def _author(claim: str, rules: Rules) -> str:
    if claim.startswith(("http", "/", "www.")) or len(claim) > _MAX_AUTHOR or claim.isdigit():
        return ""
    bare = re.sub(r"\S+@\S+|\(\s*\)", " ", claim)
    parts = bare.split(None, 1)
    if len(parts) == 2 and rules.has("by", parts[0].rstrip(":")) and parts[1][:1].isupper():
        bare = parts[1]
    name = characters.squeeze(bare).strip(" ,;|")
    return name if len(name) > 1 and not rules.has("by", name) else ""
