"""Where the index lies: generations side by side in one folder, and small files that name two of them.

    search/000001/   a generation: an index of Tantivy
    search/current   names the generation that is searched and followed
    search/next      names the one that is being built beside it, while one is

Renaming `next` to `current` is the swap: one step, so that whoever is killed leaves one or the other.
"""

import os
import shutil
from pathlib import Path

CURRENT = "current"
NEXT = "next"


def named(folder: Path, pointer: str) -> Path | None:
    """The generation that `pointer` names; None where it names none."""
    try:
        name = (folder / pointer).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    return folder / name if _is_generation(name) else None


def begin(folder: Path, pointer: str) -> Path:
    """A new and empty generation under `pointer`."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = [int(path.name) for path in folder.iterdir() if _is_generation(path.name)]
    made = folder / f"{max(taken, default=0) + 1:06}"
    written = folder / f"{pointer}.new"
    with written.open("w", encoding="ascii") as file:
        file.write(made.name)
        file.flush()
        os.fsync(file.fileno())
    written.replace(folder / pointer)
    _sync(folder)
    made.mkdir()  # after its name, or a sweep would take it for nobody's
    return made


def swap(folder: Path) -> None:
    """Make the next generation the current one."""
    (folder / NEXT).replace(folder / CURRENT)
    _sync(folder)


def drop(folder: Path, pointer: str) -> None:
    """Forget and delete a generation: the name first, so that no half of it is ever opened."""
    gone = named(folder, pointer)
    (folder / pointer).unlink(missing_ok=True)
    if gone is not None:
        shutil.rmtree(gone, ignore_errors=True)  # what stays is nobody's, and swept away later


def sweep(folder: Path) -> None:
    """Delete what no name leads to: old generations, and files of before there were any."""
    found = list(folder.iterdir()) if folder.is_dir() else []
    # In this order: what was listed has a name by now, and a swap in between moves a name to where we look next.
    names = [place.name for pointer in (NEXT, CURRENT) if (place := named(folder, pointer))]
    kept = {CURRENT, NEXT, f"{NEXT}.new", *names}
    for path in found:
        if path.name in kept:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # the next sweep tries again
        else:
            path.unlink(missing_ok=True)


def _is_generation(name: str) -> bool:
    return len(name) == 6 and name.isascii() and name.isdigit()


def _sync(folder: Path) -> None:
    """Make a rename outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
