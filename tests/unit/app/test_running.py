from pathlib import Path

from weft.app.running import egress_policy, engine_limits, from_event, sdk_dir
from weft.app.settings import Settings
from weft.services.events import EventStart


def test_settings_reach_the_engine_and_the_transport():
    settings = Settings(egress_allow=("10.0.0.0/8",), port=8123, engine_max_open_runs=7, engine_retention=60.0)
    assert egress_policy(settings).allow == ("10.0.0.0/8",) and egress_policy(settings).own_ports == (8123,)
    assert engine_limits(settings).open_runs == 7 and engine_limits(settings).retention_ms == 60_000


def test_the_sdk_stands_beside_the_interpreter_or_under_the_data():
    assert sdk_dir(Settings(data_dir=Path("/nowhere"))).name == "sdk"


def test_an_event_starts_a_job_that_gets_the_event():
    seen = []

    class Jobs:
        def start_within(self, tx, request):
            seen.append(request)

    event = {"id": "1", "type": "a.b", "source": "s"}
    start = EventStart(tenant="t", workflow_name="W", workflow_version="1", job_name="a.b-1", data={"x": 1},
                       event=event, started_by="ann")  # fmt: skip
    from_event(Jobs())(None, start)
    [request] = seen
    assert request.trigger.kind == "event" and request.trigger.events == (event,) and request.tenant == "t"
    assert request.name == "a.b-1" and request.data == {"x": 1} and request.started_by == "ann"
