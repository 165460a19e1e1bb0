from __future__ import annotations

import stat

import pytest

from weft.cli.contexts import Context, Contexts, contexts_path, load_contexts, save_contexts
from weft.cli.failures import CommandError


def test_none_at_first():
    assert load_contexts() == Contexts()


def test_kept_with_mode_0600():
    contexts = Contexts("a", {"a": Context("http://x", token="t")})
    save_contexts(contexts)
    assert load_contexts() == contexts
    assert stat.S_IMODE(contexts_path().stat().st_mode) == 0o600
    assert [file.name for file in contexts_path().parent.iterdir()] == ["contexts.json"]


def test_a_broken_file_is_told():
    contexts_path().parent.mkdir(parents=True)
    contexts_path().write_text("{")
    with pytest.raises(CommandError, match="cannot read the contexts"):
        load_contexts()
