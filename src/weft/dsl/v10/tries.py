"""`try`: a list, what it catches, how often it tries again, and what it does instead."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.error_values import canonical_kind
from weft.dsl.machine.program import DONE, Delay, ErrorFilter, GuardSpec, RetrySpec, Source
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body, lower_list, target_of
from weft.dsl.v10.loops import variable
from weft.dsl.v10.places import GUARD, names


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered:
    """Lower a `try` task with its `catch`."""
    depth = body.depth + 1
    first = lower_list(builder, task["try"], f"{pointer}/try", parent=number, frames=body.frames, depth=depth)
    catch = mapping(task.get("catch"))
    where = f"{pointer}/catch"
    error = variable(builder, catch.get("as"), "error", f"{where}/as")
    frames = body.frames | {error}
    handler = lower_list(builder, catch.get("do"), f"{where}/do", parent=number, frames=frames, depth=depth)
    then = catch.get("then")
    target = DONE if then is None else target_of(builder, then, f"{where}/then", body)
    spec = GuardSpec(
        body=first,
        filter=error_filter(mapping(mapping(catch.get("errors")).get("with"))),
        error=error,
        when=_condition(builder, catch, "when", frames, where),
        except_when=_condition(builder, catch, "exceptWhen", frames, where),
        retry=_retry(builder, catch.get("retry"), frames, f"{where}/retry"),
        handler=handler,
        then=target,
        has_then=then is not None,
    )
    return Lowered("guard", spec, (target,) if then is not None else ())


def error_filter(given: dict[str, Any]) -> ErrorFilter:
    """The filter of `errors.with`; the type is compared by its canonical kind."""

    def text(key: str) -> str | None:
        value = given.get(key)
        return value if isinstance(value, str) else None

    kind, status = text("type"), given.get("status")
    if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) < 4:
        status = int(status)
    return ErrorFilter(
        kind=None if kind is None else canonical_kind(kind),
        status=status if isinstance(status, int) and not isinstance(status, bool) else None,
        instance=text("instance"),
        title=text("title"),
        detail=text("detail") if "detail" in given else text("details"),
    )


def _condition(
    builder: Builder, holder: dict[str, Any], key: str, frames: frozenset[str], pointer: str
) -> Source | None:
    return builder.expr(holder[key], names(GUARD, frames), f"{pointer}/{key}", "one") if key in holder else None


def _retry(builder: Builder, value: Any, frames: frozenset[str], pointer: str) -> RetrySpec | None:
    if isinstance(value, str):
        defined = mapping(builder.use.get("retries")).get(value)
        if not isinstance(defined, dict):
            builder.error("ref-retry", pointer, f"no retry policy '{value}' in use.retries")
            return None
        return _policy(builder, defined, frames, f"/use/retries/{value}")
    return _policy(builder, value, frames, pointer) if isinstance(value, dict) else None


def _policy(builder: Builder, policy: dict[str, Any], frames: frozenset[str], pointer: str) -> RetrySpec:
    def delay(holder: Any, key: str, where: str) -> Delay | None:
        given = mapping(holder)
        return builder.delay(given[key], names(GUARD, frames), f"{where}/{key}") if key in given else None

    backoff = mapping(policy.get("backoff"))
    limit = mapping(policy.get("limit"))
    attempt = mapping(limit.get("attempt"))
    jitter = policy.get("jitter")
    count = attempt.get("count")
    return RetrySpec(
        delay=delay(policy, "delay", pointer),
        backoff="exponential" if "exponential" in backoff else "linear" if "linear" in backoff else "constant",
        jitter_from=delay(jitter, "from", f"{pointer}/jitter"),
        jitter_to=delay(jitter, "to", f"{pointer}/jitter"),
        count=count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else -1,
        attempt_limit=delay(attempt, "duration", f"{pointer}/limit/attempt"),
        total_limit=delay(limit, "duration", f"{pointer}/limit"),
        when=_condition(builder, policy, "when", frames, pointer),
        except_when=_condition(builder, policy, "exceptWhen", frames, pointer),
    )
