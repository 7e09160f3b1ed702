"""What every template can rely on: the account, the institute, comfort settings, dates."""

from functools import lru_cache
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from induction.curriculum import reading_time
from induction.extensions import db
from induction.institute import Institute, helplines, institute
from induction.institute.current import institute_unread
from induction.journey.models import Enrolment
from induction.people.access import HOMES, person
from induction.people.comfort import comfort_of
from induction.people.models import Account, Role
from induction.policy.store import content
from induction.site.templating import PageTemplate
from induction.uk_time import uk_date, uk_date_short, uk_datetime

_ACCOUNT = ("Account", "/account")
_COHORTS = [
    ("Cohorts", "/tutor"),
    ("Learners", "/tutor/learners"),
    ("Misconceptions", "/tutor/misconceptions"),
]
_NAV: dict[Role, list[tuple[str, str]]] = {
    Role.TUTOR: _COHORTS,
    Role.HEAD: [*_COHORTS, ("Policy draft", "/compliance/policy/draft")],
    Role.SAFEGUARDING: [("Reports", "/compliance/reports")],
    Role.SECOND_READER: [("Reports", "/compliance/reports")],
    Role.COMPLIANCE: [
        ("Compliance", "/compliance"),
        ("Certificates", "/compliance/certificates"),
        ("Policy", "/compliance/policy"),
        ("Audit", "/compliance/audit"),
        ("Reports", "/compliance/reports"),
        ("Personal data", "/compliance/personal-data"),
        ("Approvals", "/compliance/approvals"),
    ],
    Role.DATA_PROTECTION: [
        ("Personal data", "/compliance/personal-data"),
        ("Approvals", "/compliance/approvals"),
    ],
    Role.AUDITOR: [
        ("Certificates", "/compliance/certificates"),
        ("Clauses", "/compliance/clauses"),
        ("Audit", "/compliance/audit"),
    ],
    Role.ADMIN: [
        ("People", "/admin/people"),
        ("Cohorts", "/tutor"),
        ("Reminders", "/tutor/reminders"),
        ("Settings", "/admin/settings"),
        ("Mail", "/admin/mail"),
        ("System health", "/admin/health"),
        ("Approvals", "/compliance/approvals"),
    ],
}


# Built once: it runs with every page of staff.
_ENROLLED = select(Enrolment.id).where(Enrolment.account_id == bindparam("account_id")).limit(1)


def _items(account: Account) -> list[tuple[str, str]]:
    """What each of somebody's roles leads to, and the induction of whoever takes it."""
    if not account.roles:
        return [("Induction", "/induction"), ("Certificates", "/certificates"), _ACCOUNT]
    items = [item for role in HOMES if role in account.roles for item in _NAV[role]]
    if db.session.connection().scalar(_ENROLLED, {"account_id": account.id}):
        items += [("My induction", "/induction"), ("My certificates", "/certificates")]
    return [*dict.fromkeys(items), _ACCOUNT]


def _nav(items: list[tuple[str, str]]) -> list[dict[str, Any]]:
    here = max((h for _, h in items if request.path.startswith(h)), key=len, default="")
    return [{"label": label, "href": href, "current": href == here} for label, href in items]


def _present() -> tuple[Account | None, Institute, list[tuple[str, str]]]:
    """Who is signed in, where, and what they find here.

    Without the database: nobody, and the institute as remembered.

    A page about an unknown address must not fail because the database does.
    """
    if not g.get("database_gone"):
        try:
            account = person() if current_user.is_authenticated else None
            return account, institute(), _items(account) if account else []
        except (DBAPIError, PoolTimeout):
            g.database_gone = True
            db.session.remove()
    return None, institute_unread(), []


def _context() -> dict[str, Any]:
    account, here, items = _present()
    return {
        "account": account,
        "institute": here,
        "comfort": comfort_of(account),
        "nav": _nav(items),
        "request_id": g.get("request_id", ""),
    }


def _called(name: str) -> str:
    """What the institute calls one of its own people or papers; the bare name where none is known.

    Content from before names stood in braces explains none.
    """
    policy = content().policy
    return institute().calls(name) or policy.called.get(name) or name.replace("-", " ")


def init_app(app: Flask) -> None:
    """Give templates their context and filters."""
    app.jinja_env.template_class = PageTemplate
    app.context_processor(_context)
    app.add_template_filter(lru_cache(4096)(uk_date), "uk_date")
    app.add_template_filter(lru_cache(4096)(uk_date_short), "uk_date_short")
    app.add_template_filter(lru_cache(4096)(uk_datetime), "uk_datetime")
    app.jinja_env.globals["policy_title"] = lambda: content().policy.title
    app.jinja_env.globals["called"] = _called
    app.jinja_env.globals["help_pages"] = lambda: content().policy.help
    app.jinja_env.globals["helplines"] = helplines.HELPLINES
    app.jinja_env.globals["helplines_to_talk"] = helplines.TO_TALK
    app.jinja_env.globals["helplines_checked"] = helplines.CHECKED
    app.jinja_env.globals["policy_minutes"] = lambda: reading_time.told(content().policy)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
