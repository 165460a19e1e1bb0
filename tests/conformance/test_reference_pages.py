"""The reference pages say what the code does: their tables are compared with the tables of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from weft.api.cwm.words import WORD_BY_STATUS
from weft.api.workflow_execution import errors as graph_errors
from weft.api.workflow_execution import words as graph_words
from weft.api.workflowsvc import errors as list_errors
from weft.api.workflowsvc import sorting
from weft.api.workflowsvc import words as list_words
from weft.app.settings import TABLE
from weft.cli import failures
from weft.domain.access import BUNDLES
from weft.domain.jobs import JobStatus
from weft.domain.roles import ALL_PERMISSIONS, BUILT_IN
from weft.dsl.graph.graphs import MAX_EDGES, MAX_TASKS, OPTIONS, RESERVED
from weft.dsl.graph.roots import LIST_FACTS, LIST_WORKFLOW
from weft.dsl.graph.targets import GRAPH_WORDS, REFUSED_TYPES, TASKLIST_TYPES
from weft.dsl.graph.tasklist import KNOWN_KEYS, KNOWN_TASK_KEYS

STATUSES = get_args(JobStatus)
DOCS = Path(__file__).parents[2] / "docs"


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, columns: int) -> list[list[str]]:
    """The rows of all tables of a page that have so many columns."""
    lines = [line.strip().strip("|") for line in text_of(page).splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in re.split(r"(?<= )\|(?= )", line)] for line in lines]
    return [row for row in found if len(row) == columns]


def test_every_type_of_task_lists_with_its_retries_and_limits():
    told = {row[0].strip("`"): row[1:3] for row in rows("reference/task-lists.md", 4) if row[0].isupper()}
    known = {}
    for word, kind in TASKLIST_TYPES.items():
        limit = f"{kind.limit_s} s ({kind.most_s} s)" if kind.limit_s else "none"
        known[word] = ["–" if kind.retries < 0 else str(kind.retries), limit]
    assert told == known


@pytest.mark.parametrize("word", sorted(REFUSED_TYPES))
def test_every_refused_type_is_named(word):
    assert f"`{word}`" in text_of("reference/task-lists.md")


def test_every_fact_of_a_task_and_of_a_run_that_has_no_other_spelling():
    page = text_of("reference/task-lists.md")
    for name in (*LIST_FACTS, *LIST_WORKFLOW):
        if not name.startswith("_") and name not in ("inputParams", "parentWorkflowId", "output"):
            assert f".{name}`" in page or f"workflow.{name}`" in page, name


def test_the_words_and_options_of_graphs():
    page = text_of("reference/task-graphs.md")
    told = {re.sub(r"[\s_-]", "", word).lower() for row in rows("reference/task-graphs.md", 3)
            for word in re.findall(r"`(\w+)`", row[0])}  # fmt: skip
    assert set(GRAPH_WORDS) <= told
    assert {option.lower() for option in OPTIONS} <= told
    for name in RESERVED:
        assert f"`{name}`" in page
    assert f"1 to {MAX_TASKS}" in page
    assert f"{MAX_EDGES:,} edges" in page


def test_no_key_is_told_that_nobody_knows():
    """What the tables of keys name is known to the compiler, with or without its underscore."""
    for row in rows("reference/task-lists.md", 2) + rows("reference/task-lists.md", 3):
        for key in re.findall(r"`_(\w+)`", row[0]):
            assert key in KNOWN_KEYS | KNOWN_TASK_KEYS, key


def test_statuses_of_jobs_in_every_dialect():
    told = {}
    for row in rows("explanation/dialects.md", 4):
        for status in row[0].split(", "):
            if status in STATUSES:
                told[status] = row[1:]
    expected = {
        status: [WORD_BY_STATUS[status], list_words.RUN_STATUS[status], graph_words.EXECUTION[status]]
        for status in STATUSES
        if status != "continued"
    }
    assert told == expected


def test_bundles_of_permissions():
    told = {row[0].strip("`"): set(re.findall(r"`([\w.]+)`", row[1])) for row in rows("reference/administration.md", 2)
            if row[0].strip("`") in BUNDLES}  # fmt: skip
    assert told == {word: set(bundle) for word, bundle in BUNDLES.items()}
    assert set().union(*told.values()) <= ALL_PERMISSIONS


def test_builtin_roles_and_exit_codes():
    guide = text_of("how-to/tenants-namespaces-clients.md")
    for role in BUILT_IN:
        assert f"| `{role}` |" in guide
    codes = {name: value for name, value in vars(failures).items() if name.isupper() and isinstance(value, int)}
    told = [int(code) for code in re.findall(r"(\d) [a-z]", text_of("reference/administration.md").splitlines()[-1])]
    assert told == sorted({0, *codes.values()})


def test_every_setting_has_its_row():
    page = text_of("reference/settings.md")
    for entry in TABLE:
        assert f"| `{entry.name}` |" in page, "run tools/check_docs.py --write"


def test_keys_that_lists_are_sorted_by():
    told = {row[0]: set(row[2].strip("`").split()) for row in rows("reference/workflowsvc.md", 3)}
    assert told["runs"] == set(sorting.RUN_COLUMNS)
    assert told["definitions"] == set(sorting.DEFINITION_COLUMNS)
    assert told["schedules"] == set(sorting.SCHEDULE_COLUMNS)


def test_every_word_of_an_error_with_its_status():
    listed = [row for row in rows("reference/workflowsvc.md", 2) if re.fullmatch(r"[\d, ]+", row[0])]
    assert {word for row in listed for word in re.findall(r"`(\w+)`", row[1])} == set(list_errors.ALL_WORDS)
    for status, words in list_errors._WORDS.items():
        for word in words:
            assert str(status) in " ".join(row[0] for row in listed if f"`{word}`" in row[1])
    page = text_of("reference/workflow-execution.md")
    for words in graph_errors._SPECIAL.values():
        for word in words:
            assert f"`{word}`" in page, word
    for status, word in graph_errors._STATUS.values():
        assert f"`{word}`" in page and str(status) in page, word
