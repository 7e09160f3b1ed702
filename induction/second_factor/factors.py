"""Adding and removing second factors, and whether what somebody shows is one of theirs."""

from flask import current_app
from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.people import sessions
from induction.people.models import Account
from induction.people.notices import tell
from induction.second_factor import passkeys, recovery_codes, totp
from induction.second_factor.models import Authenticator, Passkey, RecoveryCode

APP, CODE, PASSKEY = "app", "recovery-code", "passkey"  # how somebody proved who they are
WORDS = {APP: "an app with codes", PASSKEY: "a passkey"}


def add_app(act: Act, account: Account, secret: str, code: str) -> list[str] | None:
    """Let this app's codes count from now on. None where the code is not the app's.

    Returns recovery codes to show where the account had no second factor before, else none.
    """
    step = totp.step_of(secret, code, now=act.now)
    if step is None:
        return None
    act.session.execute(delete(Authenticator).where(Authenticator.account_id == account.id))
    act.session.add(
        Authenticator(
            account_id=account.id,
            sealed_secret=totp.seal(secret, _key(), account.public_id),
            last_step=step,
            added_at=act.now,
        )
    )
    return added(act, account, APP)


def added(act: Act, account: Account, kind: str) -> list[str]:
    """Note that a factor is there; recovery codes where it is the first."""
    act.record(Action.FACTOR_ADDED, account.actor, kind=kind)
    tell(act, account, "second-step-changed", what=f"{WORDS[kind]} was added")
    return [] if not _count_again(act, account) else recovery_codes.make(act, account)


def add_passkey(act: Act, account: Account, answer: str, name: str) -> list[str] | None:
    """Let this passkey count from now on; None where it is none. Recovery codes as for an app."""
    return added(act, account, PASSKEY) if passkeys.add(act, account, answer, name) else None


def remove_passkey(act: Act, account: Account, public_id: str) -> None:
    """Let this passkey count no more."""
    if passkeys.remove(act, account, public_id):
        act.record(Action.FACTOR_REMOVED, account.actor, kind=PASSKEY)
        tell(act, account, "second-step-changed", what=f"{WORDS[PASSKEY]} was removed")
        _count_again(act, account)


def remove_app(act: Act, account: Account) -> None:
    """Let the app's codes count no more."""
    act.session.execute(delete(Authenticator).where(Authenticator.account_id == account.id))
    act.record(Action.FACTOR_REMOVED, account.actor, kind=APP)
    tell(act, account, "second-step-changed", what=f"{WORDS[APP]} was removed")
    _count_again(act, account)


def reset(act: Act, account: Account, reason: str) -> None:
    """Take every factor away, as for a lost phone. A mailed link lets them set up another."""
    for model in (Authenticator, Passkey, RecoveryCode):
        act.session.execute(delete(model).where(model.account_id == account.id))
    _count_again(act, account)
    sessions.end_all(act, account)
    tell(
        act,
        account,
        "second-step-changed",
        what="it was taken away, so that you can set it up anew",
    )
    act.record(
        Action.FACTORS_RESET, account.actor, personal={"reason": reason}, account_id=account.id
    )


def _count_again(act: Act, account: Account) -> bool:
    """Keep on the account whether it has a factor; whether that has just become so."""
    before = account.has_second_factor
    there = has_app(act.session, account) or bool(passkeys.of(act.session, account))
    stored = update(Account).where(Account.id == account.id)
    act.session.execute(stored.values(has_second_factor=there))
    if not there:
        act.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    return there and not before


def has_app(session: Session, account: Account) -> bool:
    """Whether codes of an app count for this account."""
    return bool(session.scalar(select(exists().where(Authenticator.account_id == account.id))))


def proof(act: Act, account: Account, typed: str) -> str | None:
    """How this proves who they are: a passkey's answer, a code; None where it does not."""
    if typed.startswith("{"):
        whose = passkeys.owner(act, typed)
        return PASSKEY if whose is not None and whose.id == account.id else None
    if _is_of_app(act, account, "".join(typed.split())):
        return APP
    return CODE if recovery_codes.use(act, account, typed) else None


def _is_of_app(act: Act, account: Account, code: str) -> bool:
    mine = select(Authenticator).where(Authenticator.account_id == account.id).with_for_update()
    app = act.session.scalars(mine).first()
    secret = totp.opened(app.sealed_secret, _key(), account.public_id) if app else None
    if app is None or secret is None:
        return False
    step = totp.step_of(secret, code, now=act.now, after=app.last_step)
    if step is None:
        return False
    app.last_step = step
    return True


def _key() -> str:
    key: str = current_app.extensions["settings"].secret_key
    return key
