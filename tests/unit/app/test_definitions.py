from weft.app.definitions import environment


def test_the_operator_s_values():
    assert environment(("SITE=north", "URL=https://h/?a=b", "EMPTY", "=x")) == {
        "SITE": "north", "URL": "https://h/?a=b", "EMPTY": ""
    }  # fmt: skip
