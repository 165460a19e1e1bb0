"""One field of a cron text."""

import pytest

from weft.domain.cron_fields import HOURS, MINUTES, MONTH, WEEKDAY, YEAR, plain
from weft.domain.errors import Invalid


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        (MINUTES, "5", (5,)),
        (MINUTES, "50/5", (50, 55)),
        (MINUTES, "*/30", (0, 30)),
        (MINUTES, "/20", (0, 20, 40)),
        (MINUTES, "1,3-5,4", (1, 3, 4, 5)),
        (HOURS, "22-2", (0, 1, 2, 22, 23)),
        (HOURS, "20-4/3", (2, 20, 23)),
        (MONTH, "NOV-2", (1, 2, 11, 12)),
        (MONTH, "*/5", (1, 6, 11)),
        (WEEKDAY, "FRI-MON", (1, 2, 6, 7)),
        (YEAR, "2098/1", (2098, 2099)),
        (YEAR, "2030-2034/2", (2030, 2032, 2034)),
    ],
)
def test_values(field, text, values):
    assert plain(field, text) == values


@pytest.mark.parametrize("text", ["2030-2029", "1/200", "x", "*-5", "1-", "-", "1/-2", "1/2/3", "/"])
def test_wrong_ones_name_the_field(text):
    with pytest.raises(Invalid, match="cron field year"):
        plain(YEAR, text)
