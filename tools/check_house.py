"""The house rules that no other tool checks: sizes, mirrored tests, banned module names, words of API dialects.

Prints every offence and exits 1 if there is one. Numbers: a file stops at 500 lines, a function body at 60, a class
at 20 public methods; every source module with a function or method of its own has its test file. What only one API
calls so is not named below `api` (and `dsl`, which knows the languages; `app`, `cli` and `demo` stand above).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE, MAX_FUNCTION, MAX_PUBLIC = 500, 60, 20
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
DIALECT_WORDS = re.compile(
    r"workflow_?execution|workflowsvc|nsfilter|crosswork|conductor|execution_?queue|_userinput|customer", re.IGNORECASE
)
MAY_NAME_DIALECTS = {"api", "app", "cli", "demo", "dsl"}
# A class that is the whole of one port (docs/adr/0007): its own number, which may only shrink.
CLASS_LIMITS = {"Runs": 31, "RunRows": 33, "EmbeddedEngine": 22}
# Modules whose behaviour is tested as a whole elsewhere: pattern -> the test that does it.
MIRROR_EXCEPTIONS: dict[str, str] = {
    "src/weft/demo/adapter/src/acme_inventory/addresses.py": "tests/e2e/test_demo.py",
    "src/weft/demo/adapter/src/acme_inventory/devices.py": "tests/e2e/test_demo.py",
    "src/weft/api/cwm/login.py": "tests/dialects/cwm/test_login.py",
    "src/weft/dsl/machine/state.py": "tests/unit/dsl/machine/test_codec.py",
    "src/weft/engines/embedded/work.py": "tests/unit/engines/embedded/test_runner.py",
}


def sources() -> Iterator[tuple[Path, Path]]:
    """(source file, its test file)."""
    for path in sorted((ROOT / "src/weft").rglob("*.py")):
        if "migrations" in path.parts:
            continue  # generated from the tables, checked by the test of the schema
        rel = path.relative_to(ROOT / "src/weft")
        yield path, ROOT / "tests/unit" / rel.parent / f"test_{rel.name}"
    for path in sorted((ROOT / "sdk/src/weft_adapter").rglob("*.py")):
        rel = path.relative_to(ROOT / "sdk/src/weft_adapter")
        yield path, ROOT / "sdk/tests" / rel.parent / f"test_{rel.name}"


def is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True for a Protocol's method: nothing but a docstring and `...`."""
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return not body


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    start = first.lineno
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
        start = node.body[1].lineno
    return (node.end_lineno or start) - start + 1


def offences(path: Path, test: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    rel = path.relative_to(ROOT)
    lines = text.count("\n")
    if lines > MAX_FILE:
        yield f"{rel}: {lines} lines, {MAX_FILE} allowed"
    if path.stem in BANNED_NAMES:
        yield f"{rel}: a module is named for what it holds, not {path.stem}"
    inside = path.relative_to(ROOT).parts[2:3]
    if rel.parts[0] == "src" and inside and inside[0] not in MAY_NAME_DIALECTS:
        for number, line in enumerate(text.splitlines(), 1):
            word = DIALECT_WORDS.search(line)
            if word is not None:
                yield f"{rel}:{number}: {word[0]!r} is a word of one API dialect"
    has_logic = False
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_stub(node):
            has_logic = True
            if body_lines(node) > MAX_FUNCTION:
                yield f"{rel}:{node.lineno}: {node.name} has {body_lines(node)} lines, {MAX_FUNCTION} allowed"
        if isinstance(node, ast.ClassDef):
            public = [
                n
                for n in node.body
                if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and not n.name.startswith("_")
            ]
            allowed = CLASS_LIMITS.get(node.name, MAX_PUBLIC)
            if len(public) > allowed:
                yield f"{rel}:{node.lineno}: {node.name} has {len(public)} public methods, {allowed} allowed"
    if has_logic and path.stem not in ("__init__", "__main__") and not test.exists():
        named = MIRROR_EXCEPTIONS.get(str(rel))
        if named is None or not (ROOT / named).exists():
            yield f"{rel}: no test file {test.relative_to(ROOT)}"


def main() -> int:
    found = [offence for path, test in sources() for offence in offences(path, test)]
    for offence in found:
        print(offence)
    print(f"{len(found)} offences" if found else "the house is in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
