"""Workers and their profiles. A worker is a task queue served by processes; its name is the queue's name."""

from __future__ import annotations

from typing import Literal

import msgspec

from weft.domain.errors import Invalid
from weft.domain.quantities import cpu_millis, memory_bytes
from weft.domain.tenancy import SERVER_WIDE

DEFAULT_WORKER = "default"
"""The worker in the server process: engine and system functions. It can be neither stopped nor deleted."""
DEFAULT_PROFILE = "default"


class Worker(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a worker should host, and whether it should run. `items` are adapter ids, features or activity ids.

    `wanted` is the state asked for; what it really is only the host of the processes knows.
    """

    name: str
    id: str
    items: tuple[str, ...]
    created_at: int
    updated_at: int
    profile: str = DEFAULT_PROFILE
    wanted: Literal["running", "stopped"] = "stopped"
    ever_started: bool = False
    deleting: bool = False
    """Its processes finish what they run; then it is removed."""
    tenant: str = SERVER_WIDE


class WorkerProfile(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Quantities as text; an empty maximum is no limit. `memory_max` limits the address space of a process."""

    name: str
    created_at: int = 0
    cpu_min: str = ""
    cpu_max: str = ""
    memory_min: str = ""
    memory_max: str = ""
    tenant: str = SERVER_WIDE


def default_profile() -> WorkerProfile:
    """The profile that always exists."""
    return WorkerProfile(name=DEFAULT_PROFILE, cpu_min="100m", cpu_max="500m", memory_min="128Mi", memory_max="512Mi")


def check_profile(profile: WorkerProfile) -> None:
    """Raises Invalid for a quantity that cannot be read or a minimum above its maximum."""
    cpu = cpu_millis(profile.cpu_min, "cpuMin"), cpu_millis(profile.cpu_max, "cpuMax")
    memory = memory_bytes(profile.memory_min, "memMin"), memory_bytes(profile.memory_max, "memMax")
    for name, (low, high) in (("cpuMin exceeds cpuMax", cpu), ("memMin exceeds memMax", memory)):
        if high and low > high:
            raise Invalid(name)
