"""Secret values in texts."""

import pytest

from weft_adapter.redaction import Redactor


def test_values_are_masked_wherever_they_stand() -> None:
    redact = Redactor({"username": "admin", "password": "hunter2", "more": {"keys": ["abcdef"]}})
    assert redact("login admin with hunter2 failed: abcdef") == "login *** with *** failed: ***"


def test_the_basic_form_is_masked() -> None:
    assert (
        Redactor({"username": "Aladdin", "password": "open sesame"})("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        == "Basic ***"
    )


@pytest.mark.parametrize(
    "said",
    [
        'a"b/ü&c',
        '{"sent": "a\\"b/ü&c"}',
        '{"sent": "a\\"b/\\u00fc&c"}',
        "?word=a%22b%2F%C3%BC%26c",
        "/a%22b/%C3%BC%26c",
        "YSJiL8O8JmM=",
        "YSJiL8O8JmM",
    ],
)
def test_the_forms_in_which_targets_say_things_back_are_masked(said: str) -> None:
    masked = Redactor({"token": 'a"b/ü&c'})(said)
    assert masked.count("***") == 1
    assert not {'a"', "%22", "YSJ", 'a\\"'} & {part for part in ('a"', "%22", "YSJ", 'a\\"') if part in masked}


def test_encoded_spaces_are_masked_either_way() -> None:
    assert Redactor({"token": "open sesame"})("q=open+sesame&r=open%20sesame") == "q=***&r=***"


def test_lines_of_a_key_are_masked_one_by_one() -> None:
    assert Redactor({"privateKey": "line-one\nline-two"})("saw line-two") == "saw ***"


def test_a_longer_value_is_masked_before_a_part_of_it() -> None:
    assert Redactor({"a": "secret", "b": "secret-and-more"})("secret-and-more") == "***"


def test_short_values_and_no_secret_change_nothing() -> None:
    assert Redactor({"a": "x"})("xyz") == "xyz"
    assert Redactor(None)("text") == "text"
