import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.document.text_limits import TextLimits
from weft.dsl.document.text_yaml import read_yaml, yaml_lines


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("''", ""),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-0", 0),
        ("+1", 1),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("!!int '3'", 3),
        ("!!float 3", 3.0),
        ("!!bool 'true'", True),
        ("=", "="),
        ("<<", "<<"),
        ("|\n a\n b\n", "a\nb\n"),
        (">\n a\n b\n", "a b\n"),
        ('"\\u00e9\\x41"', "éA"),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    read, faults = read_yaml(f"a: {text}" if text != "-" else "a:\n")
    assert not faults
    assert read == {"a": value}
    assert type(read["a"]) is type(value)


def test_keys_that_1_1_would_change() -> None:
    assert read_yaml("on: {one: {with: {type: a.b}}}\n<<: {x: 1}\nyes: no") == (
        {"on": {"one": {"with": {"type": "a.b"}}}, "<<": {"x": 1}, "yes": "no"},
        [],
    )


def test_aliases() -> None:
    assert read_yaml("a: &x {b: [1]}\nc: *x\nd: [*x]")[0] == {"a": {"b": [1]}, "c": {"b": [1]}, "d": [{"b": [1]}]}
    assert read_yaml("&k a: 1\nb: *k")[0] == {"a": 1, "b": "a"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: *x", "alias"),
        ("&a [*a]", "alias"),
        ("a: .inf", "number"),
        ("a: -.INF", "number"),
        ("a: .nan", "number"),
        ("a: 1e999", "number"),
        ("a: " + "9" * 400, "number"),
        ("a: " + "9" * 2000, "number"),
        ("1: a", "key-type"),
        ("true: a", "key-type"),
        ("~: a", "key-type"),
        ("? [a]\n: b", "key-type"),
        ("? {a: b}\n: b", "key-type"),
        ("a: &x 1\n*x : 2", "key-type"),
        ("a: !foo 1", "tag"),
        ("a: !!binary aGk=", "tag"),
        ("a: !!set {x}", "tag"),
        ("!!python/object:os.system {}", "tag"),
        ("a: !!int x", "tag"),
        ("a: !!timestamp 2024-01-01", "tag"),
        ("a: [", "syntax"),
        ("a: b: c", "syntax"),
        ("a: \x00", "syntax"),
        ("\t- a", "syntax"),
        ("a: 1\n...\n---\n2", "documents"),
        ("- " * 65 + "1", "too-deep"),
        ("[" * 5000, "too-deep"),
    ],
)
def test_refused(text: str, code: str) -> None:
    value, faults = read_yaml(text)
    assert value is None
    assert [fault.code for fault in faults] == [code]


def test_alias_bombs() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join('*' + chr(97 + i) for _ in range(9))}]\n" for i in range(8)
    )
    assert read_yaml(bomb)[1][0].code == "too-large"
    many = "a: &a x\nb: [" + ",".join(["*a"] * 1001) + "]"
    assert read_yaml(many)[1][0].code == "alias"
    deep = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [[[[*a{i - 1}]]]]\n" for i in range(1, 20))
    assert read_yaml(deep)[1][0].code == "too-deep"


def test_several_duplicates_at_once() -> None:
    faults = read_yaml("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")[1]
    assert [(fault.pointer, fault.line) for fault in faults] == [("/b/c", 4), ("/a", 5)]


def test_lines() -> None:
    assert yaml_lines("a:\n- b: x\n- [1,\n   2]\n") == {
        "": (1, 1),
        "/a": (2, 1),
        "/a/0": (2, 3),
        "/a/0/b": (2, 6),
        "/a/1": (3, 3),
        "/a/1/0": (3, 4),
        "/a/1/1": (4, 4),
    }


def test_limits_are_settings() -> None:
    assert read_yaml("[[1]]", TextLimits(max_depth=1))[1][0].code == "too-deep"
    assert read_yaml("[1, 2]", TextLimits(max_nodes=2))[1][0].code == "too-large"
    assert read_yaml("256", TextLimits(max_bits=8))[1][0].code == "number"


PLAIN = st.text(alphabet=st.characters(codec="ascii", exclude_categories=("Cc",)), max_size=10)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | PLAIN,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
        max_leaves=15,
    )
)
def test_json_is_yaml(value: object) -> None:
    assert read_yaml(json.dumps(value, indent=2)) == (value, [])
