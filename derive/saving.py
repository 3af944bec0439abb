"""Writing a file all at once: what was there stays until the new text is complete. Not trusted."""

from __future__ import annotations

import os


def save(text: str, to: str) -> None:
    """Write a text to a file or a device; raises OSError and then leaves nothing half-written."""
    path = os.path.realpath(to)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text)
        if os.path.exists(path):
            os.chmod(part, os.stat(path).st_mode & 0o777)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.unlink(part)
