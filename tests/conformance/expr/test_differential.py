"""Generated programs over generated documents, ours beside the `jq` package.

Weighted to the operators that definitions use. WEFT_EXAMPLES multiplies the number of examples.
"""

import os
import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

FACTOR = float(os.environ.get("WEFT_EXAMPLES", "1"))
KEYS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.one_of(st.integers(-3, 12), st.sampled_from([0.5, 2.5, -1.5]))
TEXTS = st.sampled_from(["", "a", "b", "ab", "a,b", "Ann", "日本", "1", " x "])
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)

PATHS = st.sampled_from(
    [
        ".",
        ".",
        ".a",
        ".b",
        ".a.b",
        ".[0]",
        ".[-1]",
        ".[1:]",
        ".[:2]",
        ".[]",
        ".[]?",
        ".a?",
        ".b[]?",
        "..",
        '.["a"]',
        ".a[0]",
        ".[2]",
        ".c.a",
        ".a.b?",
        'getpath(["a","b"])',
        "first(.[]?)",
        ".[]?|.a?",
    ]
)
LITERALS = st.sampled_from(["null", "true", "false", "0", "1", "2", "-1", "2.5", '"a"', '""', "[]", "{}", '"b"', "[1]"])
PLAIN = st.sampled_from(
    [
        "length",
        "keys",
        "type",
        "not",
        "add",
        "any",
        "all",
        "sort",
        "unique",
        "min",
        "max",
        "reverse",
        "flatten",
        "tojson",
        "tostring",
        "to_entries",
        "from_entries",
        "ascii_downcase",
        "explode",
        "values",
        "arrays",
        "objects",
        "scalars",
        "numbers",
        "strings",
        "nulls",
        "floor",
        "abs",
        "transpose",
        "keys_unsorted",
        "empty",
        "first",
        "last",
        "error",
        "tonumber",
        "trim",
        "utf8bytelength",
        "paths",
        "tostream",
        "isempty(.[]?)",
        'has("a")',
        "has(0)",
        'join(",")',
        'split(",")',
        'startswith("a")',
        'ltrimstr("a")',
        'test("a")',
        'index("a")',
        "indices(1)",
        "inside([1,2])",
        'contains("a")',
        "flatten(1)",
        "@json",
        "@text",
        "@html",
        "@csv",
        "@sh",
        "@base64",
        "@uri",
        "limit(2;.[]?)",
        'splits(",")',
        'scan("[a-z]")',
        "ascii_upcase",
        "implode",
        "combinations",
        "nth(1)",
        "bsearch(1)",
        "tostring",
        'getpath(["a"])',
        "recurse(.[]?)",
        "toboolean",
        "leaf_or_self",
        "halfway",
    ]
).filter(lambda name: name not in ("leaf_or_self", "halfway"))
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "//"])
UPDATES = st.sampled_from(["=", "|=", "+=", "-=", "*=", "//="])


PLACES = st.recursive(
    PATHS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: f"{t[0]} | {t[1]}"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}), ({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}) // ({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"if {t[0]} then {t[1]} else . end"),
        inner.map(lambda t: f'{t} | select(type == "object")'),
        inner.map(lambda t: f"first({t})"),
        inner.map(lambda t: f"limit(2; {t})"),
        inner.map(lambda t: f"({t})?"),
        inner.map(lambda t: f"recurse({t} | arrays | .[0])"),
        inner.map(lambda t: f"(.a as $v | {t} | values)"),
    ),
    max_leaves=3,
)


def grown(inner):
    """Programs out of smaller ones."""
    two = st.tuples(inner, inner)
    three = st.tuples(inner, inner, inner)
    return st.one_of(
        two.map(lambda t: f"{t[0]} | {t[1]}"),
        two.map(lambda t: f"({t[0]}), ({t[1]})"),
        st.tuples(inner, OPERATORS, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"[{t}]"),
        inner.map(lambda t: f"map({t})"),
        inner.map(lambda t: f"select({t})"),
        inner.map(lambda t: f"try ({t}) catch ."),
        inner.map(lambda t: f"({t})?"),
        inner.map(lambda t: rf'"<\({t})>"'),
        inner.map(lambda t: f"-({t})"),
        two.map(lambda t: f"{{a: ({t[0]}), b: ({t[1]})}}"),
        two.map(lambda t: f"{{({t[0]}|tojson): ({t[1]})}}"),
        three.map(lambda t: f"if {t[0]} then {t[1]} else {t[2]} end"),
        two.map(lambda t: f"({t[0]}) as $x | ({t[1]}) | [., $x]"),
        two.map(lambda t: f"({t[0]}) as [$x, $y] | [$y, $x, ({t[1]})]"),
        two.map(lambda t: f"({t[0]}) as {{a: $x}} ?// [$x] | [$x, ({t[1]})]"),
        two.map(lambda t: f"reduce ({t[0]}) as $x (0; [., $x] | ({t[1]}))"),
        two.map(lambda t: f"foreach ({t[0]}) as $x (.; ({t[1]}); [$x, .])"),
        two.map(lambda t: f"def f: ({t[0]}); def g($p; q): [$p, q]; g(f; {t[1]})"),
        two.map(lambda t: f"[limit(2; {t[0]}), first({t[1]})]"),
        st.tuples(
            st.sampled_from(["sort_by", "group_by", "unique_by", "min_by", "max_by", "map_values", "with_entries"]),
            inner,
        ).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["any", "all", "add", "isempty", "last", "walk", "paths", "any"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(PATHS, UPDATES, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        PATHS.map(lambda t: f"[path({t})]"),
        PATHS.map(lambda t: f"del({t})"),
        inner.map(lambda t: f"label $out | ({t}) | ., break $out"),
        two.map(lambda t: f"[({t[0]}) | until(true; {t[1]})]"),
        inner.map(lambda t: f"INDEX({t})"),
        two.map(lambda t: f"[.[({t[0]})]?, .[({t[0]}):({t[1]})]?]"),
        PLACES.map(lambda t: f"[path({t})]"),
        PLACES.map(lambda t: f"pick({t})"),
        st.tuples(PLACES, UPDATES, inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    )


PROGRAMS = st.recursive(st.one_of(PATHS, PATHS, LITERALS, PLAIN), grown, max_leaves=6)

# `?//` takes a `break` for an error, as no other construct does: on the list of known differences.
BREAK_IN_PATTERN = re.compile(r"label.*\?//", re.DOTALL)

RUN = settings(
    max_examples=int(1500 * FACTOR),
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@RUN
@given(program=PROGRAMS, value=DOCUMENTS)
def test_generated_programs(compare, program, value):
    assume(not BREAK_IN_PATTERN.search(program))
    compare.check(program, value)


NARROW = st.sampled_from(
    [
        ".a",
        ".a.b",
        ".a + 1",
        '.a == "a"',
        ".a > 1 and .b != null",
        '.a // "none"',
        "{a: .b, n: (.a | length)}",
        "[.[]? | .a?]",
        "map(select(.a > 1))",
        "map(select(.a > 1) | .b)",
        '[.[] | select(.a == "a") | .b]',
        "[.[] | select(.b <= 2) | .a]",
        "[.[] | select(.b < 2.5) | .a]",
        "[.[] | .a]",
        r'"\(.a)-\(.b)"',
        ".a.b |= 1",
        ".a += 1",
        ".a.b.c = .b",
        ".a |= (. // 0)",
        "reduce .[] as $x (0; . + $x)",
        "reduce .[] as [$k, $v] ({}; .[$k] = $v)",
        "to_entries | map(.key)",
        "with_entries(.value |= tostring)",
        "if .a then .b else .c end",
        '[.[] | select(type == "object") | .a] | add',
        "any(.[]; . == 1)",
        "sort_by(.a)",
        "group_by(.a) | map(length)",
        ".[0].a.b",
        ".a[0].b",
        "(.a, .b) |= 5",
        ".a[1:] = [9]",
        "del(.a, .b)",
        "map_values(. + 1)",
        "[paths]",
        "[.. | numbers]",
        "[.[] as {a: $x, b: $y} | [$x, $y]]",
        ".a as $x | .b as $y | [$x, $y]",
    ]
)


@settings(RUN, max_examples=int(800 * FACTOR))
@given(program=NARROW, value=DOCUMENTS)
def test_common_programs(compare, program, value):
    compare.check(program, value)


@pytest.mark.parametrize("position", [0, 1])
def test_the_comparison_can_fail(oracle, position):
    """The oracle answers, and what it answers is looked at."""
    results, error, refused = oracle.run([".a", "error"][position], {"a": 1})
    assert refused is None
    assert (results, error) == (([1], None) if position == 0 else ([], '{"a": 1}'))
