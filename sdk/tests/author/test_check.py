"""`test`."""

import shutil
from pathlib import Path

import pytest

from weft_adapter.author import BuildError, new
from weft_adapter.author import test as check


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    new(tmp_path / "src", "acme", "ipam")
    return tmp_path / "src"


def test_a_failing_test_of_the_adapter_is_reported(adapter: Path) -> None:
    (adapter / "tests/test_things.py").write_text("def test_no():\n    assert 1 == 2\n")
    report = check(adapter)
    assert not report.ok
    assert "1 == 2" in report.output


def test_an_adapter_without_tests_only_has_to_load(adapter: Path) -> None:
    shutil.rmtree(adapter / "tests")
    assert check(adapter).ok


@pytest.mark.parametrize("source", ["import nothing_like_it", "import os; os._exit(7)", "x = 1"])
def test_what_does_not_load_is_a_build_error(adapter: Path, source: str) -> None:
    (adapter / "src/acme_ipam/things.py").write_text(source)
    with pytest.raises(BuildError):
        check(adapter)
