"""The OpenAPI document, arranged for reading."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    type: str
    default: str
    description: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str


ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["reason", "detail"],
            "properties": {"reason": {"type": "string"}, "detail": {"type": "string"}},
        }
    },
}


def with_our_errors(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the errors that are really given: 400 and our body, where FastAPI writes 422 and its own."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for methods in document["paths"].values():
        for described in methods.values():
            if described["responses"].pop("422", None):
                described["responses"]["400"] = {
                    "description": "What was asked cannot be understood",
                    "content": content,
                }
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = ERROR
    return document


def groups(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations by tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            tag = (described.get("tags") or ["service"])[0]
            found.setdefault(tag, []).append(_operation(document, path, method, described))
    return found


def _operation(document: dict[str, Any], path: str, method: str, described: dict[str, Any]) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=described.get("summary", ""),
        description=described.get("description", ""),
        parameters=tuple(_parameters(described)),
        body=_body(document, described),
    )


def _parameters(described: dict[str, Any]) -> Iterator[Parameter]:
    for each in described.get("parameters", []):
        schema = each.get("schema", {})
        default = schema.get("default")
        yield Parameter(
            name=each["name"],
            place=each["in"],
            type=_type(schema),
            default="" if default in (None, "", []) else str(default),
            description=each.get("description", ""),
            required=each.get("required", False),
        )


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        kinds = [_type(each) for each in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if kind != "null")
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))}, repeatable"
    bounds = [f"{word} {schema[key]:g}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    return " ".join([schema.get("type", "any"), *bounds])


def _body(document: dict[str, Any], described: dict[str, Any]) -> str:
    """The request body's fields, as `{"seq": integer}`."""
    content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schema = document.get("components", {}).get("schemas", {}).get(reference.rsplit("/", 1)[-1], {})
    fields = ", ".join(f'"{name}": {_type(kind)}' for name, kind in schema.get("properties", {}).items())
    return f"{{{fields}}}" if fields else ""
