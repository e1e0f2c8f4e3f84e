"""Logging: one line per event, control characters escaped, to stderr or to a file that rotates.

Lines carry text from the network (URLs, titles, server errors): an escape sequence in it must not reach
a terminal, nor a newline forge a second line.
"""

import logging
import logging.handlers
import unicodedata
from pathlib import Path


class SafeFormatter(logging.Formatter):
    """Escapes what is not printable; a traceback keeps its line breaks, set off by a margin."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = super().format(record).split("\n")
        if not record.exc_info:
            return escape("\\n".join([first, *rest]))
        return "\n".join([escape(first), *(f"  | {escape(line)}" for line in rest)])


def escape(text: str) -> str:
    """`text` with control, format and surrogate characters written as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char == " " or not _hidden(char) else ascii(char)[1:-1] for char in text)


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def configure(level: str, file: Path | None) -> None:
    """Send the log to `file` (5 files of 5 MB), or to stderr where it is None."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=5_000_000, backupCount=4, encoding="utf-8")
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every page that it dislikes as an error
