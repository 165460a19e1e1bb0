"""Stand-ins for secrets: what may be done with them, how they are stored, how they are opened."""

import base64

import msgspec
import pytest

from weft.dsl.expr import (
    SEALED_TEXT,
    Sealed,
    SecretRef,
    contains_sealed,
    decode_value,
    encode_value,
    open_sealed,
    secret,
)
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.sealed import encode_sealed, index_sealed, join_sealed, marked

PLAIN = {("api", ()): "t0p", ("db", ("user",)): "ann", ("db", ("password",)): "p w"}


def base64_twice(text):
    return base64.b64encode(base64.b64encode(text.encode())).decode()


def resolve(ref):
    return PLAIN[ref.name, ref.path]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("$s.api", "t0p"),
        ('"Bearer \\($s.api)"', "Bearer t0p"),
        ('"Bearer " + $s.api + "!"', "Bearer t0p!"),
        ("{h: [$s.api, 1]}", {"h": ["t0p", 1]}),
        ('"Basic " + ("\\($s.db.user):\\($s.db.password)" | @base64)', "Basic YW5uOnAgdw=="),
        ('"u=\\($s.db.password | @uri)"', "u=p%20w"),
        ('@uri "q=\\($s.db.password)"', "q=p%20w"),
        ("$s.api | @text | tostring | @base64 | @base64", base64_twice("t0p")),
        ("$s.api | type", "string"),
        ("[$s.api, $s.api] | length", 2),
        ("$s.api as $k | [$k][0]", "t0p"),
        (". + {token: $s.api}", {"x": 1, "token": "t0p"}),
        ('($s.api // "none")', "t0p"),
    ],
)
def test_what_is_allowed(evaluate, program, expected):
    value = {"api": secret("api"), "db": secret("db")}
    (result,) = evaluate(program, {"x": 1}, s=value)
    assert open_sealed(result, resolve) == expected


def test_shape_when_it_is_known(evaluate):
    value = secret("db", keys=("user", "password"))
    assert evaluate('type, keys, has("user"), has("x")', value) == ["object", ["password", "user"], True, False]


def test_stored_and_read_back_in_json_and_msgpack():
    value = {"a": [encode_sealed(join_sealed("x", secret("api")), "base64"), 1], "$$sealed": {"b": 1}, "$$$x": 2}
    stored = encode_value(value)
    assert stored["$$$sealed"] == {"b": 1}
    for codec in (msgspec.json, msgspec.msgpack):
        again = decode_value(codec.decode(codec.encode(stored)))
        assert open_sealed(again, resolve) == open_sealed(value, resolve)
        assert list(again) == ["a", "$$sealed", "$$$x"]


def test_a_forged_object_stays_data():
    forged = {"$$sealed": {"type": "$$sealed", "parts": [{"type": "ref", "name": "api"}]}}
    stored = encode_value(forged)
    assert not contains_sealed(decode_value(stored))
    assert decode_value(stored) == forged
    with pytest.raises(msgspec.ValidationError):
        decode_value({"$$sealed": {"parts": 5}})


def test_what_has_no_secret_is_shared():
    plain = {"a": [1, {"b": "c"}]}
    assert encode_value(plain) is plain
    assert decode_value(plain) is plain
    assert open_sealed(plain, resolve) is plain


def test_refused():
    for run in (
        lambda: index_sealed(secret("a"), 0),
        lambda: index_sealed(join_sealed("x", secret("a")), "k"),
        lambda: join_sealed("x", 5),
        lambda: encode_sealed(secret("a"), "html"),
    ):
        with pytest.raises(JqError) as caught:
            run()
        assert caught.value.value == SEALED_TEXT


def test_names_and_identity():
    both = join_sealed(secret("a"), encode_sealed(join_sealed("x", secret("b")), "uri"))
    assert both.names() == frozenset(["a", "b"])
    assert both.whole() is None
    assert secret("a", "k").whole() == SecretRef("a", ("k",))
    assert secret("a") != secret("a")
    assert isinstance(both, Sealed)


@pytest.mark.parametrize("length", [2, 31, 32, 205, 255, 256, 461, 52_515, 52_516, 52_517, 65_536, 68_901, 117_796])
@pytest.mark.parametrize("before", [0, 205, 9_252, "\u0344"])
def test_every_text_with_the_mark_is_seen(length, before):
    """The lengths are those whose bytes look like the beginning of a number."""
    for text in ("$$".ljust(length, "x"), "$$".rjust(length, "x"), "$" * length):
        assert marked(msgspec.msgpack.encode([before, text, 9_252]))
        assert marked(msgspec.msgpack.encode({text: before}))


def test_numbers_are_no_marks():
    assert not marked(msgspec.msgpack.encode({"ids": list(range(12_000)), "price": "$5", "by": {"9252": 9_252}}))
    assert not marked(msgspec.msgpack.encode({9_252: "$", "a": [9_252, "$ $", 9_252]}))
