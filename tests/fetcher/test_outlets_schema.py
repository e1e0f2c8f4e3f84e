"""The schema that editors read, beside the parser that decides: neither knows a key that the other does not."""

import json
import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from services.contracts import Outlet
from services.fetcher import outlets
from tests.fetcher.test_outlets import WHOLE

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "outlets.toml"
SCHEMA = json.loads((ROOT / "outlets.schema.json").read_text(encoding="utf-8"))
OUTLET = SCHEMA["definitions"]["outlet"]

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float)}
KNOWN = {
    "$ref", "additionalProperties", "default", "definitions", "description", "enum", "format", "items", "maxLength",
    "maximum", "minItems", "minimum", "not", "pattern", "properties", "propertyNames", "required", "title", "type",
    "uniqueItems", "$schema",
}  # fmt: skip


def valid(value, schema) -> bool:
    """What a validator of draft 7 answers, for the keywords that the schema uses; `format` is a remark there."""
    assert set(schema) <= KNOWN, f"the test cannot judge {set(schema) - KNOWN}"
    if "$ref" in schema:
        return valid(value, SCHEMA["definitions"][schema["$ref"].removeprefix("#/definitions/")])
    if "type" in schema and (
        not isinstance(value, TYPES[schema["type"]]) or (isinstance(value, bool) and schema["type"] == "number")
    ):
        return False
    if ("enum" in schema and value not in schema["enum"]) or ("not" in schema and valid(value, schema["not"])):
        return False
    return {str: _valid_text, list: _valid_list, dict: _valid_table}.get(type(value), _valid_number)(value, schema)


def _valid_text(value, schema):
    return len(value) <= schema.get("maxLength", len(value)) and re.search(schema.get("pattern", ""), value) is not None


def _valid_number(value, schema):
    return schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _valid_list(value, schema):
    if schema.get("uniqueItems") and len(set(value)) < len(value):
        return False
    return len(value) >= schema.get("minItems", 0) and all(valid(each, schema.get("items", {})) for each in value)


def _valid_table(value, schema):
    named, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, each in value.items():
        rule = named.get(name, others)
        if rule is False or (rule is not True and not valid(each, rule)):
            return False
        if not valid(name, schema.get("propertyNames", {})):
            return False
    return set(schema.get("required", ())) <= set(value)


def test_schema_and_parser_know_the_same_keys():
    known = {field.name: field for field in fields(Outlet)}
    assert set(OUTLET["properties"]) == set(known)
    assert set(OUTLET["required"]) == {name for name, field in known.items() if field.default is MISSING}
    for name, rule in OUTLET["properties"].items():
        assert rule["description"], f"{name} says nothing to an editor"
        if "default" in rule:
            assert rule["default"] == known[name].default


def test_schema_and_parser_have_the_same_bounds():
    told = OUTLET["properties"]
    assert set(told["kind"]["enum"]) == set(outlets.KINDS)
    for name in ("interval_min", "interval_max"):
        assert (told[name]["minimum"], told[name]["maximum"]) == (outlets.SHORTEST, outlets.LONGEST)
    ours = {name.lower() for name in told["headers"]["propertyNames"]["not"]["enum"]}
    assert ours <= outlets.OURS


@pytest.mark.parametrize("text", [SHIPPED.read_text(encoding="utf-8"), WHOLE], ids=["shipped", "every key"])
def test_what_the_parser_takes_the_schema_takes(text):
    outlets.load(text)
    assert valid(tomllib.loads(text), SCHEMA)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('id = "visti"', ""),
        ('id = "visti"', 'id = "Vi sti"'),
        ('id = "visti"', 'id = "-a"'),
        ('id = "visti"', "id = 7"),
        ('name = "Вісті"', 'name = " "'),
        ('url = "https://visti.example/"', 'url = "visti.example"'),
        ('url = "https://visti.example/"', 'url = "file:///etc/passwd"'),
        ('url = "https://visti.example/"', 'url = "https://u:p@visti.example/"'),
        ('feeds = ["https://visti.example/rss"]', "feeds = []"),
        ('feeds = ["https://visti.example/rss"]', 'feeds = "https://visti.example/rss"'),
        ('feeds = ["https://visti.example/rss"]', 'feeds = ["https://visti.example/a", "https://visti.example/a"]'),
        ('language = "en"', 'language = "english"'),
        ('country = "GB"', 'country = "gb"'),
        ('kind = "agency"', 'kind = "agencie"'),
        ("aggregator = true", 'aggregator = "yes"'),
        ("interval_min = 120", "interval_min = 0"),
        ("interval_min = 120", "interval_min = true"),
        ("interval_min = 120", 'interval_min = "120"'),
        ("interval_max = 3600.5", "interval_max = 700000"),
        ('noise = ["Read more", "Читайте также"]', "noise = [1]"),
        ('noise = ["Read more", "Читайте также"]', 'noise = ["  "]'),
        ('language = "en"', 'langauge = "en"'),
        ("aggregator = true", 'headers = { Cookie = "a" }'),
        ("aggregator = true", 'headers = { "A B" = "a" }'),
        ("aggregator = true", 'headers = { A = "é" }'),
        ("aggregator = true", "headers = { A = 1 }"),
        ("aggregator = true", "headers = []"),
    ],
)
def test_what_the_schema_marks_the_parser_refuses(before, after):
    assert before in WHOLE
    text = WHOLE.replace(before, after, 1)
    assert not valid(tomllib.loads(text), SCHEMA)
    with pytest.raises(outlets.OutletsError):
        outlets.load(text)


def test_the_shipped_file_names_its_schema_in_its_first_line():
    first = SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert (SHIPPED.parent / first.removeprefix("#:schema ")).resolve() == ROOT / "outlets.schema.json"
