from weft.api.cwm.words import LONG, SHORT, STATUS_BY_WORD, STATUSES, WORD_BY_STATUS, upper_snake
from weft.domain.jobs import CLOSED


def test_every_status_of_the_domain_has_a_word():
    assert set(WORD_BY_STATUS) == CLOSED | {"pending", "running", "waiting", "suspended"}


def test_both_forms():
    assert SHORT("event", "WorkflowExecutionStarted") == "WorkflowExecutionStarted"
    assert LONG("event", "WorkflowExecutionStarted") == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    assert LONG("queue", "Normal") == "TASK_QUEUE_KIND_NORMAL"
    assert upper_snake("TimedOut") == "TIMED_OUT"


def test_words_numbers_and_long_names_are_read():
    for word, (number, _) in STATUSES.items():
        assert STATUS_BY_WORD[word] == STATUS_BY_WORD[str(number)] == word
        assert STATUS_BY_WORD[f"WORKFLOW_EXECUTION_STATUS_{upper_snake(word)}"] == word
    assert STATUS_BY_WORD["TIMED_OUT_WF"] == "TimedOut"
