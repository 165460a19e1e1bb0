from __future__ import annotations

from weft.api.workflowsvc import schemas
from weft.domain.schemas import check


def test_key_sets_have_the_sizes_that_clients_rely_on():
    assert len(schemas.RUN["properties"]) == 15
    assert len(schemas.ERROR["properties"]) == 6
    assert len(schemas.SCHEDULE["properties"]) == 13
    assert len(schemas.DEFINITION["required"]) == 12
    assert sorted(len(form["properties"]) for form in schemas.TASK["anyOf"]) == [6, 7, 12, 13]


def test_exact_objects_take_no_other_key():
    assert check(schemas.MESSAGE, {"message": "x"}) == []
    assert check(schemas.MESSAGE, {"message": "x", "more": 1})
    assert check(schemas.MESSAGE, {})


def test_every_operation_tells_the_errors_that_all_have():
    found = schemas.answers({200: schemas.MESSAGE}, 404, body=True)
    assert set(found) == {200, 400, 401, 403, 404, 413, 415, 429, 500, 503}
