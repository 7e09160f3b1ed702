"""t21: a checkpoint leaves by mail once a day, and shows what nobody in the building could see."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.audit.chain import digest
from induction.audit.models import AuditEntry
from induction.compliance import outside
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.mail import MailServer

NONE_LEFT = "No checkpoint has left by mail"


def rechained(app: Flask) -> None:
    """Change the last act but one, and make every later digest and checkpoint fit again."""
    with app.app_context(), writing() as session:
        every = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in session.scalars(every).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(2)).all()
        previous = last[1].previous
        for number, entry in enumerate(reversed(last)):
            entry.actor = entry.actor if number else "account:somebody-else"
            entry.previous = previous
            entry.digest = previous = digest(
                entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.details,
                entry.commitment, previous,
            )  # fmt: skip
        session.execute(text("UPDATE audit_head SET digest = :digest"), {"digest": previous})
        session.execute(text("DELETE FROM checkpoint_letter"))
        session.execute(text("DELETE FROM audit_checkpoint"))
    for kept in (app.extensions["settings"].instance / "checkpoints").iterdir():
        kept.unlink()


def test_t21_a_rechained_tail_is_found_from_a_mailed_checkpoint(
    tiny: Cast, smtp_server: MailServer, tmp_path: Path
) -> None:
    app = tiny.app
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)
    officer = tiny.account(Role.COMPLIANCE)
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"checkpoint_email": "auditor@outside.example"})
    browser = tiny.signed_in(officer)
    assert NONE_LEFT in browser.read("/compliance").text
    tiny.learner()
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    assert {str(mail["To"]) for mail in smtp_server.messages} == {
        officer.email,
        "auditor@outside.example",
    }
    assert len(smtp_server.messages) == 2, "once a day"
    for page in ("/compliance", "/compliance/audit"):
        assert "The newest checkpoint outside" in browser.read(page).text
    kept = tmp_path / "kept.eml"
    kept.write_bytes(bytes(smtp_server.messages[-1]))
    verify = ["audit", "verify"]
    assert app.test_cli_runner().invoke(args=[*verify, "--checkpoint", str(kept)]).exit_code == 0
    rechained(app)
    assert app.test_cli_runner().invoke(args=verify).exit_code == 0, "nothing inside shows it"
    found = app.test_cli_runner().invoke(args=[*verify, "--checkpoint", str(kept)])
    assert found.exit_code == 1
    assert "is not the one that its signed checkpoint saw" in found.output


def test_how_old_the_newest_outside_is_and_when_the_next_is_due(
    tiny: Cast, smtp_server: MailServer
) -> None:
    app, now = tiny.app, utc_now()
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)
    tiny.account(Role.COMPLIANCE)
    with app.app_context():
        assert outside.is_due(db.session(), now=now)
    app.test_cli_runner().invoke(args=["worker", "--once"])
    with app.app_context():
        found = outside.newest(db.session(), now=now)
        assert found is not None
        assert not found.old
        later = outside.newest(db.session(), now=now + timedelta(days=5))
        assert later is not None
        assert later.old
        assert not outside.is_due(db.session(), now=now + timedelta(days=3))
    tiny.learner()
    with app.app_context():
        assert not outside.is_due(db.session(), now=now + timedelta(hours=20))
        assert outside.is_due(db.session(), now=now + timedelta(days=1, minutes=1))
