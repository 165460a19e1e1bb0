from __future__ import annotations

import pytest

from weft.api.workflow_execution.preconditions import NEVER, etag, expected


def test_the_tag_of_a_revision():
    assert expected(etag(7)) == (7,)


@pytest.mark.parametrize(
    ("header", "numbers"),
    [
        (None, None), ("", None), ("*", None), (' * ', None), ('"1"', (1,)), ('"1", "2"', (1, 2)), ("3", (3,)),
        ('W/"1"', (NEVER,)), ('"x"', (NEVER,)), ('W/"1", "4"', (4,)), ('"' + "9" * 30 + '"', (NEVER,)), ('"', (NEVER,)),
    ],
)  # fmt: skip
def test_numbers_of_if_match(header, numbers):
    assert expected(header) == numbers
