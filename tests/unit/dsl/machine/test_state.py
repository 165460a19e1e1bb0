from __future__ import annotations

from weft.dsl.machine.state import ENDED, LIMIT_PURPOSES, Token, clone


def test_a_clone_is_shallow_and_independent() -> None:
    data = {"a": [1]}
    token = Token(1, 1, 0, raw=data, refs=("a1",))
    copy = clone(token)
    copy.refs = ()
    assert (token.refs, copy.raw is data, type(copy)) == (("a1",), True, Token)


def test_what_ends_and_what_limits() -> None:
    assert {"cancelled", "terminated", "timed_out", "faulted", "completed"} == ENDED
    assert not LIMIT_PURPOSES & {"work", "retry"}
