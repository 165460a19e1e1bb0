"""`onErrors` lowered to handlers.

0.8 and CWM: `onErrors[] {errorRef | errorRefs, transition | end}` against `errors[] {name, code}`; in CWM a
reference that names no entry is taken as a code. `DEFAULT` takes what no exact code takes.
0.9: a policy name or a list of handlers, by `refName` or in-line, with `when`, `exceptWhen`, `retry`, `then`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.dsl.machine.error_values import canonical_kind
from weft.dsl.machine.faultmatch import DEFAULT, Caught, ErrorMatch, normal_code
from weft.dsl.machine.program import DONE
from weft.dsl.machine.states import Handler, Throw
from weft.dsl.v08.draft import list_of, object_of, objects_of, text_of
from weft.dsl.v08.ends import lower_exit
from weft.dsl.v08.exits import handlers_of
from weft.dsl.v08.lowering import Lowering
from weft.dsl.v08.retries import policy_by


def handlers(body: Mapping[str, Any], pointer: str, lowering: Lowering, *, of_action: bool) -> tuple[Handler, ...]:
    """The handlers in `onErrors` of a state or (0.9) of an action, in the order written."""
    if "onErrors" not in body:
        return ()
    if lowering.draft.v09 or isinstance(body["onErrors"], str) or of_action or _looks_new(body):
        return _by_parts(body, pointer, lowering)
    return tuple(
        _by_code(entry, f"{pointer}/onErrors/{index}", lowering) for index, entry in objects_of(body, "onErrors")
    )


def _looks_new(body: Mapping[str, Any]) -> bool:
    entries = [entry for _, entry in objects_of(body, "onErrors")]
    return bool(entries) and any(key in entry for entry in entries for key in ("when", "exceptWhen", "then", "refName"))


def _by_code(entry: Mapping[str, Any], pointer: str, lowering: Lowering) -> Handler:
    matches: list[ErrorMatch] = []
    single = text_of(entry, "errorRef")
    if single:
        matches.append(_match(single, pointer + "/errorRef", lowering))
    for index, name in enumerate(list_of(entry, "errorRefs")):
        if isinstance(name, str):
            matches.append(_match(name, f"{pointer}/errorRefs/{index}", lowering))
    return Handler(caught=Caught(tuple(matches)), exit=lower_exit(entry, pointer, lowering))


def _match(name: str, pointer: str, lowering: Lowering) -> ErrorMatch:
    draft = lowering.draft
    part = draft.errors.get(name)
    if part is None:
        if name != DEFAULT and not draft.cwm:
            draft.error("ref-error", pointer, f"{name!r} is no error of this definition")
        return ErrorMatch(code=normal_code(name))
    code = normal_code(part.body.get("code"))
    if code:
        return ErrorMatch(code=code)
    return ErrorMatch(code=DEFAULT) if name == DEFAULT else ErrorMatch(name=name)


def _by_parts(body: Mapping[str, Any], pointer: str, lowering: Lowering) -> tuple[Handler, ...]:
    draft = lowering.draft
    policy = body["onErrors"]
    if isinstance(policy, str) and policy not in draft.policies:
        draft.error("ref-error", pointer + "/onErrors", f"{policy!r} is no error policy of this definition")
        return ()
    out: list[Handler] = []
    for entry, where in handlers_of(body, pointer, draft):
        name = text_of(entry, "refName")
        if name and "when" not in entry and "then" not in entry:
            draft.error("ref-error", where + "/refName", f"{name!r} is no error handler of this definition")
            continue
        out.append(_handler(entry, where, lowering))
    return tuple(out)


def _handler(entry: Mapping[str, Any], pointer: str, lowering: Lowering) -> Handler:
    caught = Caught(
        _references(entry, "when", pointer, lowering), _references(entry, "exceptWhen", pointer, lowering), True
    )
    then = object_of(entry, "then")
    retry = policy_by(entry.get("retry"), pointer + "/retry", lowering)
    way = lower_exit(then, pointer + "/then", lowering) if "transition" in then or "end" in then else None
    undo = then.get("compensate")
    target = DONE
    if isinstance(undo, str):
        if lowering.draft.state(undo) is None:
            lowering.draft.error("ref-state", pointer + "/then/compensate", f"{undo!r} is no state of this definition")
        target = lowering.target(undo)
    return Handler(
        caught=caught,
        exit=way,
        throw=_throw(then.get("throw"), pointer + "/then/throw", lowering),
        compensate=undo is True or isinstance(undo, str),
        undo=target,
        retry=retry,
    )


def _references(entry: Mapping[str, Any], key: str, pointer: str, lowering: Lowering) -> tuple[ErrorMatch, ...]:
    return tuple(_parts(item, f"{pointer}/{key}/{index}", lowering) for index, item in objects_of(entry, key))


def _parts(item: Mapping[str, Any], pointer: str, lowering: Lowering) -> ErrorMatch:
    name = text_of(item, "refName")
    if name:
        part = lowering.draft.errors.get(name)
        if part is None:
            lowering.draft.error("ref-error", pointer + "/refName", f"{name!r} is no error of this definition")
            return ErrorMatch(kind="\0")
        item = {**part.body, **{key: value for key, value in item.items() if key != "refName"}}
    status = item.get("status")
    return ErrorMatch(
        kind=canonical_kind(text_of(item, "type")),
        status="" if status is None else str(status),
        # the schema calls it source, the text instance: both are read
        instance=text_of(item, "instance") or text_of(item, "source"),
    )


def _throw(value: Any, pointer: str, lowering: Lowering) -> Throw | None:
    if value is True:
        return Throw()
    if not isinstance(value, dict):
        return None
    body = cast("dict[str, Any]", value)
    name = text_of(body, "refName")
    if name:
        part = lowering.draft.errors.get(name)
        if part is None:
            lowering.draft.error("ref-error", pointer + "/refName", f"{name!r} is no error of this definition")
            return None
        body = {**part.body, **body}
    kind = text_of(body, "type")
    status = str(body.get("status", ""))
    return Throw(
        kind=canonical_kind(kind) or "runtime",
        type=kind,
        status=int(status) if status.isascii() and status.isdigit() and len(status) <= 4 else 500,
        title=text_of(body, "title"),
        detail=text_of(body, "detail"),
    )
