"""What the nodes of the states languages are made of."""

from __future__ import annotations

from weft.dsl.machine.states import Placement


def test_a_placement_knows_whether_it_has_a_target() -> None:
    assert not Placement().targeted
    assert Placement(path=()).targeted
    assert Placement(computed=object()).targeted
