"""Programs written by hand, run by us and by the `jq` package: values and error texts must agree."""

from pathlib import Path

import pytest
import yaml

TABLE = yaml.safe_load(Path(__file__).with_name("programs.yaml").read_text("utf-8"))
DIFFERENCES = yaml.safe_load(Path(__file__).with_name("differences.yaml").read_text("utf-8"))


@pytest.mark.parametrize("group", list(TABLE))
def test_group(group, compare):
    wrong = []
    for entry in TABLE[group]:
        value, program = entry if isinstance(entry, list) else (None, entry)
        try:
            compare.check(program, value)
        except AssertionError as difference:
            wrong.append(str(difference).split("\n")[0])
    assert not wrong, "\n".join(wrong)
    assert compare.same > 0


@pytest.mark.parametrize("entry", DIFFERENCES, ids=[entry["program"] for entry in DIFFERENCES])
def test_known_difference(entry, compare):
    """A difference that has gone away must leave the list, so each one is shown to exist."""
    assert entry["reason"] in (
        "not in the language",
        "exact integers",
        "text of decimals",
        "depth over budget",
        "size over budget",
        "optional and alternative",
        "not a number and infinities",
        "years",
        "wording of compile errors",
        "wording of parse errors",
        "errors after a pattern's results",
        "builtins of other versions",
        "paths through patterns",
        "break inside alternatives",
    )
    with pytest.raises(AssertionError):
        compare.check(entry["program"], entry.get("input"))
        assert compare.skipped == 0
