"""Task graphs: tasks with edges from parents to children, lowered to one `dag` node with a node per task."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec

from weft.dsl.graph.builder import Builder, Keys, Object, mapping
from weft.dsl.graph.calls import ACTIVITY
from weft.dsl.graph.policies import retry_of
from weft.dsl.graph.roots import Roots
from weft.dsl.graph.targets import GRAPH_WORDS
from weft.dsl.graph.words import lower_word
from weft.dsl.machine.nodes.dag import DagTask, DagWork
from weft.dsl.machine.nodes.task import ListedTask
from weft.dsl.machine.nodes.task_calls import CallWork
from weft.dsl.machine.program import DONE
from weft.dsl.problems import pointer_of

MAX_TASKS: Final = 500
MAX_EDGES: Final = 5_000
MAX_NAME: Final = 255
OPTIONS: Final = frozenset(
    (
        "retryCount",
        "retryLogic",
        "retryDelaySeconds",
        "backoffRate",
        "maxRetryDelaySeconds",
        "timeoutSeconds",
        "optional",
    )
)
RESERVED: Final = frozenset(("$activity", "$resourceId", "$options"))
_ID: Final = re.compile(r"[^.\[\]{}$'\"\s\x00-\x1f\x7f]{1,255}")


class Vertex(msgspec.Struct):
    """A task of the graph: its place in the document, its parents and children by number, and all above it."""

    id: str
    number: int
    value: Object
    pointer: str
    parents: list[int]
    children: list[int]
    above: set[int]


def lower_graph(builder: Builder, doc: Object) -> None:
    """Fill the builder with the nodes of a graph, the root first."""
    name = doc.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME:
        code = "property-missing" if name is None else "name-pattern"
        builder.shape(code, "/name" if "name" in doc else "", f"a graph has a name of 1 to {MAX_NAME} characters")
    vertices = _vertices(builder, doc)
    if not vertices:
        return
    whole = _edges(builder, doc, vertices)
    order = _order(builder, doc, vertices)
    for number in order or ():
        vertex = vertices[number]
        for parent in vertex.parents:
            vertex.above |= {parent, *vertices[parent].above}
    if not whole or order is None:  # what stands above what is not known: nothing is said against names of tasks
        for vertex in vertices:
            vertex.above = set(range(len(vertices)))
    roots = _roots(builder, vertices, whole=whole)
    root = builder.number()
    nodes = {vertex.number: builder.number() for vertex in vertices}
    for vertex in vertices:
        _lower(builder, vertex, vertices, nodes[vertex.number], root, whole=whole)
    tasks = tuple(
        DagTask(vertex.id, nodes[vertex.number], tuple(vertex.parents), tuple(sorted(vertex.children)))
        for vertex in vertices
    )
    builder.put(root, "dag", "", "", -1, DONE, DagWork(tasks, tuple(roots)))


def _vertices(builder: Builder, doc: Object) -> list[Vertex]:
    tasks = doc.get("tasks")
    if not isinstance(tasks, list) or not 1 <= len(cast("list[Any]", tasks)) <= MAX_TASKS:
        builder.shape("count", "/tasks", f"a graph has 1 to {MAX_TASKS} tasks")
        return []
    found: list[Vertex] = []
    seen: set[str] = set()
    for index, item in enumerate(cast("list[Any]", tasks)):
        where = f"/tasks/{index}"
        if not isinstance(item, dict):
            builder.shape("type", where, "a task is an object")
            continue
        value = cast("Object", item)
        ident = value.get("id")
        if not isinstance(ident, str) or not _ID.fullmatch(ident) or ident in ("workflow", "parent"):
            code = "property-missing" if ident is None else "name-pattern"
            builder.shape(code, where + "/id" if "id" in value else where, "a task has an id of 1 to 255 characters")
            ident = f"\0{index}"
        if ident in seen:
            builder.error("name-duplicate", where + "/id", f"two tasks have the id '{ident[:60]}'")
        seen.add(ident)
        found.append(Vertex(ident, len(found), value, where, [], [], set()))
    return found


def _edges(builder: Builder, doc: Object, vertices: list[Vertex]) -> bool:
    """Enter parents and children; False where an edge cannot be read, so that parents may be missing."""
    key = "tasksHierarchy" if "tasksHierarchy" in doc else "edges"
    if key == "tasksHierarchy" and "edges" in doc:
        builder.shape("key-duplicate", "/edges", "'edges' and 'tasksHierarchy' are the same key")
    edges = doc.get(key)
    if edges is None:
        return True
    if not isinstance(edges, list) or len(cast("list[Any]", edges)) > MAX_EDGES:
        builder.shape("count", f"/{key}", f"'{key}' is an array of at most {MAX_EDGES} edges")
        return False
    by_id = {vertex.id: vertex for vertex in vertices}
    seen: set[tuple[str, str]] = set()
    whole = True
    for index, item in enumerate(cast("list[Any]", edges)):
        where = f"/{key}/{index}"
        edge = mapping(item)
        ends = [edge.get("parent"), edge.get("child")]
        for end, label in zip(ends, ("parent", "child"), strict=True):
            if not isinstance(end, str) or end not in by_id:
                builder.error("ref-task", f"{where}/{label}", f"'{str(end)[:60]}' is no task of this graph")
        parent, child = (by_id.get(end) if isinstance(end, str) else None for end in ends)
        if parent is None or child is None:
            whole = False
            continue
        if parent is child:
            builder.error("graph-cycle", where, f"task '{parent.id}' is its own parent")
        elif (parent.id, child.id) in seen:
            builder.error("name-duplicate", where, f"the edge from '{parent.id}' to '{child.id}' stands twice")
        else:
            seen.add((parent.id, child.id))
            parent.children.append(child.number)
            child.parents.append(parent.number)
    return whole


def _order(builder: Builder, doc: Object, vertices: list[Vertex]) -> list[int] | None:
    """The tasks, parents before children; None with a problem if there is a cycle."""
    left = {vertex.number: len(vertex.parents) for vertex in vertices}
    ready = [number for number, count in left.items() if not count]
    order: list[int] = []
    while ready:
        number = ready.pop()
        order.append(number)
        for child in vertices[number].children:
            left[child] -= 1
            if not left[child]:
                ready.append(child)
    if len(order) == len(vertices):
        return order
    stuck = {number for number, count in left.items() if count}
    at = min(stuck)
    trail: list[int] = []
    while at not in trail:
        trail.append(at)
        at = next(parent for parent in vertices[at].parents if parent in stuck)
    cycle = [vertices[number].id for number in [*reversed(trail[trail.index(at) :])]]
    chain = " -> ".join([*cycle, cycle[0]])
    key = "tasksHierarchy" if "tasksHierarchy" in doc else "edges"
    builder.error("graph-cycle", f"/{key}", f"the tasks depend on each other in a circle: {chain[:2000]}")
    return None


def _roots(builder: Builder, vertices: list[Vertex], *, whole: bool) -> list[int]:
    """The tasks that begin with the run. Without any trigger all tasks without parents are triggers.

    `whole`: all edges are known, so that a task without parents has none.
    """
    triggers = {vertex.number for vertex in vertices if vertex.value.get("isTrigger") is True}
    for vertex in vertices:
        given = vertex.value.get("isTrigger")
        where = vertex.pointer + "/isTrigger" if "isTrigger" in vertex.value else vertex.pointer
        if given is not None and not isinstance(given, bool):
            builder.shape("type", where, "'isTrigger' is true or false")
        elif vertex.number in triggers and vertex.parents:
            builder.error("graph-root", where, f"task '{vertex.id}' has parents and cannot be a trigger")
        elif whole and triggers and vertex.number not in triggers and not vertex.parents:
            builder.error("graph-root", where, f"task '{vertex.id}' has no parents and is no trigger: it never starts")
    return [vertex.number for vertex in vertices if not vertex.parents]


def _lower(builder: Builder, vertex: Vertex, vertices: list[Vertex], node: int, root: int, *, whole: bool) -> None:
    value = vertex.value
    subject = value.get("subjectId")
    if subject is not None and (not isinstance(subject, str) or not 1 <= len(subject) <= MAX_NAME):
        builder.shape("type", vertex.pointer + "/subjectId", "'subjectId' is text or null")
        subject = None
    given = value.get("parameters")
    where = vertex.pointer + "/parameters"
    if given is not None and not isinstance(given, dict):
        builder.shape("type", where, "the parameters of a task are an object")
        return
    parameters = cast("Object", given or {})
    for key in parameters:
        if key.startswith("$") and key not in RESERVED:
            builder.error("property-unknown", where + pointer_of(key), f"'{key[:40]}' is not known; '$' is reserved")
    if not isinstance(parameters.get("$resourceId", ""), str | None):
        builder.shape("type", where + "/$resourceId", "'$resourceId' is text or null")
    word, target = _resolved(builder, vertex, parameters, where)
    if not word and not target:
        return
    parent = vertices[vertex.parents[0]].id if len(vertex.parents) == 1 else vertex.id if not whole else ""
    above = {vertices[number].id for number in vertex.above}

    def roots(*, secrets: bool = False) -> Roots:
        return Roots(builder, above, secrets=secrets, graph=True, parent=parent)

    keys = Keys(builder, parameters, where)
    kind: str
    work: Any
    if word:
        lowered = lower_word(builder, word, keys, subject or "", roots)
        if lowered is None:
            return
        kind, work, verbatim = lowered.kind, lowered.work, lowered.verbatim
    else:
        kind, verbatim = "task-activity", ()
        work = CallWork(target, "adapter", prefix="$", subject=subject or "")
    secrets = kind == "task-activity"
    passed = {
        key: item
        for key, item in parameters.items()
        if key not in ("$activity", "$options", *verbatim) and (secrets or not key.startswith("$"))
    }
    source = builder.data(passed, roots(secrets=secrets), where)
    spec = _spec(builder, vertex, parameters, where, word or target, work)
    spec = msgspec.structs.replace(spec, input=source)
    builder.put(node, kind, vertex.pointer, vertex.id, root, DONE, spec)


def _resolved(builder: Builder, vertex: Vertex, parameters: Object, where: str) -> tuple[str, str]:
    """The built-in word or the activity of a task; both empty with a problem."""
    if "$activity" in parameters:
        text, at = parameters["$activity"], where + "/$activity"
    elif isinstance(vertex.value.get("type"), str):
        text, at = vertex.value["type"], vertex.pointer + "/type"
    else:
        text, at = vertex.value.get("name"), vertex.pointer + "/name"
    name = vertex.value.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME:
        builder.shape("type", vertex.pointer + "/name", f"a task has a name of 1 to {MAX_NAME} characters")
        return "", ""
    if not isinstance(text, str) or not text:
        builder.shape("type", at, "an activity is named by text")
        return "", ""
    known = builder.ctx.options.adapters
    word = re.sub(r"[\s_-]", "", text).lower()
    if known is not None and known(text):
        return "", text
    if word in GRAPH_WORDS:
        return word, ""
    if known is not None or ("." in text and not ACTIVITY.fullmatch(text)):
        builder.error("ref-adapter", at, f"'{text[:100]}' is no activity and no built-in word")
        return "", ""
    return "", text


def _spec(builder: Builder, vertex: Vertex, parameters: Object, where: str, word: str, work: Any) -> ListedTask:
    given = parameters.get("$options")
    at = where + "/$options"
    if given is not None and not isinstance(given, dict):
        builder.shape("type", at, "'$options' is an object")
    options = mapping(given)
    for key in options:
        if key not in OPTIONS:
            builder.error("property-unknown", at + pointer_of(key), f"'{key[:40]}' is no option of a task")
    keys = Keys(builder, options, at)
    return ListedTask(
        name=vertex.id,
        type=word,
        work=work,
        retry=retry_of(keys, 0),
        timeout_ms=keys.whole("timeoutSeconds", 0, 0, 31_536_000) * 1000,
        policy="retry",
        optional=keys.flag("optional"),
    )
