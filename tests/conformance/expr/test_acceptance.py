"""The numbered acceptance examples of the expression language: one test per row, named after it.

A row is (number, input, expression, expectation). An expectation is a list of results, or one of the marks below.
"""

import json
import time

import pytest

from weft.dsl.expr import (
    CWM,
    SEALED_TEXT,
    STATES,
    TASKS_LOOSE,
    TASKS_STRICT,
    Budget,
    ExpressionFault,
    Names,
    compile_data,
    compile_expr,
    secret,
)


class Error:
    """A jq error with this text, which `try` catches."""

    def __init__(self, text):
        self.text = text


class Spent:
    """A budget failure whose text holds this; `try` does not catch it."""

    def __init__(self, text):
        self.text = text


class Refused:
    """Not compiled: the code of the problem and a part of its message."""

    def __init__(self, code, text=""):
        self.code = code
        self.text = text


ROWS = [
    (1, {"a": {"b": 1}}, ".a.b", [1]),
    (2, None, ".a.b.c", [None]),
    (3, {"a": 5}, ".a.b", Error('Cannot index number with string ("b")')),
    (4, {"a": 5}, ".a.b?", []),
    (5, 5, '.a?//"d"', ["d"]),
    (6, [1, None, False, 2], '[.[] // "d"]', [[1, 2]]),
    (7, {"a": False}, '.a // "x"', ["x"]),
    (8, None, "[(1,2)+(10,20)]", [[11, 12, 21, 22]]),
    (9, None, '"\\(1,2)-\\(3,4)"', ["1-3", "2-3", "1-4", "2-4"]),
    (10, None, "[-1 as $x | 1,$x]", [[1, -1]]),
    (11, 1, ". + 2 as $x | -$x", [-3]),
    (12, None, "{x: 1 + 2, y: false or true, z: null // 3}", [{"x": 3, "y": True, "z": 3}]),
    (13, None, "[{a:(1,2), b:(3,4)} | [.a,.b]]", [[[1, 3], [1, 4], [2, 3], [2, 4]]]),
    (14, None, "def f($a;$b): [$a,$b]; [f(1,2;10,20)]", [[[1, 10], [1, 20], [2, 10], [2, 20]]]),
    (15, [1, 2, 3], ".[] |= select(. > 1)", [[2, 3]]),
    (16, {"a": 10}, ".a += (1,2)", [{"a": 11}, {"a": 12}]),
    (17, {}, "(.a,.b) = range(3)", [{"a": 0, "b": 0}, {"a": 1, "b": 1}, {"a": 2, "b": 2}]),
    (18, [1, 2, 3], "del(.[0,2])", [[2]]),
    (19, None, ".a[2].b = 1", [{"a": [None, None, {"b": 1}]}]),
    (20, [0, 1, 2, 3, 4], '.[2:4] = ["x"]', [[0, 1, "x", 4]]),
    (21, [{"a": 1}, [2]], ".[] as {a:$a} ?// [$a] | $a", [1, 2]),
    (22, None, "reduce range(5) as $x (0; .+$x | select($x!=2))", [7]),
    (23, [1, 2, 3], "label $o | foreach .[] as $i (0; .+$i; if . > 3 then ., break $o else . end)", [1, 3, 6]),
    (24, [["a", 1], ["b", 2]], "reduce .[] as [$k,$v] ({}; .[$k] = $v)", [{"a": 1, "b": 2}]),
    (25, None, 'try (1,error("x"),3) catch .', [1, "x"]),
    (26, None, "try error(null) catch .", [None]),
    (27, {"b": 1, "a": 2}, "keys, (to_entries | map(.key))", [["a", "b"], ["b", "a"]]),
    (28, {"b": 1, "a": 2}, '. + {"b":3,"c":4}', [{"b": 3, "a": 2, "c": 4}]),
    (29, {"a": {"b": 1}}, '. * {"a":{"c":3}}', [{"a": {"b": 1, "c": 3}}]),
    (30, "日本語", ".[1:], length", ["本語", 3]),
    (31, [None, True, False, 0, -1, "a", [], {}], "sort", [[None, False, True, -1, 0, "a", [], {}]]),
    (32, [1, 1.0], "unique", [[1]]),
    (33, 9007199254740993, ". + 1", [9007199254740994]),
    (34, 25, "def f: if . <= 1 then 1 else . * (. - 1 | f) end; f", [15511210043330985984000000]),
    (35, None, "[4/2, 7/2, 1.5*2]", [[2, 3.5, 3]]),
    (36, 1.0, "tojson, (. + 1 | tojson)", ["1.0", "2"]),
    (37, [-5, 5, 5.9], "[.[] | . % 3]", [[-2, 2, 2]]),
    (
        38,
        [1, 0],
        ".[0] / .[1]",
        Error("number (1) and number (0) cannot be divided because the divisor is zero"),
    ),
    (39, [1, 0, 2], "[.[] | (1/.)?]", [[1, 0.5]]),
    (40, "a b", '@uri "q=\\(.)"', ["q=a%20b"]),
    (41, [1, 'a"b', None, True], "@csv", ['1,"a""b",,true']),
    (42, "it's", '@sh "echo \\(.)"', ["echo 'it'\\''s'"]),
    (43, "ab1", 'gsub("(?<x>[a-z])"; "\\(.x)-")', ["a-b-1"]),
    (44, "qux", 'gsub("(?=u)"; "u")', ["quux"]),
    (45, "12-", 'capture("(?<y>\\\\d+)-(?<m>\\\\d+)?")', [{"y": "12", "m": None}]),
    (46, "ab", '[match(""; "g").offset]', [[0, 1, 2]]),
    (47, "a\n", 'test("a$")', [True]),
    (48, "a\nb", 'test("^b"), test("(?m)^b")', [False, True]),
    (51, "a", 'test("a"; "q")', Error("q is not a valid modifier string")),
    (52, "a, b;c", '[splits("[,;] *")]', [["a", "b", "c"]]),
    (
        53,
        [{"t": "b"}, {"t": "a"}, {"t": "b"}],
        "group_by(.t) | map({t: .[0].t, n: length})",
        [[{"t": "a", "n": 1}, {"t": "b", "n": 2}]],
    ),
    (
        54,
        {"a": {"x": 1}, "y": [{"x": 2}]},
        'walk(if type == "object" then del(.x) else . end)',
        [{"a": {}, "y": [{}]}],
    ),
    (55, [1, None, "a", True], 'join(",")', ["1,,a,true"]),
    (56, {"a": 1}, 'has("a","b")', [True, False]),
    (57, None, "last(empty)", []),
    (58, None, "limit(-1; 1,2)", Error("limit doesn't support negative count")),
    (59, 5, 'ltrimstr("a")', Error("startswith() requires string inputs")),
    (60, "2024-02-30T00:00:00Z", "fromdate", [1709251200]),
    (61, 1425599621, "todate", ["2015-03-05T23:53:41Z"]),
    (62, None, "[now, now]", [[1700000000.123, 1700000000.123]]),
    (63, None, "env", Refused("expression-function", "not available")),
    (64, None, 'import "x" as x; 1', Refused("expression-syntax")),
    (65, None, "lenght", Refused("expression-function", "did you mean length?")),
    (66, None, "def f: 1 + f; f", Spent("256 nested calls")),
    (67, None, 'try [range(1e9)] catch "c"', Spent("more than 200000 steps")),
    (68, None, '"x" * 1e9', Spent("larger than 4 MiB")),
    (69, None, '[limit(3; repeat("x"))]', [["x", "x", "x"]]),
]


def kind(value):
    """A value with the kinds of its numbers: 1 and 1.0 are equal to Python, not to a reader of JSON."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(("row", "value", "text", "expected"), ROWS, ids=[f"row{row[0]:02d}" for row in ROWS])
def test_row(row, value, text, expected):
    compiled = compile_expr(text)
    if isinstance(expected, Refused):
        assert compiled.result is None
        assert [problem.code for problem in compiled.problems] == [expected.code]
        assert expected.text in compiled.problems[0].message
        return
    assert compiled.problems == []
    budget = Budget(1_700_000_000_123)
    if isinstance(expected, list):
        assert kind(compiled.result.all(value, (), budget)) == kind(expected)
        return
    with pytest.raises(ExpressionFault) as caught:
        compiled.result.all(value, (), budget)
    again = compile_expr(f"try ({text}) catch [.]")
    if isinstance(expected, Error):
        assert (caught.value.code, caught.value.message) == ("JQ_ERROR", expected.text)
        assert again.result.one(value, (), Budget()) == [expected.text]
    else:
        assert caught.value.code == "BUDGET"
        assert expected.text in caught.value.message
        with pytest.raises(ExpressionFault, match=r"steps|nested|larger"):
            again.result.one(value, (), Budget())


def test_row49_a_hostile_pattern_is_linear():
    subject = "a" * 1_000_000 + "!"
    compiled = compile_expr('test("^(a+)+$")').result
    budget = Budget()
    assert compiled.one(subject, (), budget) is False
    assert 62_000 < budget.spent < 63_000


def test_row50_the_metered_matcher_ends():
    compiled = compile_expr('test("^(?=(a+)+$)")').result
    start = time.process_time()
    try:
        assert compiled.one("a" * 64 + "!", (), Budget()) is False
    except ExpressionFault as fault:
        assert fault.code == "BUDGET"
    assert time.process_time() - start < 5


def test_row70_one_all_and_test_of_several():
    compiled = compile_expr(".[]").result
    assert compiled.one([7, 8], (), Budget()) == 7
    assert compiled.all([7, 8], (), Budget()) == [7, 8]
    assert compiled.test([7, 8], (), Budget()) is True


def test_row71_one_all_and_test_of_none():
    compiled = compile_expr(".[] | select(. > 9)").result
    assert compiled.one([7, 8], (), Budget()) is None
    assert compiled.all([7, 8], (), Budget()) == []
    assert compiled.test([7, 8], (), Budget()) is False


SECRETS = Names(frozenset(["secrets"]), frozenset(["secrets"]))


def with_secret(text):
    compiled = compile_expr(text, names=SECRETS)
    assert compiled.problems == []
    assert compiled.result.info.needs == ("secrets",)
    return compiled.result.one(None, ({"k": secret("k")},), Budget())


def test_row72_a_secret_in_a_text_is_a_string():
    assert with_secret('"Bearer \\($secrets.k)" | type') == "string"


def test_row73_a_secret_has_no_length():
    with pytest.raises(ExpressionFault) as caught:
        with_secret("$secrets.k | length")
    assert caught.value.message == SEALED_TEXT


def test_row74_a_secret_in_an_array_counts():
    assert with_secret("[$secrets.k] | length") == 1


DATA = {"n": 3, "s": "Ann", "o": {"b": 1}, "t": "${ 1 + 1 }"}
TEXTS = [
    ("row75", "Hello ${ .s }, ${ .n }", "Hello Ann, 3"),
    ("row76", "  ${ .n } ", 3),
    ("row77", '${.n}${{"b": .n}}', '3{"b":3}'),
    ("row78", "a${ .missing }b", "anullb"),
    ("row79", "${ .t }", "${ 1 + 1 }"),
    ("row80", '${ {"a": "}"} }', {"a": "}"}),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_text(text, expected):
    for profile in (STATES, CWM, TASKS_STRICT, TASKS_LOOSE):
        compiled = compile_data(text, profile=profile)
        assert compiled.problems == []
        assert kind(compiled.result.render(DATA, (), Budget())) == kind(expected)


def test_row81_an_open_part_is_refused():
    compiled = compile_data({"x": ["open ${ .n"]}, where="/states/0/data")
    assert compiled.result is None
    assert [(p.code, p.pointer) for p in compiled.problems] == [("expression-syntax", "/states/0/data/x/0")]


def test_row82_a_bare_path_as_data_is_literal_with_a_warning():
    compiled = compile_data(".n", profile=TASKS_STRICT)
    assert [(p.severity, p.code) for p in compiled.problems] == [("warning", "looks-like-expression")]
    assert compiled.result.constant
    assert compiled.result.render(DATA, (), Budget()) == ".n"


@pytest.mark.parametrize(("text", "expected"), [("1 + 1", 2), ("red", "red"), (".s.x", ".s.x")])
def test_row83_loose_data(text, expected):
    compiled = compile_data(text, profile=TASKS_LOOSE)
    assert compiled.problems == []
    assert compiled.result.render(DATA, (), Budget()) == expected


def test_row84_a_bare_condition():
    assert compile_expr(".n > 2").result.test(DATA, (), Budget()) is True
