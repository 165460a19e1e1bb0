"""Tasks that are done elsewhere: calls, activities, other definitions, people; and waiting."""

from __future__ import annotations

import re
from typing import Any, Final, cast

from weft.dsl.graph.builder import Builder, Keys, mapping
from weft.dsl.graph.forms import check_form
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.targets import TASKLIST_TYPES, dynamic_types
from weft.dsl.graph.tasklist import ListDraft, Task
from weft.dsl.machine.nodes.moments import length_ms, moment_ms
from weft.dsl.machine.nodes.task_calls import CallWork
from weft.dsl.machine.nodes.task_dynamic import NamedWork
from weft.dsl.machine.nodes.task_people import PersonWork, WaitWork

ACTIVITY: Final = re.compile(
    r"[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,100}\.(?:v\d{1,9}\.\d{1,9}\.\d{1,9}|@latest)\."
    r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,100})+"
)
ANSWER: Final = "_userInput"
HAYSTACK_ACTIONS: Final = frozenset(("pointhistory", "read", "readall", "readbyid", "readhistory", "about"))
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
AUTH: Final = frozenset(("no", "none", "basic", "bearer", "oauth2clientcredentials", "oauth2password"))


def inputs_of(task: Task) -> Keys:
    """The inputs of a task as written."""
    return Keys(task.keys.builder, mapping(task.keys.get("inputParams")), task.keys.at("inputParams"))


def computed(value: Any) -> bool:
    """Whether a value is not known before the run."""
    return isinstance(value, str) and "${" in value


def lower_call(draft: ListDraft, task: Task, number: int) -> Lowered:
    """The calls that the server carries out itself; inputs that must be there are checked, the rest is the target's."""
    kind = TASKLIST_TYPES[task.word]
    given = inputs_of(task)
    builder = draft.builder
    for key in kind.needs:
        if not given.has(key) and not (key == "url" and given.has("resourceId")):
            builder.error("property-missing", given.pointer, f"a {task.word} needs '_{key}'")
    check = _CHECKS.get(task.word)
    if check is not None:
        check(draft, task, given)
    return Lowered("task-activity", CallWork(kind.target))


def _rest(draft: ListDraft, task: Task, given: Keys) -> None:
    check_method(draft.builder, given)
    kind = mapping(given.get("auth")).get("_type", "NoAuth")
    if isinstance(kind, str) and not computed(kind):
        folded = re.sub(r"[\s-]", "", kind).lower()
        bare = re.sub(r"(auth|token)$", "", folded)
        if folded not in AUTH and bare not in AUTH:
            draft.builder.error("enum", given.at("auth") + "/_type", f"'{kind[:40]}' is no way to authenticate")


def _http(draft: ListDraft, task: Task, given: Keys) -> None:
    if computed(given.get("http_request")):
        return  # the whole request is made while running
    nested = given.mapping("http_request")
    keys = given if nested is None else Keys(draft.builder, nested, given.at("http_request"))
    for key in ("uri", "method"):
        if not keys.has(key):
            draft.builder.error("property-missing", keys.pointer, f"an HTTP task needs '{key}'")


def _script(draft: ListDraft, task: Task, given: Keys) -> None:
    draft.builder.features.add("script")
    if "script" not in draft.builder.ctx.options.allow:
        message = "scripts are switched off on this server"
        draft.builder.error("task-type-disabled", task.keys.at("type"), message)
    if given.has("script"):
        language = given.get("language")
        if not computed(language) and language not in ("python", "javascript", "shell"):
            draft.builder.error("enum", given.at("language"), "'_language' is python, javascript or shell")
        return
    for key in ("userType", "scriptName"):
        if not given.has(key):
            draft.builder.error("property-missing", given.pointer, f"a SCRIPT_EXECUTION needs '_{key}'")


def _haystack(draft: ListDraft, task: Task, given: Keys) -> None:
    check_haystack(draft.builder, given)


def _mqtt(draft: ListDraft, task: Task, given: Keys) -> None:
    check_mqtt(draft.builder, given, named=given.has("resourceId"))


def _ai(draft: ListDraft, task: Task, given: Keys) -> None:
    check_ai(draft.builder, given, named=given.has("resourceId"))


def check_method(builder: Builder, given: Keys) -> None:
    """The method of a call, as far as it is known."""
    method = given.get("method", "GET")
    if not computed(method) and (not isinstance(method, str) or method.upper() not in METHODS):
        builder.error("enum", given.at("method"), f"'{str(method)[:20]}' is no method")


def check_haystack(builder: Builder, given: Keys) -> None:
    """An action that only reads, with the dates that it needs."""
    action = given.get("action")
    if isinstance(action, str) and not computed(action) and action.lower() not in HAYSTACK_ACTIONS:
        builder.error("enum", given.at("action"), f"'{action[:40]}' is no action that reads")
    if isinstance(action, str) and action.lower() == "pointhistory" and not given.has("hisStartDate"):
        builder.error("property-missing", given.pointer, "'pointhistory' needs 'hisStartDate'")


def check_mqtt(builder: Builder, given: Keys, *, named: bool) -> None:
    """What is published, where to. `named`: a resource says where."""
    if not given.has("mqtt_target") and not named:
        builder.error("property-missing", given.pointer, "publishing needs 'mqtt_target' or a resource")
    topic = given.get("topic")
    if isinstance(topic, str) and not computed(topic) and any(mark in topic for mark in "+#"):
        builder.error("pattern", given.at("topic"), "a topic to publish to has no wildcards")
    for key in ("messages", "mqtt_target"):
        value = given.get(key)
        if value is not None and not computed(value) and (not isinstance(value, list) or not value):
            builder.error("count", given.at(key), f"'{key}' is an array that is not empty")


def check_ai(builder: Builder, given: Keys, *, named: bool) -> None:
    """A question to a model, without secrets in it. `named`: a resource says which one is asked."""
    if not named and not given.has("teamId"):
        builder.error("property-missing", given.pointer, "a conversation needs a resource")
    prompt = given.get("userPrompt")
    for key in ("userPrompt", "systemPrompt"):
        text = given.get(key)
        if isinstance(text, str) and "workflow.secrets" in text:
            builder.error("secret-leak", given.at(key), "a prompt holds no secrets")
    if prompt is not None and not isinstance(prompt, str):
        builder.error("type", given.at("userPrompt"), "'userPrompt' is text")


_CHECKS: dict[str, Any] = {
    "REST_CONNECTOR": _rest,
    "HTTP": _http,
    "SCRIPT_EXECUTION": _script,
    "HAYSTACK": _haystack,
    "MQTT_PUBLISH": _mqtt,
    "AI_CONVERSE": _ai,
}


def lower_simple(draft: ListDraft, task: Task, number: int) -> Lowered:
    """An activity of an adapter, by `_activity`, else by `_name`."""
    keys = task.keys
    key = "activity" if keys.has("activity") else "name"
    target = keys.text(key, task.name)
    check_activity(draft.builder, target, keys.at(key))
    return Lowered("task-activity", CallWork(target, "adapter", queue=keys.text("worker")))


def check_activity(builder: Builder, target: str, pointer: str) -> None:
    """An activity is an alias or a full name; where it can be asked, it must be known."""
    known = builder.ctx.options.adapters
    if known is not None and not known(target):
        builder.error("ref-adapter", pointer, f"there is no activity '{target[:100]}'")
    elif not target or ("." in target and not ACTIVITY.fullmatch(target)):
        builder.error("ref-adapter", pointer, f"'{target[:100]}' is no name of an activity")


def lower_dynamic(draft: ListDraft, task: Task, number: int) -> Lowered:
    """The activity or type that an input names."""
    key = task.keys.text("dynamicTaskNameParam")
    if not key:
        draft.builder.error("property-missing", task.pointer, "a DYNAMIC task needs '_dynamicTaskNameParam'")
    return Lowered("task-dynamic", NamedWork(dynamic_types(), key or "taskToExecute"))


def lower_person(draft: ListDraft, task: Task, number: int) -> Lowered:
    """A person's answer, with a form (USER_INPUT) or without (HUMAN)."""
    keys = task.keys
    form = task.word == "USER_INPUT"
    who: list[str] = []
    for index, item in enumerate(keys.array("userInputPermissions") or []):
        found = mapping(item)
        kind, ident = found.get("_userType", found.get("userType")), found.get("_id", found.get("id"))
        if kind not in ("user", "group", "role") or not isinstance(ident, str) or not ident:
            where = f"{keys.at('userInputPermissions')}/{index}"
            draft.builder.shape("type", where, "a permission has '_userType' user, group or role, and '_id'")
        else:
            who.append(f"{kind}:{ident}")
    told = keys.text("sendNotification", "no")
    if told not in ("yes", "no"):
        draft.builder.shape("enum", keys.at("sendNotification"), "'_sendNotification' is yes or no")
    fields = inputs_of(task).get("userInput") if form else None
    if fields is not None and not computed(fields):
        check_form(draft.builder, fields, inputs_of(task).at("userInput"))
    given = mapping(task.keys.get("inputParams"))
    key = "userInput" if "userInput" in given else "_userInput"
    work = PersonWork(
        "user-input" if form else "human",
        ANSWER,
        key if form else "",
        tuple(who),
        keys.text("notificationId") if told == "yes" else "",
    )
    return Lowered("task-person", work)


def lower_wait(draft: ListDraft, task: Task, number: int) -> Lowered:
    """Waits for a time or, with neither length nor moment, for a person. What cannot be read fails when it runs."""
    given = inputs_of(task)
    duration, until = given.get("duration"), given.get("until")
    for key, value, read in (("duration", duration, lambda v: length_ms(v, 0)), ("until", until, moment_ms)):
        if value is not None and not computed(value) and cast("Any", read)(value) is None:
            draft.builder.warn("duration", given.at(key), f"'{key}' cannot be read: the task will fail")
    return Lowered("task-wait", WaitWork(ANSWER))
