"""The application with an observer in each web worker, for gunicorn.

A hundred times a second it looks what each thread that answers somebody is doing, and counts it in
``SAMPLES``/<process id>.json. Waiting for a lock or for the disk counts as doing what waits.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from app import app

EVERY, WRITTEN = 0.01, 1.0  # seconds
ANSWERING = "handle_request"  # gunicorn's function around all that is ours
# What a thread is doing: the first of these whose mark stands in the file or function of a frame.
PARTS = (
    ("commits", "do_commit"),
    ("the chain of acts, and waiting for one’s turn in it", "/induction/audit/"),
    (
        "beginning a transaction (on SQLite, waiting for the one writer)",
        "/induction/database.py:begun",
    ),
    ("hashing passwords", "/induction/people/passwords.py"),
    ("signing certificates", "/induction/signing/"),
    ("drawing certificates", "/induction/certificates/pdf/"),
    ("other statements", "/sqlalchemy/engine/"),
    ("making pages", "/jinja2/"),
)
REST = "rules, forms, sessions and the rest"


def part_of(frame: FrameType | None) -> str:
    """What this thread is doing; "" where it answers nobody."""
    places = []
    while frame is not None:
        places.append(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")
        frame = frame.f_back
    if not any(place.endswith(f":{ANSWERING}") for place in places):
        return ""
    stack = "\n".join(places)
    return next((part for part, mark in PARTS if mark in stack), REST)


def observe(file: Path) -> None:
    """Look for as long as the process lives."""
    seen: Counter[str] = Counter()
    written = time.monotonic()
    while True:
        time.sleep(EVERY)
        for frame in sys._current_frames().values():
            if part := part_of(frame):
                seen[part] += 1
        if time.monotonic() > written + WRITTEN:
            written = time.monotonic()
            file.write_text(json.dumps(seen))


def _begin() -> None:
    file = Path(os.environ["SAMPLES"], f"{os.getpid()}.json")
    threading.Thread(target=observe, args=(file,), daemon=True).start()


os.register_at_fork(after_in_child=_begin)

__all__ = ["app"]
