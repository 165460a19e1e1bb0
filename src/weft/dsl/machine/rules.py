"""Rules: what a dialect decides at run time, and nothing else. Everything else is in the program."""

from __future__ import annotations

from typing import Literal

import msgspec

MACHINE_VERSION = "1.0"


class Rules(msgspec.Struct, frozen=True):
    """The switches of one dialect.

    - `hooks`: which run hooks apply (`tasks`, `states` or `lists`, see `core.RunHooks`).
    - `error_base`: base of the type URIs that faults are shown with.
    - `merge_mismatch`: what meets an existing value of another type: a fault `MERGE_TYPE`, or replacement.
    - `merge_arrays`: arrays that meet are united, or the incoming one replaces.
    - `null_filters`: a state filter without result, or with null, leaves the data as they are.
    - `condition_faults`: a condition that fails to evaluate faults; otherwise it is false.
    - `input_object`: the run input must be an object; null means the empty one.
    - `system_defaults`: time-outs and retries of the server (`RunStarted.defaults`) apply where none are written.
    - `child_names`: child jobs are named `<parent job name>.<workflow name>.<version>`.
    - `foreach_mode`: the mode of a foreach that names none.
    - `sealed_output`: a secret in an output, event, condition or label is a fault `authorization` 403.
    """

    dialect: str
    hooks: Literal["tasks", "states", "lists"] = "states"
    error_base: str = ""
    merge_mismatch: Literal["fault", "replace"] = "fault"
    merge_arrays: Literal["union", "replace"] = "union"
    null_filters: bool = True
    condition_faults: bool = True
    input_object: bool = True
    system_defaults: bool = False
    child_names: bool = False
    foreach_mode: Literal["parallel", "sequential"] = "parallel"
    sealed_output: bool = True


V10 = Rules(
    dialect="v10",
    hooks="tasks",
    error_base="https://serverlessworkflow.io/spec/1.0.0/errors/",
    null_filters=False,
    input_object=False,
)
V08 = Rules(dialect="v08", error_base="https://serverlessworkflow.io/spec/errors/")
V09 = Rules(dialect="v09", error_base="https://serverlessworkflow.io/spec/errors/")
CWM = Rules(
    dialect="cwm",
    error_base="https://serverlessworkflow.io/spec/errors/",
    merge_mismatch="replace",
    merge_arrays="replace",
    condition_faults=False,
    system_defaults=True,
    child_names=True,
    foreach_mode="sequential",
)
TASKLIST = Rules(dialect="tasklist", hooks="lists", null_filters=False)
GRAPH = Rules(dialect="graph", hooks="lists", null_filters=False)

RULES: dict[str, Rules] = {rules.dialect: rules for rules in (V10, V08, V09, CWM, TASKLIST, GRAPH)}
