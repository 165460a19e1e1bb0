"""The dialect as the server assembles it."""

from unittest.mock import MagicMock

from weft.app.dialects import cwm_dialect
from weft.app.settings import Settings
from weft.domain.access import PERMISSIONS


def operations():
    return cwm_dialect(Settings(), MagicMock()).operations


def test_every_operation_names_a_permission_that_exists():
    known = {f"{noun}.{verb}" for noun, verbs in PERMISSIONS.items() for verb in verbs}
    for operation in operations():
        assert operation.permission in known, operation.name


def test_names_and_routes_are_unique():
    found = operations()
    assert len({o.name for o in found}) == len(found)
    assert len({(o.method, o.path) for o in found}) == len(found)


def test_what_is_missing_is_in_no_list_of_features():
    hidden = {o.group or o.path.split("/")[1] for o in operations() if o.hidden}
    shown = {o.path.split("/")[1] for o in operations() if not o.hidden}
    assert hidden and not {"schedule", "form", "task", "policy", "mcp", "config", "payload", "publicKey"} & shown
