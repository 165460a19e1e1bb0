from __future__ import annotations

import pytest

from weft.web.templates import Segment, segments_of, shown


def test_literals_parameters_choices_and_prefixes():
    assert segments_of("a/(workflows|workflow)/{id}/task{n}/(x|y){z}") == [
        Segment(("a",)),
        Segment(("workflows", "workflow")),
        Segment(("",), "id"),
        Segment(("task",), "n"),
        Segment(("x", "y"), "z"),
    ]


@pytest.mark.parametrize("template", ["a{x}b", "(a)", "(a|", "{}", "a|b", "{x}{y}", "(|a)", "{x:uuid}", "a{x:int}"])
def test_anything_else_is_a_mistake(template):
    with pytest.raises(ValueError, match="path segment"):
        segments_of(template)


def test_a_parameter_behind_a_literal_may_be_held_to_uuids():
    assert segments_of("(a|b){id:uuid}") == [Segment(("a", "b"), "id", uuid=True)]
    assert shown("(a|b){id:uuid}/x") == "a{id}/x"


def test_documents_show_the_first_choice():
    assert shown("(workflows|workflow)/{id}/(a|b|c)") == "workflows/{id}/a"
    assert shown("plain/{id}") == "plain/{id}"
