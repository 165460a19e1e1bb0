"""Control from outside: cancel, terminate, suspend, resume.

Suspend: no node is entered; timers of work and of retries run on and their firing waits in `held`; timers of limits
are cancelled with the rest kept, for suspended time counts towards no limit. Resume restarts them and the loop then
applies what was held, in order. Cancel is graceful: timers, subscriptions and manual tasks are closed, children are
asked to cancel, running activities may finish and their results go to the journal only; no handler and no
compensation runs. Terminate closes everything at once.
"""

from __future__ import annotations

from weft.dsl.machine.commands import CancelActivity, CancelChild, CancelRun, CancelTimer, StartTimer, TerminateRun
from weft.dsl.machine.core import Turn
from weft.dsl.machine.inputs import CancelRequested, ResumeRequested, SuspendRequested, TerminateRequested
from weft.dsl.machine.scopes import end_run
from weft.dsl.machine.state import LIMIT_PURPOSES, Token, Wait, clone
from weft.dsl.machine.waits import close_wait, outlives, take_wait


def cancel(turn: Turn, inp: CancelRequested) -> None:
    """Begin to cancel, or end at once if nothing has to be waited for. A second request changes nothing."""
    state = turn.state
    if state.stopping == "cancel":
        turn.record("ignored", data={"input": "cancel", "why": "already cancelling"})
        return
    if state.phase == "suspended":
        leave_pause(turn)
    state.stopping = "cancel"
    state.stop_reason = inp.reason
    state.phase = "running"
    turn.record("run.cancelling", data={"reason": inp.reason, "by": inp.by})
    held = state.held
    state.held = []
    for ref in reversed(list(turn.waits)):
        wait = turn.waits[ref]
        if wait.kind == "activity":
            if state.origin.limits.get("cancel_activities"):
                turn.out.append(CancelActivity(ref, inp.reason))
        elif wait.kind == "child":
            if outlives(wait):
                take_wait(turn, wait)
            else:
                turn.out.append(CancelChild(ref, inp.reason))
        else:
            close_wait(turn, ref, inp.reason)
    turn.ready.clear()
    for late in held:
        ref = getattr(late, "ref", "")
        if ref in turn.waits and turn.waits[ref].kind in ("activity", "child"):
            drain(turn, ref)
    finish_cancel(turn)


def drain(turn: Turn, ref: str) -> None:
    """While cancelling: an activity or child has answered; its result is dropped."""
    wait = turn.waits.get(ref)
    if wait is not None:
        take_wait(turn, wait)
        kind = "activity.completed" if wait.kind == "activity" else "child.completed"
        turn.record(kind, data={"ref": ref, "dropped": True})


def finish_cancel(turn: Turn) -> None:
    """End the cancelled run once no activity and no child is left."""
    if not turn.state.busy and not turn.ended:
        reason = turn.state.stop_reason
        end_run(turn, "cancelled", CancelRun(reason))


def terminate(turn: Turn, inp: TerminateRequested) -> None:
    """Close everything and end; late answers will be ignored."""
    end_run(turn, "terminated", TerminateRun(inp.reason, inp.by))


def suspend(turn: Turn, inp: SuspendRequested) -> None:
    """Stop entering nodes; the clocks of limits stand still. Repeating it is harmless."""
    state = turn.state
    if state.phase == "suspended" or state.stopping == "cancel":
        turn.record("ignored", data={"input": "suspend", "why": f"run is {state.phase}"})
        return
    state.phase = "suspended"
    state.paused_at = turn.now
    turn.record("run.suspended", data={"reason": inp.reason, "by": inp.by})
    for ref, wait in list(turn.waits.items()):
        if wait.kind == "timer" and wait.purpose in LIMIT_PURPOSES:
            stopped = clone(wait)
            stopped.remaining = max(0, wait.due_at - turn.now)
            turn.waits[ref] = stopped
            turn.out.append(CancelTimer(ref))


def resume(turn: Turn, inp: ResumeRequested) -> bool:
    """Go on; True if the run was suspended, and then the caller applies what was held."""
    if turn.state.phase != "suspended":
        turn.record("ignored", data={"input": "resume", "why": "run is not suspended"})
        return False
    turn.record("run.resumed", data={"reason": inp.reason, "by": inp.by})
    leave_pause(turn)
    for wait in list(turn.waits.values()):
        if wait.remaining >= 0:
            restart_timer(turn, wait, wait.remaining)
    turn.state.phase = "running"
    return True


def leave_pause(turn: Turn) -> None:
    """The time since the suspension counts as suspended from now on."""
    state = turn.state
    state.paused_ms += max(0, turn.now - state.paused_at)
    state.paused_at = 0


def restart_timer(turn: Turn, wait: Wait, remaining: int) -> Wait:
    """A stopped timer runs again under a new ref, with `remaining` ms to go; it keeps its place in the token's list."""
    fresh = clone(wait)
    fresh.ref = f"t{turn.new_id()}"
    fresh.due_at = turn.now + remaining
    fresh.opened_at = fresh.due_at - (wait.due_at - wait.opened_at)  # the whole length of the limit stays readable
    fresh.remaining = -1
    fresh.turn = turn.epoch
    turn.waits.pop(wait.ref, None)
    turn.waits[fresh.ref] = fresh
    turn.out.append(StartTimer(fresh.ref, fresh.due_at, fresh.purpose))
    token = turn.tokens.get(wait.token)
    if token is not None:
        rename_ref(turn, token, wait.ref, fresh.ref)
    return fresh


def rename_ref(turn: Turn, token: Token, old: str, new: str) -> None:
    """A wait of the token is known under another ref from now on, also in the node's own notes."""
    token = turn.own(token)
    token.refs = tuple([new if ref == old else ref for ref in token.refs])
    local = token.local
    if isinstance(local, dict) and old in local.values():
        token.local = {key: new if value == old else value for key, value in local.items()}
