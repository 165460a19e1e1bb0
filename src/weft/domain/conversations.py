"""Conversations with language models: what the tasks of one job have said under one name."""

from __future__ import annotations

import msgspec

from weft.domain.access import DEFAULT_TENANT

MAX_MESSAGES = 50
"""Messages that a conversation keeps, questions and answers counted; the oldest are dropped, in pairs."""
MAX_NAME = 255


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question and its answer. `attempt_id` is the attempt that asked; `usage` counts tokens."""

    attempt_id: str
    prompt: str
    answer: str
    model: str = ""
    finish: str = ""
    usage: dict[str, int] = {}


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`id` is `<job>/<name>`. Kept until its job is removed."""

    id: str
    job: str
    exchanges: tuple[Exchange, ...] = ()
    updated_at: int = 0
    tenant: str = DEFAULT_TENANT


def conversation_id(job: str, name: str) -> str:
    """The key of a conversation."""
    return f"{job}/{name}"


def with_exchange(old: tuple[Exchange, ...], said: Exchange) -> tuple[Exchange, ...]:
    """The exchanges with one more; the same attempt's earlier one is replaced, the oldest beyond the limit go."""
    kept = [one for one in old if one.attempt_id != said.attempt_id]
    return (*kept, said)[-(MAX_MESSAGES // 2) :]
