"""JSON text as fields that know where they stand. Trusted for meaning: wrong types are refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from derive.errors import Unreadable

LARGEST = 50_000_000


@dataclass(frozen=True)
class Field:
    """A JSON value and its path, such as ``parts[3].steps[2].new``."""

    value: Any
    path: str = ""

    def fail(self, reason: str) -> Unreadable:
        return Unreadable(f"{self.path or 'the file'}: {reason}")

    def has(self, key: str) -> bool:
        return key in self.mapping()

    def __getitem__(self, key: str) -> Field:
        if not self.has(key):
            raise self.fail(f"expected {key!r}, which is missing")
        return Field(self.value[key], f"{self.path}.{key}" if self.path else key)

    def only(self, *keys: str) -> None:
        """Refuse names that have no meaning here."""
        for key in self.mapping():
            if key not in keys:
                raise self.fail(f"{key!r} has no meaning here")

    def mapping(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.fail("expected an object")
        return self.value

    def pairs(self) -> list[tuple[str, Field]]:
        return [(key, self[key]) for key in self.mapping()]

    def items(self) -> list[Field]:
        if not isinstance(self.value, list):
            raise self.fail("expected an array")
        return [Field(v, f"{self.path}[{n}]") for n, v in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail("expected a string")
        if not self.value.isprintable():
            raise self.fail("a character that cannot be printed")
        return self.value

    def number(self, least: int = 0) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.fail(f"expected an integer of at least {least}")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.fail("expected true or false")
        return self.value

    def one_of(self, *values: str) -> str:
        if self.text() not in values:
            raise self.fail(f"expected one of {', '.join(map(repr, values))}")
        return self.text()


def fields(text: str) -> Field:
    """The object in a JSON text; raises Unreadable."""
    if len(text) > LARGEST:
        raise Unreadable(f"more than {LARGEST} characters")
    try:
        whole = Field(json.loads(text, object_pairs_hook=_once, parse_constant=_constant))
    except json.JSONDecodeError as no:
        raise Unreadable(f"not JSON: {no.msg}", no.lineno, no.colno) from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError as no:
        raise Unreadable(f"not JSON that can be read: {no}") from None
    whole.mapping()
    return whole


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
