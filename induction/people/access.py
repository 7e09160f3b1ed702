"""Who may open which page, and who may see whom. The one place for both rules.

Every view says who may open it with ``@allow``; the application refuses to start with a view that
does not. A page of another role answers 403; another person's record answers 404, as if it did not
exist.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import BindParameter, ColumnElement, select, true
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from werkzeug.exceptions import HTTPException

from induction.database import utc_now, writing
from induction.extensions import db
from induction.people import sessions
from induction.people.models import Account, Cohort, CohortTutor, Membership, Role
from induction.throttles import counting
from induction.throttles.counting import Refusal

ANYONE, SIGNED_IN = "anyone", "signed in"
TRUSTED = (Role.COMPLIANCE, Role.ADMIN)  # look after accounts and evidence
EVERYWHERE = (*TRUSTED, Role.HEAD, Role.AUDITOR)
READS_EVIDENCE = (Role.COMPLIANCE, Role.AUDITOR)  # the register, and what stands behind it
HOMES = {  # by what waits for whoever has several roles
    Role.COMPLIANCE: "/compliance",
    Role.SAFEGUARDING: "/compliance/reports",
    Role.SECOND_READER: "/compliance/reports",
    Role.TUTOR: "/tutor",
    Role.HEAD: "/tutor",
    Role.ADMIN: "/admin/people",
    Role.DATA_PROTECTION: "/compliance/personal-data",
    Role.AUDITOR: "/compliance/certificates",
}

View = TypeVar("View", bound=Callable[..., object])


def allow(*who: str) -> Callable[[View], View]:
    """Say who may open a view: ANYONE, SIGNED_IN, or roles."""

    def mark(view: View) -> View:
        view.allowed = frozenset(str(w) for w in who)  # type: ignore[attr-defined]
        return view

    return mark


def asks_again(view: View) -> View:
    """Have whoever acts here prove once more who they are, unless they did so a moment ago.

    What acts is a form that is sent; of a view that takes none, looking at it.
    """
    view.asks_again = True  # type: ignore[attr-defined]
    return view


def allowed_at(app: Flask, endpoint: str) -> frozenset[str]:
    """Who may open this endpoint."""
    allowed: frozenset[str] = getattr(app.view_functions[endpoint], "allowed", frozenset())
    return allowed


def must_sign_in() -> bool:
    """Whether the page asked for is for people who are signed in, and nobody is."""
    if request.endpoint is None or current_user.is_authenticated:
        return False
    return ANYONE not in allowed_at(current_app, request.endpoint)


def guard() -> ResponseReturnValue | None:
    """Before each request: let in whom the view allows."""
    if request.endpoint is None:
        return None  # unknown address: the 404 page
    allowed = allowed_at(current_app, request.endpoint)
    if ANYONE in allowed:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    if SIGNED_IN not in allowed and current_user.roles.isdisjoint(allowed):
        _note_refused(person())
        abort(403)
    sessions.keep_open(person(), utc_now())
    return None


def _note_refused(who: Account) -> None:
    """Somebody tried a page of another role: the log says which, the record of acts how often."""
    g.refused = who.actor
    refusal = Refusal("other-role", request.remote_addr or "", who.public_id)
    with suppress(DBAPIError), writing() as session:  # they are refused all the same
        counting.refused(session, refusal, now=utc_now())


def refuse_unmarked_views(app: Flask) -> None:
    """A view without ``@allow`` is a fault of ours: do not start."""
    for endpoint in app.view_functions:
        if not allowed_at(app, endpoint):
            raise RuntimeError(f"the view {endpoint} does not say who may open it")


def visible_accounts(viewer: Account) -> ColumnElement[bool]:
    """A condition on Account: the people that this viewer may see."""
    return visible_to(viewer.id, tutor=teaches(viewer), everywhere=oversees_all(viewer))


def visible_to(
    viewer_id: int | BindParameter[int], *, tutor: bool, everywhere: bool
) -> ColumnElement[bool]:
    """The same for any viewer of such roles, whose id may be given later."""
    if everywhere:
        return true()
    if tutor:
        theirs = (
            select(Membership.account_id)
            .join(CohortTutor, CohortTutor.cohort_id == Membership.cohort_id)
            .where(CohortTutor.account_id == viewer_id, Membership.left_at.is_(None))
        )
        themselves = aliased(Account)
        alone = select(themselves.id).where(themselves.id == viewer_id)
        return Account.id.in_(theirs.union(alone))  # with “or”, PostgreSQL looks at everybody
    return Account.id == viewer_id


def oversees_all(viewer: Account) -> bool:
    """Whether this viewer sees everybody: compliance, administrators, heads, auditors."""
    return not viewer.roles.isdisjoint(EVERYWHERE)


def teaches(viewer: Account) -> bool:
    """Whether the cohorts that this viewer looks after are theirs to see."""
    return Role.TUTOR in viewer.roles


def visible_cohorts(viewer: Account) -> ColumnElement[bool]:
    """A condition on Cohort: those that this viewer looks after."""
    return cohorts_visible_to(viewer.id, everywhere=oversees_all(viewer))


def cohorts_visible_to(
    viewer_id: int | BindParameter[int], *, everywhere: bool
) -> ColumnElement[bool]:
    """The same for any viewer, whose id may be given later."""
    if everywhere:
        return true()
    mine = select(CohortTutor.cohort_id).where(CohortTutor.account_id == viewer_id)
    return Cohort.id.in_(mine)


def may_see(viewer: Account, account_id: int) -> bool:
    """Whether this viewer may see this person's record."""
    if oversees_all(viewer) or account_id == viewer.id:
        return True
    found = db.session.scalar(
        select(Account.id).where(Account.id == account_id, visible_accounts(viewer))
    )
    return found is not None


def person() -> Account:
    """Whoever is signed in, for views that only those who are signed in can open."""
    account: Account = current_user._get_current_object()  # noqa: SLF001  the documented way
    return account


def home_of(account: Account) -> str:
    """Where this person lands after signing in."""
    return home_for(account.roles)


def home_for(roles: frozenset[Role]) -> str:
    """Where whoever has these roles lands."""
    return next((home for role, home in HOMES.items() if role in roles), "/induction")


def page_before() -> str | None:
    """The path of the page of ours that led here; browsers tell no other site's."""
    before = urlsplit(request.referrer or "")
    return before.path if before.netloc == request.host and before.path != request.path else None


def local_path(target: str | None) -> str | None:
    """The target where it is a page of ours that can be opened, else None."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if not target.isprintable():
        return None  # a line break would end the header that leads there
    adapter = current_app.url_map.bind("")
    try:
        adapter.match(target.split("?")[0].split("#")[0], method="GET")
    except HTTPException:
        return None
    return target
