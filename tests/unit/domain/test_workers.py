from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.workers import WorkerProfile, check_profile, default_profile


def test_the_default_profile_is_good():
    check_profile(default_profile())


def test_minimum_above_maximum():
    with pytest.raises(Invalid, match="cpuMin exceeds cpuMax"):
        check_profile(WorkerProfile(name="p", cpu_min="2", cpu_max="500m"))
    check_profile(WorkerProfile(name="p", memory_min="2Gi", memory_max=""))
