"""`callback`: an action, then an event. A form event (source `system.internal.cwm`) opens a manual task."""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.machine.states import CallbackWork
from weft.dsl.v08.actions import lower_action
from weft.dsl.v08.draft import Part, object_of, text_of
from weft.dsl.v08.events import FORMS_SOURCE, event_in, placement
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import DONE, Lowering, Place


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> CallbackWork | None:
    """The subscription is opened first, then the action runs. `metadata.formData` is the payload of the form,
    or `{formId, payload}`, or the text of a form id; `metadata.taskName` the title, else the state's name."""
    body, pointer = part.body, part.pointer
    draft = lowering.draft
    node = -1
    action = object_of(body, "action")
    if action:
        node = lowering.reserve()
        place = Place(pointer, index, limits.action, limits.default_action)
        lower_action(action, pointer + "/action", node, DONE, place, lowering)
    name = text_of(body, "eventRef")
    event = event_in(name, pointer + "/eventRef", lowering)
    where = placement(body, "eventDataFilter", pointer, lowering, "event-output", "data")
    if event is None:
        return None
    work = CallbackWork(node, event, where, limits.event, limits.default_event)
    if not draft.cwm or event.source != FORMS_SOURCE:
        return work
    return _with_form(work, part, lowering)


def _with_form(work: CallbackWork, part: Part, lowering: Lowering) -> CallbackWork:
    metadata = object_of(part.body, "metadata")
    pointer = part.pointer + "/metadata"
    of_event = object_of(lowering.draft.events[work.event.name].body, "metadata")
    value: Any = metadata.get("formData", of_event.get("formData"))
    form_id = None
    if isinstance(value, dict) and "formId" in value and set(cast("dict[str, Any]", value)) <= {"formId", "payload"}:
        members = cast("dict[str, Any]", value)
        form_id = lowering.data(members["formId"], pointer + "/formData/formId")
        value = members.get("payload")
    elif isinstance(value, str) and "${" not in value:
        form_id = lowering.data(value, pointer + "/formData")
        value = None
    payload = lowering.data(value, pointer + "/formData") if value is not None else None
    title = lowering.data(metadata.get("taskName", part.name), pointer + "/taskName")
    return CallbackWork(
        work.body,
        work.event,
        work.place,
        work.timeout,
        work.default_timeout,
        work.event.type,
        form_id,
        payload,
        title,
    )
