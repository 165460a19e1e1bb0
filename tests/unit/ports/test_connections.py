from __future__ import annotations

from weft.ports.connections import OpenedResource


def test_opened_resources_do_not_print_their_secrets():
    assert "hunter2" not in repr(OpenedResource({"password": "hunter2"}, {"token": "hunter2"}))
