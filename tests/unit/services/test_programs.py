from __future__ import annotations

import pytest

from weft.domain.errors import Invalid, NotFound
from weft.domain.workflows import REVISIONS, Revision
from weft.services.definitions import Definition
from weft.services.programs import Programs, compile_source

pytestmark = pytest.mark.anyio


async def test_compiled_on_the_first_use(records, made):
    record = await records.workflows.create(records.root, Definition(made.definition(), hint="cwm"))
    programs = Programs()
    first = await records.store.read(lambda tx: programs.get(tx, record.revision))
    again = await records.store.read(lambda tx: programs.get(tx, record.revision))
    assert first is again
    assert first.identity.name == "CheckReachability"


async def test_the_oldest_is_dropped(made):
    programs = Programs(capacity=2)
    program = compile_source(made.small("A"), "cwm").program
    for digest in "abc":
        programs.put(digest, program)
    assert len(programs) == 2


async def test_unknown_and_broken_revisions(records):
    with pytest.raises(NotFound):
        await records.store.read(lambda tx: records.programs.get(tx, "none"))
    broken = Revision(digest="broken", text='{"states": 7}', dialect="cwm", created_at=1)
    await records.store.write(lambda tx: tx.of(Revision).put(broken))
    assert await records.store.read(lambda tx: tx.of(Revision).get("broken", tenant=REVISIONS)) is not None
    with pytest.raises(Invalid, match="does not compile"):
        await records.store.read(lambda tx: records.programs.get(tx, "broken"))
