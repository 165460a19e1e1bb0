from __future__ import annotations

from weft.dsl.machine.core import HOOKS
from weft.dsl.machine.rules import RULES


def test_every_dialect_has_hooks() -> None:
    import weft.dsl.machine.step  # noqa: F401

    assert set(RULES) == {"v08", "v09", "cwm", "v10", "tasklist", "graph"}
    assert all(rules.dialect == name and rules.hooks in HOOKS for name, rules in RULES.items())


def test_cwm_replaces_where_others_fault() -> None:
    assert RULES["cwm"].merge_mismatch == "replace" and RULES["v08"].merge_mismatch == "fault"
    assert not RULES["cwm"].condition_faults and RULES["v09"].condition_faults
