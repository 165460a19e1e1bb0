from __future__ import annotations

import pytest

from weft.domain.errors import Unauthenticated
from weft.web.authentication import credential_of


def of(*headers: tuple[str, str]):
    credential = credential_of([(name.encode(), value.encode()) for name, value in headers], "1.2.3.4")
    return credential.scheme, credential.text


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("authorization", "Bearer abc")], ("bearer", "abc")),
        ([("authorization", "bEaReR  abc ")], ("bearer", "abc")),
        ([("authorization", "Basic YTpi")], ("basic", "YTpi")),
        ([("authorization", "ApiKey k")], ("apikey", "k")),
        ([("x-api-key", "k")], ("apikey", "k")),
        ([("x-api-key", "k"), ("authorization", "Basic YTpi")], ("basic", "YTpi")),
        ([("authorization", "Basic YTpi"), ("authorization", "Bearer t"), ("x-api-key", "k")], ("bearer", "t")),
        ([("authorization", "Digest x"), ("x-api-key", "k")], ("apikey", "k")),
    ],
)
def test_the_first_scheme_present_decides(headers, expected):
    assert of(*headers) == expected


@pytest.mark.parametrize("headers", [[], [("authorization", "Digest x")], [("authorization", "Bearer " + "x" * 9000)]])
def test_nothing_usable_is_unauthenticated(headers):
    with pytest.raises(Unauthenticated):
        of(*headers)


def test_an_empty_bearer_still_decides():
    assert of(("authorization", "Bearer"), ("x-api-key", "k")) == ("bearer", "")
