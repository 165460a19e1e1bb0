"""Entry of a worker process."""

from __future__ import annotations

import sys

from weft_adapter.worker.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
