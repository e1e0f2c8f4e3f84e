"""What a folder holds on disk."""

from pathlib import Path


def size(folder: Path) -> int:
    """Bytes of all files below it, as long as they are; those that vanish meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
