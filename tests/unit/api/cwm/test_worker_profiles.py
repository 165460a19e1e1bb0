from __future__ import annotations

from weft.api.cwm.worker_profiles import profile_body, quantities
from weft.domain.workers import default_profile


def test_names():
    assert quantities({"cpuMin": "1", "memMax": 5}) == {"cpu_min": "1", "memory_max": "5"}
    assert profile_body(default_profile()) == {
        "profileName": "default", "cpuMin": "100m", "cpuMax": "500m", "memMin": "128Mi", "memMax": "512Mi",
    }  # fmt: skip
