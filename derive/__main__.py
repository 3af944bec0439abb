"""`python -m derive`, the same program as the console script."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from derive.cli import entry

        entry()
    except KeyboardInterrupt:
        sys.exit(130)
