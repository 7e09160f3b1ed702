"""The production server: ``gunicorn app:app`` from the project root reads this file by itself."""

import ctypes
import gc
import importlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import gunicorn.http.wsgi  # type: ignore[import-untyped]

gunicorn.http.wsgi.SERVER = "web"  # of every answer: which program it is, is nobody's business

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
# The application is loaded once, before the fork: the workers share its memory.
preload_app = True
# Heartbeats are file operations: in memory they cannot stall on a slow disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Nothing steers the server while it runs, so it needs no control socket in the home folder.
control_socket_disable = True
# The application logs its own requests. ``--access-logfile -`` adds this line for each answer;
# it names no address, because one-time links are secrets.
access_log_format = '{"time": "%(t)s", "method": "%(m)s", "status": %(s)s, "ms": %(M)s}'


def give_back_what_hashing_took() -> None:
    """Let the GNU C library give the 19 MiB of a hashed password back at once.

    It learns from the first that blocks of this size come and go, and keeps one for each thread
    from then on: some 80 MB in each web worker. A limit that is set is not learned anew.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other systems have none
    if mallopt is not None:
        mallopt(-3, 2**20)  # M_MMAP_THRESHOLD, in bytes


def post_fork(server: Any, _worker: Any) -> None:
    """Give each worker database connections of its own: none is shared across a fork."""
    give_back_what_hashing_took()
    app = server.app.wsgi()
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose(close=False)


class EmbeddedWorker:
    """``flask worker`` beside the web workers: started, kept alive and ended with the server."""

    # Linux ends it even where the server is killed and cannot.
    with_server = ("setpriv", "--pdeathsig", "TERM", "--") if shutil.which("setpriv") else ()
    command = (*with_server, sys.executable, "-m", "flask", "--app", "app", "worker")
    pause = 5.0  # seconds between two looks at it

    def __init__(self) -> None:
        self.process = subprocess.Popen(self.command)
        self.stopping = threading.Event()
        threading.Thread(target=self.keep_alive, name="embedded-worker", daemon=True).start()

    def keep_alive(self) -> None:
        """Start it again where it has ended by itself."""
        while not self.stopping.wait(self.pause):
            if self.process.poll() is not None:
                self.process = subprocess.Popen(self.command)

    def stop(self) -> None:
        """Ask it to end; it finishes the message it is sending."""
        self.stopping.set()
        self.process.terminate()


def when_ready(server: Any) -> None:
    """Load what draws and signs certificates, for all workers and before the first is asked for.

    Start the embedded worker, unless one runs elsewhere (INDUCTION_WORKER=external).
    """
    importlib.import_module("induction.signing.pades")
    importlib.import_module("induction.certificates.pdf.render")
    gc.freeze()  # as app.py does
    if os.environ.get("INDUCTION_WORKER") != "external":
        server.embedded_worker = EmbeddedWorker()


def on_exit(server: Any) -> None:
    """End the embedded worker with the server."""
    if hasattr(server, "embedded_worker"):
        server.embedded_worker.stop()
