from __future__ import annotations

from weft.dsl.machine.limits import DEFAULTS, HARD, limit_of, over_limit


def test_default_asked_and_hard() -> None:
    assert limit_of({}, "fan") == DEFAULTS["fan"]
    assert limit_of({"fan": 5}, "fan") == 5
    assert limit_of({"fan": -5}, "fan") == 1
    assert limit_of({"fan": 10**12}, "fan") == HARD["fan"]


def test_every_limit_has_a_ceiling() -> None:
    assert DEFAULTS.keys() == HARD.keys()
    assert all(DEFAULTS[name] <= HARD[name] for name in DEFAULTS)


def test_the_fault_names_limit_and_size() -> None:
    fault = over_limit("fan", 5, 6, "/x")
    assert (fault.kind, fault.code, fault.instance, fault.retryable) == ("runtime", "LIMIT", "/x", False)
    assert "'fan' is 5, reached 6" in fault.detail
