"""Time zones by name."""

import pytest

from weft.domain.errors import Invalid
from weft.services import zones
from weft.services.zones import zone_of


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT"])
def test_names_of_the_database(name):
    assert zone_of(name).name == name
    assert zone_of(name) is zone_of(name)


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Base", "", "America", "/etc/passwd", "../UTC", "Europe/../UTC", "Europe/Berlin\0", "europe/berlin ",
        "localtime", "posixrules", "right/UTC", "Factory", "tzdata.zi", "zone.tab", "+05:00", "x" * 5000, "ü",
        "__init__.py", "a/b/c/d/e",
    ],
)  # fmt: skip
def test_everything_else_is_refused(name):
    with pytest.raises(Invalid) as caught:
        zone_of(name)
    assert caught.value.code == "invalid_schedule"
    assert len(caught.value.message) < 150


def test_the_zones_kept_are_bounded(monkeypatch):
    monkeypatch.setattr(zones, "_kept", {})
    monkeypatch.setattr(zones, "MAX_KEPT", 2)
    for name in ("UTC", "Europe/Berlin", "Europe/Paris", "Asia/Tokyo"):
        zone_of(name)
    assert len(zones._kept) <= 2
