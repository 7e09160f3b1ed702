"""What was asked for and who decides it: a second officer, and days that pass."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from induction.approvals.models import Approval
from induction.database import writing
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor


def set_back(app: Flask, days: int = 8) -> None:
    """Everything that was asked for or confirmed happened so long ago."""
    with app.app_context(), writing() as session:
        for one in session.scalars(select(Approval)):
            for name in ("asked_at", "decided_at", "not_before"):
                if (at := getattr(one, name)) is not None:
                    setattr(one, name, at - timedelta(days=days))


def days_pass(app: Flask, days: int = 8) -> None:
    """So many days later, once the worker has been round."""
    set_back(app, days)
    result = app.test_cli_runner().invoke(args=["worker", "--once"])
    assert result.exit_code == 0, result.output


def decide(visitor: Visitor, request: str, decision: str = "approve") -> int:
    """What this person says to what is asked for at this address; the status of the answer."""
    token = visitor.token()
    answer = visitor.post(
        request, data={"decision": decision, "why": "Not now.", "csrf_token": token}
    )
    return answer.status_code


def confirmed(cast: Cast, request: str) -> Visitor:
    """Another officer, who has confirmed it."""
    other = cast.signed_in(cast.account(Role.COMPLIANCE))
    form = other.read(request).form("decision")
    assert other.send(form, {"decision": "approve"}, at=request).status_code == 303
    return other


def carried_out(cast: Cast, request: str) -> None:
    """Another officer confirms it, nobody stops it, and its day comes."""
    confirmed(cast, request)
    days_pass(cast.app)
