from __future__ import annotations

import pytest

from weft.web.preconditions import NEVER, etag, expected, wanted


def test_the_tag_of_a_revision():
    assert etag(7) == '"7"' and expected(etag(7)) == (7,)


@pytest.mark.parametrize(
    ("header", "numbers"),
    [
        (None, None), ("*", None), (" * ", None), ('"1", *', None), ('"1"', (1,)), ('"1", "2"', (1, 2)), ("3", (3,)),
        ("", (NEVER,)), ('W/"1"', (NEVER,)), ('"x"', (NEVER,)), ('"²"', (NEVER,)), ('W/"1", "4"', (4,)),
        ('"' + "9" * 30 + '"', (NEVER,)), ('"', (NEVER,)), ('"*"', (NEVER,)), ("1 2", (NEVER,)),
    ],
)  # fmt: skip
def test_numbers_of_if_match(header, numbers):
    assert expected(header) == numbers


@pytest.mark.anyio
async def test_of_several_numbers_the_present_one_must_be_among_them():
    asked = []

    async def present() -> int:
        asked.append(1)
        return 3

    assert await wanted(None, present) is None and await wanted('"1"', present) == 1 and asked == []
    assert await wanted('"1", "3"', present) == 3 and await wanted('"1", "2"', present) == NEVER
