"""trafilatura's word on a page: the second opinion where our own classifier is in doubt."""

import logging

# Its warnings are about single pages; what matters of them comes back as an error value.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class Failed(ValueError):
    """The extractor itself broke on a page."""


def text(page: str) -> str:
    """What trafilatura takes for the article of a page; empty if it finds none.

    Raises `Failed`. Not safe in threads, and its module-level caches grow: run it in a process that is replaced now
    and then.
    """
    import trafilatura  # takes as long as twenty pages, and one in forty asks for it

    try:
        found = trafilatura.bare_extraction(
            page, fast=True, include_comments=False, include_tables=True, deduplicate=False, with_metadata=False
        )
    except Exception as error:  # a page must not take the worker down, whatever it makes the library raise
        raise Failed(f"trafilatura: {type(error).__name__}: {error}") from error
    return getattr(found, "text", None) or ""
