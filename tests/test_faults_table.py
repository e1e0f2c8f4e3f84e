"""docs/reliability.md names a test for each of the thirty faults, and the tests are there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parent / "docs" / "reliability.md"


def rows() -> dict[int, list[str]]:
    lines = re.findall(r"^\| (\d+) \|.*\|([^|]*)\|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): re.findall(r"`([^`]+)`", tests) for number, tests in lines}


def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_a_test() -> None:
    assert sorted(rows()) == list(range(1, 31))
    assert all(rows().values())


def test_every_test_that_the_table_names_is_there() -> None:
    named = {name for tests in rows().values() for name in tests}
    missing = {name for name in named if name.split("::")[1] not in functions(HERE / name.split("::")[0])}
    assert not missing


def test_every_test_of_a_fault_stands_in_the_table() -> None:
    named = {name for tests in rows().values() for name in tests}
    files = sorted((HERE / "faults").glob("test_*.py"))
    made = {f"faults/{file.name}::{name}" for file in files for name in functions(file) if name.startswith("test_row")}
    assert not made - named
