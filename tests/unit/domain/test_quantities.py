from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.quantities import cpu_millis, memory_bytes


@pytest.mark.parametrize(("text", "millis"), [("500m", 500), ("0.5", 500), ("2", 2000), ("", 0)])
def test_cpu(text, millis):
    assert cpu_millis(text) == millis


@pytest.mark.parametrize(
    ("text", "size"), [("128Mi", 128 * 2**20), ("1G", 10**9), ("1048576", 2**20), ("", 0), ("0.5Ki", 512)]
)
def test_memory(text, size):
    assert memory_bytes(text) == size


@pytest.mark.parametrize("text", ["lots", "-1", "1Ti", "1e9", " 1", "5mm"])
def test_bad(text):
    with pytest.raises(Invalid, match=r"^memMax: "):
        memory_bytes(text, "memMax")
    with pytest.raises(Invalid, match=r"^cpuMax: "):
        cpu_millis(text, "cpuMax")
