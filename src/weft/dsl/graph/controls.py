"""Control tasks: choices, forks with their joins, loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.graph.calls import computed, inputs_of
from weft.dsl.graph.conditions import ConditionProblem, compile_condition
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.policies import common, names_of
from weft.dsl.graph.targets import dynamic_types
from weft.dsl.graph.tasklist import ListDraft, Task, names_below
from weft.dsl.graph.values import named_input
from weft.dsl.machine.nodes.task_branches import DynamicWork
from weft.dsl.machine.nodes.task_choice import ChoiceWork
from weft.dsl.machine.nodes.task_dynamic import NamedWork
from weft.dsl.machine.nodes.task_fan import FanWork
from weft.dsl.machine.nodes.task_loop import LoopWork
from weft.dsl.machine.program import DONE, Source

LowerList = Callable[[ListDraft, list[Task], int], int]
LOOP_PROGRAMS = ("loopCondition", "_loopCondition")
SCRIPTS = ("javascript", "graaljs")


def lower_control(
    draft: ListDraft, task: Task, number: int, join: Task | None, lower_list: LowerList
) -> Lowered | None:
    """Lower a task that holds others, or the join of a fork."""
    if task.word == "SWITCH":
        return _switch(draft, task, number, lower_list)
    if task.word == "DO_WHILE":
        return _loop(draft, task, number, lower_list)
    if task.word == "FORK_JOIN":
        return _fork(draft, task, number, join, lower_list)
    if task.word == "FORK_JOIN_DYNAMIC":
        return _forks(draft, task, number, join)
    return Lowered("task-join", None)


def _switch(draft: ListDraft, task: Task, number: int, lower_list: LowerList) -> Lowered | None:
    keys, given = task.keys, inputs_of(task)
    direct = given.spelled("switchCaseValue")
    source: Source | None = None
    holder = keys if keys.has("expression") else given
    kind = (keys if keys.has("evaluatorType") else given).get("evaluatorType", "value-param")
    if direct == "switchCaseValue" and kind != "value-param" and holder.has("expression"):
        direct = ""  # only an input of that name, which the expression looks at
    if not direct:
        if not holder.has("expression"):
            draft.builder.error("property-missing", task.pointer, "a SWITCH needs '_switchCaseValue' or '_expression'")
            return None
        source = _evaluator(draft, kind, holder.get("expression"), holder.at("expression"))
        if source is None:
            return None
    cases: dict[str, int] = {}
    default = -1
    for label, listed in task.lists.items():
        first = lower_list(draft, listed, number)
        if label == "default" or label == "case:defaultCase":
            default = first
        else:
            cases[label.removeprefix("case:")] = first
    return Lowered("task-choice", ChoiceWork(source, cases, default, direct), ("expression", "_expression"))


def _evaluator(draft: ListDraft, kind: Any, text: Any, pointer: str) -> Source | None:
    builder = draft.builder
    if not isinstance(text, str):
        builder.shape("type", pointer, "an expression is text")
        return None
    if kind == "value-param":
        return named_input(text)
    if kind == "jq":
        return builder.program(text, pointer)
    if kind in SCRIPTS:
        return condition(draft, text, pointer)
    builder.error("unsupported-evaluator", pointer, f"the evaluator '{str(kind)[:40]}' is not known")
    return None


def condition(draft: ListDraft, text: str, pointer: str) -> Source | None:
    """A condition of the small language; None with a problem if it is none."""
    try:
        return compile_condition(text)
    except ConditionProblem as problem:
        draft.builder.error("expression-syntax", pointer, str(problem))
        return None


def _loop(draft: ListDraft, task: Task, number: int, lower_list: LowerList) -> Lowered | None:
    keys, builder = task.keys, draft.builder
    items: Source | None = None
    if keys.has("items"):
        value = keys.get("items")
        if not isinstance(value, list) and not computed(value):
            builder.shape("type", keys.at("items"), "'_items' is an array or an expression")
            return None
        items = builder.data(value, draft.roots(), keys.at("items"))
    test: Source | None = None
    given = inputs_of(task)
    holder = keys if keys.has("loopCondition") else given
    if holder.has("loopCondition"):
        text, where = holder.get("loopCondition"), holder.at("loopCondition")
        kind = (keys if keys.has("evaluatorType") else given).get("evaluatorType", "javascript")
        test = _evaluator(draft, "javascript" if kind == "value-param" else kind, text, where)
        if test is None:
            return None
    elif not keys.has("items"):
        builder.error("property-missing", task.pointer, "a DO_WHILE needs '_loopCondition' or '_items'")
        return None
    body = lower_list(draft, task.lists.get("body", []), number)
    if body < 0:
        return None
    return Lowered("task-loop", LoopWork(body, tuple(names_below(task)), test, items), LOOP_PROGRAMS)


def _fork(draft: ListDraft, task: Task, number: int, join: Task | None, lower_list: LowerList) -> Lowered:
    branches: list[tuple[int, str]] = []
    where: dict[str, int] = {}
    for index, listed in enumerate(task.lists.values()):
        first = lower_list(draft, listed, number)
        if not listed:
            continue
        branches.append((first, listed[-1].name))
        for inner in listed:
            for name in (inner.name, *names_below(inner)):
                where[name] = index
    joined: list[tuple[str, int]] = []
    if join is not None:
        for index, name in enumerate(names_of(join.keys.array("joinOn"))):
            if name in where:
                joined.append((name, where[name]))
            else:
                pointer = f"{join.keys.at('joinOn')}/{index}"
                draft.builder.error("ref-task", pointer, f"'{name[:60]}' is no task of the fork")
    return Lowered("task-fan", FanWork(tuple(branches), -1 if join is None else join.node, tuple(joined)))


def _forks(draft: ListDraft, task: Task, number: int, join: Task | None) -> Lowered:
    keys = task.keys
    list_key, inputs_key = keys.text("dynamicForkTasksParam"), keys.text("dynamicForkTasksInputParamName")
    if bool(list_key) != bool(inputs_key):
        message = "'_dynamicForkTasksParam' and '_dynamicForkTasksInputParamName' belong together"
        draft.builder.error("property-missing", task.pointer, message)
    given = inputs_of(task)
    named = any(given.has(key) for key in ("forkTaskType", "forkTaskName", "forkTaskWorkflow"))
    alike = given.has("forkTaskInputs") and named
    if not list_key and not alike:
        message = "a FORK_JOIN_DYNAMIC needs '_dynamicForkTasksParam', or 'forkTaskInputs' with a type or a workflow"
        draft.builder.error("property-missing", task.pointer, message)
    one = draft.builder.number()
    types = dynamic_types()
    base = common(keys, "DYNAMIC", task.name, 3, None, NamedWork(types), top=False)
    draft.builder.put(one, "task-dynamic", f"{task.pointer}/branch", task.name, number, DONE, _plain(base))
    forks = [other for other in draft.tasks.values() if other.word == "FORK_JOIN_DYNAMIC"]
    prefix = f"{task.name}_" if forks and forks[0] is not task else ""
    work = DynamicWork(one, types, list_key, inputs_key, prefix)
    return Lowered("task-fan", FanWork(join=-1 if join is None else join.node, dynamic=work))


def _plain(base: Any) -> Any:
    # What a fork says about itself (delay, limits, optional) is not said about its branches.
    return type(base)(
        name=base.name, type=base.type, work=base.work, permissive=base.permissive, response_ms=base.response_ms
    )
