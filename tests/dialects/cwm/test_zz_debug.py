import pytest, importlib.util, sys, json, os
from pathlib import Path
spec=importlib.util.spec_from_file_location("defs", Path(__file__).with_name("test_definitions.py"))
m=importlib.util.module_from_spec(spec); sys.modules["defs"]=m; spec.loader.exec_module(m)
server=m.server
pytestmark = pytest.mark.anyio
@pytest.mark.parametrize("name", os.environ.get("CASE","").split(","))
async def test_it(server, play, name):
    case=m.read(m.FOLDER/f"{name}.case.yaml")
    await m.prepared(server,case)
    stored=await m.save(server,m.definition_path(case.get("definition",name)))
    sent=[]
    server.answers={k:m.Script(k,e,sent,play) for k,e in case.get("answers",{}).items()}
    job=await server.start(stored,case.get("input"))
    try:
        await m.Player(server,job,sent).play(case.get("play",[{"work":1000}]))
    except AssertionError as e: print("ASSERT",e)
    for e in await server.events(job):
        if "Workflow" in e["eventType"] and "Task" in e["eventType"]: continue
        attrs=next((v for k,v in e.items() if k.endswith("Attributes")),{})
        print(e["eventType"], json.dumps(attrs)[:600])
    print(await server.status(job), sent)
