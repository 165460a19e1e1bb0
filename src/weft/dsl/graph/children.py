"""Tasks that start jobs of other definitions: awaited (SUB_WORKFLOW) and not (START_WORKFLOW).

What is started is named by name, id and revision, or brought along as a definition. One that is written out is left as
it is: the references in it are those of the job that runs it. All else may be computed, also as a whole.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.document.context import ChildRef
from weft.dsl.graph.builder import Builder, Keys
from weft.dsl.graph.calls import computed, inputs_of
from weft.dsl.graph.concealed import masked_places, take_out
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.tasklist import ListDraft, Task
from weft.dsl.machine.nodes.task_calls import ChildWork
from weft.dsl.machine.nodes.task_given import child_given
from weft.dsl.machine.program import Source


def lower_child(draft: ListDraft, task: Task, number: int) -> Lowered | None:
    """A job of another definition, awaited."""
    where = task.keys.at("subWorkflowParam")
    if computed(task.keys.get("subWorkflowParam")):
        source = draft.builder.data(task.keys.get("subWorkflowParam"), draft.roots(), where)
        return None if source is None else Lowered("task-child", ChildWork(_named_by(source), "subWorkflowId"))
    param = task.keys.mapping("subWorkflowParam")
    if param is None:
        draft.builder.error("property-missing", where, "a SUB_WORKFLOW needs '_subWorkflowParam'")
        return None
    return _child(draft, param, where, "subWorkflowId", detached=False)


def lower_start(draft: ListDraft, task: Task, number: int) -> Lowered | None:
    """A job of another definition, not awaited: `startWorkflow` of the inputs, or beside them."""
    given = inputs_of(task)
    holder = given if given.has("startWorkflow") else task.keys
    if computed(holder.get("startWorkflow")):
        source = draft.builder.data(holder.get("startWorkflow"), draft.roots(), holder.at("startWorkflow"))
        return None if source is None else Lowered("task-child", ChildWork(_named_by(source), "workflowId", True))
    param = holder.mapping("startWorkflow")
    if param is None:
        draft.builder.error("property-missing", given.pointer, "a START_WORKFLOW needs 'startWorkflow'")
        return None
    return _child(draft, param, holder.at("startWorkflow"), "workflowId", detached=True)


def _child(draft: ListDraft, param: dict[str, Any], where: str, id_key: str, *, detached: bool) -> Lowered | None:
    keys = Keys(draft.builder, param, where)
    shape: dict[str, Any] = {}
    for key, other in _CHILD_KEYS:
        if keys.has(key):
            shape[other] = keys.get(key)
    if detached:
        shape["input"] = keys.get("input", {})
        shape |= {"correlation": keys.get("correlationId"), "key": keys.get("idempotencyKey")}
    if not {"name", "id", "definition"} & set(shape):
        draft.builder.error("property-missing", where, "a sub-workflow is named by 'name' or '_workflowDefId'")
        return None
    version = shape.get("version")
    if isinstance(version, bool) or (version is not None and not isinstance(version, (int, str))):
        draft.builder.shape("type", keys.at("version"), "a version is the number of a revision")
        return None
    name, exists = shape.get("name"), draft.builder.ctx.children
    if exists is not None and isinstance(name, str) and not computed(name) and "definition" not in shape:
        text = "" if version is None else f"{version}.0.0" if isinstance(version, int) else version
        if not exists(ChildRef(name, text, dialect="tasklist")):
            draft.builder.warn("ref-subflow", keys.at("name"), f"no definition is named '{name[:60]}' yet")
    written = shape.pop("definition") if isinstance(shape.get("definition"), dict) else None
    if written is not None and not _without_secrets(draft.builder, written, keys.at("workflowDefinition")):
        return None
    which = draft.builder.data(shape, draft.roots(), where)
    if which is not None and written is not None:
        which = _with_definition(which, written)
    return None if which is None else Lowered("task-child", ChildWork(which, id_key, detached))


def _named_by(source: Source) -> Source:
    """What is started, where a reference gives all that is said of it."""
    get = source.evaluate
    return Source(lambda value, vars, budget: child_given(get(value, vars, budget)), source.needs, source.text)


def _with_definition(which: Source, written: dict[str, Any]) -> Source:
    """What is started with a definition that is written out: the references in it are those of the job that runs it."""
    get = which.evaluate
    return Source(
        lambda value, vars, budget: {**get(value, vars, budget), "definition": written}, which.needs, which.text
    )


def _without_secrets(builder: Builder, written: dict[str, Any], pointer: str) -> bool:
    """Whether a definition that is written out inside another one holds no secret values, which have no place there."""
    places = [*take_out(written, origins=False)[1], *masked_places(written)]
    for place in places:
        message = "a definition inside another one holds no secret values: name a secret"
        builder.error("secret-leak", pointer + place, message)
    return not places


_CHILD_KEYS = (
    ("name", "name"),
    ("workflowDefId", "id"),
    ("version", "version"),
    ("workflowDefinition", "definition"),
)
