"""The one writer of what is known of somebody: what it changes besides, and whom it tells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import table
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people import accounts, links, sessions
from induction.people.learner_fields import WORDS, facts_of
from induction.people.models import Account


def change(entries: Batch, account: Account, facts: Mapping[str, str], *, reason: str = "") -> None:
    """Change these fields of a person: see ``change_all``."""
    change_all(entries, [(account, facts)], reason=reason)


def change_all(
    entries: Batch, changes: Sequence[tuple[Account, Mapping[str, str]]], *, reason: str = ""
) -> None:
    """Change fields of people; what stood there before is beside the record of acts.

    Where the address changes, whoever had the old one has no way in any more, and both are told.
    The values have been checked. As many statements, however many people these are.
    """
    session, before = entries.act.session, {a.id: facts_of(a) for a, _ in changes}
    written = [
        (account, accounts.new_facts(account, {name: fact or None for name, fact in facts.items()}))
        for account, facts in changes
    ]
    alike: defaultdict[tuple[str, ...], list[tuple[Account, dict[str, Any]]]] = defaultdict(list)
    for account, values in written:
        alike[*sorted(values)].append((account, values))
    for names, those in alike.items():
        _write(session, names, those)
    _tell_of_addresses(entries.act, [(a, before[a.id]["email"], f) for a, f in changes])
    for account, values in written:
        were = before[account.id]
        changed = [n for n in WORDS if n in values and (values[n] or "") != were[n]]
        personal = {n: were[n] for n in changed} | ({"reason": reason} if reason else {})
        entries.record(
            Action.ACCOUNT_CHANGED,
            account.actor,
            fields=sorted(changed),
            personal=personal,
            account_id=account.id,
        )


def _write(
    session: Session, names: Sequence[str], those: Sequence[tuple[Account, dict[str, Any]]]
) -> None:
    """Write these columns of people, in one statement."""
    own = table(Account)
    statement = (
        update(own)
        .where(own.c.id == bindparam("of_account"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    session.connection().execute(
        statement,
        [{"of_account": a.id, **{f"new_{n}": v for n, v in values.items()}} for a, values in those],
    )
    for account, values in those:
        for name, value in values.items():
            set_committed_value(account, name, value)


def _tell_of_addresses(act: Act, changes: Sequence[tuple[Account, str, Mapping[str, str]]]) -> None:
    """Whoever gets another address: nobody comes in by the old one, and both are told."""
    moved = [(a, old, facts["email"]) for a, old, facts in changes if "email" in facts]
    people = [account for account, _, _ in moved]
    sessions.end_all(act, *people)
    links.remove_all(act, *people)
    outbox.queue_all(
        act.session,
        [
            (address or None, account.id, letter(template, account=account))
            for account, old, new in moved
            # also where nobody has used the account: an invitation may have gone to the old one
            for address, template in ((old, "email-changed"), (new, "email-changed-to-this"))
        ],
        now=act.now,
    )


def keep_by_hand(entries: Batch, account: Account, replaced: Mapping[str, str]) -> None:
    """Remember what somebody changed away from: a list that says it again changes nothing.

    By field of a learner, ``cohort`` or ``due_date``.
    """
    kept: dict[str, Any] = dict(account.corrected)
    for name, before in replaced.items():
        if before:
            kept[name] = list(dict.fromkeys([*kept.get(name, ()), before]))
    entries.act.session.execute(
        update(Account).where(Account.id == account.id).values(corrected=kept)
    )
