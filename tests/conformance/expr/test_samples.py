"""Every expression of the sample definitions in this folder's neighbours, on several inputs, beside the package."""

import json
from pathlib import Path

import pytest
import yaml

from weft.dsl.expr import compile_expr
from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.template import split_text

ROOT = Path(__file__).resolve().parents[1]
INPUTS = [
    {},
    None,
    {"name": "Ann", "count": 3, "items": [{"a": 1}], "order": {"id": 7, "status": "ok"}, "results": [1, 2]},
    {"applicant": {"age": 20}, "customer": {"name": "x"}, "bpm": 61, "orders": [], "status": "COMPLETED", "data": {}},
]


def texts():
    found = {}
    for file in sorted(ROOT.rglob("*.json")) + sorted(ROOT.rglob("*.yaml")):
        if file.parent == Path(__file__).parent:
            continue
        try:
            stack = [
                json.loads(file.read_text("utf-8"))
                if file.suffix == ".json"
                else yaml.safe_load(file.read_text("utf-8"))
            ]
        except (yaml.YAMLError, ValueError):
            continue
        while stack:
            top = stack.pop()
            if isinstance(top, dict):
                stack.extend(top.values())
            elif isinstance(top, list):
                stack.extend(top)
            elif isinstance(top, str) and "${" in top:
                try:
                    found.update((part.strip(), file.name) for is_expr, part in split_text(top) if is_expr)
                except SyntaxProblem:
                    continue
    return found


TEXTS = {text: name for text, name in texts().items() if compile_expr(text).result is not None}


def test_there_are_samples():
    assert len(TEXTS) > 30


@pytest.mark.parametrize("text", sorted(TEXTS))
def test_sample(text, compare):
    for value in INPUTS:
        compare.check(text, value)
