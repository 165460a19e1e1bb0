from __future__ import annotations

from weft.dsl.v10.places import AFTER, BEFORE, BODY, EVERYWHERE, GUARD, LAST, names


def test_what_is_available_where() -> None:
    assert EVERYWHERE < BEFORE < GUARD < BODY < AFTER
    assert "input" not in BEFORE and "authorization" not in GUARD and "output" not in BODY
    assert EVERYWHERE | {"context"} == LAST


def test_frames_are_added_and_secrets_sealed() -> None:
    made = names(BODY, frozenset({"item"}))
    assert made.names == BODY | {"item"}
    assert made.sealed == {"secrets"}
