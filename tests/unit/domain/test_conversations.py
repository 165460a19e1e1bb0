from __future__ import annotations

from weft.domain.conversations import Exchange, conversation_id, with_exchange


def test_the_same_attempt_is_kept_once_and_the_oldest_go():
    said: tuple[Exchange, ...] = ()
    for number in range(30):
        said = with_exchange(said, Exchange(f"a{number}", "q", "a"))
    assert len(said) == 25 and said[0].attempt_id == "a5"
    again = with_exchange(said, Exchange("a7", "q", "other"))
    assert len(again) == 25 and again[-1].answer == "other"


def test_ids():
    assert conversation_id("job", "a/b") == "job/a/b"
