"""`task-dynamic`: a task whose type comes from data: one branch of a dynamic fork, or the one that an input names."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from weft.dsl.machine.core import HANDLERS, Turn, register
from weft.dsl.machine.inputs import ChildStarted, Input
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.task import ListedTask, TaskNode, invalid
from weft.dsl.machine.nodes.task_branches import STARTS, DynamicType, made_task
from weft.dsl.machine.nodes.task_given import child_given, member
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import Token, Wait


class NamedWork(msgspec.Struct, frozen=True):
    """`key` names the input's member that holds an activity's name or a type word; "" for branches of a fork."""

    types: dict[str, DynamicType]
    key: str = ""


@register
class TaskDynamic(TaskNode):
    """Branches carry their task in `token.raw`. The work itself is done by the handler of the type's kind."""

    kind = "task-dynamic"
    limits_itself = True
    taken_elsewhere = True

    def spec(self, turn: Turn, token: Token, node: Node) -> ListedTask:
        base: ListedTask = node.spec
        work: NamedWork = base.work
        return base if work.key else made_task(work.types, token.raw, base)[1]

    def _made(self, turn: Turn, token: Token, node: Node, value: Any) -> tuple[TaskNode, ListedTask]:
        base: ListedTask = node.spec
        work: NamedWork = base.work
        if not work.key:
            kind, spec = made_task(work.types, token.raw, base)
        else:
            given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
            wanted = given.get(work.key)
            if not isinstance(wanted, str) or not wanted:
                raise invalid(f"'{work.key}' is no name of an activity, and no type that data may name")
            word = wanted.upper() if wanted.upper() in work.types else "SIMPLE"
            rest = {key: item for key, item in given.items() if key != work.key}
            entry: dict[str, Any] = {"name": base.name, "type": word, "input": rest}
            if word in STARTS:
                entry["child"] = child_given(member(rest, STARTS[word]))
            elif word == "SIMPLE":
                entry["target"] = wanted
                if "." not in wanted:
                    raise invalid(f"{wanted[:60]!r} is no name of an activity, and no type that data may name")
            kind, spec = made_task(work.types, entry, base)
            spec = msgspec.structs.replace(spec, retry=base.retry, optional=base.optional, top=base.top)
        handler = HANDLERS[kind]
        assert isinstance(handler, TaskNode)
        return handler, spec

    def begin(self, turn: Turn, token: Token, node: Node, spec: ListedTask, value: Any) -> None:
        handler, made = self._made(turn, token, node, value)
        if not handler.taken_elsewhere:
            facts.begin(turn)
            self.taken(turn, token, spec, turn.now)
        source = made.input
        handler.begin(turn, token, node, made, {} if source is None else source.evaluate(None, (), turn.budget))

    def answer(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: Input) -> None:
        known = facts.facts_of(turn, token, spec.name) or {}
        handler, made = self._made(turn, token, node, known.get("input"))
        handler.answer(turn, token, node, made, wait, inp)

    def known(self, turn: Turn, token: Token, node: Node, spec: ListedTask, wait: Wait, inp: ChildStarted) -> None:
        facts_now = facts.facts_of(turn, token, spec.name) or {}
        handler, made = self._made(turn, token, node, facts_now.get("input"))
        handler.known(turn, token, node, made, wait, inp)
