"""Flow: how a token enters a node, leaves it, and what all 1.0 tasks share on the way.

raw input -> `if` -> input schema -> `input.from` -> work -> `output.as` -> output schema -> `export.as` -> next
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.commands import Record
from weft.dsl.machine.core import HANDLERS, Raised, Turn, hooks_of
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faults import fault
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.program import END, Check, Node, TaskSpec
from weft.dsl.machine.sizes import larger_than, shown
from weft.dsl.machine.state import ROOT_SCOPE, Token
from weft.dsl.machine.variables import evaluate, refuse_sealed
from weft.dsl.machine.waits import close_all, start_timer


def enter(turn: Turn, token: Token) -> None:
    """Enter the node of an owned token with `token.raw`."""
    node = turn.nodes[token.node]
    task = node.task
    token.data = token.raw
    token.started_at = turn.now
    token.stage = "work"
    token.attempt = 1
    token.local = None
    if task is None:
        if node.journal:
            _record(turn, token, node, "task.started")
    elif not _begin(turn, token, node, task):
        return
    HANDLERS[node.kind].enter(turn, token, node)


def _begin(turn: Turn, token: Token, node: Node, task: TaskSpec) -> bool:
    turn.output = None
    if task.condition is not None:
        met = evaluate(turn, token, task.condition, token.raw)
        if not met:
            if node.journal:
                _record(turn, token, node, "task.skipped")
            advance(turn, token, node.skip, token.raw)
            return False
    if node.journal:
        _record(turn, token, node, "task.started")
    if task.input_check is not None:
        validate(task.input_check, token.raw, "input")
    if task.input_from is not None:
        token.data = evaluate(turn, token, task.input_from, token.raw)
    if task.timeout is not None:
        start_timer(turn, token, due_after(turn, token, task.timeout), "task")
    return True


def done(turn: Turn, token: Token, output: Any, nxt: int | None = None) -> None:
    """The work of an owned token's node is over with `output`; go on at `nxt` (default: the node's own `next`)."""
    node = turn.nodes[token.node]
    turn.at = token
    if token.refs:
        close_all(turn, token)
    task = node.task
    if task is not None:
        output = _finish(turn, token, task, output)
    if node.journal:
        _record(turn, token, node, "task.completed", shown(turn, output))
    advance(turn, token, node.next if nxt is None else nxt, output)


def _finish(turn: Turn, token: Token, task: TaskSpec, output: Any) -> Any:
    turn.output = output
    if task.output_as is not None:
        output = evaluate(turn, token, task.output_as, output)
    if task.output_check is not None:
        validate(task.output_check, output, "output")
    if task.export_as is not None:
        turn.output = output
        context = evaluate(turn, token, task.export_as, output)
        if task.export_check is not None:
            validate(task.export_check, context, "export")
        turn.state.context = context
    elif task.export_check is not None:
        validate(task.export_check, output, "export")
    turn.output = None
    return output


def advance(turn: Turn, token: Token, nxt: int, output: Any) -> None:
    """Send an owned token with nothing open on to the node `nxt` with `output`, or to the end of its body or run."""
    if nxt >= 0:
        token.node = nxt
        token.raw = output
        token.stage = ""
        turn.ready.append(token.id)
        return
    if nxt == END:
        hooks_of(turn).end(turn, token, output)
        return
    number = token.scope
    if number == ROOT_SCOPE:
        hooks_of(turn).root_done(turn, token, output)
        return
    token.stage = ""
    scope = turn.own_scope(turn.scopes[number])
    parent = turn.own(turn.tokens[scope.token])
    node = turn.nodes[parent.node]
    turn.at = parent
    if scope.results is not None:  # what is collected is weighed as it comes in, not again with every turn
        size = larger_than(turn, output, turn.limit("value"))
        if size:
            raise Raised(over_limit("value", turn.limit("value"), size))
    HANDLERS[node.kind].child_done(turn, parent, node, scope, token, scope.children.get(token.id, 0), output)


def validate(check: Check, value: Any, what: str, instance: str = "") -> None:
    """Raises fault `validation` 400 with the first violations if the value does not fit the schema."""
    problems = check(value)
    if problems:
        raise Raised(fault("validation", f"{what}: {problems}", code="INPUT_INVALID", instance=instance))


def condition_holds(turn: Turn, value: Any) -> bool:
    """Truth of a condition's result; a secret is no condition (fault `authorization`)."""
    refuse_sealed(turn, value, "a condition")
    return value is not None and value is not False


def _record(turn: Turn, token: Token, node: Node, kind: str, data: Any = None) -> None:
    suffix = turn.scopes[token.scope].suffix
    position = node.position
    turn.out.append(Record(kind, position, position + suffix if suffix else position, data))
