from __future__ import annotations

import pytest

from weft.domain.errors import Busy, Invalid, TooLarge, Unauthenticated
from weft.web.fallback import refuse
from weft.web.operations import Answer, Dialect
from weft.web.refusals import MethodNotAllowed
from weft.web.response_headers import challenges, extra_headers, request_id


class Ids:
    def uuid4(self) -> str:
        return "made"

    def uuid7(self) -> str:
        return "made"

    def token(self, size: int) -> bytes:
        return b""


def dialect(**more):
    return Dialect(name="d", title="D", mounts={}, operations=(), refuse=refuse, **more)


def test_a_401_offers_the_dialects_challenge_or_all():
    refusal = Unauthenticated("no")
    assert extra_headers(Answer(401), refusal, dialect(challenge="Bearer")) == ((b"www-authenticate", b"Bearer"),)
    assert len(extra_headers(Answer(401), refusal, dialect())) == len(challenges(None)) == 2


def test_a_challenge_that_the_answer_has_stays_alone():
    answer = Answer(401, headers={"WWW-Authenticate": "Basic"})
    assert extra_headers(answer, Unauthenticated("no"), dialect(challenge="Bearer")) == ()
    assert extra_headers(Answer(400), Unauthenticated("no"), dialect()) == ()


def test_allow_close_and_retry_after():
    assert extra_headers(Answer(405), MethodNotAllowed("no", ("GET",)), None) == ((b"allow", b"GET, OPTIONS"),)
    assert extra_headers(Answer(413), TooLarge("no"), None) == ((b"connection", b"close"),)
    busy = Busy("no", retry_after=3)
    assert extra_headers(Answer(429), busy, None) == ((b"retry-after", b"3"),)
    assert extra_headers(Answer(429, headers={"Retry-After": "9"}), busy, None) == ()
    assert extra_headers(Answer(400), Invalid("no"), None) == ()


@pytest.mark.parametrize("given", ["abc-1", "!~", "x" * 128])
def test_a_request_keeps_its_id(given):
    assert request_id({"x-request-id": given}, Ids()) == (b"x-request-id", given.encode())


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "\x07", "é"])
def test_another_gets_a_new_one(given):
    assert request_id({"x-request-id": given}, Ids()) == (b"x-request-id", b"made")
    assert request_id({}, Ids()) == (b"x-request-id", b"made")
