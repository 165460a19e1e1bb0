from __future__ import annotations

import msgspec
import pytest

from weft.domain.errors import Invalid
from weft.services.definitions import Definition, check_labels, json_text, read_definition


def test_what_is_listed_comes_from_the_definition(made):
    draft = read_definition(Definition(made.definition(), hint="cwm"))
    assert (draft.name, draft.version, draft.description) == ("CheckReachability", "1.0", "Ping one device")
    assert (draft.definition_id, draft.dialect) == ("CheckReachability-1.0", "cwm")
    assert list(msgspec.json.decode(draft.text)) == list(made.definition())


def test_text_and_value_have_the_same_digest(made):
    value = made.small("A")
    assert read_definition(Definition(json_text(value), hint="cwm")).digest == (
        read_definition(Definition(value, hint="cwm")).digest
    )
    assert read_definition(Definition(json_text(value).encode(), hint="cwm")).name == "A"


def test_problems_have_the_pointer_first(made):
    broken = made.definition()
    broken["states"][0]["transition"] = "Nowhere"
    with pytest.raises(Invalid) as refused:
        read_definition(Definition(broken, hint="cwm"))
    assert refused.value.details
    assert all(text.startswith("/states/0/transition: ") for text in refused.value.details)


@pytest.mark.parametrize("source", ["", {}, 7, None, [], "{", b"\xff", "just text"])
def test_no_definitions(source):
    with pytest.raises(Invalid):
        read_definition(Definition(source, hint="cwm"))


@pytest.mark.parametrize("name", ["a/b", "x" * 256, "a\u0001b"])
def test_names(made, name):
    with pytest.raises(Invalid):
        read_definition(Definition(made.small(name), hint="cwm"))


def test_labels():
    check_labels(("a",) * 50, "folder")
    for tags, folder in ((("a",) * 51, ""), (("",), ""), (("x" * 256,), ""), ((), "x" * 256)):
        with pytest.raises(Invalid):
            check_labels(tags, folder)


def test_whole_numbers_of_any_size():
    assert json_text({"n": 2**70, "ä": 1}) == f'{{"n":{2**70},"ä":1}}'
