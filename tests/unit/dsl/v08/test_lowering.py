"""Expressions, data and durations at their places."""

from __future__ import annotations

from collections.abc import Callable

from weft.dsl.expr import Budget
from weft.dsl.machine.merge import MISSING
from weft.dsl.v08.lowering import Lowering, part_of, plain_end

Make = Callable[..., Lowering]


def test_filters_tell_nothing_from_null(lowering: Make) -> None:
    made = lowering()
    many = made.filter(".[] | select(. > 5)", "/x")
    assert many is not None
    assert many.evaluate([1, 6, 7], (), Budget(0)) == 6
    assert many.evaluate([1], (), Budget(0)) is MISSING
    single = made.filter(".a", "/x")
    assert single is not None
    assert single.evaluate({}, (), Budget(0)) is None


def test_variables(lowering: Make) -> None:
    made = lowering()
    found = made.expr("${ $CONST.a + $WORKFLOW.b }", "/x")
    assert found is not None
    assert set(found.needs) == {"CONST", "WORKFLOW"}
    assert made.expr("$tx", "/y") is None
    made.with_variable("tx")
    assert made.expr("$tx", "/y") is not None
    made.without_variable()
    assert [(p.code, p.pointer) for p in made.draft.problems] == [("expression-variable", "/y")]


def test_data(lowering: Make) -> None:
    made = lowering()
    constant = made.data({"a": 1}, "/x")
    assert constant is not None
    assert (constant.needs, constant.evaluate(None, (), Budget(0))) == ((), {"a": 1})
    rendered = made.data({"a": "n=${ .n }"}, "/x")
    assert rendered is not None
    assert rendered.evaluate({"n": 1}, (), Budget(0)) == {"a": "n=1"}
    assert made.data("${ .n", "/x") is None


def test_delays(lowering: Make) -> None:
    made = lowering()
    fixed, worked_out = made.delay("PT1S", "/x"), made.delay("$CONST.wait", "/x")
    assert fixed is not None
    assert fixed.fixed is not None
    assert fixed.fixed.ms == 1000
    assert worked_out is not None
    assert worked_out.source is not None
    assert worked_out.source.evaluate({}, ({"wait": "PT2W"},), Budget(0)) == "P2W"
    assert made.delay(5, "/x") is None
    assert made.duration("PT0S", "/x") is None


def test_nodes_and_exits(lowering: Make) -> None:
    made = lowering()
    assert plain_end("/a", made).index == 0
    line = made.line(0, "/l", -1)
    node = made.nodes[line]
    assert node is not None
    assert (node.kind, node.journal) == ("line", False)
    assert made.target("s") == 0
    assert made.target("none") == -1


def test_parts(lowering: Make) -> None:
    made = lowering()
    assert part_of(made.draft, made.draft.events, "e", "ref-event", "/x", "event") is not None
    assert part_of(made.draft, made.draft.events, "x", "ref-event", "/x", "event") is None
    assert [p.code for p in made.draft.problems] == ["ref-event"]
