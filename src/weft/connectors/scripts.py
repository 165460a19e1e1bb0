"""The task that runs a script: one that the operator installed, or, where that is switched on, one in the definition.

Input `userType` and `scriptName` name `<scripts.dir>/<namespace>/<userType>/<scriptName>`, a file that ends with `.py`,
`.js` or `.sh` (the ending may be left out); every other key is an argument. Or `script` with `language` `python`,
`javascript` or `shell`. `timeout` in seconds (60, at most 3600).

Standard input `{"input": arguments, "context": {workflowId, taskId, attemptId, namespace}}`. Exit code 0 and a JSON
value of at most 1 MiB on standard output: that value is the output; in lists one that is no object as `{"result": v}`.
All else fails; the reason is the end of standard error, 2 KiB of it.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AttemptFailed, bad_input, overdue
from weft.connectors.script_process import INTERPRETERS, SUFFIXES, CannotRun, Ended, Limits
from weft.connectors.script_process import run as run_process
from weft_adapter.jsonvalue import NotJson, to_json

DEFAULT_SECONDS: Final = 60.0
MAX_SECONDS: Final = 3600.0
MAX_OUTPUT: Final = 1024 * 1024
MAX_SOURCE: Final = 1024 * 1024
DISABLED: Final = "TASK_TYPE_DISABLED"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_OWN = frozenset(("userType", "scriptName", "script", "language", "timeout"))


async def run(attempt: Attempt) -> Any:
    """Carry the task out. Raises AttemptFailed."""
    settings = attempt.around.scripts
    if not settings.enabled:
        raise AttemptFailed(DISABLED, "scripts are switched off on this server", retryable=False)
    language, source = await _script(attempt)
    seconds = attempt.inputs.number("timeout", DEFAULT_SECONDS, 0.001, MAX_SECONDS)
    limits = Limits(
        seconds,
        settings.memory_bytes,
        MAX_OUTPUT,
        network=settings.network,
        hidden="" if settings.hidden is None else str(settings.hidden),
    )
    try:
        ended = await run_process(language, source, msgspec.json.encode(_given(attempt)), limits)
    except CannotRun as error:
        raise AttemptFailed("SCRIPT_NOT_RUN", str(error), retryable=False) from None
    if ended.status is None:
        raise overdue("the script", seconds)
    value = _value(ended)
    return value if attempt.plain or isinstance(value, dict) else {"result": value}


def _given(attempt: Attempt) -> dict[str, Any]:
    arguments = {key: value for key, value in attempt.inputs.items() if key.removeprefix("_") not in _OWN}
    context = {
        "workflowId": attempt.place.job,
        "taskId": attempt.task_id,
        "attemptId": attempt.task.attempt_id,
        "namespace": attempt.place.namespace_id,
    }
    return {"input": arguments, "context": context}


async def _script(attempt: Attempt) -> tuple[str, bytes]:
    """Language and text of the script."""
    settings, inputs = attempt.around.scripts, attempt.inputs
    if inputs.get("script") is not None:
        if not settings.inline:
            raise AttemptFailed(DISABLED, "scripts in definitions are switched off on this server", retryable=False)
        language = inputs.text("language")
        if language not in INTERPRETERS:
            raise bad_input("'language' is python, javascript or shell")
        return language, inputs.text("script", limit=MAX_SOURCE).encode()
    if settings.folder is None:
        raise AttemptFailed("SCRIPT_NOT_FOUND", "no scripts are installed on this server", retryable=False)
    user_type, name = inputs.text("userType", limit=255), inputs.text("scriptName", limit=255)
    for text in (attempt.place.namespace_id, user_type, name):
        if not _NAME.fullmatch(text):
            raise bad_input(f"{text[:60]!r} is no name of a script's folder or file")
    found = await asyncio.to_thread(_installed, settings.folder, (attempt.place.namespace_id, user_type, name))
    if found is None:
        raise AttemptFailed("SCRIPT_NOT_FOUND", f"no script {user_type}/{name} is installed here", retryable=False)
    return found


def _installed(folder: Path, names: tuple[str, str, str]) -> tuple[str, bytes] | None:
    """Language and text of an installed script. A link that leads out of the folder is no script."""
    root = folder.resolve()
    path = root.joinpath(*names)
    for language, suffix in SUFFIXES.items():
        candidate = path if path.suffix == suffix else path.with_name(path.name + suffix)
        real = candidate.resolve()
        if real.is_relative_to(root) and real.is_file() and real.stat().st_size <= MAX_SOURCE:
            return language, real.read_bytes()
    return None


def _value(ended: Ended) -> Any:
    if len(ended.output) > MAX_OUTPUT:  # it was ended for this: its exit code would not say so
        raise AttemptFailed("SCRIPT_FAILED", f"the script wrote more than {MAX_OUTPUT} bytes")
    if ended.status != 0:
        raise AttemptFailed("SCRIPT_FAILED", ended.errors or f"the script ended with exit code {ended.status}")
    try:
        return to_json(msgspec.json.decode(ended.output))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotJson):
        raise AttemptFailed("SCRIPT_FAILED", ended.errors or "the script wrote no JSON value") from None
