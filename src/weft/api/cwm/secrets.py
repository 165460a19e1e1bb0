"""Endpoints of secrets and secret types. No answer holds a value."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT, STRING
from weft.api.cwm.reading import members, text
from weft.api.cwm.schemas import responses, shape
from weft.domain.secrets import Secret, SecretType
from weft.services.secret_types import SecretTypes
from weft.services.secrets import Secrets
from weft.web.operations import Answer, Call, Operation

GROUP, TYPE_GROUP = "secret", "secretType"
_MEMBERS = ("secretId", "secretType", "secretTypeId", "secret")


class SecretEndpoints:
    """The handlers."""

    def __init__(self, secrets: Secrets, types: SecretTypes) -> None:
        self._secrets = secrets
        self._types = types

    async def list_all(self, call: Call) -> Answer:
        return Answer(body={"secrets": [secret_body(one) for one in await self._secrets.list_all(call.principal)]})

    async def create(self, call: Call) -> Answer:
        body = members(await call.body(), *_MEMBERS)
        kind = body.get("secretType", body.get("secretTypeId"))
        record = await self._secrets.create(call.principal, body.get("secretId"), kind, body.get("secret"))
        return Answer(status=201, body=f"secret {record.id} created")

    async def get(self, call: Call) -> Answer:
        return Answer(body=secret_body(await self._secrets.get(call.principal, call.path["secretId"])))

    async def update(self, call: Call) -> Answer:
        body = members(await call.body(), *_MEMBERS)
        kind = text(body, "secretType") or text(body, "secretTypeId")
        value = body.get("secret", msgspec.UNSET)
        record = await self._secrets.update(call.principal, call.path["secretId"], kind, value)
        return Answer(body=f"secret {record.id} updated")

    async def delete(self, call: Call) -> Answer:
        await self._secrets.delete(call.principal, call.path["secretId"])
        return Answer(body=f"secret {call.path['secretId']} deleted")

    async def list_types(self, call: Call) -> Answer:
        return Answer(body={"secretTypes": [type_body(one) for one in await self._types.list_all(call.principal)]})

    async def get_type(self, call: Call) -> Answer:
        kind, secrets = await self._types.get(call.principal, call.path["secretTypeId"])
        return Answer(body={"secrets": [secret_body(one) for one in secrets], **type_body(kind)})

    def operations(self) -> list[Operation]:
        """Every operation of these groups."""
        one, text_answer = schemas.SECRET, {200: schemas.TEXT}
        all_secrets = shape("secrets", secrets=schemas.listed(one))
        all_types = shape("secretTypes", secretTypes=schemas.listed(schemas.SECRET_TYPE))
        of_type = shape("secrets", secrets=schemas.listed(one), secretTypeId=schemas.TEXT, description=schemas.TEXT,
                        schema=schemas.ANY)  # fmt: skip
        return [
            Operation(method="GET", path="/secret", name="listSecrets", permission="secret.list",
                      summary="List secrets", handler=self.list_all, group=GROUP, family=STRING,
                      responses=responses({200: all_secrets}, STRING, 400)),
            Operation(method="POST", path="/secret", name="createSecret", permission="secret.create",
                      summary="Create a secret", handler=self.create, group=GROUP, family=STRING,
                      request=schemas.SECRET_INPUT, responses=responses({201: schemas.TEXT}, STRING, 400)),
            Operation(method="GET", path="/secret/{secretId}", name="getSecret", permission="secret.get",
                      summary="Get a secret's id and type", handler=self.get, group=GROUP, family=STRING,
                      responses=responses({200: one}, STRING, 400)),
            Operation(method="PATCH", path="/secret/{secretId}", name="updateSecret", permission="secret.update",
                      summary="Replace a secret's value", handler=self.update, group=GROUP, family=STRING,
                      request=schemas.SECRET_INPUT, responses=responses(text_answer, STRING, 400)),
            Operation(method="DELETE", path="/secret/{secretId}", name="deleteSecret", permission="secret.delete",
                      summary="Delete a secret", handler=self.delete, group=GROUP, family=STRING,
                      responses=responses(text_answer, STRING, 400)),
            Operation(method="GET", path="/secretType", name="listSecretTypes", permission="secretType.list",
                      summary="List secret types", handler=self.list_types, group=TYPE_GROUP, family=STRING,
                      responses=responses({200: all_types}, STRING, 400)),
            Operation(method="GET", path="/secretType/{secretTypeId}", name="getSecretType",
                      permission="secretType.get", summary="List the secrets of a type", handler=self.get_type,
                      group=TYPE_GROUP, family=OBJECT, responses=responses({200: of_type}, OBJECT, 404, 500)),
        ]  # fmt: skip


def secret_body(record: Secret) -> dict[str, Any]:
    """A secret as it is answered: never its value."""
    return {"secretId": record.id, "secretType": record.type}


def type_body(record: SecretType) -> dict[str, Any]:
    return {"secretTypeId": record.id, "description": record.description, "schema": record.schema}
