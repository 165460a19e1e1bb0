"""What references may name: the run, its variables and secrets, and the tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from weft.dsl.graph.builder import Builder
from weft.dsl.graph.concealed import MASK, is_literal, is_secret_key, sealed_place
from weft.dsl.graph.paths import Vars
from weft.dsl.graph.references import Found, Get, ReferenceProblem, Resolver
from weft.dsl.graph.targets import GRAPH_STATUS, TASKLIST_STATUS
from weft.dsl.machine.nodes.facts import task_id
from weft.dsl.machine.nodes.workflow_facts import ENV, SECRETS, TASK_ID, TASKS, VARIABLES, WORKFLOW
from weft.dsl.machine.times import stamp

_HEAD: Final = re.compile(r"[^.\[\]{}$'\"\x00]+")
_QUOTED_HEAD: Final = re.compile(r"\s*\[\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*\]")
_MEMBER: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[\s*'([^'\\]*)'\s*\]|\[\s*\"([^\"\\]*)\"\s*\]")
_ITERATION: Final = re.compile(r"__\d{1,9}$")
_SECRET: Final = re.compile(r"\.([^.\[\]{}$'\"\s\x00]+)|\[\s*'([^'\\]+)'\s*\]|\[\s*\"([^\"\\]+)\"\s*\]")

Read = Callable[[Mapping[str, Any]], Any]


def _time(key: str) -> Read:
    return lambda facts: facts.get(key) or None


def _moment(key: str) -> Read:
    return lambda facts: stamp(facts[key]) if facts.get(key) else None


def _facts(words: Mapping[str, str]) -> dict[str, Read]:
    def status(facts: Mapping[str, Any]) -> Any:
        return words.get(facts.get("status", "pending"))

    def reason(facts: Mapping[str, Any]) -> Any:
        return facts.get("reason")

    def value(facts: Mapping[str, Any]) -> Any:
        return facts.get("output")

    def given(facts: Mapping[str, Any]) -> Any:
        return facts.get("input")

    return {
        "output": value,
        "_output": value,
        "input": given,
        "_inputParams": given,
        "inputParams": given,
        "status": status,
        "_status": status,
        "retryCount": lambda facts: max(0, facts.get("attempt", 0) - 1),
        "_attempt": lambda facts: facts.get("attempt", 0),
        "startTime": _time("started"),
        "endTime": _time("ended"),
        "_startedAt": _moment("started"),
        "_updatedAt": _moment("updated"),
        "_endedAt": _moment("ended"),
        "iteration": lambda facts: facts.get("iteration") or facts.get("iterations", 0),
        "_iteration": lambda facts: facts.get("iteration", 0),
        "reasonForIncompletion": reason,
        "_reason": reason,
    }


LIST_FACTS: Final = _facts(TASKLIST_STATUS)
GRAPH_FACTS: Final = {key: read for key, read in _facts(GRAPH_STATUS).items() if key in ("output", "status")}

LIST_WORKFLOW: Final[dict[str, str]] = {
    "input": "input",
    "_inputParams": "input",
    "inputParams": "input",
    "output": "output",
    "_output": "output",
    "workflowId": "id",
    "_id": "id",
    "workflowType": "name",
    "_name": "name",
    "version": "version",
    "correlationId": "correlation",
    "parentWorkflowId": "parent",
    "createTime": "started",
    "_createdAt": "startedText",
    "createdBy": "by",
    "_createdBy": "by",
}
GRAPH_WORKFLOW: Final[dict[str, str]] = {"input": "input", "id": "id"}
LABELLED: Final = ("workflowId", "customerId")
"""Facts of a graph's run that the job's labels hold."""


class Roots(Resolver):
    """The roots of one place. `secrets`: whether secrets may be named there.

    `tasks` are the names that may be named there; `open_names`: names that are made while running may be, too.
    `parent` is the task that `parent` stands for in a graph. `said` are facts of the run that the definition itself
    says, by the names under which they are read.
    """

    def __init__(
        self,
        builder: Builder,
        tasks: Container[str],
        *,
        secrets: bool = False,
        open_names: bool = False,
        types: Mapping[str, tuple[str, int]] | None = None,
        graph: bool = False,
        parent: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.builder = builder
        self.tasks = tasks
        self.secrets = secrets
        self.open_names = open_names
        self.types = types or {}
        self.graph = graph
        self.parent = parent
        self.said = said or {}

    def find(self, text: str) -> Found:
        quoted = _QUOTED_HEAD.match(text)
        head = quoted or _HEAD.match(text)
        if head is None:
            raise ReferenceProblem("expression-syntax", f"{text[:40]!r} is no reference")
        name = (quoted[1] if quoted[1] is not None else quoted[2]) if quoted else head.group().strip()
        rest = text[head.end() :]
        if name == "workflow":
            return self._workflow(rest)
        if name == "CPEWF_TASK_ID" and not self.graph:
            slot = self.slot(TASK_ID)
            return Found(lambda vars: vars[slot], rest)
        return self._task(name, rest)

    def concealed(self, pointer: str, key: str, item: Any) -> Get | None:
        if not is_secret_key(key) or not (item == MASK or is_literal(item)):
            return None
        if not self.secrets:
            raise ReferenceProblem("secret-leak", "a secret value may only stand in the inputs of calls")
        if item != MASK:  # a document that was not taken apart: it is used as it is
            return None
        place = sealed_place(self.builder.ctx.options.bundle, pointer)
        return lambda vars, budget: place

    # -- the run --

    def _workflow(self, rest: str) -> Found:
        member, after = _member(rest)
        if member == "variables" and not self.graph:
            slot = self.slot(VARIABLES)
            return Found(lambda vars: vars[slot], after)
        if member == "env":
            slot = self.slot(ENV)
            return Found(lambda vars: vars[slot], after)
        if member == "secrets":
            return self._secret(after)
        slot = self.slot(WORKFLOW)
        if member in ("status", "_status") and not self.graph:
            return Found(lambda vars: TASKLIST_STATUS["running"], after)
        if member in LABELLED and self.graph:
            return Found(lambda vars: vars[slot]["labels"].get(member), after)
        if member == "_workflowDefId" and not self.graph:
            return Found(lambda vars: vars[slot]["labels"].get("workflowId"), after)
        if member in self.said:
            said = self.said[member]
            return Found(lambda vars: said, after)
        key = (GRAPH_WORKFLOW if self.graph else LIST_WORKFLOW).get(member)
        if key is None:
            raise ReferenceProblem("expression-path", f"'workflow' has no {member[:40]!r}")
        return Found(lambda vars: vars[slot][key], after)

    def _secret(self, rest: str) -> Found:
        found = _SECRET.match(rest)
        if found is None:
            raise ReferenceProblem("expression-path", "a secret is named as workflow.secrets.<id>")
        if not self.secrets:
            raise ReferenceProblem("secret-leak", "secrets may only be named in the inputs of calls")
        name = next(group for group in found.groups() if group is not None)
        if name.startswith("$") or "/" in name:
            raise ReferenceProblem("expression-path", "the name of a secret holds no '/' and does not begin with '$'")
        self.builder.secrets[name] = None
        slot = self.slot(SECRETS)
        return Found(lambda vars: vars[slot].get(name), rest[found.end() :])

    # -- tasks --

    def _task(self, name: str, rest: str) -> Found:
        known = name
        if name == "parent" and self.graph and name not in self.tasks:
            if not self.parent:
                raise ReferenceProblem("ref-task", "'parent' needs a task with exactly one parent")
            known = self.parent
        elif self.graph:
            known = name if name in self.tasks else name.lower()
        if known not in self.tasks and _ITERATION.sub("", known) not in self.tasks and not self.open_names:
            raise ReferenceProblem("ref-task", f"no task '{name[:60]}' can be named here")
        if not rest:
            raise ReferenceProblem("expression-path", f"'{name[:60]}' is a task: name its output or other facts")
        member, after = _member(rest)
        if not self.graph and member in ("taskId", "_id", "taskType", "_type", "_name", "_sequenceno"):
            return Found(self._static(known, member), after)
        read = (GRAPH_FACTS if self.graph else LIST_FACTS).get(member)
        if read is None:
            raise ReferenceProblem("expression-path", f"a task has no {member[:40]!r}")
        slot = self.slot(TASKS)
        nothing: dict[str, Any] = {}
        return Found(lambda vars: read(vars[slot].get(known, nothing)), after)

    def _static(self, name: str, member: str) -> Callable[[Vars], Any]:
        if member in ("taskId", "_id"):
            slot = self.slot(WORKFLOW)
            return lambda vars: task_id(vars[slot]["id"], name)
        if member == "_name":
            return lambda vars: name
        kind, number = self.types.get(_ITERATION.sub("", name), ("", 0))
        found: Any = number if member == "_sequenceno" else kind
        return lambda vars: found


def _member(text: str) -> tuple[str, str]:
    found = _MEMBER.match(text)
    if found is None:
        raise ReferenceProblem("expression-path", f"expected a name at {text[:20]!r}")
    return next(group for group in found.groups() if group is not None), text[found.end() :]
