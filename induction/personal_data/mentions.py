"""Where people are named in the database, and taking them out of what others wrote.

Every wide text column is looked at, of whatever room, so that a new one is looked at too. What
stays is listed here with its reason.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from induction.audit.models import AuditPersonal
from induction.certificates.models import Certificate, CertificateRecordRow
from induction.database import chunks, table
from induction.extensions import db
from induction.institute.models import Institute
from induction.mail.models import OutboxMail
from induction.people.learner_fields import LEARNER_FIELDS, facts_of
from induction.people.models import Account
from induction.personal_data.naming import Naming, words_of
from induction.searching import Folded

NOBODY = "Details erased"
WIDE = 100  # characters; a narrower column holds an id or a word of ours
MOST_WORDS = 40  # that the database looks for; for more it is quicker to read everything

# Nobody is named in these: they are digests, signatures and words of ours. A certificate's record
# is long, and its name has a column of its own.
_CODES = frozenset(
    [
        "account.password_hash",
        "account.sort_name",  # follows from the name
        "audit_checkpoint.signature",
        "audit_entry.details",
        "authenticator.sealed_secret",
        "card.pin_hash",
        "certificate_record.record",
        "checkpoint_letter.message_id",
        "identity.issuer",
        "identity.subject",
        "newcomer.issuer",
        "newcomer.subject",
        "outbox_mail.message_id",
        "passkey.credential_id",
        "passkey.public_key",
        "passkey_challenge.challenge",
        "policy_draft_comment.name",
        "policy_draft_text.path",
        "sign_in.only_roles",
    ]
)
# What somebody else signed or was given, the policy's own words, and why they were changed:
# evidence, which stays.
EVIDENCE = frozenset(
    [
        "certificate_record.name",
        "declaration.signed_name",
        "policy_change.reason",
        "policy_document.name",
        "policy_draft_text.words",
    ]
)
# Nobody is better than "Details erased": printed on certificates, written to, or asked for in need.
# Pages for administrators say that they are not set.
_EMPTIED = frozenset(
    [
        "institute.checkpoint_email",
        "institute.safeguarding_email",
        "institute.safeguarding_name",
        "institute.signatory",
    ]
)


def columns() -> Iterator[Column[Any]]:
    """The columns in which somebody may be named."""
    for one in db.metadata.sorted_tables:
        for column in one.columns:
            if _is_wide(column) and str(column) not in _CODES:
                yield column


def _is_wide(column: Column[Any]) -> bool:
    kind = column.type
    wide = isinstance(kind, String) and (kind.length is None or kind.length >= WIDE)
    return wide or str(column) in ("account.learner_ref", "account.uln")


def naming_of(session: Session, accounts: Collection[Account]) -> Naming:
    """Whatever stands for these people and for nobody else: what they have, and what they had."""
    names, exactly = set[str](), set[str]()
    for account in accounts:
        earlier = list(_earlier(session, account.id))
        facts = facts_of(account)
        names |= {facts["full_name"], *_issued_to(session, account.id)}
        names |= {value for key, value in earlier if key in ("full_name", "name")}
        unique = {field.name for field in LEARNER_FIELDS if field.unique}
        exactly |= {value for key, value in (*facts.items(), *earlier) if key in unique}
        exactly |= written_to(session, account.id)
    names.discard(NOBODY)
    return _theirs_alone(session, accounts, names, exactly)


def _theirs_alone(
    session: Session, accounts: Collection[Account], names: set[str], exactly: set[str]
) -> Naming:
    """Without the names that somebody else here has too; and not inside anybody's longer name."""
    theirs = {account.id for account in accounts}
    living = select(Account.id, Account.full_name).where(Account.erased_at.is_(None))
    trial, shared, others = Naming(names), set[tuple[str, ...]](), set[str]()
    for row in session.execute(living):
        if row.id not in theirs and trial.found_in(row.full_name):
            shared.add(words_of(row.full_name))
            others.add(row.full_name)
    return Naming({n for n in names if words_of(n) not in shared}, exactly, others)


def _earlier(session: Session, account_id: int) -> Iterator[tuple[str, str]]:
    """What stands of them beside the chain: names and addresses from before a change."""
    query = select(AuditPersonal.data).where(AuditPersonal.account_id == account_id)
    for data in session.scalars(query):
        for key, value in json.loads(data).items():
            if isinstance(value, str):
                yield key, value


def _issued_to(session: Session, account_id: int) -> set[str]:
    """The names that their certificates have or had: a name may be corrected."""
    query = (
        select(CertificateRecordRow.name)
        .join(Certificate, Certificate.id == CertificateRecordRow.certificate_id)
        .where(Certificate.account_id == account_id)
    )
    return set(session.scalars(query))


def written_to(session: Session, account_id: int) -> set[str]:
    """The addresses that this person had while mail went to them."""
    query = select(OutboxMail.recipient).where(OutboxMail.account_id == account_id)
    return set(session.scalars(query.distinct()))


def take_out(session: Session, naming: Naming) -> None:
    """Take people out of what others wrote, and what names them from beside the chain."""
    if not naming.words:
        return
    for one, wide in _by_table().items():
        if one.name == AuditPersonal.__tablename__:
            _forget_beside(session, naming)
            continue
        changes = [
            (key, changed)
            for key, texts in _naming_rows(session, one, wide, naming)
            if (changed := _without(naming, key, texts))
        ]
        for key, changed in changes:
            session.execute(update(one).where(_is(one, key)).values(changed))
        if changes and one is table(Institute):
            session.execute(update(one).values(revision=one.c.revision + 1))


def _by_table() -> dict[Table, list[Column[Any]]]:
    """The columns from which names are taken; accounts of others are their own."""
    found: dict[Table, list[Column[Any]]] = {}
    for column in columns():
        if column.table is not table(Account) and str(column) not in EVIDENCE:
            found.setdefault(column.table, []).append(column)
    return found


def _naming_rows(
    session: Session, one: Table, wide: list[Column[Any]], naming: Naming
) -> Iterator[tuple[tuple[Any, ...], dict[Column[Any], str]]]:
    """The rows that may name the people: their keys, and their texts by column."""
    keys = list(one.primary_key.columns)
    query = select(*keys, *wide).where(_may_name(wide, naming)).execution_options(yield_per=1000)
    for row in session.execute(query):
        values = tuple(row)
        texts = zip(wide, values[len(keys) :], strict=True)
        yield values[: len(keys)], {column: text for column, text in texts if text}


def _may_name(wide: list[Column[Any]], naming: Naming) -> ColumnElement[bool]:
    """What the database can say: a word of a name stands there. Each text is folded once."""
    if len(naming.words) > MOST_WORDS:
        return true()
    words = "|".join(map(re.escape, sorted(naming.words)))
    return or_(*(Folded(column).regexp_match(words) for column in wide))


def _without(
    naming: Naming, key: tuple[Any, ...], texts: dict[Column[Any], str]
) -> dict[Column[Any], str]:
    """The texts that change, without the people."""
    changed = {}
    for column, text in texts.items():
        if naming.found_in(text):
            left = "" if str(column) in _EMPTIED else naming.taken_out(text, NOBODY)
            changed[column] = f"{left} {key[0]}" if column.unique else left
    return changed


def _is(one: Table, key: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(c == value for c, value in zip(one.primary_key.columns, key, strict=True)))


def _forget_beside(session: Session, naming: Naming) -> None:
    """What is bound to an entry is not changed: it goes whole."""
    one = table(AuditPersonal)
    rows = _naming_rows(session, one, [one.c.data], naming)
    named = [key[0] for key, texts in rows if naming.found_in(texts[one.c.data])]
    for some in chunks(named):
        session.execute(delete(one).where(one.c.seq.in_(some)))


def places(session: Session, naming: Naming) -> Counter[str]:
    """Where the people are named: how many rows of each table."""
    found = Counter[str]()
    for one in {column.table: None for column in columns()}:
        wide = [column for column in columns() if column.table is one]
        for _, texts in _naming_rows(session, one, wide, naming):
            found[one.name] += any(map(naming.found_in, texts.values()))
    return +found
