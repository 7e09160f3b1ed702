"""Where people are named in the database, and taking them out of what others wrote.

Every wide text column is looked at, of whatever room, so that a new one is looked at too. What
stays is listed here with its reason.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    and_,
    cast,
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
from induction.personal_data.naming import LEAST, Naming
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
# Of somebody's account, what may name another person: an employer may be called so.
_OF_OTHERS = frozenset(["account.employer"])
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
    names, exactly, families = set[str](), set[str](), set[str]()
    for account in accounts:
        earlier = list(_earlier(session, account.id))
        facts = facts_of(account)
        names |= {facts["full_name"], *_issued_to(session, account.id)}
        names |= {value for key, value in earlier if key in ("full_name", "name")}
        families |= {facts["family_name"], *(v for key, v in earlier if key == "family_name")}
        unique = {field.name for field in LEARNER_FIELDS if field.unique}
        exactly |= {value for key, value in (*facts.items(), *earlier) if key in unique}
        exactly |= written_to(session, account.id)
    names.discard(NOBODY)
    return _theirs_alone(session, accounts, Naming(names, exactly, families=families))


def _theirs_alone(session: Session, accounts: Collection[Account], trial: Naming) -> Naming:
    """Without the names that somebody else here has too; and not inside anybody's longer name.

    A family name of others here is theirs only where more than a title or an initial says so.
    """
    theirs = {account.id for account in accounts}
    living = select(Account.id, Account.full_name).where(
        Account.erased_at.is_(None), _may_name([table(Account).c.full_name], trial)
    )
    rows = session.execute(living)
    return trial.beside(
        {row.full_name for row in rows if row.id not in theirs and trial.is_like(row.full_name)}
    )


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


def take_out(session: Session, naming: Naming, unsure_too: Collection[str] = ()) -> None:
    """Take people out of what others wrote, and what names them from beside the chain.

    What may be their name or a word goes too in the rows ``unsure_too`` (see ``row_key``).
    """
    if not naming.words:
        return
    for one, wide in by_table().items():
        if one.name == AuditPersonal.__tablename__:
            _forget_beside(session, naming, unsure_too)
            continue
        changes = [
            (key, changed)
            for key, texts in naming_rows(session, one, wide, naming)
            if (changed := _without(naming, key, texts, unsure=row_key(one, key) in unsure_too))
        ]
        for key, changed in changes:
            session.execute(update(one).where(_is(one, key)).values(changed))
        if changes and one is table(Institute):
            session.execute(update(one).values(revision=one.c.revision + 1))
    _forget_corrections(session, naming)


def _forget_corrections(session: Session, naming: Naming) -> None:
    """What lists said of an employer before somebody put it right goes."""
    one = table(Account)
    said = select(one.c.id, one.c.corrected).where(cast(one.c.corrected, Text).like("%employer%"))
    for row in session.execute(said).all():
        before = row.corrected.get("employer", [])
        kept = [value for value in before if not naming.found_in(value)]
        if kept != before:
            left = {**row.corrected, "employer": kept}
            session.execute(update(one).where(one.c.id == row.id).values(corrected=left))


def row_key(one: Table, key: tuple[Any, ...]) -> str:
    """A row as requests keep it: its table and its key."""
    return f"{one.name}:{'/'.join(map(str, key))}"


def by_table() -> dict[Table, list[Column[Any]]]:
    """The columns from which names are taken. Of others' accounts it is what is no name of theirs.

    That they are called so too is theirs.
    """
    own = {str(column) for column in table(Account).c} - _OF_OTHERS
    return _grouped(one for one in columns() if str(one) not in EVIDENCE | own)


def _grouped(some: Iterable[Column[Any]]) -> dict[Table, list[Column[Any]]]:
    found: dict[Table, list[Column[Any]]] = {}
    for column in some:
        found.setdefault(column.table, []).append(column)
    return found


def naming_rows(
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
    words = "|".join(map(_pattern, sorted(naming.words)))
    return or_(*(Folded(column).regexp_match(words) for column in wide))


def _pattern(word: str) -> str:
    """For Python and PostgreSQL alike. Few letters are a part of too many words."""
    plain = re.escape(word)
    return plain if len(word) >= LEAST else f"(^|[^a-z0-9]){plain}(s|[^a-z0-9]|$)"


def _without(
    naming: Naming, key: tuple[Any, ...], texts: dict[Column[Any], str], *, unsure: bool
) -> dict[Column[Any], str]:
    """The texts that change, without the people."""
    changed = {}
    for column, text in texts.items():
        if naming.found_in(text) or (unsure and naming.unsure_in(text)):
            left = naming.taken_out(text, NOBODY, unsure=unsure)
            left = "" if str(column) in _EMPTIED else left
            changed[column] = f"{left} {key[0]}" if column.unique else left
    return changed


def _is(one: Table, key: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(c == value for c, value in zip(one.primary_key.columns, key, strict=True)))


def _forget_beside(session: Session, naming: Naming, unsure_too: Collection[str]) -> None:
    """What is bound to an entry is not changed: it goes whole."""
    one = table(AuditPersonal)
    rows = naming_rows(session, one, [one.c.data], naming)
    named = [
        key[0]
        for key, texts in rows
        if row_key(one, key) in unsure_too or naming.found_in(texts[one.c.data])
    ]
    for some in chunks(named):
        session.execute(delete(one).where(one.c.seq.in_(some)))


def places(session: Session, naming: Naming) -> Counter[str]:
    """Where the people are named for certain: how many rows of each table.

    What an account says of its own person stands for itself, and what it says of others.
    """
    found = Counter[str]()
    for one, wide in _grouped(columns()).items():
        for _, texts in naming_rows(session, one, wide, naming):
            named = [str(column) for column, text in texts.items() if naming.found_in(text)]
            if named:
                found[named[0] if _OF_OTHERS.issuperset(named) else one.name] += 1
    return +found
