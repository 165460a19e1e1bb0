"""Places: which variables an expression may name where it stands.

| evaluated | variables beside `$workflow`, `$runtime` and `$secrets` |
| --- | --- |
| workflow `input.from` | none |
| `if`, task `input.from` | `$context $task`, those of the loops and errors around |
| task body, `timeout`, durations | also `$input $authorization` |
| `output.as` | also `$output` |
| `export.as` | the same |
| `catch.when`, `retry.when` | `$context $input $task`, and the error |
| workflow `output.as` | `$context` |
"""

from __future__ import annotations

from weft.dsl.expr import Names

EVERYWHERE = frozenset({"workflow", "runtime", "secrets"})
BEFORE = EVERYWHERE | {"context", "task"}
GUARD = BEFORE | {"input"}
BODY = GUARD | {"authorization"}
AFTER = BODY | {"output"}
LAST = EVERYWHERE | {"context"}
RESERVED = AFTER
SEALED = frozenset({"secrets"})


def names(place: frozenset[str], frames: frozenset[str] = frozenset()) -> Names:
    """The names of a place, with the loop and error variables of the frames around it."""
    return Names(names=place | frames, sealed=SEALED, functions={})
