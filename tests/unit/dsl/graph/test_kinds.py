"""What lowering gives."""

from __future__ import annotations

from weft.dsl.graph.kinds import Lowered


def test_nothing_is_verbatim_unless_it_is_said() -> None:
    assert Lowered("task-value", None).verbatim == ()
