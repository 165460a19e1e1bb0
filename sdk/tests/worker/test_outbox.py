"""Results until they are acknowledged."""

from weft_adapter.messages import MAX_ITEM, Fault, FrameBuffer, Result, Results, decode_from_worker
from weft_adapter.worker.outbox import Outbox


def results(frames: list[bytes]) -> list[Result]:
    found: list[Result] = []
    for body in FrameBuffer().feed(b"".join(frames)):
        message = decode_from_worker(body)
        assert isinstance(message, Results)
        found += message.items
    return found


def test_a_result_is_sent_once_and_repeated_when_no_acknowledgement_comes() -> None:
    outbox = Outbox()
    outbox.add(Result("a", 1))
    outbox.add(Result("b", 2))
    assert [item.attempt_id for item in results(outbox.take(10.0))] == ["a", "b"]
    assert outbox.take(10.1) == []
    assert outbox.repeat(12.0, 5.0) == []
    assert outbox.acknowledge(["a", "unknown"]) == 1
    assert results(outbox.repeat(15.0, 5.0)) == [Result("b", 2)]
    assert outbox.repeat(16.0, 5.0) == []
    assert "b" in outbox and "a" not in outbox
    outbox.acknowledge(["b"])
    assert len(outbox) == 0
    assert outbox.repeat(99.0, 5.0) == []


def test_an_attempt_handed_out_again_is_answered_again_at_once() -> None:
    outbox = Outbox()
    outbox.add(Result("a", 1))
    outbox.take(1.0)
    outbox.renew("a")
    outbox.renew("unknown")
    assert results(outbox.take(1.1)) == [Result("a", 1)]


def test_what_cannot_be_sent_becomes_a_fault() -> None:
    outbox = Outbox()
    outbox.add(Result("big", "x" * (MAX_ITEM + 1)))
    outbox.add(Result("odd", 2**80))
    big, odd = results(outbox.take(0.0))
    assert big.fault is not None and odd.fault is not None
    assert (big.fault.code, big.fault.retryable) == ("RESULT_TOO_LARGE", False)
    assert odd.fault == Fault("PANIC", odd.fault.message, True)
