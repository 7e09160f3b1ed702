"""Codes on paper, for whoever has lost the phone: each works once in place of a second factor."""

import base64
import re
import secrets

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import rows_hit
from induction.people.models import Account
from induction.people.sessions import token_hash
from induction.second_factor.models import RecoveryCode

NUMBER = 10
BYTES = 10  # 80 random bits: 16 letters and digits


def make(act: Act, account: Account) -> list[str]:
    """New codes, to be shown once; earlier ones stop working."""
    codes = [_written(base64.b32encode(secrets.token_bytes(BYTES)).decode()) for _ in range(NUMBER)]
    act.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    rows = [{"account_id": account.id, "code_hash": token_hash(_plain(code))} for code in codes]
    act.session.execute(insert(RecoveryCode), rows)
    act.record(Action.RECOVERY_CODES_MADE, account.actor, codes=len(codes))
    return codes


def use(act: Act, account: Account, typed: str) -> bool:
    """Whether this is one of theirs; it does not work again."""
    mine = (
        RecoveryCode.account_id == account.id,
        RecoveryCode.code_hash == token_hash(_plain(typed)),
    )
    return bool(rows_hit(act.session, delete(RecoveryCode).where(*mine)))


def left(session: Session, account: Account) -> int:
    """How many have not been used."""
    mine = RecoveryCode.account_id == account.id
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(mine)) or 0


def _written(code: str) -> str:
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4)).lower()


def _plain(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).lower()
