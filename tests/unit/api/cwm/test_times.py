from __future__ import annotations

import pytest

from weft.api.cwm.times import rfc3339


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_769_925_600_007, "2026-02-01T06:00:00.007Z"),
        (253402300799999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_milliseconds(ms, text):
    assert rfc3339(ms) == text
