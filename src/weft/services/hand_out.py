"""The hand-out of a task: its resource and secret looked up and opened, in memory only.

A secret goes to the activity whose resource names it, or to the addresses in a call's input if at each of them stands
a resource that names it; nowhere else. A value that was written into a definition goes to the addresses that the same
task definition names, one that was written into a run input to wherever its task sends it.
"""

from __future__ import annotations

from typing import Any

from weft.domain.adapters import Adapter
from weft.domain.errors import Forbidden, NotFound, Refusal, Unavailable
from weft.domain.jobs import Job
from weft.domain.origins import origin_of_resource
from weft.domain.resources import Resource
from weft.domain.tenancy import SERVER_WIDE
from weft.dsl.expr.sealed import SecretRef, contains_sealed, open_sealed
from weft.dsl.graph.concealed import Value, bundle_of, destinations, origin_of
from weft.dsl.machine.faults import Fault, fault
from weft.ports.engine import Task
from weft.ports.store import Store, Tx
from weft.ports.tasks import HandOut
from weft.ports.vault import SealBroken
from weft.services.inline_secrets import InlineSecrets
from weft.services.secrets import Secrets

NO_RESOURCE = "none"
"""The resource type of adapters that need no resource."""


class HandOuts:
    """Makes hand-outs from tasks."""

    def __init__(self, store: Store, secrets: Secrets, inline: InlineSecrets | None = None) -> None:
        self._store = store
        self._secrets = secrets
        self._inline = inline

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
            resource, secret = self._store.read_now(lambda tx: self._look_up(tx, job, task, config))
            given, settings = self._unsealed(job, [arguments.get("input"), config], resource, secret)
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

    def _look_up(
        self, tx: Tx, job: Job, task: Task, config: dict[str, Any]
    ) -> tuple[Resource | None, dict[str, Any] | None]:
        name = config.get("resourceId")
        subject = config.get("subjectId") if name is None or name == "" else None
        if subject is not None:
            name = subject
        if name is None or name == "":
            return None, None
        resource = tx.of(Resource).get(name, tenant=job.tenant) if isinstance(name, str) else None
        if resource is None and subject is not None and not _needs_resource(tx, task):
            return None, None  # the subject is no resource, and none is needed
        if resource is None:
            raise NotFound(f"resource {str(name)[:255]} does not exist", code="RESOURCE_NOT_FOUND")
        if not resource.secret:
            return resource, None
        try:
            return resource, self._secrets.open(tx, job.tenant, resource.secret)
        except NotFound as refusal:
            raise NotFound(refusal.message, code="SECRET_NOT_FOUND") from None

    def _unsealed(
        self, job: Job, value: list[Any], resource: Resource | None, secret: dict[str, Any] | None
    ) -> list[Any]:
        if not contains_sealed(value):
            return value
        bundles: dict[str, dict[str, Value]] = {}
        sent_to = {origin_of(address) for address in destinations(value[0]) if not _is_path(address)}

        def resolve(ref: SecretRef) -> str:
            bundle = bundle_of(ref)
            if bundle:
                return self._inline_value(job, bundle, ref, bundles, sent_to)
            if sent_to and (resource is None or resource.secret != ref.name):
                return text_at(self._store.read_now(lambda tx: self._for_addresses(tx, job, ref.name, sent_to)), ref)
            if resource is None or resource.secret != ref.name or secret is None:
                raise Forbidden(
                    f"secret {ref.name} is not that of the activity's resource and is not opened for it",
                    code="SECRET_NOT_GRANTED",
                )
            return text_at(secret, ref)

        return open_sealed(value, resolve)

    def _inline_value(
        self, job: Job, bundle: str, ref: SecretRef, bundles: dict[str, dict[str, Value]], sent_to: set[str]
    ) -> str:
        if self._inline is None:
            raise NotFound("this server keeps no secret values of definitions", code="SECRET_NOT_FOUND")
        inline = self._inline
        if bundle not in bundles:
            bundles[bundle] = self._store.read_now(lambda tx: inline.read(tx, job.tenant, bundle))
        place = ref.path[0] if ref.path else ""
        value = bundles[bundle].get(place)
        if value is None:
            raise NotFound(f"there is no secret value for {place[:255]}", code="SECRET_NOT_FOUND")
        if value.origins is not None and not sent_to <= set(value.origins):
            raise Forbidden(
                "a secret value of the definition is only sent to the address in the same task definition",
                code="SECRET_NOT_GRANTED",
            )
        return value.text

    def _for_addresses(self, tx: Tx, job: Job, secret_id: str, sent_to: set[str]) -> dict[str, Any]:
        """A secret of the tenant for addresses at each of which a resource stands that names it."""
        named = tx.of(Resource).find(tenant=job.tenant, secret=secret_id)
        granted = {origin.text for one in named if (origin := origin_of_resource(one.values)) is not None}
        if not sent_to <= granted:
            raise Forbidden(
                f"no resource that names the secret {secret_id} stands at every address it would be sent to",
                code="SECRET_NOT_GRANTED",
            )
        try:
            return self._secrets.open(tx, job.tenant, secret_id)
        except NotFound as refusal:
            raise NotFound(refusal.message, code="SECRET_NOT_FOUND") from None


def _needs_resource(tx: Tx, task: Task) -> bool:
    """Whether the adapter of an activity works on a resource."""
    adapter = tx.of(Adapter).get(task.resolved.adapter, tenant=SERVER_WIDE)
    return adapter is not None and adapter.resource_type != NO_RESOURCE


def _is_path(address: Any) -> bool:
    """Whether an address is a path below the task's resource."""
    return isinstance(address, str) and address.startswith("/") and not address.startswith("//")


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
