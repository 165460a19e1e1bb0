"""Python's garbage collector, set for a server: what the start has made is looked at no more, and it runs seldom.

Nearly everything that a turn makes is freed by counting references; the collector is only there for cycles. With
Python's own settings it runs hundreds of times a second on a busy server, walks every compiled definition and every
cached run again and again, and stops all work meanwhile: a seventh of the processor time, and pauses of 60 ms.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 20
"""A collection after so many objects made and not freed; of the next generation after so many collections."""


def calm_collector() -> None:
    """For the process, once everything is started: objects that live now are not walked again (they are still freed
    when nobody refers to them)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
