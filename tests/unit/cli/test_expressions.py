from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest


@pytest.fixture
def stdin(monkeypatch):
    def give(text: str) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    return give


def test_every_result_is_printed(weft, stdin):
    stdin('{"a": [1, {"b": null}]}')
    code, out, _ = weft("expr", "eval", ".a[]", "--input", "-")
    assert (code, out) == (0, '1\n{\n  "b": null\n}\n')


def test_without_input_the_input_is_null(weft):
    assert weft("expr", "eval", "[., 1 + 1]", "-o", "yaml")[1] == "- null\n- 2\n"


def test_yaml_files(weft, tmp_path):
    file = tmp_path / "in.yaml"
    file.write_text("n: 0o17\nflag: yes\n")
    assert json.loads(weft("expr", "eval", "${ . }", "--input", str(file))[1]) == {"n": 15, "flag": "yes"}


def test_explained(weft, stdin):
    stdin('{"a": 1}')
    trace = json.loads(weft("expr", "eval", ".a + 1", "--input", "-", "--explain")[1])
    assert "2" in json.dumps(trace)


@pytest.mark.parametrize(
    ("expression", "text", "code"),
    [(".a |", "{}", 2), (".a + 1", '{"a": "x"}', 1), (".", "{", 6), (".", '{"a": 1, "a": 2}', 6), ("env.HOME", "{}", 2),
     ("def f: f; f", "1", 1), ("[range(1e12)]", "1", 1)],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_words(weft, stdin, expression, text, code):
    stdin(text)
    result, _, error = weft("expr", "eval", expression, "--input", "-")
    assert (result, error.startswith("weft: "), "Traceback" in error) == (code, True, False)


def test_a_missing_file(weft, tmp_path):
    assert weft("expr", "eval", ".", "--input", str(tmp_path / "none"))[0] == 2
