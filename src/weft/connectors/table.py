"""Which connector carries out which target of the languages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from weft.connectors import conversing, haystack, http, publishing, rest, scripts
from weft.connectors.attempt import Attempt


class Connector(msgspec.Struct, frozen=True):
    """`run` gives the task's output. `plain`: the keys of its output have no leading underscore."""

    run: Callable[[Attempt], Awaitable[Any]]
    plain: bool = False


CONNECTORS: Final[dict[str, Connector]] = {
    "tasklist:REST_CONNECTOR": Connector(rest.run),
    "tasklist:HTTP": Connector(http.run_listed),
    "tasklist:SCRIPT_EXECUTION": Connector(scripts.run),
    "tasklist:HAYSTACK": Connector(haystack.run),
    "tasklist:MQTT_PUBLISH": Connector(publishing.run),
    "tasklist:AI_CONVERSE": Connector(conversing.run),
    "graph:http": Connector(http.run_graph, plain=True),
    "graph:script": Connector(scripts.run, plain=True),
    "graph:haystack": Connector(haystack.run, plain=True),
    "graph:mqtt": Connector(publishing.run, plain=True),
    "graph:ai": Connector(conversing.run, plain=True),
}
"""Every target of `weft.dsl.graph.targets`; a test compares the two."""
