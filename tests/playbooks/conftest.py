"""The playbook runner: a run of the pure machine told as one conversation, without an engine.

A playbook is one item of a list in a YAML file beside this one:

    - name: row_57                      # unique; the test's id
      about: what it shows
      dialect: cwm                      # optional hint for detection
      document: {…}                     # or `source: |` with a text
      problems: [{code: …, pointer: …}] # only compiled: these must be among the problems (`absent: [code]` must not);
                                        # `compiles: true|false` says whether there must be a program
      start: {input: …, at: ms, secrets: […], limits: {…}, defaults: {…}, job_name: …, trigger: {…}}
      expect: [ … ]                     # commands of the start
      steps:
        - send: {activity: {ref: name, result: …}}
          at: 5000                      # absolute ms since the start; or `after: ms` since the step before
          expect: [ … ]
          phase: waiting                # checks after the step: phase, context, output, fault (subset)
      phase: completed                  # checks at the end: phase, output, fault, context, input

**expect**: commands other than records must be exactly these, in this order; `- record: {type: …}` items must appear
in this order among the records. An item is `{<command tag>: {field: value, …}}`, the fields given must be equal
(objects exactly, `fault`, `data` and `event` as a subset, `due_in: ms` is the time from now), `as: name` beside it
remembers its ref. `loose: true` on a step (or the start) asks only that all items appear in order. No `expect`:
anything goes.

**send**: `activity {result}`, `fail {code, kind, status, …}`, `timer`, `event {type, source, data, …}` (a CloudEvent
as it is, `filter`, `keys`), `child {output}`, `child-failed {code …}`, `child-cancelled`, `manual {result}`,
`activity-started`, `cancel`, `terminate`, `suspend`, `resume`, `continue`, `restored {reason, at_positions, patch,
from_step}`.
`ref` is a remembered name or a literal ref; without it the only open wait of the kind that fits `where` (fields of
its command, or `purpose`) is meant. A timer without `at` fires when it is due. `Yield` is answered by itself unless
the playbook says `yields: manual`.

Beside what it says, every playbook proves: equal inputs give equal commands and state bytes, the state given to
`step` is unchanged, states survive writing and reading, and an ended run has nothing open.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from weft.dsl.compile import compile_document
from weft.dsl.document.text import parse
from weft.dsl.machine import inputs as i
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.commands import AnyCommand, OpenSubscription, Record, StartTimer, Yield
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.state import ENDED, RunState, Wait
from weft.dsl.machine.step import step

HERE = Path(__file__).parent
START = 1_700_000_000_000
_KINDS = {
    "activity": "activity",
    "activity-started": "activity",
    "fail": "activity",
    "timer": "timer",
    "event": "event",
    "child": "child",
    "child-started": "child",
    "child-failed": "child",
    "child-cancelled": "child",
    "manual": "manual",
}


def load(path: Path) -> list[dict[str, Any]]:
    """The playbooks of a file, read as YAML 1.2."""
    parsed = parse(path.read_bytes())
    assert not parsed.problems, parsed.problems
    return parsed.value


def all_playbooks() -> list[dict[str, Any]]:
    """Every playbook of the folder, with the file it stands in."""
    found: list[dict[str, Any]] = []
    for path in sorted(HERE.glob("*.yaml")):
        if path.name != "pending.yaml":
            found.extend({"file": path.name, **book} for book in load(path))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "playbook" in metafunc.fixturenames:
        books = all_playbooks()
        metafunc.parametrize("playbook", books, ids=[book["name"] for book in books])


@pytest.fixture
def playbooks() -> list[dict[str, Any]]:
    return all_playbooks()


@pytest.fixture
def pending() -> list[dict[str, Any]]:
    return load(HERE / "pending.yaml")


@pytest.fixture
def play() -> Any:
    return run_playbook


class Run:
    """One run being told its playbook. `log` holds the inputs, `states` the bytes after each."""

    def __init__(self, book: dict[str, Any]) -> None:
        self.book = book
        compiled = compile_document(book.get("source", book.get("document")), dialect=book.get("dialect"))
        assert compiled.program is not None, [p.text() for p in compiled.problems]
        self.program = compiled.program
        self.state: RunState | None = None
        self.log: list[i.AnyInput] = []
        self.states: list[bytes] = []
        self.names: dict[str, str] = {}
        self.seq = 0
        self.now = START

    def start(self, given: dict[str, Any]) -> list[AnyCommand]:
        self.now = START + given.get("at", 0)
        trigger = msgspec.convert(given.get("trigger", {"kind": "request"}), i.Trigger)
        return self.tell(
            i.RunStarted(
                seq=1,
                at=self.now,
                job=given.get("job", "job-1"),
                run="run-1",
                seed=b"playbook".ljust(32, b"\0"),
                identity=self.program.identity,
                input=copy.deepcopy(given.get("input", {} if self.program.rules.input_object else None)),
                trigger=trigger,
                job_name=given.get("job_name", ""),
                labels=given.get("labels", {}),
                secrets=tuple(given.get("secrets", self.program.secrets)),
                limits=given.get("limits", {}),
                defaults=given.get("defaults", {}),
                runtime=given.get("runtime", {}),
            )
        )

    def tell(self, inp: i.AnyInput) -> list[AnyCommand]:
        """Apply one input, with the promises that hold for every one; Yield is answered unless told otherwise."""
        before = encode_state(self.state) if self.state is not None else b""
        given = self.state if len(self.log) % 2 else decode_state(before) if before else None
        state, commands = step(self.program, given, inp)
        again, twin = step(self.program, decode_state(before) if before else None, inp)
        after = encode_state(state)
        assert after == encode_state(again), "equal inputs gave different states"
        assert msgspec.json.encode(commands) == msgspec.json.encode(twin)
        assert encode_state(decode_state(after)) == after
        if given is not None:
            assert encode_state(given) == before, "the given state was modified"
        if state.phase in ENDED:
            assert not state.waits, f"open at the end: {list(state.waits)}"
        assert state.fault is None or state.fault.code != "INTERNAL", state.fault
        self.state = state
        self.log.append(inp)
        self.states.append(after)
        self.seq = inp.seq
        if self.book.get("yields") != "manual" and commands and isinstance(commands[-1], Yield):
            return commands[:-1] + self.tell(i.Continue(seq=self.seq + 1, at=self.now))
        return commands

    def find(self, kind: str, given: dict[str, Any]) -> Wait:
        """The open wait that a step means."""
        assert self.state is not None
        ref = given.get("ref")
        if ref is not None:
            name = self.names.get(ref, ref)
            wait = self.state.waits.get(name)
            return wait if wait is not None else Wait(name, 0, _KINDS[kind])  # an answer nobody waits for
        where = given.get("where", {})
        fitting = [w for w in self.state.waits.values() if w.kind == _KINDS[kind] and self.fits(w, where)]
        assert len(fitting) == 1, f"{kind} {where}: {len(fitting)} open waits fit: {list(self.state.waits.values())}"
        return fitting[0]

    def fits(self, wait: Wait, where: dict[str, Any]) -> bool:
        for field, value in where.items():
            holder = wait if field in ("purpose", "attempt", "due_at", "ref") else wait.command
            if plain(getattr(holder, field, None)) != value:
                return False
        if wait.kind == "timer" and "purpose" not in where:
            return wait.remaining < 0
        if isinstance(wait.command, OpenSubscription) and "standing" not in where:
            return not wait.command.standing or not any(
                w.kind == "event" and isinstance(w.command, OpenSubscription) and not w.command.standing
                for w in (self.state.waits.values() if self.state else ())
            )
        return True

    def send(self, stage: dict[str, Any]) -> list[AnyCommand]:
        """Carry out one step's `send`."""
        what = stage["send"]
        kind, given = (what, {}) if isinstance(what, str) else next(iter(what.items()))
        given = given if isinstance(given, dict) else {"result": given}
        if "at" in stage:
            self.now = START + stage["at"]
        self.now += stage.get("after", 0)
        if kind == "timer" and "at" not in stage and "after" not in stage:
            self.now = max(self.now, self.find(kind, given).due_at)
        return self.tell(self.input_of(kind, given))

    def input_of(self, kind: str, given: dict[str, Any]) -> i.AnyInput:
        base = {"seq": self.seq + 1, "at": self.now}
        if kind in ("cancel", "terminate", "suspend", "resume"):
            control = {
                "cancel": i.CancelRequested,
                "terminate": i.TerminateRequested,
                "suspend": i.SuspendRequested,
                "resume": i.ResumeRequested,
            }[kind]
            return control(**base, **given)
        if kind == "continue":
            return i.Continue(**base)
        if kind == "restored":
            return self.restored(base, given)
        wait = self.find(kind, given)
        return self.answer(kind, given, wait, base)

    def answer(self, kind: str, given: dict[str, Any], wait: Wait, base: dict[str, Any]) -> i.AnyInput:
        ref = wait.ref
        given = {key: value for key, value in given.items() if key not in ("ref", "where")}
        if kind == "activity":
            return i.ActivityCompleted(**base, ref=ref, attempt=given.pop("attempt", wait.attempt), **given)
        if kind == "activity-started":
            return i.ActivityStarted(**base, ref=ref, attempt=given.pop("attempt", wait.attempt), **given)
        if kind == "fail":
            lost, attempt = given.pop("lost", False), given.pop("attempt", wait.attempt)
            return i.ActivityFailed(**base, ref=ref, attempt=attempt, fault=fault_of(given), lost=lost)
        if kind == "timer":
            return i.TimerFired(**base, ref=ref, due_at=wait.due_at)
        if kind == "event":
            index, keys = given.pop("filter", 0), given.pop("keys", {})
            return i.EventReceived(**base, ref=ref, event=given, filter=index, keys=keys)
        if kind == "child":
            return i.ChildCompleted(**base, ref=ref, **given)
        if kind == "child-started":
            return i.ChildStarted(**base, ref=ref, **given)
        if kind == "child-failed":
            return i.ChildFailed(**base, ref=ref, fault=fault_of(given))
        if kind == "child-cancelled":
            return i.ChildCancelled(**base, ref=ref, **given)
        return i.ManualTaskCompleted(**base, ref=ref, **given)

    def restored(self, base: dict[str, Any], given: dict[str, Any]) -> i.RunRestored:
        position = given.get("from_step")
        state = decode_state(self.states[-1] if position is None else self.states[position])
        number = state.attempt + 1
        return i.RunRestored(
            seq=1,
            at=base["at"],
            run=f"run-{number}",
            attempt=number,
            from_run=state.run,
            from_seq=state.seq,
            reason=given.get("reason", "retry"),
            state=state,
            seed=b"restored".ljust(32, b"\0"),
            job=given.get("job", ""),
            at_positions=tuple(given.get("at_positions", ())),
            patch=given.get("patch", msgspec.UNSET),
        )

    def check(self, told: dict[str, Any], commands: list[AnyCommand]) -> None:
        """What a step (or the start) says about its commands and the state after it."""
        if "expect" in told:
            self.compare(told["expect"], commands, loose=bool(told.get("loose")))
        for commanded in told.get("never", ()):
            assert all(tag_of(c) != commanded for c in commands), f"{commanded} was issued"
        self.end_checks(told)

    def end_checks(self, told: dict[str, Any]) -> None:
        state = self.state
        assert state is not None
        if "phase" in told:
            assert state.phase == told["phase"], (state.phase, state.fault, list(state.waits.values()))
        if "output" in told:
            assert plain(state.output) == told["output"]
        if "context" in told:
            assert plain(state.context) == told["context"]
        if "fault" in told:
            assert state.fault is not None, state.phase
            assert_subset(told["fault"], plain(state.fault))
        if "early" in told:
            assert len(state.early) == told["early"]

    def compare(self, expected: list[Any], commands: list[AnyCommand], *, loose: bool) -> None:
        wanted = [item if isinstance(item, dict) else {item: {}} for item in expected]
        acts = [c for c in commands if not isinstance(c, Record)]
        records = [c for c in commands if isinstance(c, Record)]
        want_acts = [w for w in wanted if "record" not in w]
        if loose:
            self.in_order(want_acts, acts)
        else:
            tags = [next(iter(w)) for w in want_acts]
            assert [tag_of(c) for c in acts] == tags, [plain(c) for c in acts]
            for want, command in zip(want_acts, acts, strict=True):
                problem = self.mismatch(want, command)
                assert not problem, problem
        self.in_order([w for w in wanted if "record" in w], records)

    def in_order(self, wanted: list[dict[str, Any]], commands: list[AnyCommand]) -> None:
        rest = iter(commands)
        for want in wanted:
            assert any(not self.mismatch(want, command) for command in rest), (want, [plain(c) for c in commands])

    def mismatch(self, want: dict[str, Any], command: AnyCommand) -> str:
        tag, fields = next(iter(want.items()))
        if tag_of(command) != tag:
            return f"{tag_of(command)} instead of {tag}"
        for field, value in (fields or {}).items():
            if field == "due_in":
                assert isinstance(command, StartTimer)
                if command.due_at - self.now != value:
                    return f"due in {command.due_at - self.now}, not {value}"
                continue
            found = plain(getattr(command, field))
            if found != value and not (field in ("fault", "data", "event") and is_subset(value, found)):
                return f"{tag}.{field} is {found!r}, not {value!r}"
        if "as" in want:
            self.names[want["as"]] = getattr(command, "ref", "")
        return ""


def tag_of(command: Any) -> str:
    return str(command.__struct_config__.tag)


def plain(value: Any) -> Any:
    """Structs as objects, tuples as lists, bytes as text; sealed values as their tagged form."""
    return msgspec.json.decode(msgspec.json.encode(value))


def is_subset(want: Any, found: Any) -> bool:
    if isinstance(want, dict) and isinstance(found, dict):
        return all(key in found and is_subset(value, found[key]) for key, value in want.items())
    return want == found


def assert_subset(want: Any, found: Any) -> None:
    assert is_subset(want, found), f"{want} is not part of {found}"


def fault_of(given: dict[str, Any]) -> Fault:
    values = {"kind": "communication", "detail": "", **given}
    return fault(values.pop("kind"), values.pop("detail"), **values)


def run_playbook(book: dict[str, Any]) -> Run | None:
    """Play a book; the run is given back for further looking, None where nothing ran."""
    if "problems" in book or "compiles" in book or "absent" in book:
        compiled = compile_document(book.get("source", book.get("document")), dialect=book.get("dialect"))
        found = [plain(problem) for problem in compiled.problems]
        for want in book.get("problems", ()):
            assert any(is_subset(want, problem) for problem in found), f"{want} is not among {found}"
        for code in book.get("absent", ()):
            assert all(problem["code"] != code for problem in found), found
        if "compiles" in book:
            assert (compiled.program is not None) is book["compiles"], found
    if "start" not in book:
        return None
    run = Run(book)
    commands = run.start(book["start"] or {})
    run.check({key: book[key] for key in ("expect", "loose", "never") if key in book}, commands)
    for stage in book.get("steps", ()):
        run.check(stage, run.send(stage))
    run.end_checks(book)
    return run
