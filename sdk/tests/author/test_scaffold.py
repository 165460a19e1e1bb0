"""`new`."""

from pathlib import Path

import pytest

from weft_adapter.author import BuildError, build, new
from weft_adapter.author import test as check


def test_what_is_written_works_as_it_is(tmp_path: Path) -> None:
    written = new(tmp_path / "made", "acme", "ip-am")
    assert (tmp_path / "made/adapter.yaml") in written
    report = check(tmp_path / "made")
    assert report.ok, report.output
    assert [item.id for item in report.activities] == ["acme.ip-am.v0.1.0.things.Look"]
    assert build(tmp_path / "made", tmp_path).is_file()


@pytest.mark.parametrize(("vendor", "product"), [("Acme", "ipam"), ("acme", "../x"), ("", "x")])
def test_bad_names(tmp_path: Path, vendor: str, product: str) -> None:
    with pytest.raises(BuildError):
        new(tmp_path / "made", vendor, product)
    assert not (tmp_path / "made").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(BuildError, match="not empty"):
        new(tmp_path, "acme", "ipam")


def test_a_product_that_begins_with_a_digit_gets_a_module_name(tmp_path: Path) -> None:
    new(tmp_path / "made", "3com", "switch")
    assert (tmp_path / "made/src/adapter_3com_switch/__init__.py").is_file()
