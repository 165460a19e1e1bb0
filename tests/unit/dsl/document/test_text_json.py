import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.document.text_json import JsonError, json_lines, parse_json, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_reads_what_json_writes(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        try:
            data = text.encode()
        except UnicodeEncodeError:
            continue
        if "\\ud" in text:
            continue
        assert parse_json(data) == value


@given(VALUES)
def test_every_value_has_a_place(value: object) -> None:
    text = json.dumps(value, indent=2)

    def pointers(item: object, pointer: str) -> list[str]:
        found = [pointer]
        if isinstance(item, dict):
            for key, each in item.items():
                found += pointers(each, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(item, list):
            for index, each in enumerate(item):
                found += pointers(each, f"{pointer}/{index}")
        return found

    lines = json_lines(text)
    assert set(lines) == set(pointers(value, ""))
    rows = text.split("\n")
    for line, column in lines.values():
        assert rows[line - 1][column - 1] not in " :,"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "syntax"),
        ("{", "syntax"),
        ("[1,]", "syntax"),
        ("{'a': 1}", "syntax"),
        ('{"a": 1, "a": 1}', "key-duplicate"),
        ('[{"b": {"a": 1, "a": 2}}]', "key-duplicate"),
        ("NaN", "number"),
        ("-Infinity", "number"),
        ("1e999", "number"),
        ("1" * 400, "number"),
        ("1" * 5000, "number"),
        (str(1 << 1024), "number"),
        ('"\\ud800"', "encoding"),
        ('{"\\udfff": 1}', "encoding"),
        ("[" * 101 + "]" * 101, "too-deep"),
        ("[" * 500_000, "too-deep"),
        ('{"a":' * 101 + "1" + "}" * 101, "too-deep"),
    ],
)
def test_refused(text: str, code: str) -> None:
    for data in (text, text.encode()):
        with pytest.raises(JsonError) as caught:
            parse_json(data)
        assert caught.value.code == code


def test_depth_counts_structure_only() -> None:
    assert parse_json('["' + "[" * 500 + '\\"["]', max_depth=2) == ["[" * 500 + '"[']
    assert parse_json("[" * 64 + "]" * 64, max_depth=64)
    with pytest.raises(JsonError):
        parse_json("[" * 65 + "]" * 65, max_depth=64)


def test_bytes_and_size() -> None:
    with pytest.raises(JsonError, match="not UTF-8"):
        parse_json(b'"\xff"')
    with pytest.raises(JsonError) as caught:
        parse_json(b"[" + b" " * 100 + b"]", max_bytes=50)
    assert caught.value.code == "too-large"
    assert parse_json('"\\ud83d\\ude00"') == "😀"
    assert parse_json(str((1 << 1024) - 1)) == (1 << 1024) - 1


def test_documents_get_places() -> None:
    value, faults = read_json('{"a": 1,\n  "a": 2}')
    assert value is None
    assert [(fault.code, fault.pointer, fault.line, fault.column) for fault in faults] == [
        ("key-duplicate", "/a", 2, 8)
    ]
    assert read_json("[1]") == ([1], [])
