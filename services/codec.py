"""Contract shapes to JSON and back, checked on the way in."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_adapters: dict[type, TypeAdapter[Any]] = {}  # building one costs milliseconds, using one microseconds


def _adapter(shape: type[T]) -> TypeAdapter[T]:
    if shape not in _adapters:
        _adapters[shape] = TypeAdapter(shape)
    return _adapters[shape]


def dump(value: object) -> bytes:
    """UTF-8 JSON of a contract dataclass, keys in the order of its fields."""
    return _adapter(type(value)).dump_json(value)


def plain(value: object) -> Any:
    """The same as Python dicts, lists, strings and numbers."""
    return _adapter(type(value)).dump_python(value, mode="json")


def load(shape: type[T], data: bytes | str) -> T:
    """A `shape` from its JSON. Raises ValueError that names every wrong field."""
    return _adapter(shape).validate_json(data)


def build(shape: type[T], value: object) -> T:
    """A `shape` from plain Python data. Raises ValueError that names every wrong field."""
    return _adapter(shape).validate_python(value)
