from __future__ import annotations

from weft.api.cwm import schemas
from weft.domain.schemas import check_schema


def test_every_schema_is_one():
    found = [value for name, value in vars(schemas).items() if name.isupper() and name != "ERROR_BODIES"]
    assert len(found) > 20
    for schema in found:
        check_schema(schema)


def test_builders():
    assert schemas.shape("a", a=schemas.TEXT) == {
        "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]
    }  # fmt: skip
    assert "required" not in schemas.shape(a=schemas.TEXT)
    assert schemas.one_of(schemas.TEXT, schemas.listed(schemas.WHOLE))["anyOf"][1]["items"] == {"type": "integer"}


def test_responses_have_the_familys_form():
    found = schemas.responses({201: schemas.TEXT}, "string", 404)
    assert sorted(found) == [201, 400, 401, 403, 404, 413, 429, 500]
    assert found[400] is schemas.TEXT
    assert found[403] is schemas.ERROR_OBJECT
