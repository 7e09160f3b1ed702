"""Who was erased, noted outside the database: a restored backup must not bring anybody back.

A file for each erased account, named by its public id, in the instance's folder ``erasures``. It
says nothing else of anybody, so it can be kept elsewhere as checkpoints are.
"""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.database import chunks
from induction.people.models import Account
from induction.personal_data.erasure import erase_all

FOLDER = "erasures"


def erased(session: Session) -> set[str]:
    """The public ids of everybody whom this database knows as erased."""
    return set(session.scalars(select(Account.public_id).where(Account.erased_at.is_not(None))))


def note(session: Session, instance: Path) -> None:
    """Write down who is erased and not noted yet. Call it after the commit."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    for public_id in erased(session) - noted(folder):
        (folder / public_id).touch(mode=0o600)


def noted(folder: Path) -> set[str]:
    """The public ids in a folder of them, which may be a copy from elsewhere."""
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def erase_again(act: Act, public_ids: Collection[str], instance: Path) -> int:
    """Erase those of them who are here and whole; how many there were."""
    found: list[Account] = []
    for some in chunks(sorted(public_ids)):
        whole = Account.public_id.in_(some), Account.erased_at.is_(None)
        found += act.session.scalars(select(Account).where(*whole))
    if found:
        erase_all(act, found, instance)
    return len(found)
