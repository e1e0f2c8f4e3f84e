"""What a reader would see change between two cleanings of one article."""

from services.contracts import Cleaned

_FIELDS = ("outlet", "author", "published", "language", "url", "source_url", "aggregator", "paywalled", "kind")


def between(before: Cleaned, after: Cleaned) -> str:
    """In words; empty for two cleanings that differ in what was removed only."""
    parts = []
    if before.text != after.text:
        parts.append(f"text from {len(before.blocks)} to {len(after.blocks)} blocks")
    if before.title != after.title:
        parts.append("title")
    parts += [name for name in _FIELDS if getattr(before.meta, name) != getattr(after.meta, name)]
    return ", ".join(parts)


def is_walled(before: Cleaned, after: Cleaned) -> bool:
    """Whether the later one is what a subscriber wall has left of the earlier."""
    return after.meta.paywalled and not before.meta.paywalled and len(after.text) < len(before.text)
