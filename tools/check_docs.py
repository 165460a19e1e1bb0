"""`make docs`: links lead somewhere, JSON blocks parse, commands exist, the page of settings is the settings' table.

`--write` writes the page of settings anew.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.main import get_command

from weft.app.settings import TABLE
from weft.app.settings_loading import shown
from weft.cli.failures import CommandError
from weft.cli.root import app, hoist

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "docs" / "reference" / "settings.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^ *```console\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:\.venv/bin/)?weft [a-z][^`]*)`")
COMMAND = re.compile(r"^\s*\$ (?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(weft .*)", re.MULTILINE)
INCOMPLETE = re.compile(r"^(Missing|Usage:)|requires an argument")
HEAD = """# Settings

Each can be given as a flag of `weft serve` (`http.max_json` is `--http-max-json`), as an environment variable, or in
the file that `--config` names (TOML); flags win over the environment, the environment over the file. Secret ones have
no flag: they come from their variable, or from the file that the variable with `_FILE` behind it names. Durations are
written `90s`, `15m`, `8h`, `30d`, sizes `10MiB`. `weft config show` tells the value of each, and where it came from. No
API changes them.

| setting | default | what | variable |
| --- | --- | --- | --- |
"""


def pages() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))
    yield from sorted((ROOT / "benchmarks").glob("*.md"))


def settings_page() -> str:
    rows: list[str] = []
    for entry in TABLE:
        default = shown(entry, entry.default)
        words = entry.help.replace("|", "\\|")
        choices = f" ({', '.join(entry.choices)})" if entry.choices else ""
        rows.append(f"| `{entry.name}` | {f'`{default}`' if default else ''} | {words}{choices} | `{entry.env}` |")
    return HEAD + "\n".join(rows) + "\n"


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """Command lines of a page, without what shells add; False for those in prose, where arguments may be missing."""
    listed = [line for block in CONSOLE.findall(text) for line in COMMAND.findall(block)]
    told = [each.removeprefix(".venv/bin/") for each in INLINE.findall(text)]
    for line, whole in (*((line, True) for line in listed), *((line, False) for line in told)):
        cut = re.split(r"\s(?:[|>#<]|\\\\$)", line)[0].strip()
        yield cut.replace("…", "x" if whole else ""), whole


def alternatives(line: str) -> Iterator[str]:
    """`weft tenant|client list` is two commands."""
    words = line.split(" ")
    at = next((index for index, word in enumerate(words) if re.fullmatch(r"[a-z]+(\|[a-z]+)+", word)), None)
    if at is None:
        yield line
        return
    for word in words[at].split("|"):
        yield from alternatives(" ".join([*words[:at], word, *words[at + 1 :]]))


def misuse(line: str, whole: bool) -> str:
    """What is wrong with a command line, parsed as the program does and not carried out; empty if nothing is."""
    try:
        arguments = hoist(shlex.split(line)[1:])
        command, context = get_command(app), None
        while True:
            context = command.make_context("weft", arguments, parent=context)
            rest = [*getattr(context, "_protected_args", ()), *context.args]
            if not hasattr(command, "commands") or not rest:
                return ""
            if rest[0] not in command.commands:
                return f"there is no command {rest[0]}"
            command, arguments = command.commands[rest[0]], rest[1:]
    except typer.Exit:
        return ""
    except (typer.TyperException, CommandError) as failure:
        message = str(failure)
        return "" if not whole and INCOMPLETE.search(message) else message


def problems(page: Path) -> Iterator[str]:
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT)
    for target in LINK.findall(text):
        if "://" not in target and not (page.parent / target).exists():
            yield f"{name}: no {target}"
    for block in BLOCK.findall(text):
        try:
            json.loads(block)
        except ValueError as error:
            yield f"{name}: a JSON block does not parse: {error}"
    for line, whole in commands(text):
        for each in alternatives(line):
            wrong = misuse(each, whole)
            if wrong:
                yield f"{name}: `{each}`: {wrong}"
    if page == SETTINGS and text != settings_page():
        yield f"{name}: is not what the settings are: run tools/check_docs.py --write"


def main() -> int:
    if "--write" in sys.argv[1:]:
        SETTINGS.write_text(settings_page(), encoding="utf-8")
    found = [problem for page in pages() for problem in problems(page)]
    print("\n".join(found) if found else f"{len(list(pages()))} pages: links, JSON, commands and settings are right")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
