"""The table of types."""

from __future__ import annotations

from weft.dsl.graph.targets import (
    GRAPH_STATUS,
    GRAPH_WORDS,
    REFUSED_TYPES,
    TASKLIST_STATUS,
    TASKLIST_TYPES,
    dynamic_types,
)
from weft.dsl.machine.core import HANDLERS
from weft.dsl.machine.nodes import facts


def test_calls_have_targets_of_their_language() -> None:
    for word, kind in TASKLIST_TYPES.items():
        assert (kind.target == f"tasklist:{word}") is (kind.how == "call")
    for word, kind in GRAPH_WORDS.items():
        assert (kind.target == f"graph:{word}") is (kind.how == "call")


def test_no_type_is_known_and_refused() -> None:
    assert not REFUSED_TYPES & set(TASKLIST_TYPES)


def test_dynamic_types_have_handlers_and_hold_no_programs() -> None:
    types = dynamic_types()
    assert all(made.kind in HANDLERS for made in types.values())
    assert not {"INLINE", "JSON_JQ_TRANSFORM", "SWITCH", "DO_WHILE", "DYNAMIC"} & set(types)
    assert types["HTTP"].retry.count == 3


def test_every_status_has_a_word() -> None:
    known = facts.OPEN | facts.FAILED | facts.WELL | {facts.SKIPPED}
    assert known == set(TASKLIST_STATUS) == set(GRAPH_STATUS)


def test_what_data_may_name() -> None:
    types = dynamic_types()
    assert {"SUB_WORKFLOW", "START_WORKFLOW", "SET_VARIABLE", "EVENT", "TERMINATE", "WAIT", "HUMAN"} <= set(types)
    assert types["START_WORKFLOW"].work.detached
