"""Whether a backup is good: it is put back into a database of its own, and checked there."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import func, select

from induction.audit import checkpoint as checkpoints
from induction.audit.models import AuditEntry
from induction.audit.verify import verify_chain
from induction.backup import copying
from induction.compliance import reconciliation
from induction.database import prepare_engine
from induction.extensions import db
from induction.refusals import InvalidInput


class NotGood(InvalidInput):
    """The backup cannot be put back, or does not hold. The message says why."""


def try_out(file: Path, folder: Path, tick: Callable[[int], None]) -> int:
    """Restore a backup into a scratch database in this folder, and check it like ``audit verify``.

    Returns how many acts were walked. Raises NotGood; nothing but the folder is touched.
    """
    certificates = current_app.extensions["signer"].known()
    scratch = _scratch(folder)
    with scratch.app_context():
        try:
            with zipfile.ZipFile(file) as pack:
                copying.restore(db.engine, folder, pack, tick)
            held = checkpoints.read_all(folder / "checkpoints")
            session = db.session()
            if broken := verify_chain(session, held, certificates, lambda: tick(1)):
                raise NotGood(f"entry {broken.seq}: {broken.reason}")
            if fault := next(reconciliation.faults_of(session), None):
                raise NotGood(fault)
            return session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        finally:
            db.session.remove()
            db.engine.dispose()


def _scratch(folder: Path) -> Flask:
    """As much of an application as migrations and sessions need, on a SQLite file of its own."""
    scratch = Flask(current_app.import_name, static_folder=None, instance_path=str(folder))
    scratch.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'scratch.sqlite'}"
    db.init_app(scratch)
    scratch.extensions["migrate"] = current_app.extensions["migrate"]
    scratch.extensions["settings"] = current_app.extensions["settings"]
    prepare_engine(scratch)
    return scratch
