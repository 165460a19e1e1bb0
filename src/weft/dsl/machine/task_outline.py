"""The tasks of a list or graph as people see them: what the program has, laid over what a run knows of it.

Order: the tasks of the definition's own list by their number; what a container has made follows it directly, branch by
branch or iteration by iteration. Graphs: parents before children, ties in the order of the definition.

What is there: every task of the definition's own list, and every task of a graph, from the start. The tasks of all
branches once their fork has begun, those of the chosen case once the choice was made, those of a loop's body once per
iteration (`<name>__<i>`). Branches made while running are told by their facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Any, Literal

import msgspec

from weft.dsl.machine.nodes.dag import DagWork
from weft.dsl.machine.nodes.facts import Facts
from weft.dsl.machine.nodes.task import ListedTask
from weft.dsl.machine.nodes.task_choice import ChoiceWork
from weft.dsl.machine.nodes.task_fan import FanWork
from weft.dsl.machine.nodes.task_loop import LoopWork
from weft.dsl.machine.nodes.task_people import PersonWork, WaitWork
from weft.dsl.machine.nodes.task_run import RootWork
from weft.dsl.machine.program import Program

Kind = Literal["task", "choice", "fan", "loop"]


class OutlineTask(msgspec.Struct, frozen=True):
    """A task of a definition. `position` is the JSON pointer of its place in the document.

    `number` is its place in its list as written (graphs: in the order shown, from 1). `lists` are its inner lists:
    the cases by their text ("" first members: the default under `DEFAULT`), the branches, the body. `answered`: a
    person's answer may end it, `form` is the kind of form then. `waits`: graphs, whether it has parents.
    """

    name: str
    type: str
    number: int
    position: str
    kind: Kind = "task"
    lists: tuple[tuple[str, tuple[OutlineTask, ...]], ...] = ()
    answered: bool = False
    form: str = ""
    fields_key: str = ""
    assignees: tuple[str, ...] = ()
    waits: bool = False


class Outline(msgspec.Struct, frozen=True):
    """All tasks of a definition, in the order shown. `by_name` has the nested ones as well."""

    tasks: tuple[OutlineTask, ...]
    by_name: dict[str, OutlineTask]
    graph: bool = False


class Placed(msgspec.Struct, frozen=True):
    """A task of a run at its place: the key of its facts, `facts` None where nothing is known of it yet.

    `task` is None for one that was made while running. `parent` is the key of the task that made it.
    """

    key: str
    task: OutlineTask | None
    facts: Facts | None
    iteration: int = 0
    parent: str = ""


DEFAULT = "\0default"


def is_listed(program: Program) -> bool:
    """Whether a program is a task list or a graph."""
    return program.rules.hooks == "lists"


def outline_of(program: Program) -> Outline:
    """The tasks of a list or graph. Raises ValueError for a program of another language."""
    if not is_listed(program):
        raise ValueError(f"a definition in {program.dialect} has no listed tasks")
    root = program.nodes[program.root]
    if isinstance(root.spec, DagWork):
        tasks = tuple(_graph(program, root.spec))
        return Outline(tasks, {task.name: task for task in tasks}, graph=True)
    work: RootWork = root.spec
    tasks = _list(program, work.body)
    return Outline(tasks, {task.name: task for task in _all(tasks)})


def _all(tasks: tuple[OutlineTask, ...]) -> Iterator[OutlineTask]:
    for task in tasks:
        yield task
        for _, inner in task.lists:
            yield from _all(inner)


def _graph(program: Program, work: DagWork) -> Iterator[OutlineTask]:
    left = [len(task.parents) for task in work.tasks]
    ready = [number for number, count in enumerate(left) if not count]
    heapify(ready)
    place = 0
    while ready:
        number = heappop(ready)
        place += 1
        task = work.tasks[number]
        yield _task(program, task.node, number=place, waits=bool(task.parents))
        for child in task.children:
            left[child] -= 1
            if not left[child]:
                heappush(ready, child)


def _list(program: Program, first: int) -> tuple[OutlineTask, ...]:
    found: list[OutlineTask] = []
    node = first
    while node >= 0:
        found.append(_task(program, node, number=len(found) + 1))
        node = program.nodes[node].next
    return tuple(found)


def _task(program: Program, index: int, *, number: int, waits: bool = False) -> OutlineTask:
    node = program.nodes[index]
    spec: ListedTask = node.spec
    work = spec.work
    kind: Kind = "task"
    lists: list[tuple[str, tuple[OutlineTask, ...]]] = []
    if isinstance(work, ChoiceWork):
        kind = "choice"
        lists = [(label, _list(program, start)) for label, start in work.cases.items()]
        lists.append((DEFAULT, _list(program, work.default)))
    elif isinstance(work, FanWork):
        kind = "fan"
        lists = [(str(branch), _list(program, start)) for branch, (start, _) in enumerate(work.branches)]
    elif isinstance(work, LoopWork):
        kind = "loop"
        lists = [("", _list(program, work.body))]
    person = work if isinstance(work, PersonWork) else None
    return OutlineTask(
        name=spec.name,
        type=spec.type,
        number=spec.number or number,
        position=node.position,
        kind=kind,
        lists=tuple(lists),
        answered=person is not None or isinstance(work, WaitWork) or spec.confirm,
        form=person.form if person is not None else "",
        fields_key=person.fields_key if person is not None else "",
        assignees=person.assignees if person is not None else (),
        waits=waits,
    )


def arrange(outline: Outline, facts: Mapping[str, Facts], *, iterations: bool = True) -> list[Placed]:
    """The tasks of a run in their order. Without `iterations` those inside loops are left out."""
    made: dict[tuple[str, int], list[tuple[str, Facts]]] = {}
    for key, known in facts.items():
        parent = known.get("parent")
        number = known.get("iteration", 0)
        if parent is not None and (not number or key.endswith(f"__{number}")):
            made.setdefault((parent, number), []).append((key, known))
    found: list[Placed] = []
    _place(found, outline.tasks, facts, made, iterations, 0, "")
    return found


def _place(
    found: list[Placed],
    tasks: tuple[OutlineTask, ...],
    facts: Mapping[str, Facts],
    made: Mapping[tuple[str, int], list[tuple[str, Facts]]],
    iterations: bool,
    iteration: int,
    parent: str,
) -> None:
    for task in tasks:
        key = f"{task.name}__{iteration}" if iteration else task.name
        known = facts.get(key)
        found.append(Placed(key, task, known, iteration, parent))
        if task.kind == "task" or known is None or not known.get("started"):
            continue
        if task.kind == "loop":
            if iterations:
                for number in _iterations(task, known, facts):
                    _place(found, task.lists[0][1], facts, made, iterations, number, key)
            continue
        for inner in _chosen(task, known):
            _place(found, inner, facts, made, iterations, iteration, key)
        for child, below in sorted(made.get((task.name, iteration), ()), key=lambda entry: entry[1].get("number", 0)):
            found.append(Placed(child, None, below, iteration, key))


def _chosen(task: OutlineTask, known: Facts) -> list[tuple[OutlineTask, ...]]:
    if task.kind == "fan":
        return [inner for _, inner in task.lists]
    if "chosen" not in known:
        return []
    cases = dict(task.lists)
    return [cases[known["chosen"] if known["chosen"] in cases else DEFAULT]]


def _iterations(task: OutlineTask, known: Facts, facts: Mapping[str, Facts]) -> Iterator[int]:
    """The numbers of the iterations that are still known; older ones may have been dropped on the task's own wish."""
    count: int = known.get("iterations", 0)
    body = task.lists[0][1]
    for number in range(1, count + 1):
        if number == count or any(f"{inner.name}__{number}" in facts for inner in body):
            yield number


def in_short(placed: list[Placed], left: str) -> list[list[Any]]:
    """`[key, status]` of each, with type and number of those made while running; `left` for what never began."""
    short: list[list[Any]] = []
    for one in placed:
        status = left if one.facts is None else one.facts["status"]
        if one.task is None and one.facts is not None:
            short.append([one.key, status, one.facts.get("type", ""), one.facts.get("number", 0)])
        else:
            short.append([one.key, status])
    return short


__all__ = ["Outline", "OutlineTask", "Placed", "arrange", "in_short", "is_listed", "outline_of"]
