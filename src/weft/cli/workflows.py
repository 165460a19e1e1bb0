"""`weft workflow|job|resource|secret|worker|adapter list …`: everyday work on a running server."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from weft.cli.connection import WORKFLOWS, call, choices
from weft.cli.expressions import read_document
from weft.cli.failures import NOT_FOUND, USAGE, CommandError
from weft.cli.output import show

workflows = typer.Typer(no_args_is_help=True, help="Workflow definitions.")
jobs = typer.Typer(no_args_is_help=True, help="Jobs: executions of definitions.")
resources = typer.Typer(no_args_is_help=True, help="Resources: target systems.")
secrets = typer.Typer(no_args_is_help=True, help="Secrets: credentials of resources, write-only.")
workers = typer.Typer(no_args_is_help=True, help="Workers: processes that host adapters.")

Tags = Annotated[list[str] | None, typer.Option("--tag", help="tag; repeat for several")]
Name = Annotated[str, typer.Argument(metavar="NAME")]
Run = Annotated[str, typer.Option("--run", help="run id; the job's latest run if left out")]


def _at(*parts: str) -> str:
    return f"{WORKFLOWS}/" + "/".join(quote(part, safe="") for part in parts)


@workflows.command("list")
def list_workflows(tag: Tags = None) -> None:
    """All definitions, or those with any of the tags."""
    query = {"tags": ",".join(tag)} if tag else None
    found: Any = call("GET", _at("workflow"), params=query) or []
    items = [item.get("workflow", item) for item in found]
    show(items, choices.output, ("name", "version", "workflowId", "wfTags") if choices.output == "table" else ())


@workflows.command("get")
def get_workflow(name: str, version: Annotated[str, typer.Argument()] = "") -> None:
    """A definition, by id, or by name and version."""
    path = _at("workflow", "name", name, "version", version) if version else _at("workflow", name)
    show(call("GET", path), "json" if choices.output == "table" else choices.output)


@workflows.command("create")
def create_workflow(file: str, tag: Tags = None) -> None:
    """Store a definition from a JSON or YAML file (- for stdin); prints its id."""
    body = {"definition": read_document(file), "wfTags": tag or []}
    show(call("POST", _at("workflow"), json=body), choices.output)


@workflows.command("validate")
def validate_workflow(file: str) -> None:
    """Check a definition without storing it."""
    show(call("POST", _at("workflow", "validate"), json={"definition": read_document(file)}), choices.output)


@workflows.command("delete")
def delete_workflow(workflow_id: str) -> None:
    """Remove a definition by id."""
    show(call("DELETE", _at("workflow", workflow_id)), choices.output)


@jobs.command("list")
def list_jobs(
    query: Annotated[str, typer.Option("--query", help="such as: ExecutionStatus = 'Failed'")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="most jobs to show")] = 50,
) -> None:
    """Jobs, running ones first."""
    params = {"pageSize": str(limit), **({"query": query} if query else {})}
    found: Any = call("GET", _at("job"), params=params) or {}
    if choices.output != "table":
        show(found, choices.output)
        return
    rows = [
        {
            "job": item["execution"]["workflowId"],
            "run": item["execution"]["runId"],
            "status": str(item["status"]).removeprefix("WORKFLOW_EXECUTION_STATUS_"),
            "started": item.get("startTime"),
            "closed": item.get("closeTime"),
        }
        for item in found.get("executions", [])
    ]
    show(rows, "table")


@jobs.command("start")
def start_job(
    workflow: str,
    version: Annotated[str, typer.Argument()] = "",
    name: Annotated[str, typer.Option("--name", help="name of the job")] = "",
    data: Annotated[str, typer.Option("--data", help="input as JSON, or @FILE")] = "",
    tag: Tags = None,
) -> None:
    """Start a job; prints its job and run ids."""
    body: dict[str, Any] = {"workflowName": workflow, "tags": tag or [], "data": _data(data)}
    body.update({key: value for key, value in (("workflowVersion", version), ("jobName", name)) if value})
    show(call("POST", _at("job"), json=body), choices.output)


@jobs.command("get")
def get_job(job: str, run: Run = "") -> None:
    """What a job is doing, or how it ended."""
    found: Any = call("GET", _at("job", job, "runs", run or _latest_run(job)))
    show(found, "json" if choices.output == "table" else choices.output)


@jobs.command("events")
def job_events(
    job: str, run: Run = "", wait: Annotated[bool, typer.Option("--wait", help="wait until the job has closed")] = False
) -> None:
    """The event history of a job."""
    path = _at("job", job, "runs", run or _latest_run(job), "events")
    found: Any = call("GET", path, params={"isLongPoll": "true"} if wait else None, timeout_s=None)
    if choices.output != "table":
        show(found, choices.output)
        return
    rows = [
        {"id": each["eventId"], "time": each["eventTime"], "event": str(each["eventType"]).removeprefix("EVENT_TYPE_")}
        for each in found
    ]
    show(rows, "table")


@jobs.command("cancel")
def cancel_job(job: str, run: Run = "") -> None:
    """Ask a job to end: the action in execution completes, nothing further starts."""
    show(call("POST", _at("job", job, "runs", run or _latest_run(job), "cancel"), json={}), choices.output)


@jobs.command("terminate")
def terminate_job(
    job: str, reason: Annotated[str, typer.Option("--reason", help="why, for the history")], run: Run = ""
) -> None:
    """End a job now."""
    path = _at("job", job, "runs", run or _latest_run(job), "terminate")
    show(call("POST", path, params={"reason": reason}), choices.output)


def _latest_run(job: str) -> str:
    escaped = job.replace("\\", "\\\\").replace("'", "\\'")
    found: Any = call("GET", _at("job"), params={"query": f"JobId = '{escaped}'", "pageSize": "1"}) or {}
    executions = found.get("executions", [])
    if not executions:
        raise CommandError(f"job {job} does not exist", NOT_FOUND)
    return str(executions[0]["execution"]["runId"])


def _data(text: str) -> Any:
    if not text:
        return {}
    if text.startswith("@"):
        return read_document(text[1:])
    try:
        return json.loads(text)
    except ValueError as cause:
        raise CommandError(f"--data is no JSON: {cause}", USAGE) from None


def _rows(found: Any) -> list[Any]:
    """The objects of a list, also where they lie in the one member of an object; hosted adapters by their ids."""
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    rows: list[Any] = []
    for item in found:
        hosted = item.get("activities") if isinstance(item, dict) else None
        if isinstance(hosted, list):
            item = {**item, "activities": [each.get("adapterId", each) for each in hosted if isinstance(each, dict)]}
        rows.append(item)
    return rows


def _simple(noun: typer.Typer, path: str, columns: tuple[str, ...]) -> None:
    """`list`, `get` and `delete` of a noun whose objects are found by their id."""

    @noun.command("list", help=f"All {path} objects.")
    def list_all() -> None:
        found = call("GET", _at(path)) or []
        show(_rows(found) if choices.output == "table" else found, choices.output, columns)

    @noun.command("get", help=f"One {path}.")
    def get_one(name: Name) -> None:
        show(call("GET", _at(path, name)), choices.output)

    @noun.command("delete", help=f"Remove a {path}.")
    def delete_one(name: Name) -> None:
        show(call("DELETE", _at(path, name)), choices.output)


_simple(resources, "resource", ("resourceId", "resourceType", "secretId"))
_simple(secrets, "secret", ("secretId", "secretType"))
_simple(workers, "worker", ("name", "status", "activities"))


@resources.command("create")
def create_resource(file: str) -> None:
    """Create a resource from a JSON or YAML file (- for stdin)."""
    show(call("POST", _at("resource"), json=read_document(file)), choices.output)


@secrets.command("create")
def create_secret(
    secret_id: str,
    secret_type: Annotated[str, typer.Option("--type", help="such as basicAuth or token")],
    file: Annotated[str, typer.Option("--file", help="JSON or YAML with the secret's fields, - for stdin")],
) -> None:
    """Create a secret. Its value is read from a file or standard input, never from an argument."""
    body = {"secretId": secret_id, "secretType": secret_type, "secret": read_document(file)}
    show(call("POST", _at("secret"), json=body), choices.output)


@workers.command("start")
def start_worker(name: str) -> None:
    """Start a worker."""
    show(call("POST", _at("worker", name, "start"), json={}), choices.output)


@workers.command("stop")
def stop_worker(
    name: str, force: Annotated[bool, typer.Option("--force", help="do not wait for what it is doing")] = False
) -> None:
    """Stop a worker."""
    show(call("POST", _at("worker", name, "stop"), json={"forceStop": force}), choices.output)
