"""Secret values in inputs of schedules."""

from weft.services.schedule_secrets import conceal_input, places_of


def test_values_are_found_by_their_key_at_any_depth():
    data = {"a": [{"_password": "x"}, {"b": {"Authorization": "y"}}], "password": "", "note": "token"}
    shown, values = conceal_input(data)
    assert {place: value.text for place, value in values.items()} == {
        "/a/0/_password": "x",
        "/a/1/b/Authorization": "y",
    }
    assert places_of(shown) == ["/a/0/_password", "/a/1/b/Authorization"]
    assert shown["note"] == "token"
    assert data["a"][0] == {"_password": "x"}


def test_an_input_without_any_stays_as_it_is():
    data = {"n": 1}
    assert conceal_input(data) == (data, {})
    assert places_of(data) == []
