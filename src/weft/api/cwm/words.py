"""The dialect's words for the domain's states: job statuses, history event types, other enumerations.

Every word has a short form (`Completed`) and a long one (`WORKFLOW_EXECUTION_STATUS_COMPLETED`); the mount decides
which is written, both are read.
"""

from __future__ import annotations

import re

STATUSES: dict[str, tuple[int, tuple[str, ...]]] = {
    "Running": (1, ("pending", "running", "waiting", "suspended")),
    "Completed": (2, ("completed",)),
    "Failed": (3, ("faulted",)),
    "Canceled": (4, ("cancelled",)),
    "Terminated": (5, ("terminated",)),
    "ContinuedAsNew": (6, ("continued",)),
    "TimedOut": (7, ("timed_out",)),
}
"""Short word -> (number, domain statuses)."""

STATUS_WORDS: tuple[str, ...] = tuple(STATUSES)
WORD_BY_STATUS: dict[str, str] = {status: word for word, (_, statuses) in STATUSES.items() for status in statuses}


def upper_snake(word: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).upper()


def _spellings() -> dict[str, str]:
    spelled: dict[str, str] = {}
    for word, (number, _) in STATUSES.items():
        long = f"WORKFLOW_EXECUTION_STATUS_{upper_snake(word)}"
        for text in (word, str(number), long, upper_snake(word), f"{upper_snake(word)}_WF", f"{word}_WF"):
            spelled[text] = word
    spelled["Cancelled"] = "Canceled"
    spelled["TimedOut"] = "TimedOut"
    return spelled


STATUS_BY_WORD = _spellings()


def statuses_of(word: str) -> tuple[str, ...]:
    return STATUSES[word][1]


PREFIXES = {
    "status": "WORKFLOW_EXECUTION_STATUS_",
    "event": "EVENT_TYPE_",
    "queue": "TASK_QUEUE_KIND_",
    "retry": "RETRY_STATE_",
    "parent_close": "PARENT_CLOSE_POLICY_",
    "pending": "PENDING_ACTIVITY_STATE_",
    "task": "PENDING_WORKFLOW_TASK_STATE_",
}


class Words:
    """Writes enumeration words in one of the two forms."""

    def __init__(self, *, long: bool) -> None:
        self.long = long

    def __call__(self, family: str, word: str) -> str:
        return PREFIXES[family] + upper_snake(word) if self.long else word


SHORT = Words(long=False)
LONG = Words(long=True)
