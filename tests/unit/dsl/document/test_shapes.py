from weft.dsl.document.shapes import Shape, Slot, Union, json_type


def shape(required: tuple[str, ...] = (), **choices: str) -> Shape:
    made = Shape()
    made.required = required
    for key, value in choices.items():
        inner = Shape()
        inner.choices = (value,)
        made.props[key] = Slot(lambda inner=inner: inner)
    return made


def test_json_types() -> None:
    values = (({}, "object"), ([], "array"), ("", "string"), (True, "boolean"), (1, "integer"), (1.0, "integer"),
              (1.5, "number"), (None, "null"), ((), "none"))  # fmt: skip
    for value, name in values:
        assert json_type(value) == name


def test_slots_build_once_and_late() -> None:
    built: list[int] = []

    def build() -> Shape:
        built.append(1)
        return Shape()

    slot = Slot(build)
    assert built == []
    assert slot.get() is slot.get()
    assert built == [1]


def test_unions_know_what_tells_their_branches_apart() -> None:
    union = Union([shape(("name", "type"), type="a"), shape(("name", "type", "extra"), type="b")])
    assert union.deciding == {"type": ("a", "b")}
    assert union.signatures == [frozenset(), frozenset({"extra"})]
    assert Union([shape(("type",), type="a"), shape(("x",))]).deciding == {}


def test_copies_are_independent() -> None:
    first = shape(("a",))
    second = first.copy()
    second.sizes["minItems"] = 1
    second.props["x"] = Slot(Shape)
    assert not first.sizes
    assert not first.props
