"""Definitions in the habits of their authors, run on a real engine behind the API.

Beside each `<name>.case.yaml` in the folder `definitions` stands its definition, `<name>.json` or `<name>.yaml`. A
case says, derived from the rules of the language before anything was run:

- `rule`: which rule the case is about; `definition`: the name of the file where it is not the case's own.
- `before`: definitions of the folder that are saved first (children); `input`: the data of the job; `name`: its name.
- `answers`: per activity (`request.Get`) a list of scripts; the first whose `when` is part of the activity's input,
  and that has `times` left, answers with `give`, `echo` (the input, as a REST answer) or `fail` {code, message,
  retryable}.
- `play`: what happens: `work` (rounds of the workers), `take` (so many tasks, which are never answered), `later`
  (seconds), `event` (a CloudEvent), `cancel`; and what must hold between: `status`, `sent` (number of activities).
  Without it everything is answered at once.
- `events`, `produced`: event types that are listened to, and that can be produced.
- `open`: why the case does not hold in this release; the test fails when it does.
- `status`, `result`, `failure` (code of the failure), `sent` (every activity input in order, `request.Get: {…}`),
  `published` (data of produced events), `history` (event type: how often).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weft.dsl.document.text import parse
from weft.vaults.cipher import BlobCipher

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
FOLDER = Path(__file__).with_name("definitions")
CASES = sorted(path.name.removesuffix(".case.yaml") for path in FOLDER.glob("*.case.yaml"))
KEYS = {"rule", "open", "definition", "before", "input", "name", "answers", "play", "events", "produced", "status",
        "result", "failure", "sent", "published", "history"}  # fmt: skip
ADAPTERS = {
    ("generic", "rest", "2.0.0"): ("request", ("Get", "Post", "Put", "Patch", "Delete", "Head")),
    ("cisco", "nso", "1.0.3"): ("restconf", ("Get", "Post", "Put", "Patch", "Delete")),
    ("generic", "db", "1.0.0"): ("sql", ("Query", "Exec")),
}


def read(path):
    found = parse(path.read_text("utf-8"))
    assert not found.problems, (path.name, found.problems)
    return found.value


def definition_path(name):
    [path] = [path for path in (FOLDER / f"{name}.json", FOLDER / f"{name}.yaml") if path.exists()]
    return path


class Script:
    """The answers of one activity; every input is noted."""

    def __init__(self, activity, entries, sent, play):
        self.activity, self.sent, self.play = activity, sent, play
        self.entries = [{"times": 1_000_000, **entry} for entry in entries]

    def __call__(self, task):
        self.sent.append({self.activity: task.input})
        for entry in self.entries:
            if entry["times"] and part_of(entry.get("when"), task.input):
                entry["times"] -= 1
                if "fail" in entry:
                    return self.play.failed(**entry["fail"])
                return {"status": 200, "data": task.input} if entry.get("echo") else entry.get("give")
        return self.play.failed("NO_SCRIPT", f"{self.activity} has no answer to {task.input}", retryable=False)


def part_of(wanted, given):
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(k in given and part_of(v, given[k]) for k, v in wanted.items())
    return wanted is None or wanted == given


@pytest.fixture
async def server(world, made, tmp_path):
    """A server with the built-in adapters for REST, NSO and databases, and a resource for each."""
    records = world.records
    records.store.use_cipher(BlobCipher(records.vault))
    for (vendor, product, version), features in ADAPTERS.items():
        path = tmp_path / f"{vendor}.{product}.v{version}.tar.gz"
        kind = f"{vendor}.{product}.resource.v1.0.0"
        path.write_bytes(made.archive(vendor, product, version, resource=kind))
        records.host.features, records.host.builtins = features, [path]
        await records.adapters.install_builtin()
        target = {"host": "198.51.100.7", "port": 443}
        target |= {"driver": "postgres", "database": "lab"} if product == "db" else {"scheme": "https"}
        body = {"resourceId": f"{product}-lab", "resourceTypeId": kind, "resource": target}
        answer = await world.http.post(f"{B2}/resource", json=body)
        assert answer.status_code == 200, answer.text
    return world


async def prepared(server, case):
    for kind, key in (("consumed", "events"), ("produced", "produced")):
        for event_type in case.get(key, []):
            await event_type_of(server, kind, event_type)
    for name in case.get("before", []):
        await save(server, definition_path(name))


async def event_type_of(server, kind, about):
    body = {"resourceId": f"{kind}-http", "resourceTypeId": "system.event.http.v1.0.0",
            "resource": {"scheme": "https", "host": "198.51.100.9", "port": 443}}  # fmt: skip
    await server.http.post(f"{B2}/resource", json=body)
    about = {"name": about} if isinstance(about, str) else about
    about = {"type": about["name"], "source": "", "kind": kind, "resourceId": f"{kind}-http", **about}
    answer = await server.http.post(f"{B1}/eventType", json=about)
    assert answer.status_code == 201, answer.text
    if kind == "consumed":
        answer = await server.http.post(f"{B1}/eventType/{about['name']}/start")
        assert answer.status_code == 200, answer.text


async def save(server, path):
    """A JSON definition as an object, a YAML one as the text of the body. The name it was stored under."""
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        definition = json.loads(text)
        answer = await server.http.post(f"{B2}/workflow", json={"definition": definition})
    else:
        definition = read(path)
        headers = {"content-type": "application/yaml"}
        answer = await server.http.post(f"{B1}/workflow", content=text.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    return next(value for key, value in definition.items() if key.lower() == "name")


class Player:
    """Carries out the steps of a case on one job."""

    def __init__(self, server, job, sent):
        self.server, self.job, self.sent, self.events = server, job, sent, 0

    async def play(self, steps):
        for step in steps:
            [(verb, value)] = step.items()
            await getattr(self, f"_{verb}")(value)

    async def _work(self, rounds):
        await self.server.work(rounds)

    async def _later(self, seconds):
        await self.server.later(seconds)

    async def _status(self, status):
        assert await self.server.status(self.job) == status

    async def _sent(self, count):
        assert len(self.sent) == count

    async def _take(self, count):
        """Workers take tasks and say nothing."""
        await self.server.engine.idle()
        adapter = "generic.rest.v2.0.0"
        assert len(self.server.engine.poll(adapter, 100, [adapter])) == count

    async def _cancel(self, _):
        answer = await self.server.http.post(f"{B1}/job/{self.job[0]}/runs/{self.job[1]}/cancel", json={})
        assert answer.status_code == 200, answer.text
        await self.server.engine.idle()

    async def _event(self, event):
        self.events += 1
        event = {"specversion": "1.0", "id": f"e-{self.events}", "source": "lab", **event}
        answer = await self.server.http.post(f"{B1}/event/http", json=event)
        assert answer.status_code == 200, answer.text
        await self.server.engine.idle()


def failure_code(events):
    """The code of the innermost cause of a failed job."""
    found = events[-1]["workflowExecutionFailedEventAttributes"]["failure"]
    while "cause" in found:
        found = found["cause"]
    return found["applicationFailureInfo"]["type"]


@pytest.mark.parametrize("name", CASES)
async def test_definition(server, play, name):
    case = read(FOLDER / f"{name}.case.yaml")
    assert case["rule"] and set(case) <= KEYS, set(case) - KEYS
    if "open" in case:
        with pytest.raises(AssertionError):
            await check(server, play, name, case)
        return
    await check(server, play, name, case)


async def check(server, play, name, case):
    await prepared(server, case)
    stored = await save(server, definition_path(case.get("definition", name)))
    sent = []
    server.answers = {key: Script(key, entries, sent, play) for key, entries in case.get("answers", {}).items()}
    more = {"jobName": case["name"]} if "name" in case else {}
    job = await server.start(stored, case.get("input"), **more)
    await Player(server, job, sent).play(case.get("play", [{"work": 1000}]))

    events = await server.events(job)
    assert await server.status(job) == case["status"], events[-1]
    if "result" in case:
        assert await server.result(job) == case["result"]
    if "failure" in case:
        assert failure_code(events) == case["failure"]
    if "sent" in case:
        assert sent == case["sent"]
    if "published" in case:
        assert [json.loads(request.body)["data"] for request in server.records.requests] == case["published"]
    kinds = [event["eventType"] for event in events]
    assert {kind: kinds.count(kind) for kind in case.get("history", {})} == case.get("history", {})


@pytest.mark.parametrize("broken", read(FOLDER / "broken.yaml"), ids=lambda case: case["rule"])
async def test_broken(world, broken):
    """Saving and validating refuse it with one text that names every problem."""
    body = {"definition": broken["definition"]}
    for path in ("workflow", "workflow/validate"):
        for base in (B1, B2):
            answer = await world.http.post(f"{base}/{path}", json=body)
            assert answer.status_code == 400, answer.text
            text = answer.json()
            assert isinstance(text, str)
            assert [problem for problem in broken["problems"] if problem not in text] == [], text


@pytest.mark.parametrize("doubtful", read(FOLDER / "doubtful.yaml"), ids=lambda case: case["rule"])
async def test_doubtful(server, doubtful):
    """It can be saved; validating it succeeds and tells what is doubtful."""
    body = {"definition": doubtful["definition"]}
    answer = await server.http.post(f"{B2}/workflow/validate", json=body)
    assert answer.status_code == 200, answer.text
    head, *warnings = answer.json().split("; ")
    assert head == "workflow definition valid"
    assert [one for one in doubtful["warnings"] if not any(said.startswith(one) for said in warnings)] == [], warnings
    assert bool(warnings) == bool(doubtful["warnings"]), warnings
    answer = await server.http.post(f"{B1}/workflow", json=body)
    assert answer.status_code == 200, answer.text


REST = [{"name": "get", "operation": "generic.rest.v2.0.0.request.Get"}]


def call(**action):
    return {"functionRef": {"refName": "get", "arguments": {"input": {"v": "${ .item }"}}}, **action}


async def run(server, play, definition, answer, data=None, rounds=100_000):
    """Saves and runs a definition, every activity answered by `answer`; the job."""
    await server.save(definition)
    server.answers["request.Get"] = answer
    job = await server.start(definition["name"], data)
    await server.work(rounds)
    return job


async def test_a_thousand_elements_one_after_the_other(server, play):
    each = {"name": "Each", "type": "foreach", "inputCollection": "${ .ids }", "outputCollection": "${ .out }",
            "actions": [call(actionDataFilter={"results": "${ .v }"})]}  # fmt: skip
    job = await run(server, play, play.flow("Each", each, functions=REST), lambda task: task.input,
                    {"ids": list(range(1000))})  # fmt: skip
    assert (await server.result(job))["out"] == list(range(1000))
    info = (await server.describe(job))["workflowExecutionInfo"]
    assert int(info["historyLength"]) == len(await server.events(job))


async def test_fifty_branches(server, play):
    branches = [
        {"name": f"b{n}", "actions": [call(actionDataFilter={"results": f"${{ {{r{n}: {n}}} }}"})]} for n in range(50)
    ]
    state = {"name": "All", "type": "parallel", "branches": branches, "end": True}
    job = await run(server, play, play.flow("Wide", state, functions=REST), lambda task: task.input, rounds=1)
    assert await server.result(job) == {f"r{n}": n for n in range(50)}


def long_chain(play, count):
    states = [
        {"name": f"S{n}", "type": "operation", "actions": [], "stateDataFilter": {"output": "${ .n += 1 }"},
         "transition": f"S{n + 1}"}
        for n in range(count - 1)
    ]  # fmt: skip
    return play.flow("Long", *states, {"name": f"S{count - 1}", "type": "operation", "actions": []})


async def test_two_hundred_states(server, play):
    job = await run(server, play, long_chain(play, 200), None, {"n": 0})
    assert await server.result(job) == {"n": 199}


async def test_five_megabytes_pass_through(server, play):
    big = "x" * 5_000_000
    states = [
        {"name": "A", "type": "operation", "transition": "B",
         "actions": [call(actionDataFilter={"toStateData": "${ .big }"})]},
        {"name": "B", "type": "operation", "transition": "C", "actions": [],
         "stateDataFilter": {"output": "${ .length = (.big.text | length) }"}},
        {"name": "C", "type": "operation", "actions": [call(actionDataFilter={"results": "${ .text[:3] }"})]},
    ]  # fmt: skip
    job = await run(server, play, play.flow("Big", *states, functions=REST), {"text": big})
    result = await server.result(job)
    assert result["length"] == 5_000_000 and result["action-output"] == "xxx" and result["big"]["text"] == big


async def test_a_job_goes_on_as_a_new_run(server, play):
    """`continueAs` closes the run as ContinuedAsNew; the last run of the same job ends with the counter."""
    again = {"end": {"continueAs": {"workflowId": "Counter", "version": "1.0", "data": "${ {n: (.n + 1)} }"}}}
    states = [
        {"name": "More", "type": "switch", "dataConditions": [{"condition": "${ .n < 3 }", **again}],
         "defaultCondition": {"transition": "Done"}},
        {"name": "Done", "type": "inject", "data": {"done": True}, "end": True},
    ]  # fmt: skip
    job = await run(server, play, play.flow("Counter", *states), None, {"n": 0})
    assert await server.status(job) == "ContinuedAsNew"
    listed = (await server.http.get(f"{B1}/job", params={"query": f"JobId = '{job[0]}'"})).json()["executions"]
    assert sorted(run["status"] for run in listed) == ["Completed", *["ContinuedAsNew"] * 3]
    [last] = [run["execution"]["runId"] for run in listed if run["status"] == "Completed"]
    assert await server.result((job[0], last)) == {"n": 3, "done": True}


async def test_a_definition_that_starts_itself_without_end_fails(server, play):
    """Without a stop condition the depth of children is limited, and the job fails instead of filling the server."""
    state = {"name": "S", "type": "operation", "actions": [{"subFlowRef": "Endless"}]}
    job = await run(server, play, play.flow("Endless", state), None)
    assert await server.status(job) == "Failed"


async def test_yaml_and_json_as_text(server, play):
    """`definition` may be a JSON or a YAML text; what was saved is returned as a definition with the same content."""
    definition = long_chain(play, 2)
    for version, text in (
        ("1", json.dumps(definition | {"version": "1"})),
        ("2", "name: Long\nversion: '2'\nspecVersion: '0.9'\nstates:\n- {name: A, type: inject, data: {a: on}}\n"),
    ):
        answer = await server.http.post(f"{B2}/workflow", json={"definition": text})
        assert answer.status_code == 200, answer.text
        job = await server.start("Long", {"n": 0}, workflowVersion=version)
        assert await server.result(job) == ({"n": 1} if version == "1" else {"n": 0, "a": "on"})
    answer = await server.http.get(f"{B1}/workflow/name/Long/version/1")
    assert answer.json()["workflow"]["definition"] == definition | {"version": "1"}
