"""Environments of the peers: their dependencies disagree with ours, so each has its own under benchmarks/.peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python_of(peer: str) -> Path:
    """The peer's interpreter; its environment is made, pinned and hashed, at the first call."""
    folder = ROOT / "benchmarks" / ".peers" / peer
    python = folder / "bin" / "python"
    wanted = ROOT / "requirements" / f"peer-{peer}.txt"
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < wanted.stat().st_mtime:
        print(f"   installing {peer} (pinned, hashed)", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*install, "-r", str(wanted)], check=True)
        stamp.touch()
    return python
