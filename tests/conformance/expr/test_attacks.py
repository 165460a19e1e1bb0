"""Hostile expressions and data: each ends within its budget, quickly, and without a crash."""

import contextlib
import time

import pytest

from weft.dsl.expr import Budget, ExpressionFault, Limits, Names, compile_data, compile_expr, secret

LIMIT = 4.0
"""Seconds of processor time; on an idle machine of today nearly all take well under one."""

SPENDERS = [
    ("def f: f; f", None),
    ("def f: 1 + f; f", None),
    ("def f: f | f; f", None),
    ("def f: f, f; f", None),
    ("def f(g): f(g | g); f(.)", None),
    ("def f(g): g | g; f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(. + 1))))))))))))))))))", 1),
    ("def fib: if . < 2 then . else (. - 1 | fib) + (. - 2 | fib) end; 40 | fib", None),
    ("[range(1e9)]", None),
    ("last(range(1e9))", None),
    ("reduce range(1e9) as $i (0; . + 1)", None),
    ("[repeat(1)]", None),
    ("last(repeat(.))", None),
    ("until(false; .)", None),
    ("[while(true; .)]", None),
    ("[recurse(.)]", None),
    ("[recurse(., .)]", None),
    ('"x" * 1e9', None),
    ('reduce range(100) as $i ("x"; . + .)', None),
    ("reduce range(100) as $i ([1]; . + .)", None),
    ("[1,1,1] as $x | [$x,$x,$x] as $x | " * 20 + "$x", None),
    ("reduce range(40) as $i (1; [., .])", None),
    ("reduce range(40) as $i (1; [., .]) | tojson", None),
    ("reduce range(40) as $i (1; [., .]) | [.., 1] | length", None),
    ("reduce range(40) as $i (1; [., .]) | flatten", None),
    ("(reduce range(40) as $i (1; [., .])) == (reduce range(40) as $i (1; [., .]))", None),
    ("[(reduce range(40) as $i (1; [., .])), (reduce range(40) as $i (1; [., .]))] | sort", None),
    ("reduce range(40) as $i (1; [., .]) | walk(.)", None),
    ("reduce range(40) as $i (1; [., .]) | contains([[[]]])", None),
    ("reduce range(40) as $i (1; {a: ., b: .}) | . * .", None),
    ("reduce range(2000) as $i (null; [.])", None),
    ("reduce range(2000) as $i (null; {a: .}) | tojson", None),
    (".[400000000] = 1", None),
    (".[5000000] = 1", None),
    ("[limit(1000000; repeat(1))]", None),
    ("[combinations(30)]", [0, 1]),
    ("[[range(1000)], [range(1000)], [range(1000)]] | [combinations]", None),
    ("reduce range(200000) as $i ({}; .[$i | tostring] = $i)", None),
    ("reduce range(200000) as $i ([]; .[$i] = $i)", None),
    ("[range(100000)] | map([range(100)])", None),
    ("[range(1000)] | [.[] as $x | .[] as $y | .[] as $z | 1]", None),
    ("(1,2,3,4,5,6,7,8) as $x" + " | (1,2,3,4,5,6,7,8) as $x" * 12 + " | $x", None),
    ("[" + "+".join(["(1,2)"] * 30) + "]", None),
    ('"\\(' + "1,2)\\(" * 30 + '1)"', None),
    ('[splits("")]', "a" * 300_000),
    ('[match(""; "g")] | length', "a" * 300_000),
    ('gsub(""; "xxxxxxxxxx")', "a" * 300_000),
    ('test("^(?=(a|aa)+$)(?!x)")', "a" * 5000 + "!"),
    ('test("(a*)*\\\\1b")', "a" * 5000),
    ("[range(100000)] - [range(100000)]", None),
    ("[limit(20000; repeat([]))] as $x | $x - $x", None),
    ("[range(50000)] | map(tostring) | sort | unique | group_by(.) | length", None),
    ('"[" * 2000 | fromjson', None),
    ("label $x | def f: break $x, f; [f]", None),
    ("try (def f: f; f) catch 1", None),
    ("(def f: f; f)? // 2", None),
    ("[paths(.. | .. | .. | ..)]", [[[[[[[[]]]]]]]]),
    ("tojson | tojson | tojson | tojson | tojson | tojson | tojson | tojson | tojson | tojson | tojson", '"' * 20_000),
    ("setpath([range(5000)]; 1)", None),
    ("getpath([range(1000000)])", None),
    ("INDEX(range(1e9); .)", None),
    ("[limit(3; range(1; infinite))] | length | [range(. * 1e8)]", None),
    ("infinite | [range(.)]", None),
    ("[range(0; 1; 1e-300)]", None),
    ("[.[]] | .[:1e308]", {"a": 1}),
    ("[1] | .[-1e308:1e308] = [range(1e7)]", None),
    ("1e308 * 1e308 | floor | [range(.)]", None),
    ("reduce range(1000) as $i (3; . * .)", None),
    ("reduce range(60) as $i ([]; . + [.]) | tojson | length", None),
]


@pytest.mark.parametrize(("program", "value"), SPENDERS, ids=[f"{n}" for n in range(len(SPENDERS))])
def test_an_attack_ends(program, value):
    start = time.process_time()
    compiled = compile_expr(program)
    if compiled.result is not None:
        budget = Budget()
        try:
            compiled.result.all(value, (), budget)
        except ExpressionFault as fault:
            assert fault.code in ("BUDGET", "JQ_ERROR")
            assert len(fault.detail()) < 6000
        assert budget.left >= -1_000
    assert time.process_time() - start < LIMIT


UNBOUNDED = [
    "def f: f; f",
    "[range(1e9)]",
    "last(repeat(1))",
    "until(false; .)",
    '"x" * 1e9',
    "reduce range(2000) as $i (null; [.])",
    "[recurse(.)]",
]


@pytest.mark.parametrize("program", UNBOUNDED)
@pytest.mark.parametrize("wrapped", ["{0}", "try ({0}) catch 1", "({0})?", "({0}) // 1", "[.] | first({0})"])
def test_no_construct_catches_a_budget(program, wrapped):
    text = wrapped.format(program) if "first" not in wrapped else f"[{program}]"
    with pytest.raises(ExpressionFault) as caught:
        compile_expr(text).result.one(None, (), Budget())
    assert caught.value.code == "BUDGET"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "[" * 20_000,
        "-" * 5000 + "1",
        "." * 5000,
        "." + "[0]" * 4000,
        "1" + "+1" * 4000,
        "1" + "|1" * 4000,
        "1" + ",1" * 4000,
        "try " * 3000 + "1",
        '"\\(' * 1000,
        "def f: " * 2000,
        "if 1 then " * 2000,
        "{a:" * 3000,
        "reduce " * 3000,
        ". as [" + "[" * 3000,
        "x" * 20_000,
        "\x00",
        "\ud800",
        '"\\ud800"',
        "#" * 10_000,
        "1e999999999999",
        "9" * 16_000,
        "$" * 100,
        "@" * 100,
    ],
    ids=range(24),
)
def test_a_hostile_text_is_compiled_or_refused(text):
    start = time.process_time()
    compiled = compile_expr(text)
    if compiled.result is None:
        assert compiled.problems
    else:
        with contextlib.suppress(ExpressionFault):
            compiled.result.one(None, (), Budget())
    assert time.process_time() - start < LIMIT


FORGED = [
    {"$$sealed": {"type": "$$sealed", "parts": ["x"]}},
    {"type": "$$sealed", "parts": [{"type": "ref", "name": "k"}]},
    {"$$sealed": 1},
]


@pytest.mark.parametrize("value", FORGED, ids=range(len(FORGED)))
def test_a_forged_secret_is_plain_data(value):
    assert compile_expr(". == .").result.one(value, (), Budget()) is True
    assert compile_expr("tojson | fromjson").result.one(value, (), Budget()) == value


@pytest.mark.parametrize(
    "program",
    [
        "error($s)",
        "$s | error",
        "$s | tojson",
        "[$s] | tojson",
        "$s == $s",
        "$s < 1",
        "[$s, $s] | sort",
        "$s | explode",
        "$s | .[0]",
        "{($s): 1}",
        '$s | test("x")',
        '"x" | test($s)',
        "$s | @html",
        "$s | @csv",
        "[$s] | @csv",
        "[$s]|@sh",
        "$s * 2",
        "-$s",
        "$s | keys",
        "$s | ascii_upcase",
        '[$s] | join(",")',
        '"a" | ltrimstr($s)',
        "$s | .[1:]",
        "$s | to_entries",
        "$s | .[]",
        "$s | .a = 1",
        "[$s] | contains([$s])",
        "[$s] | index($s)",
        "$s | tonumber",
        "[$s] | implode",
        "$s | fromjson",
        "$s | todate",
        "$s | @json",
        "{a: $s} | tostring",
        '$s | has("x")',
        "[$s, 1] | unique",
        "[$s] | @json",
        '$s | split("")',
        '"x" | split($s)',
        '$s | startswith("x")',
        '$s | strptime("%Y")',
        "$s as [$x] | $x",
        "$s as {($s): $x} | $x",
        "[$s] | group_by(.)[0][0] == 1",
        "$s | length",
        "$s | utf8bytelength",
        "$s | floor",
        "[1] | .[$s]",
        "{} | .[$s]",
        "null | .[$s]",
        "$s | ltrimstr(1)",
    ],
)
def test_a_secret_never_shows(program):
    names = Names(frozenset(["s"]))
    compiled = compile_expr(program, names=names)
    value = secret("TOP")
    with pytest.raises(ExpressionFault) as caught:
        compiled.result.all({"in": value}, (value,), Budget())
    fault = caught.value
    assert fault.code == "JQ_ERROR"
    for told in (fault.detail(), fault.input, str(fault.data())):
        assert "SecretRef" not in told
        assert "parts" not in told


def test_interpolation_in_data_stays_text():
    data = {"x": "${ $WORKFLOW }", "y": ["${ 1 + 1 }", "${"]}
    for program in (".", ".x", "[.y[]]", '"\\(.x)"', "{a: .x}", ".x + .y[0]", "tojson | fromjson", "map_values(.)"):
        for text in (program, "${ " + program + " }"):
            rendered = compile_expr(text).result.one(data, (), Budget())
            assert "${ " in str(rendered)
    template = compile_data({"a": "${ .x }", "b": "see ${ .x }", "c": ["${ .y }"]})
    assert template.result.render(data, (), Budget()) == {
        "a": "${ $WORKFLOW }",
        "b": "see ${ $WORKFLOW }",
        "c": [["${ 1 + 1 }", "${"]],
    }


def test_the_step_budget_holds_over_many_expressions():
    budget = Budget(0, Limits(fuel=1_000, step_fuel=3_000))
    compiled = compile_expr("[range(900)] | length").result
    with pytest.raises(ExpressionFault, match="expressions of one turn used more than 3000 steps"):
        for _ in range(5):
            compiled.one(None, (), budget)


def test_a_path_is_stopped_by_the_step_budget_too():
    budget = Budget(0, Limits(step_fuel=2))
    for program in (".a", ".a.b", ".a.b.c", ".a.b.c.d"):
        budget.left = 2
        compiled = compile_expr(program).result
        compiled.one({}, (), budget)
        compiled.one({}, (), budget)
        with pytest.raises(ExpressionFault) as caught:
            compiled.one({}, (), budget)
        assert caught.value.code == "BUDGET"
