"""What references of lists and graphs can name beside tasks: facts of the run, variables, the operator's values.

Names of variables begin with `list:`, so that no expression of another language can mean them.
"""

from __future__ import annotations

from typing import Any, Final

from weft.dsl.machine.core import HANDLERS, Turn
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import TaskNode
from weft.dsl.machine.state import Token
from weft.dsl.machine.times import stamp
from weft.dsl.machine.variables import RESOLVERS

TASKS: Final = "list:tasks"
VARIABLES: Final = "list:variables"
WORKFLOW: Final = "list:workflow"
ENV: Final = "list:env"
TASK_ID: Final = "list:task-id"
SECRETS: Final = "secrets"
CREATED_BY: Final = "createdBy"
"""The label with the id under which people see who started the job."""


def _tasks(turn: Turn, token: Token | None) -> Any:
    return facts.tasks_of(turn)


def _variables(turn: Turn, token: Token | None) -> Any:
    return turn.state.context["variables"]


def _env(turn: Turn, token: Token | None) -> Any:
    return turn.state.origin.runtime.get("env", {})


def _task_id(turn: Turn, token: Token | None) -> Any:
    if token is None:
        return None
    node = turn.nodes[token.node]
    handler = HANDLERS[node.kind]
    if not isinstance(handler, TaskNode):
        return None
    return facts.task_id(turn.state.job, facts.key_of(turn, token, handler.spec(turn, token, node).name))


def _workflow(turn: Turn, token: Token | None) -> Any:
    """Facts of the run by neutral names; `labels` are what the job was labelled with, such as its definition's id."""
    found = turn.memo.get("list-workflow")
    if found is None:
        state = turn.state
        origin = state.origin
        parent = origin.trigger.parent
        found = turn.memo["list-workflow"] = {
            "input": state.input,
            "output": state.output,
            "id": state.job,
            "name": origin.identity.name,
            "version": facts.revision_of(origin.identity.version),
            "correlation": origin.business_key,
            "parent": parent.job if parent is not None else None,
            "started": origin.started_at,
            "startedText": stamp(origin.started_at),
            "by": origin.labels.get(CREATED_BY) or origin.trigger.by,
            "labels": origin.labels,
        }
    return found


RESOLVERS.update(
    {
        TASKS: _tasks,
        VARIABLES: _variables,
        WORKFLOW: _workflow,
        ENV: _env,
        TASK_ID: _task_id,
    }
)
