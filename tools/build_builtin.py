"""Build the built-in adapters into src/weft/app/builtin/<adapter id>.tar.gz.

Run it after a change of adapters/ in a checkout; the build of the distribution does it by itself. The same sources
give the same bytes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/weft/app/builtin"


def build_all(root: Path = ROOT, target: Path = TARGET) -> list[Path]:
    """Build each directory of adapters/ that has a manifest; the archives."""
    sys.path.insert(0, str(root / "sdk/src"))
    from weft_adapter.author.archive import build, read_directory

    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with tempfile.TemporaryDirectory() as scratch:
        for source in sorted((root / "adapters").iterdir()):
            if not (source / "adapter.yaml").is_file():
                continue
            place = target / f"{read_directory(source).adapter_id}.tar.gz"
            temporary = place.with_suffix(".part")
            temporary.write_bytes(build(source, Path(scratch)).read_bytes())
            temporary.replace(place)
            written.append(place)
    for stale in set(target.glob("*.tar.gz")) - set(written):
        stale.unlink()
    return written


if __name__ == "__main__":
    for archive in build_all():
        print(archive.relative_to(ROOT))
