"""Every published sample through the first two stages: parse and schema."""

from pathlib import Path

from weft.dsl.document.detect import Detected, detect
from weft.dsl.document.keys import fold_keys
from weft.dsl.document.schema import check
from weft.dsl.document.text import parse

EARLY = {"syntax", "key-duplicate", "property-unknown", "task-keys"}
DIALECTS = {"0.8": "v08", "0.9": "v09", "1.0": "v10", "1.0-invalid": "v10"}


def test_sample(sample: Path, expected: dict[str, dict[str, list[str]]]) -> None:
    wanted = [code for code in expected[sample.parent.name].get(sample.name, []) if code in EARLY]
    parsed = parse(sample.read_bytes())
    codes = {problem.code for problem in parsed.problems}
    if not parsed.problems:
        found = detect(parsed.value)
        assert isinstance(found, Detected)
        assert found.dialect == DIALECTS[sample.parent.name]
        folded, spelling = fold_keys(parsed.value, found.dialect)
        assert spelling == []
        codes = {problem.code for problem in check(folded, found.dialect) if problem.severity == "error"}
    assert sorted(codes) == wanted


def test_places_of_the_negative_samples() -> None:
    data = Path(__file__).parents[1] / "data"
    for name, pointer in (
        ("1.0-invalid/extra-property-in-call.yaml", "/do/0/getPet/foo"),
        ("1.0-invalid/two-tasks-in-one-item.yaml", "/do/0"),
        ("0.8/event-based-transitions.json", "/states/0/eventTimeout"),
    ):
        doc = parse((data / name).read_bytes()).value
        dialect = "v10" if name.startswith("1.0") else "v08"
        assert [problem.pointer for problem in check(doc, dialect) if problem.severity == "error"] == [pointer]
    (duplicate,) = parse((data / "1.0-invalid/listen-any-until-any-until.yaml").read_bytes()).problems
    assert (duplicate.pointer, duplicate.line) == ("/do", 7)


def test_the_states_samples_are_also_cwm() -> None:
    """What 0.8 accepts the lenient variant accepts."""
    data = Path(__file__).parents[1] / "data" / "0.8"
    for sample in sorted(data.iterdir()):
        parsed = parse(sample.read_bytes())
        if not parsed.problems:
            assert [p for p in check(parsed.value, "cwm") if p.severity == "error"] == [], sample.name
