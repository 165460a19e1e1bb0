from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from weft.app.logging import configure_logging, mask_secrets


@pytest.fixture
def stream():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_one_json_object(stream):
    configure_logging("info", "json", stream)
    structlog.get_logger("weft").info("started", port=5, path=object)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["port"]) == ("started", "info", 5)
    assert line["timestamp"].endswith("Z")


def test_levels(stream):
    configure_logging("warning", "json", stream)
    structlog.get_logger("weft").info("no")
    assert stream.getvalue() == ""


def test_exceptions_are_in_the_line(stream):
    configure_logging("info", "json", stream)
    structlog.get_logger("weft").error("internal error", exc_info=ValueError("broken"))
    assert "broken" in json.loads(stream.getvalue())["exception"]


@pytest.mark.parametrize("name", ["password", "admin_password", "Authorization", "api_key", "access_token", "secretId"])
def test_secrets_are_masked_by_their_name(name):
    assert mask_secrets(None, "", {name: "hunter2"})[name] == "***"


def test_long_texts_are_cut():
    assert len(mask_secrets(None, "", {"a": "x" * 100_000})["a"]) < 17_000


def test_other_loggers_go_the_same_way(stream):
    configure_logging("info", "json", stream)
    logging.getLogger("uvicorn.error").warning("listening on %s", "x")
    assert json.loads(stream.getvalue())["event"] == "listening on x"


def test_console_form_is_for_people(stream):
    configure_logging("info", "console", stream)
    structlog.get_logger("weft").info("started", port=5)
    assert "started" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
