"""`task-choice`: runs the one list that a value selects, and waits for it."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.expr import to_json_text
from weft.dsl.machine.core import Turn, register
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import ListedTask, TaskNode
from weft.dsl.machine.program import Node, Source
from weft.dsl.machine.scopes import cancel_inner, drop_token, open_scope, spawn
from weft.dsl.machine.state import Scope, Token
from weft.dsl.machine.variables import evaluate, refuse_sealed


class ChoiceWork(msgspec.Struct, frozen=True):
    """`value` on the evaluated input gives what selects; `direct_key` of the input goes before it.

    `cases` maps texts to first nodes (-1: an empty list), `default` -1 is nothing.
    """

    value: Source | None
    cases: dict[str, int]
    default: int = -1
    direct_key: str = ""


@register
class TaskChoice(TaskNode):
    """The value as text (texts as they are, all else as JSON) picks its case; without one the default is run."""

    kind = "task-choice"

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        work: ChoiceWork = spec.work
        found: Any = None
        if work.direct_key and isinstance(value, dict) and work.direct_key in value:
            found = value[work.direct_key]
        elif work.value is not None:
            found = evaluate(turn, token, work.value, value)
        refuse_sealed(turn, found, "a condition")
        text = found if isinstance(found, str) else to_json_text(found)
        first = work.cases.get(text, work.default)
        token.local = {"text": text}
        facts.write(turn, token, spec.name, chosen=text)
        if first < 0:
            self.ended(turn, token, node, spec, _output(text))
            return
        spawn(turn, open_scope(turn, token), first, None)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        drop_token(turn, child)
        cancel_inner(turn, token)
        self.ended(turn, token, node, self.spec(turn, token, node), _output(token.local["text"]))


def _output(text: str) -> dict[str, Any]:
    return {"evaluationResult": [text], "selectedCase": text}
