"""What is derived from a worker's processes."""

from weft.ports.workers import ProcessStatus, WorkerState, WorkerStatus


def test_a_worker_holds_what_its_processes_hold() -> None:
    one = ProcessStatus("a.b.v1.0.0", WorkerState.RUNNING, 1, running=2)
    two = ProcessStatus("c.d.v1.0.0", WorkerState.RUNNING, 2, running=3)
    status = WorkerStatus("w", WorkerState.RUNNING, processes=(one, two))
    assert status.running == 5
    assert status.running_attempts_of == {"a.b.v1.0.0": 2, "c.d.v1.0.0": 3}


def test_the_states_numbers() -> None:
    assert {state.name: state.value for state in WorkerState} == {
        "UNKNOWN": 0, "INITIALIZED": 1, "RUNNING": 2, "STOPPED": 3, "DELETED": 4, "FAILED": 5, "INITIALIZING": 6,
        "STOPPING": 7, "DELETING": 8,
    }  # fmt: skip
