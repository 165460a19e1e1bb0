"""What an expression may name at its place, and the switches of the language it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec


class Names(msgspec.Struct, frozen=True, eq=False):
    """`names`: the variables that exist, without `$`; `sealed`: those that hold secrets; `functions`: the texts of
    expression functions that `fn:name` may refer to (0.x)."""

    names: frozenset[str] = frozenset()
    sealed: frozenset[str] = frozenset()
    functions: Mapping[str, str] = {}


class Profile(msgspec.Struct, frozen=True):
    """Switches of a language.

    `bare`: an expression field may be bare text; `fn`: `fn:name` refers to an expression function; `loose`: a data
    text that compiles is an expression, and is its own text where that fails; `cwm_conditions`: a condition that
    fails is false; `unchecked`: what does not compile is only a warning, and fails when it is evaluated.
    """

    bare: bool = True
    fn: bool = False
    loose: bool = False
    cwm_conditions: bool = False
    unchecked: bool = False


STATES: Final = Profile(fn=True)
"""0.8 and 0.9."""
CWM: Final = Profile(fn=True, cwm_conditions=True, unchecked=True)
TASKS_STRICT: Final = Profile()
TASKS_LOOSE: Final = Profile(loose=True)
NO_NAMES: Final = Names()
