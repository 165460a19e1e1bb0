"""Each expression in its specialised and in its generic form: equal results, equal fuel."""

import json

import pytest

from weft.dsl.expr import Budget, ExpressionFault, compile_expr

DOCUMENTS = [
    None,
    5,
    "text",
    [],
    {},
    {"a": 1},
    {"a": {"b": {"c": 1, "d": [1, 2]}}, "list": [1, 2.5, None, "x"]},
    {"items": [{"sku": "a", "price": 5}, {"sku": "b", "price": 15}, {"sku": "c", "price": 25.5}], "a": [3]},
    {"items": [{"sku": "a", "price": True}, {"price": 15}, {"sku": "c", "price": "x"}], "a": {"b": [[]]}},
    {"items": {"k": {"sku": "a", "price": 13}}, "list": {"x": 1, "y": 2}},
    {"items": [1, "x"], "list": "x", "a": "b"},
    [[1, 2], [3, 4]],
    [{"a": 1, "b": 2}, {"a": 3}],
]
PROGRAMS = [
    ".a",
    ".a.b",
    ".a.b.c",
    ".a.b.c.d",
    ".a.b.d[0]",
    ".a.b?",
    ".list[-1]",
    '.a == "b"',
    '.a != "b"',
    ".a == 1",
    ".a > 1",
    ".a < 2",
    ".a <= 1.5",
    ".a >= 1",
    ".a.b == 1",
    ".a.b.c == 1 and .a != null",
    ".a == 1 or .list",
    '.a // "none"',
    ".a.b // false",
    "{x: .a}",
    "{x: .a, y: .list}",
    "{x: .a, y: .list, z: .items}",
    "{x: .a, y: .list, z: .items, w: 1}",
    "[.items[]]",
    "[.items[] | .sku]",
    "[.items[] | select(.price > 12)]",
    "[.items[] | select(.price > 12) | .sku]",
    "[.items[] | select(.price <= 15) | .sku]",
    '[.items[] | select(.sku == "a") | .price]',
    '[.items[] | select(.sku != "a") | .price]',
    "[.items[] | .price | select(. != null) | tostring | length]",
    "map(.)",
    "map(.a)",
    "map(select(.a == 1))",
    "[.items | .[] | .sku]",
    "reduce .list[] as $x (0; . + $x)",
    "reduce .[] as [$k, $v] ({}; .[$k | tostring] = $v)",
    "reduce .list[] as $x (null; [., $x] | length)",
    ".a = 1",
    ".a.b = 1",
    ".a.b.c |= . + 1",
    ".a.b.c += 1",
    ".a.x //= 7",
    ".list[0] = 9",
    ".list[5] |= 1",
    ".a |= empty",
    "(.a, .b) = 1",
    ".list[] |= tostring",
    ".a.b.c as $x | [$x, .list]",
    '"\\(.a) and \\(.list)"',
    "any(.list[]; . == 1)",
    "sort_by(.a)",
    "add",
    "to_entries",
    "with_entries(.value |= tostring)",
    "del(.a)",
    "[limit(2; .list[])]",
    "first(.list[])",
    ".. | numbers",
    'walk(if type == "number" then . + 1 else . end)',
]


def outcome(program, value, generic):
    compiled = compile_expr(program, generic=generic).result
    budget = Budget()
    try:
        results = compiled.all(value, (), budget)
        failure = None
    except ExpressionFault as fault:
        results, failure = None, (fault.code, fault.message, fault.offset)
    spent = budget.spent if failure is None else None
    first = Budget()
    try:
        one = compiled.one(value, (), first)
    except ExpressionFault as fault:
        one = fault.message
    return json.dumps([results, failure, spent, one], ensure_ascii=False)


@pytest.mark.parametrize("program", PROGRAMS)
def test_special_and_generic_forms_agree(program):
    for value in DOCUMENTS:
        assert outcome(program, value, False) == outcome(program, value, True), value


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_changes_its_input(program):
    for value in DOCUMENTS:
        before = json.dumps(value)
        outcome(program, value, False)
        assert json.dumps(value) == before


def test_fuel_of_one_equals_fuel_of_all_for_single_expressions():
    for program in PROGRAMS:
        compiled = compile_expr(program).result
        if not compiled.info.single or compiled.path_of:
            continue
        for value in DOCUMENTS:
            one, everything = Budget(), Budget()
            try:
                compiled.one(value, (), one)
                compiled.all(value, (), everything)
            except ExpressionFault:
                continue
            assert one.spent == everything.spent, program
