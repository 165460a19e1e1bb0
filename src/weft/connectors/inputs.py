"""Reading the input of a task: every key may be written with or without a leading underscore.

What is null counts as not given. Every reader raises AttemptFailed (code INPUT_INVALID) that names the key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from weft.connectors.failures import bad_input

MAX_TEXT = 1024 * 1024


class Inputs:
    """An object of a task's input."""

    __slots__ = ("_values", "where")

    def __init__(self, values: Any, where: str = "the input") -> None:
        if not isinstance(values, Mapping):
            raise bad_input(f"{where} must be an object")
        self._values = cast("Mapping[str, Any]", values)
        self.where = where

    def get(self, key: str) -> Any:
        """The value under `_key`, else under `key`, else None."""
        found = self._values.get(f"_{key}")
        return self._values.get(key) if found is None else found

    def exact(self, key: str) -> Any:
        """The value under that very key."""
        return self._values.get(key)

    def items(self) -> Iterator[tuple[str, Any]]:
        """All members as they are written."""
        yield from self._values.items()

    def text(self, key: str, default: str | None = None, limit: int = MAX_TEXT) -> str:
        """A text; a number counts as one. Without a default it must be there and not be empty."""
        value = self.get(key)
        if value is None:
            if default is None:
                raise bad_input(f"{self.where} needs '{key}'")
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise bad_input(f"'{key}' of {self.where} must be text")
        if default is None and not value:
            raise bad_input(f"'{key}' of {self.where} is empty")
        if len(value) > limit:
            raise bad_input(f"'{key}' of {self.where} is longer than {limit} characters")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number; text that is one counts as one. Above `high` it is cut, below `low` it is wrong."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise bad_input(f"'{key}' of {self.where} is no number") from None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= low:
            raise bad_input(f"'{key}' of {self.where} must be a number from {low:g}")
        return float(min(value, high))

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """As `number`, without a fraction."""
        return int(self.number(key, default, low, high))

    def inner(self, key: str) -> Inputs:
        """An object below; one that is not given is empty."""
        value = self.get(key)
        return Inputs({} if value is None else value, f"'{key}'")

    def array(self, key: str, limit: int) -> list[Any]:
        """An array; one that is not given is empty."""
        value = self.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_input(f"'{key}' of {self.where} must be an array")
        found = cast("list[Any]", value)
        if len(found) > limit:
            raise bad_input(f"'{key}' of {self.where} has more than {limit} elements")
        return found
