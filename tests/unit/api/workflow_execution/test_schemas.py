from __future__ import annotations

import msgspec

from weft.api.workflow_execution import schemas


def test_every_shape_has_exactly_its_members():
    shapes = [each for each in vars(schemas).values() if isinstance(each, type) and issubclass(each, schemas.Shape)]
    _, components = msgspec.json.schema_components([each for each in shapes if each is not schemas.Shape])
    for name, schema in components.items():
        assert schema.get("additionalProperties") is False, name
        assert sorted(schema["required"]) == sorted(schema["properties"]), name


def test_the_execution_has_seven_members():
    assert len(schemas.Execution.__struct_fields__) == 7
    assert len(schemas.Definition.__struct_fields__) == 7
