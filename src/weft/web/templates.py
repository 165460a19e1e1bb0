"""Path templates: what the segments of an operation's path may hold.

A segment is a literal (`workflow`), a choice of literals of which the first is the one that is shown
(`(workflows|workflow)`), a parameter (`{id}`), or a literal directly before a parameter (`workflows{id}`). Behind a
literal, a parameter may be held to UUIDs (`workflows{id:uuid}`): other texts are then no path of the operation.
"""

from __future__ import annotations

import re

import msgspec

_SEGMENT = re.compile(
    r"(?P<literal>[^(){}|]*|\((?P<choice>[^(){}|]+(?:\|[^(){}|]+)+)\))(?:\{(?P<name>[^{}:]+)(?P<kind>:uuid)?\})?"
)
_KIND = ":uuid}"
_CHOICE = re.compile(r"\(([^(){}|]+)(?:\|[^(){}|]+)+\)")


class Segment(msgspec.Struct, frozen=True):
    """One segment: `literals` are what it may be, or begin with where there is a `parameter` (empty: none).

    `uuid`: the parameter is a UUID in any case.
    """

    literals: tuple[str, ...]
    parameter: str = ""
    uuid: bool = False


def segments_of(template: str) -> list[Segment]:
    """The segments of a template. Raises ValueError for one that is none of the forms."""
    return [_segment(text) for text in template.strip("/").split("/")]


def shown(template: str) -> str:
    """The template as documents show it: of every choice the first literal, of a parameter its name alone."""
    template = template.replace(_KIND, "}")
    return _CHOICE.sub(r"\1", template) if "(" in template else template


def _segment(text: str) -> Segment:
    found = _SEGMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"path segment {text!r}")
    choice = found["choice"]
    literals = tuple(choice.split("|")) if choice else (found["literal"],)
    if found["kind"] and literals == ("",):
        raise ValueError(f"path segment {text!r}")
    return Segment(literals, found["name"] or "", bool(found["kind"]))
