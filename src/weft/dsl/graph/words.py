"""The built-in words of graphs: `http`, `set`, `jq`, `wait` and so on, lowered to the kinds that lists have, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.graph.builder import Builder, Keys, mapping
from weft.dsl.graph.calls import check_ai, check_haystack, check_method, check_mqtt, computed
from weft.dsl.graph.forms import check_form
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.roots import Roots
from weft.dsl.graph.targets import GRAPH_WORDS
from weft.dsl.machine.nodes.task_branches import constant
from weft.dsl.machine.nodes.task_calls import CallWork, ChildWork
from weft.dsl.machine.nodes.task_people import PersonWork, WaitWork
from weft.dsl.machine.nodes.task_values import EventWork, ValueWork
from weft.dsl.machine.program import Source

ANSWER = "userInput"
MakeRoots = Callable[..., Roots]


def lower_word(builder: Builder, word: str, keys: Keys, subject: str, roots: MakeRoots) -> Lowered | None:
    """The work of a built-in word; its parameters are checked as far as they can be known."""
    kind = GRAPH_WORDS[word]
    for key in kind.needs:
        if not keys.has(key) and not (key == "url" and "$resourceId" in keys.value):
            builder.error("property-missing", keys.pointer, f"'{word}' needs '{key}'")
    if kind.how == "call":
        if word == "script":
            builder.features.add("script")
        if word == "script" and "script" not in builder.ctx.options.allow:
            builder.error("task-type-disabled", keys.pointer, "scripts are switched off on this server")
        _check_call(builder, word, keys, named=bool(subject) or bool(keys.value.get("$resourceId")))
        return Lowered("task-activity", CallWork(kind.target, prefix="$", subject=subject, wraps=word != "script"))
    if kind.how in ("child", "start"):
        return _child(builder, keys, kind.how == "start", roots)
    return _OTHERS[word](builder, keys)


def _check_call(builder: Builder, word: str, keys: Keys, *, named: bool) -> None:
    """What calls are checked for when they are saved. `named`: the task has a resource."""
    named = named or keys.has("resourceId")
    if word == "http":
        check_method(builder, keys)
        keys.text("url")
    elif word == "mqtt":
        check_mqtt(builder, keys, named=named)
    elif word == "haystack":
        check_haystack(builder, keys)
    elif word == "ai":
        check_ai(builder, keys, named=named)


def _child(builder: Builder, keys: Keys, detached: bool, roots: MakeRoots) -> Lowered | None:
    shape = {"id": keys.get("workflowId", ""), "input": keys.get("input", {})}
    which = builder.data(shape, roots(), keys.pointer)
    if which is None:
        return None
    return Lowered("task-child", ChildWork(which, "executionId" if detached else "", detached))


def _set(builder: Builder, keys: Keys) -> Lowered:
    return Lowered("task-value", ValueWork(None, "plain"))


def _noop(builder: Builder, keys: Keys) -> Lowered:
    return Lowered("task-value", ValueWork(constant({}), "plain"))


def _jq(builder: Builder, keys: Keys) -> Lowered | None:
    source = builder.program(keys.get("expression"), keys.at("expression"))
    if source is None:
        return None
    run = source.evaluate

    def evaluate(value: Any, vars: tuple[Any, ...], budget: Any) -> Any:
        return run(mapping(value).get("input"), vars, budget)

    return Lowered("task-value", ValueWork(Source(evaluate, source.needs, source.text)), ("expression",))


def _wait(builder: Builder, keys: Keys) -> Lowered:
    if keys.has("duration") == keys.has("until"):
        builder.error("property-missing", keys.pointer, "'wait' needs either 'duration' or 'until'")
    return Lowered("task-wait", WaitWork(ANSWER))


def _person(builder: Builder, keys: Keys) -> Lowered:
    who: list[str] = []
    for index, item in enumerate(keys.array("permissions") or []):
        found = Keys(builder, mapping(item), f"{keys.at('permissions')}/{index}")
        kind, ident = found.get("userType"), found.get("id")
        if kind in ("user", "group", "role") and isinstance(ident, str) and ident:
            who.append(f"{kind}:{ident}")
        else:
            builder.shape("type", found.pointer, "a permission has 'userType' user, group or role, and 'id'")
    form = keys.get("form")
    if form is not None and not computed(form):
        check_form(builder, form, keys.at("form"))
    return Lowered("task-person", PersonWork("user-input", ANSWER, "form", tuple(who)))


def _event(builder: Builder, keys: Keys) -> Lowered:
    kind, known = keys.get("type"), builder.ctx.options.sinks
    if isinstance(kind, str) and not computed(kind) and known is not None and not known(kind):
        builder.error("ref-event-type", keys.at("type"), f"no produced event type is named '{kind[:100]}'")
    return Lowered("task-event", EventWork(None, plain=True))


_OTHERS: dict[str, Callable[[Builder, Keys], Lowered | None]] = {
    "set": _set,
    "noop": _noop,
    "jq": _jq,
    "wait": _wait,
    "userinput": _person,
    "event": _event,
}
