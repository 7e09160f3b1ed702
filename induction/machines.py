"""One machine among several on one database: what each needs on its own disk, it has.

Everything that people send in is in the database. Beside it each machine keeps the signing key,
the certificates of all keys, checkpoints and notes of who was erased.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from induction.audit.verify import checkpoint_folder, keep_beside
from induction.config import Settings
from induction.database import writing
from induction.extensions import db
from induction.failures import log_failure
from induction.personal_data import erasures
from induction.reports import screenshots
from induction.schema import newest, present
from induction.signing import keys, shared
from induction.signing.signer import Signer


def signer_of(app: Flask) -> Signer:
    """The signer of this machine, by its settings. Raises KeyFault.

    A machine that has no key yet takes that of the installation, where it can, before it makes one.
    """
    settings: Settings = app.extensions["settings"]
    folder, passphrase = settings.instance / "keys", settings.key_passphrase
    if passphrase and settings.signing_p12 is None and not keys.has_private(folder):
        with _joining(app):
            if present(db.session()) == newest() and shared.is_shared(db.session()):
                shared.take_key(db.session(), folder, passphrase)
    return Signer.from_settings(
        folder,
        settings.signing_p12,
        settings.signing_p12_password,
        passphrase=passphrase,
        organisation=lambda: app.extensions["content"].organisation,
    )


def join(app: Flask) -> None:
    """Called once by whatever serves: agree with the other machines, and keep what they know.

    Raises KeyFault where this machine would sign with a key of its own. A database that cannot be
    reached, or is not migrated yet, is left alone: the next start does it.
    """
    with _joining(app):
        if present(db.session()) == newest():
            _share_keys(app)
            _share_files(app.extensions["settings"])


@contextmanager
def _joining(app: Flask) -> Iterator[None]:
    """With the database, where it can be reached."""
    with app.app_context():
        try:
            yield
        except SQLAlchemyError as error:
            log_failure(error, doing="joining the other machines")
        finally:
            db.session.remove()


def _share_keys(app: Flask) -> None:
    settings: Settings = app.extensions["settings"]
    folder = settings.instance / "keys"
    try:
        _agree(app, settings, folder)
    except IntegrityError:  # another machine started in the same moment: see what it said
        _agree(app, settings, folder)
    shared.take_certificates(db.session(), app.extensions["signer"], folder)


def _agree(app: Flask, settings: Settings, folder: Path) -> None:
    own = settings.signing_p12 is None
    if own and shared.is_another(db.session(), app.extensions["signer"]):
        shared.take_key(db.session(), folder, settings.key_passphrase)
        app.extensions["signer"] = signer_of(app)
    pem = keys.private_pem(folder).decode() if own and settings.key_passphrase else ""
    signer: Signer = app.extensions["signer"]
    with writing() as session:
        shared.offer(session, signer, pem=pem, secret_key=settings.secret_key)


def _share_files(settings: Settings) -> None:
    if (settings.instance / screenshots.FOLDER).is_dir():
        with writing() as session:
            done = screenshots.take_in(session, settings.instance)
        for path in done:
            path.unlink(missing_ok=True)
    keep_beside(db.session(), checkpoint_folder())
    erasures.note(db.session(), settings.instance)
