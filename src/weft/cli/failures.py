"""How a command ends: exit codes, and failures told in one line.

0 done · 1 failed · 2 wrong use · 3 server not reached · 4 not allowed (401, 403) · 5 not found (404)
6 refused (400, 409, 413, 422) · 7 error of the server (5xx, 429)
"""

from __future__ import annotations

FAILED, USAGE, UNREACHABLE, NOT_ALLOWED, NOT_FOUND, REFUSED, SERVER_ERROR = 1, 2, 3, 4, 5, 6, 7
_BY_STATUS = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND, 429: SERVER_ERROR}


class CommandError(Exception):
    """A command that did not work: `message` for people, `code` for the shell."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def code_of(status: int) -> int:
    """The exit code for an HTTP status that is no success."""
    return _BY_STATUS.get(status, SERVER_ERROR if status >= 500 else REFUSED)
