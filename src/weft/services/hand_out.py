"""The hand-out of a task: its resource and secret looked up and opened, in memory only.

A secret goes to the activity whose resource names it, and nowhere else: a sealed value in the arguments is opened only
if it is that resource's secret.
"""

from __future__ import annotations

from typing import Any

from weft.domain.errors import Forbidden, NotFound, Refusal, Unavailable
from weft.domain.jobs import Job
from weft.domain.resources import Resource
from weft.dsl.expr.sealed import SecretRef, open_sealed
from weft.dsl.machine.faults import Fault, fault
from weft.ports.engine import Task
from weft.ports.store import Store, Tx
from weft.ports.tasks import HandOut
from weft.ports.vault import SealBroken
from weft.services.secrets import Secrets


class HandOuts:
    """Makes hand-outs from tasks."""

    def __init__(self, store: Store, secrets: Secrets) -> None:
        self._store = store
        self._secrets = secrets

    def open(self, job: Job, task: Task) -> HandOut | Fault:
        """The task with everything it needs but its time limits, which begin when it is taken: whoever leases it sets
        them. A Fault has code RESOURCE_NOT_FOUND or SECRET_NOT_FOUND. Raises Unavailable when the store cannot be read.
        """
        command = task.command
        if command is None:
            return fault("runtime", "the task has lost its command", code="INTERNAL", retryable=False)
        arguments: dict[str, Any] = command.arguments if isinstance(command.arguments, dict) else {}
        config = arguments.get("config")
        config = config if isinstance(config, dict) else {}
        try:
            resource, secret = self._store.read_now(lambda tx: self._look_up(tx, job, config))
            given, settings = self._unsealed([arguments.get("input"), config], resource, secret)
        except Forbidden as refusal:
            return fault("authorization", refusal.message, code=refusal.code, retryable=False)
        except NotFound as refusal:
            return fault("configuration", refusal.message, code=refusal.code or "RESOURCE_NOT_FOUND", retryable=False)
        except Unavailable:
            raise  # the store's trouble, not the job's: the task stays queued
        except (Refusal, SealBroken) as refusal:
            return fault("configuration", str(refusal), code="SECRET_NOT_FOUND", retryable=False)
        return HandOut(
            job=job.id,
            run=task.run,
            ref=task.ref,
            attempt=task.attempt,
            attempt_id=task.attempt_id,
            activity=task.resolved.activity,
            input=given,
            config=settings,
            resource=None if resource is None else resource.values,
            secret=secret,
        )

    def _look_up(self, tx: Tx, job: Job, config: dict[str, Any]) -> tuple[Resource | None, dict[str, Any] | None]:
        name = config.get("resourceId")
        if name is None or name == "":
            return None, None
        resource = tx.of(Resource).get(name, tenant=job.tenant) if isinstance(name, str) else None
        if resource is None:
            raise NotFound(f"resource {str(name)[:255]} does not exist", code="RESOURCE_NOT_FOUND")
        if not resource.secret:
            return resource, None
        try:
            return resource, self._secrets.open(tx, job.tenant, resource.secret)
        except NotFound as refusal:
            raise NotFound(refusal.message, code="SECRET_NOT_FOUND") from None

    def _unsealed(self, value: Any, resource: Resource | None, secret: dict[str, Any] | None) -> Any:
        def resolve(ref: SecretRef) -> str:
            if resource is None or resource.secret != ref.name or secret is None:
                raise Forbidden(
                    f"secret {ref.name} is not that of the activity's resource and is not opened for it",
                    code="SECRET_NOT_GRANTED",
                )
            return text_at(secret, ref)

        return open_sealed(value, resolve)


def text_at(secret: dict[str, Any], ref: SecretRef) -> str:
    """The text that a reference names. A secret with one member may be named without the member."""
    found: Any = secret
    for key in ref.path:
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        path = ".".join((ref.name, *ref.path))
        raise NotFound(f"secret {path} is no text", code="SECRET_NOT_FOUND")
    return str(found)
