from weft.domain.errors import Busy, Invalid, Malformed


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
