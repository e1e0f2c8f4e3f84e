"""docs/conduct.md names a test for each of the 42 rows, and the tests are there."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "conduct.md"


def rows() -> dict[int, list[str]]:
    lines = re.findall(r"^\| (\d+) \|.*\|([^|]*)\|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): re.findall(r"`([^`]+)`", tests) for number, tests in lines}


def functions(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_test():
    assert sorted(rows()) == list(range(1, 43))
    assert all(rows().values())


def test_every_test_that_the_table_names_is_there():
    named = {name for tests in rows().values() for name in tests}
    missing = {name for name in named if name.split("::")[1] not in functions(name.split("::")[0])}
    assert not missing
