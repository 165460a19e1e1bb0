from weft.domain.errors import Busy, Invalid, Malformed, Mismatch, PreconditionFailed, QuotaExceeded
from weft.dsl.problems import error


def test_a_refusal_carries_what_a_caller_needs():
    refusal = Busy("queue full", ["a", "b"], code="QUEUE", retry_after=3)
    assert (refusal.message, refusal.details, refusal.code, refusal.retry_after) == (
        "queue full",
        ("a", "b"),
        "QUEUE",
        3,
    )
    assert refusal.kind == "busy" and str(refusal) == "queue full"


def test_malformed_is_invalid():
    assert isinstance(Malformed("x"), Invalid)


def test_kinds_of_their_own():
    assert (PreconditionFailed("x").kind, Mismatch("x").kind) == ("precondition_failed", "mismatch")
    full = QuotaExceeded("full")
    assert isinstance(full, Busy) and full.kind == "busy" and full.code == "quota_exceeded" and full.retry_after == 5


def test_problems_of_a_document_travel_as_they_are():
    problem = error("schema", "type", "/a", "wrong")
    assert Invalid("bad", problems=[problem]).problems == (problem,)
    assert Invalid("bad").problems == ()
