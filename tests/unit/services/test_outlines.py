from weft.dsl.compile import compile_document
from weft.services.outlines import OutlineNode, outline

TASKS = """
document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}
do:
  - one: {set: {x: 1}}
  - many: {for: {each: i, in: '${ [1] }'}, do: [{inner: {set: {y: 1}}}]}
  - rest: {wait: {seconds: 1}}
"""
STATES = """
name: x
version: '1.0'
specVersion: '0.9'
start: A
states:
  - {name: A, type: inject, data: {x: 1}, transition: B}
  - {name: B, type: switch, dataConditions: [{condition: '${ .x }', transition: C}], defaultCondition: {end: true}}
  - {name: C, type: sleep, duration: PT1S, end: true}
"""


def test_tasks_of_the_first_list_only():
    assert outline(compile_document(TASKS).program) == [
        OutlineNode("/do/0/one", "one", "transform"),
        OutlineNode("/do/1/many", "many", "loop"),
        OutlineNode("/do/2/rest", "rest", "timer"),
    ]


def test_states_have_the_kind_of_what_they_do():
    found = outline(compile_document(STATES, dialect="cwm").program)
    assert [(node.name, node.kind) for node in found] == [("A", "transform"), ("B", "choice"), ("C", "timer")]
    assert [node.position for node in found] == ["/states/0", "/states/1", "/states/2"]


def test_lists_and_graphs_give_their_type_words():
    listed = compile_document({"_name": "l", "_taskDefs": [{"_name": "w", "_type": "WAIT"}, {"_type": "HUMAN"}]})
    assert [(node.name, node.kind) for node in outline(listed.program)] == [("w", "WAIT"), ("HUMAN", "HUMAN")]
    graph = compile_document(
        {"name": "g", "tasks": [{"id": "b", "name": "noop"}, {"id": "a", "name": "set"}],
         "edges": [{"parent": "a", "child": "b"}]}
    )  # fmt: skip
    assert [(node.position, node.name) for node in outline(graph.program)] == [("/tasks/1", "a"), ("/tasks/0", "b")]


def test_what_stands_inside_another_node_is_left_out():
    tasks = """
document: {dsl: '1.0.0', namespace: t, name: x, version: '1.0.0'}
do:
  - a: {set: {x: 1}}
  - b: {do: [{c: {set: {y: 1}}}]}
  - f: {fork: {branches: [{p: {set: {x: 1}}}]}}
"""
    assert [node.name for node in outline(compile_document(tasks).program)] == ["a", "b", "f"]


def test_ten_states_stay_in_their_order():
    states = [{"name": f"s{at}", "type": "inject", "data": {}, "transition": f"s{at + 1}"} for at in range(11)]
    states.append({"name": "s11", "type": "inject", "data": {}, "end": True})
    document = {"name": "a", "version": "1", "specVersion": "0.9", "states": states}
    found = outline(compile_document(document, dialect="cwm").program)
    assert [node.name for node in found] == [f"s{at}" for at in range(12)]
