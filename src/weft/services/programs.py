"""Compiled definitions, by the digest of their revision: compiled on the first use, kept in memory (LRU)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import msgspec

from weft.domain.errors import Invalid, NotFound
from weft.domain.workflows import REVISIONS, Revision
from weft.dsl.compile import DEFAULT_OPTIONS, Compiled, compile_document
from weft.dsl.document.context import CompileOptions
from weft.dsl.machine.program import Program
from weft.dsl.problems import errors_of
from weft.ports.store import Tx

DEFAULT_CAPACITY = 512


SAVED = msgspec.structs.replace(DEFAULT_OPTIONS, allow=frozenset({"script"}))
"""What was saved is compiled whatever is switched on now: whether it may be started is asked at the start."""


def compile_source(
    source: str | bytes | dict[str, Any], dialect: str | None, options: CompileOptions = DEFAULT_OPTIONS
) -> Compiled:
    """Compile a definition. `dialect` is a hint about its language, None lets the document say. Never raises."""
    return compile_document(source, dialect=dialect, options=options)


class Programs:
    """A cache of programs. `get` may be called from any thread; programs are immutable and shared."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, Program] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tx: Tx, revision_digest: str) -> Program:
        """The program of a stored revision. Raises NotFound for an unknown one, Invalid if it compiles no more."""
        with self._lock:
            program = self._kept.get(revision_digest)
            if program is not None:
                self._kept.move_to_end(revision_digest)
                return program
        revision = tx.of(Revision).get(revision_digest, tenant=REVISIONS)
        if revision is None:
            raise NotFound(f"no stored definition has revision {revision_digest}")
        options = msgspec.structs.replace(SAVED, bundle=revision.bundle)
        compiled = compile_source(revision.text, revision.dialect or None, options)
        if compiled.program is None:
            problems = tuple(problem.text() for problem in errors_of(compiled.problems))
            raise Invalid(f"revision {revision_digest} does not compile", problems)
        self.put(revision_digest, compiled.program)
        return compiled.program

    def put(self, revision_digest: str, program: Program) -> None:
        """Keep a program that was just compiled."""
        with self._lock:
            self._kept[revision_digest] = program
            self._kept.move_to_end(revision_digest)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
