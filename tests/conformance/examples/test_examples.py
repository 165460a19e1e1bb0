"""Every sample definition of 0.8 and 0.9 runs to its end with scripted answers, or is refused with the code listed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from weft.dsl.compile import CompileOptions, compile_document
from weft.dsl.document.text import parse
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.problems import errors_of

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
DIALECTS = {"0.8": "v08", "0.9": "v09"}
SAMPLES = [
    (version, path.name) for version in DIALECTS for path in sorted((DATA / version).iterdir()) if path.suffix != ".md"
]
# twins that are no valid YAML: refused while they are read
BROKEN = {("0.8", "event-based-transitions.yaml"), ("0.8", "new-patient-onboarding.yaml")}


def script_of(name: str) -> dict[str, Any]:
    value = parse((HERE / "scripts" / f"{Path(name).stem}.yaml").read_text()).value
    assert isinstance(value, dict)
    return value


def compiled(version: str, name: str, script: dict[str, Any], stub: Any) -> Any:
    return compile_document(
        (DATA / version / name).read_bytes(),
        dialect=DIALECTS[version],
        resources=stub(script.get("resources", {}) | script.get("resources_only", {}).get(version, {})),
        options=CompileOptions(allow=frozenset({"file"})),
    )


def is_run(version: str, name: str) -> bool:
    return version not in script_of(name).get("refused", {}) and (version, name) not in BROKEN


@pytest.mark.parametrize(("version", "name"), [s for s in SAMPLES if is_run(*s)])
def test_runs_to_its_end(version: str, name: str, play: Callable[..., Any], stub: Callable[..., Any]) -> None:
    script = script_of(name)
    done = compiled(version, name, script, stub)
    assert errors_of(done.problems) == []
    run = play(done.program, script)
    state = run.to_the_end(script["input"])
    expect = script["expect"] | script.get("expect_only", {}).get(version, {})
    assert state.phase == expect.get("phase", "completed"), state.fault
    if "output" in expect:
        assert state.output == expect["output"]
    if "proceeded" in expect:
        assert run.proceeded is not None
        assert run.proceeded.input == expect["proceeded"]
    assert run.calls == [tuple(call) for call in expect.get("calls", run.calls if "calls" not in expect else [])]
    emitted = expect.get("emitted", [])
    assert len(run.emitted) == len(emitted)
    for event, wanted in zip(run.emitted, emitted, strict=True):
        assert {key: event.get(key) for key in wanted} == wanted
    assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize(("version", "name"), [s for s in SAMPLES if not is_run(*s)])
def test_is_refused(version: str, name: str, stub: Callable[..., Any]) -> None:
    script = script_of(name)
    done = compiled(version, name, script, stub)
    assert done.program is None
    found = {(problem.code, problem.pointer) for problem in errors_of(done.problems)}
    if (version, name) in BROKEN:
        assert {problem.stage for problem in errors_of(done.problems)} == {"parse"}
        return
    for code, pointer in script["refused"][version]:
        assert (code, pointer) in found, found
    if not script["refused"][version]:
        assert any(code == "property-unknown" for code, _ in found), found


def test_every_sample_has_a_script() -> None:
    stems = {Path(name).stem for _, name in SAMPLES}
    assert stems == {path.stem for path in (HERE / "scripts").iterdir()}
