"""The chain in the database: tampered with in every way we can think of, and found each time."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from induction.audit.act import VISITOR, Act, acting
from induction.audit.actions import Action
from induction.audit.chain import digest
from induction.audit.models import AuditEntry, AuditPersonal
from induction.audit.verify import make_checkpoint, verify_chain
from induction.database import writing
from induction.extensions import db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRIES = 400
CHECKPOINT = 360


def _write(count: int) -> None:
    with writing() as session:
        for number in range(count):
            Act(session, VISITOR, NOW + timedelta(seconds=number)).record(
                Action.SIGN_IN_REFUSED,
                "sign-in:failed",
                reason="mismatch",
                personal={"email": f"someone{number}@example.ac.uk"} if number % 3 == 0 else None,
            )


def _checkpoint(app: Flask) -> None:
    signer = app.extensions["signer"]
    folder = app.extensions["settings"].instance / "checkpoints"
    with writing() as session:
        make_checkpoint(session, signer.sign_bytes, signer.fingerprint, folder, now=NOW)


@pytest.fixture
def chain(app: Flask) -> Iterator[Session]:
    """A session on a chain of entries, with a checkpoint near its end and no triggers."""
    with app.app_context():
        _write(CHECKPOINT)
        _checkpoint(app)
        _write(ENTRIES - CHECKPOINT)
        with writing() as session:
            names = session.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name in names:
                session.execute(text(f"DROP TRIGGER {name}"))
        yield db.session()


def _flip(session: Session, rng: random.Random) -> int:
    """Change one character of one column of one entry."""
    seq = rng.randint(1, ENTRIES)
    column = rng.choice(
        ["at", "actor", "action", "subject", "details", "commitment", "previous", "digest"]
    )
    value = session.scalar(text(f"SELECT {column} FROM audit_entry WHERE seq = {seq}")) or ""
    at = rng.randrange(len(value)) if value else 0
    flipped = chr(ord(value[at]) ^ 1) if value else "x"
    changed = value[:at] + flipped + value[at + 1 :]
    session.execute(
        text(f"UPDATE audit_entry SET {column} = :v WHERE seq = :s"), {"v": changed, "s": seq}
    )
    return seq


def _reseal(session: Session, rng: random.Random) -> int:
    """Change one entry and make its own digest right again: the next does not follow it."""
    seq = rng.randint(1, ENTRIES)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.seq == seq)).one()
    own = digest(
        seq, entry.at, "somebody else", entry.action, entry.subject, entry.details,
        entry.commitment, entry.previous,
    )  # fmt: skip
    session.execute(
        text("UPDATE audit_entry SET actor = 'somebody else', digest = :d WHERE seq = :s"),
        {"d": own, "s": seq},
    )
    return seq + 1


def _remove(session: Session, rng: random.Random) -> int:
    seq = rng.randint(1, ENTRIES - 1)
    session.execute(text("DELETE FROM audit_entry WHERE seq = :s"), {"s": seq})
    return seq


def _swap(session: Session, rng: random.Random) -> int:
    one, other = sorted(rng.sample(range(1, ENTRIES + 1), 2))
    move = text("UPDATE audit_entry SET seq = :to WHERE seq = :of")
    for of, to in ((one, 999_999), (other, one), (999_999, other)):
        session.execute(move, {"of": of, "to": to})
    return one


def _cut(session: Session, rng: random.Random) -> int:
    """Cut the tail and move the head, as somebody who knows our tables would."""
    last = rng.randint(1, CHECKPOINT - 1)
    session.execute(text("DELETE FROM audit_entry WHERE seq > :s"), {"s": last})
    session.execute(text("DELETE FROM audit_personal WHERE seq > :s"), {"s": last})
    _move_head(session, last)
    return last + 1


def _cut_late(session: Session, rng: random.Random) -> int:
    """Cut what no checkpoint has seen yet; the head still points there."""
    last = rng.randint(CHECKPOINT, ENTRIES - 1)
    session.execute(text("DELETE FROM audit_entry WHERE seq > :s"), {"s": last})
    session.execute(text("DELETE FROM audit_personal WHERE seq > :s"), {"s": last})
    return last + 1


def _rewrite(session: Session, rng: random.Random) -> int:
    """Change one entry and make every later digest right again, head and all."""
    seq = rng.randint(1, CHECKPOINT)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.seq >= seq).order_by(AuditEntry.seq)
    ).all()
    previous = entries[0].previous
    for entry in entries:
        values = {
            "actor": "somebody else" if entry.seq == seq else entry.actor,
            "previous": previous,
        }
        previous = digest(
            entry.seq, entry.at, values["actor"], entry.action, entry.subject, entry.details,
            entry.commitment, previous,
        )  # fmt: skip
        session.execute(
            text(
                "UPDATE audit_entry SET actor = :actor, previous = :previous, digest = :digest"
                " WHERE seq = :seq"
            ),
            {**values, "digest": previous, "seq": entry.seq},
        )
    _move_head(session, ENTRIES)
    return CHECKPOINT


def _personal(session: Session, rng: random.Random) -> int:
    """Change personal data beside the chain."""
    seq = rng.choice(session.scalars(select(AuditPersonal.seq)).all())
    session.execute(
        text("UPDATE audit_personal SET data = replace(data, 'someone', 'anyone') WHERE seq = :s"),
        {"s": seq},
    )
    return int(seq)


def _move_head(session: Session, seq: int) -> None:
    session.execute(
        text(
            "UPDATE audit_head SET seq = :s,"
            " digest = (SELECT digest FROM audit_entry WHERE seq = :s)"
        ),
        {"s": seq},
    )


def test_t21_two_hundred_tamperings_are_all_found(app: Flask, chain: Session) -> None:
    known = app.extensions["signer"].known()
    assert verify_chain(chain, (), known) is None
    chain.commit()
    tamperings: list[Callable[[Session, random.Random], int]] = [
        _flip, _reseal, _remove, _swap, _cut, _cut_late, _personal, _rewrite,
    ]  # fmt: skip
    rng = random.Random(21)
    for number in range(200):
        tamper = tamperings[number % len(tamperings)]
        chain.execute(text("PRAGMA defer_foreign_keys = ON"))  # until this transaction ends
        seq = tamper(chain, rng)
        chain.expire_all()
        found = verify_chain(chain, (), known)
        assert found is not None, f"{tamper.__name__} at {seq} went unseen"
        assert found.seq == seq, f"{tamper.__name__} at {seq} was said to be at {found.seq}"
        chain.rollback()


def test_t21_a_cut_tail_is_found_with_a_checkpoint_from_outside(
    app: Flask, chain: Session, runner: FlaskCliRunner
) -> None:
    """The database's own checkpoints are gone too; the copy in the instance folder tells."""
    chain.execute(text("PRAGMA defer_foreign_keys = ON"))
    _cut(chain, random.Random(3))
    chain.execute(text("DELETE FROM audit_checkpoint"))
    chain.commit()
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert f"a checkpoint of entry {CHECKPOINT} was signed" in result.output


def test_a_checkpoint_signed_by_another_key_is_refused(
    app: Flask, chain: Session, runner: FlaskCliRunner
) -> None:
    path = next((app.extensions["settings"].instance / "checkpoints").glob("*.json"))
    fields = json.loads(path.read_text())
    fields["seq"] = 10
    path.write_text(json.dumps(fields))
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert "not signed by our key" in result.output


def test_the_triggers_refuse_to_change_an_entry(app: Flask) -> None:
    with app.app_context():
        _write(2)
        for statement in (
            "UPDATE audit_entry SET actor = 'x'",
            "DELETE FROM audit_entry WHERE seq = 2",
            "UPDATE audit_personal SET data = '{}'",
        ):
            with pytest.raises(DBAPIError, match="append-only"), writing() as session:
                session.execute(text(statement))


def test_erased_personal_data_leaves_the_chain_whole(app: Flask) -> None:
    with app.app_context():
        _write(10)
        with writing() as session:
            session.execute(text("DELETE FROM audit_personal"))
        assert verify_chain(db.session()) is None


def _act_that_fails() -> None:
    with acting("account:x", NOW) as act:
        act.record(Action.SIGNED_IN, "account:x")
        act.session.execute(text("INSERT INTO no_such_table VALUES (1)"))


def test_an_act_that_fails_leaves_no_entry(app: Flask) -> None:
    with app.app_context():
        _write(1)
        with pytest.raises(DBAPIError):
            _act_that_fails()
        assert db.session.scalars(select(AuditEntry.seq)).all() == [1]
        assert verify_chain(db.session()) is None


def test_details_have_exactly_the_fields_of_their_action(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="reason"), acting(VISITOR, NOW) as act:
        act.record(Action.SIGN_IN_REFUSED, "x", why="?")


def test_the_order_is_by_sequence_whatever_the_clock_says(app: Flask) -> None:
    """t14: the clock jumps back; the chain holds and the order stays."""
    with app.app_context():
        for hours in (0, -5, 3):
            with acting("account:x", NOW + timedelta(hours=hours)) as act:
                act.record(Action.SIGNED_IN, "account:x")
        assert verify_chain(db.session()) is None
        times = db.session.scalars(select(AuditEntry.at).order_by(AuditEntry.seq)).all()
        assert [t[11:13] for t in times] == ["12", "07", "15"]
