from __future__ import annotations

import pytest

from weft.domain.adapters import SYSTEM_FUNCTIONS, ActivityRef, Adapter, choose, latest, read_ref


def adapter(version, **more):
    more = {"deployed": True, **more}
    return Adapter(id=f"a.b.{version}", vendor="a", product="b", version=version, created_at=1, updated_at=1, **more)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("a.b.v1.2.0", ActivityRef("a", "b", "v1.2.0")),
        ("a.b.v1.2.0.f", ActivityRef("a", "b", "v1.2.0", "f")),
        ("a.b.v1.2.0.f.N", ActivityRef("a", "b", "v1.2.0", "f", "N")),
        ("a.b.@latest.f.N", ActivityRef("a", "b", "@latest", "f", "N")),
        ("a.b.v1.2", None),
        ("a.b.v1.2.0.f.N.x", None),
        ("", None),
        ("a" * 600, None),
    ],
)
def test_names(text, ref):
    assert read_ref(text) == ref


def test_ref_parts():
    ref = ActivityRef("a", "b", "v1.2.0", "f", "N")
    assert (ref.adapter, ref.family) == ("a.b.v1.2.0", ("a", "b"))


def test_latest_is_the_default_else_the_highest_deployed():
    old, new, file_only = adapter("v1.9.0"), adapter("v1.10.0"), adapter("v2.0.0", deployed=False)
    assert latest([old, new, file_only]) is new
    marked = adapter("v1.9.0", default=True)
    assert latest([marked, new]) is marked
    assert latest([file_only]) is None


def test_any_version_of_a_builtin():
    builtin = adapter("v1.0.3", builtin=True)
    assert choose(ActivityRef("a", "b", "v1.0.1"), [builtin]) is builtin
    assert choose(ActivityRef("a", "b", "v1.0.1"), [adapter("v1.0.3")]) is None
    own = adapter("v1.0.1")
    assert choose(ActivityRef("a", "b", "v1.0.1"), [builtin, own]) is own


def test_system_functions():
    assert [one.id for one in SYSTEM_FUNCTIONS] == [
        "system.function.v1.0.0.common.NoOp",
        "system.function.v1.0.0.common.FailJob",
    ]
