"""Answers of people, and waiting."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.commands import EmitEvent, OpenManualTask
from weft.dsl.machine.core import Raised
from weft.dsl.machine.inputs import ManualTaskCompleted
from weft.dsl.machine.nodes.facts import task_id
from weft.dsl.machine.nodes.task_people import failed_answer, read_answer


def test_answers() -> None:
    def answer(result: Any) -> ManualTaskCompleted:
        return ManualTaskCompleted(seq=1, at=1, ref="m1", result=result)

    assert read_answer(answer({"a": 1})) == {"_userInput": {"a": 1}}
    assert read_answer(answer(None), "userInput") == {"userInput": {}}
    data = {"$failed": {"reason": "what somebody wrote is data"}}
    assert read_answer(answer(data)) == {"_userInput": data}
    with pytest.raises(Raised) as caught:
        read_answer(answer(failed_answer("no")))
    assert (caught.value.fault.detail, caught.value.fault.retryable) == ("no", False)


def test_the_manual_task_names_the_task_and_its_record(listed: Any) -> None:
    form = {"_userInput": {"ok": {"type": "boolean"}}}
    run = listed([{"_name": "u", "_type": "USER_INPUT", "_inputParams": form}])
    (command,) = run.out
    assert isinstance(command, OpenManualTask)
    assert command.payload == {"task": "u", "taskId": task_id("j", "u"), "fields": {"ok": {"type": "boolean"}}}
    assert run.live.phase == "waiting"


def test_without_a_form_the_input_is_shown_and_restricts_nothing(listed: Any) -> None:
    run = listed([{"_name": "u", "_type": "HUMAN", "_inputParams": {"note": "look", "ok": {"type": "boolean"}}}])
    (command,) = run.out
    assert "fields" not in command.payload and command.payload["input"] == {"note": "look", "ok": {"type": "boolean"}}


def test_a_form_that_was_computed_has_as_many_fields_as_one_that_was_written(listed: Any) -> None:
    task = {"_name": "u", "_type": "USER_INPUT", "_inputParams": {"_userInput": "${workflow.input.form}"}}
    assert listed([task], {"form": {f"f{number}": {} for number in range(200)}}).live.phase == "waiting"
    run = listed([task], {"form": {f"f{number}": {} for number in range(201)}})
    assert (run.live.phase, run.facts("u")["reason"]) == ("faulted", "a form has at most 200 fields")


def test_a_time_limit_of_waiting_for_a_person(listed: Any) -> None:
    run = listed([{"_name": "u", "_type": "HUMAN", "_timeoutSeconds": 5}])
    run.fired("action")
    assert run.tags() == ["CloseManualTask", "TimeOutRun"]


def test_a_failed_answer_may_be_optional(listed: Any) -> None:
    run = listed([{"_name": "u", "_type": "HUMAN", "_optional": True}])
    run.answered(failed_answer(""))
    assert (run.live.phase, run.facts("u")["status"]) == ("completed", "completed_with_errors")
    assert run.facts("u")["reason"] == "failed by user input"


def test_a_notification(listed: Any) -> None:
    run = listed([{"_name": "u", "_type": "HUMAN", "_sendNotification": "yes", "_notificationId": "n"}])
    event = next(command for command in run.out if isinstance(command, EmitEvent)).event
    assert (event["type"], event["data"]["task"]) == ("n", "u")


@pytest.mark.parametrize("until", ["1999-01-01", "1999-01-01 10:00"])
def test_a_moment_that_has_passed(listed: Any, until: str) -> None:
    run = listed([{"_name": "w", "_type": "WAIT", "_inputParams": {"until": until}}])
    assert run.live.phase == "completed"


def test_a_moment_to_come(listed: Any) -> None:
    run = listed([{"_name": "w", "_type": "WAIT", "_inputParams": {"until": "2099-01-01"}}])
    assert run.out[0].due_at == 4_070_908_800_000


def test_what_is_no_duration(listed: Any) -> None:
    run = listed([{"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "${workflow.input.x}"}}], {"x": "soon"})
    assert run.live.fault.code == "INPUT_INVALID"
