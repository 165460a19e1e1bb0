"""Variables of expressions: which value a name has at a place, and evaluation with the faults it may cause.

Only the variables that an expression names are bound. A name is looked up first among the fixed ones of the
languages (`RESOLVERS`), then in the frames of the scopes, from the inside outwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr import ExpressionFault, Sealed, SecretRef
from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.program import Source
from weft.dsl.machine.state import Token
from weft.dsl.machine.times import moment

Resolver = Callable[[Turn, "Token | None"], Any]

RUNTIME_NAME = "weft"


def evaluate(turn: Turn, token: Token | None, source: Source, value: Any) -> Any:
    """What `source` gives on `value` at the place of `token`. Raises ExpressionFault, or Raised for a variable."""
    needs = source.needs
    if needs:
        found = source.evaluate(value, tuple([resolve(turn, token, name) for name in needs]), turn.budget)
        if "ungranted" in turn.state.memory and ("secrets" in needs or "SECRETS" in needs):
            _refuse_ungranted(turn, found)
        return found
    return source.evaluate(value, (), turn.budget)


def resolve(turn: Turn, token: Token | None, name: str) -> Any:
    """The value of the variable `name` at the place of `token` (None: outside all nodes); null if there is none."""
    resolver = RESOLVERS.get(name)
    if resolver is not None:
        return resolver(turn, token)
    scope = turn.scopes.get(token.scope) if token is not None else None
    while scope is not None:
        frame = scope.vars
        if name in frame:
            return frame[name]
        scope = turn.scopes.get(scope.parent)
    return None


def expression_fault(problem: ExpressionFault, instance: str = "") -> Fault:
    """The fault of a failed evaluation: kind `expression` 400, code `EXPRESSION`, or `BUDGET` for exhausted fuel."""
    code = "BUDGET" if problem.code == "BUDGET" else "EXPRESSION"
    return fault("expression", problem.detail(), code=code, title="expression failed", instance=instance)


def sealed_in(value: Any) -> Iterator[Sealed]:
    """The secrets that stand anywhere in a value."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, Sealed):
            yield item


def _refuse_ungranted(turn: Turn, value: Any) -> None:
    # A declared secret that was not granted is a fault at its first use, not at the start of the run.
    missing = set(turn.state.memory["ungranted"])
    for sealed in sealed_in(value):
        names = sealed.names() & missing
        if names:
            detail = f"secret '{min(names)}' is missing or not granted"
            raise Raised(fault("authorization", detail, code="SECRET_NOT_FOUND", retryable=False))


def refuse_sealed(turn: Turn, value: Any, what: str, instance: str = "") -> None:
    """Raises fault `authorization` 403 if a secret would leave through `what` (an output, an event, a condition)."""
    if (turn.program.secrets or turn.state.origin.secrets) and next(sealed_in(value), None) is not None:
        raise Raised(
            fault("authorization", f"a secret must not reach {what}", code="SECRET", instance=instance, retryable=False)
        )


def _context(turn: Turn, token: Token | None) -> Any:
    return turn.state.context


def _input(turn: Turn, token: Token | None) -> Any:
    return token.data if token is not None else turn.state.input


def _output(turn: Turn, token: Token | None) -> Any:
    return turn.output


def _task(turn: Turn, token: Token | None) -> Any:
    if token is None:
        return None
    node = turn.nodes[token.node]
    definition = node.task.definition if node.task is not None else None
    found: dict[str, Any] = dict(definition) if isinstance(definition, dict) else {}
    found.update(
        name=node.name,
        reference=node.position,
        definition=definition,
        input=token.raw,
        output=turn.output,
        startedAt=moment(token.started_at or turn.now),
    )
    return found


def _workflow(turn: Turn, token: Token | None) -> Any:
    found = turn.memo.get("workflow")
    if found is None:
        state = turn.state
        found = turn.memo["workflow"] = {
            "id": state.job,
            "runId": state.run,
            "definition": turn.program.document,
            "input": state.origin.input,
            "startedAt": moment(state.origin.started_at),
        }
    return found


def _runtime(turn: Turn, token: Token | None) -> Any:
    given = turn.state.origin.runtime
    return {
        "name": given.get("name", RUNTIME_NAME),
        "version": given.get("version", ""),
        "metadata": given.get("metadata", {}),
    }


def _authorization(turn: Turn, token: Token | None) -> Any:
    return None


def secrets_of(turn: Turn, token: Token | None) -> Any:
    """`$secrets`/`$SECRETS`: a sealed value per name, granted or declared; one without grant faults at its use."""
    found = turn.memo.get("secrets")
    if found is None:
        found = turn.memo["secrets"] = {
            name: Sealed((SecretRef(name),)) for name in (*turn.program.secrets, *turn.state.origin.secrets)
        }
    return found


def _constants(turn: Turn, token: Token | None) -> Any:
    return turn.program.constants


def _workflow_states(turn: Turn, token: Token | None) -> Any:
    found = turn.memo.get("WORKFLOW")
    if found is None:
        state = turn.state
        identity = state.origin.identity
        found = turn.memo["WORKFLOW"] = {
            "id": turn.program.tables.get("id") or identity.name,
            "instanceId": state.job,
            "jobId": state.job,
            "jobName": state.origin.job_name,
            "runId": state.run,
            "name": identity.name,
            "version": identity.version,
            "startedAt": moment(state.origin.started_at),
            "input": state.origin.input,
            "error": state.memory.get("error"),
        }
    return found


RESOLVERS: dict[str, Resolver] = {
    "context": _context,
    "input": _input,
    "output": _output,
    "task": _task,
    "workflow": _workflow,
    "runtime": _runtime,
    "authorization": _authorization,
    "secrets": secrets_of,
    "SECRETS": secrets_of,
    "CONST": _constants,
    "WORKFLOW": _workflow_states,
}
