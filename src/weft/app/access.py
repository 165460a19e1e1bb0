"""The parts of access, built in order: vault, signer, passwords, and the services on them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from weft.app.settings import Settings
from weft.domain.access import DEFAULT_TENANT
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.services.access import Access
from weft.services.access_cache import CredentialCache
from weft.services.access_first import ensure_administrator, ensure_default_tenant
from weft.services.access_keys import ApiKeys
from weft.services.access_passwords import Passwords
from weft.services.access_roles import Roles
from weft.services.access_signing import TokenSigner
from weft.services.access_throttle import ClientThrottle, LoginThrottle
from weft.services.access_tickets import Tickets
from weft.services.access_users import Users
from weft.services.access_vault import KeyRotation
from weft.services.clients import Clients
from weft.services.namespaces import Namespaces
from weft.services.tenants import Tenants
from weft.vaults.encrypted import EncryptedVault
from weft.vaults.master import load_master_key, parse_master_key

CLIENT_FAILURES, CLIENT_WINDOW_S = 10, 60.0
"""Failed token requests of one client, or from one address, before a pause; and how long they count."""
PASSWORD_FILE = "admin-password"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class AccessParts:
    """Everything that says who may do what."""

    access: Access
    cache: CredentialCache
    passwords: Passwords
    users: Users
    roles: Roles
    keys: ApiKeys
    tickets: Tickets
    rotation: KeyRotation
    tenants: Tenants
    namespaces: Namespaces
    clients: Clients


async def build_vault(settings: Settings, store: Store, clock: Clock) -> EncryptedVault:
    """The vault with its keys open. Raises MasterKeyError or SealBroken when the master key cannot be used."""
    previous = parse_master_key(settings.master_key_previous) if settings.master_key_previous else None
    vault = EncryptedVault(store, load_master_key(settings.master_key, settings.data_dir), clock, previous)
    await vault.open_keys((DEFAULT_TENANT,))
    return vault


async def build_access(settings: Settings, store: Store, vault: EncryptedVault, clock: Clock, ids: Ids) -> AccessParts:
    """Access on an open store and vault; the signing key and the default tenant are made when they are missing."""
    await ensure_default_tenant(store, clock, ids)
    cache = CredentialCache(clock, ids.token(32), ttl_s=settings.auth_cache_ttl, size=settings.auth_cache_size)
    passwords = Passwords(memory_bytes=settings.auth_argon2_memory, passes=settings.auth_argon2_time)
    throttle = LoginThrottle(
        clock,
        pair_limit=settings.auth_max_failures,
        address_limit=settings.auth_address_failures,
        window_s=settings.auth_failure_window,
    )
    signer = TokenSigner(store, vault, clock, ids)
    await signer.open()
    access = Access(store, clock, passwords=passwords, throttle=throttle, signer=signer, cache=cache)
    tickets = Tickets(
        store,
        clock,
        ids,
        access,
        signer,
        cache,
        lifetime_s=int(settings.cwm_token_lifetime),
        most=settings.auth_max_tickets,
    )
    tenants = Tenants(store, clock, ids, cache)
    clients = Clients(
        store,
        clock,
        ids,
        passwords,
        signer,
        ClientThrottle(clock, limit=CLIENT_FAILURES, window_s=CLIENT_WINDOW_S),
        cache,
        lifetime_s=settings.tokens_client_credentials_seconds,
    )
    return AccessParts(
        access=access,
        cache=cache,
        passwords=passwords,
        users=Users(store, clock, passwords, cache, password_length=settings.auth_password_length),
        roles=Roles(store, clock, cache),
        keys=ApiKeys(store, clock, ids, cache, lifetime_s=int(settings.auth_key_lifetime)),
        tickets=tickets,
        rotation=KeyRotation(vault),
        tenants=tenants,
        namespaces=Namespaces(store, clock, tenants),
        clients=clients,
    )


async def first_administrator(
    settings: Settings, store: Store, parts: AccessParts, clock: Clock, ids: Ids
) -> str | None:
    """Make the first administrator if there is none. Gives what the operator must be told, once."""
    path = settings.data_dir / PASSWORD_FILE
    made = await ensure_administrator(
        store,
        clock,
        ids,
        parts.passwords,
        name=settings.admin_user,
        password=settings.admin_password,
        keep=lambda password: _write_secret(path, password),
    )
    if made is None:
        return None
    if made.made_up:
        return f"administrator {made.name} was made; its password is in {path}"
    return f"administrator {made.name} was made with the password from the settings"


def _write_secret(path: Path, text: str) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
