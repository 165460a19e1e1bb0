"""The texts of manifests, hostile ones among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft_adapter.manifest import ManifestError
from weft_adapter.manifest_text import MAX_TEXT, read_properties, read_yaml


def yaml_of(text: str | bytes) -> dict[str, object]:
    return read_yaml(text.encode() if isinstance(text, str) else text, ManifestError)


def test_top_level_scalars_stay_text_and_deeper_ones_get_types() -> None:
    text = "version: 1.20\nflag: yes\nempty:\ndeep: {a: 1, b: 1.5, c: true, d: yes, e: null, f: '1', g: ~, h: 1e3}\n"
    found = yaml_of(text)
    assert (found["version"], found["flag"], found["empty"]) == ("1.20", "yes", "")
    assert found["deep"] == {"a": 1, "b": 1.5, "c": True, "d": "yes", "e": None, "f": "1", "g": None, "h": 1000.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("- a", "no mapping"),
        ("a: 1\n---\nb: 2", "more than one"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system [x]", "tags"),
        ("a: 1\na: 2", "twice"),
        ("? [a]\n: b", "a key is a text"),
        ("a: [", "line"),
        ("a: " + "[" * 200 + "]" * 200, "deeper"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("a: " + "x" * MAX_TEXT, "larger"),
    ],
)
def test_what_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        yaml_of(text)


def test_very_deep_nesting_is_no_crash() -> None:
    with pytest.raises(ManifestError):
        yaml_of("a: " + "[" * 100_000)


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    for reader in (read_yaml, read_properties):
        try:
            reader(text.encode() if isinstance(text, str) else text, ManifestError)
        except ManifestError:
            continue


def test_properties() -> None:
    assert read_properties(b"# c\n! d\n\nA = b=c\nb=\n", ManifestError) == {"a": "b=c", "b": ""}
    with pytest.raises(ManifestError, match=r"line 1.*line 3"):
        read_properties(b"nonsense\na=1\nA=2\n", ManifestError)
