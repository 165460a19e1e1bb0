"""What every test gets: a log that is nobody else's."""

from __future__ import annotations

import logging

import pytest
import structlog


@pytest.fixture(autouse=True)
def own_log():
    """A test that sets logging up must not leave its captured, by then closed, stream to the tests after it."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    yield
    if structlog.is_configured():  # a reset makes new lists, which loggers that are bound already do not know
        structlog.reset_defaults()
    logging.getLogger().handlers, logging.getLogger().level = handlers, level
