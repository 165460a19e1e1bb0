from weft.dsl.machine.faults import fault
from weft.services.missing_activities import missing_activities, operations


class Resolution:
    def resolve(self, tx, operation, hint=""):
        return fault("configuration", f"no {operation}") if "acme" in operation else object()


class Draft:
    def __init__(self, document):
        self.document = document


def document(*functions):
    return {"functions": list(functions)}


def test_only_functions_that_name_an_activity_count():
    found = operations(
        document(
            {"operation": "a.b.v1.0.0.c.D"},
            {"type": "expression", "operation": ".x"},
            {"operation": "http://x/y#z"},
            {"type": "custom", "operation": "acme.D"},
            3,
            {},
        )
    )
    assert found == [(0, "a.b.v1.0.0.c.D"), (3, "acme.D")]
    assert operations({}) == operations({"functions": "x"}) == operations(None) == []


def test_warnings_carry_the_pointer():
    draft = Draft(document({"operation": "ok.D"}, {"operation": "acme.x.v1.0.0.c.D"}))
    assert missing_activities(Resolution())(None, "default", draft) == ["/functions/1/operation: no acme.x.v1.0.0.c.D"]
