from __future__ import annotations

import pytest

from weft.cli.failures import CommandError, code_of


@pytest.mark.parametrize(("status", "code"), [(401, 4), (404, 5), (400, 6), (422, 6), (429, 7), (502, 7), (302, 6)])
def test_codes(status, code):
    assert code_of(status) == code


def test_a_failure_has_code_1():
    assert CommandError("x").code == 1
