"""Error pages: what happened, that nothing was lost, and what to do."""

import errno
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from psycopg import DataError as DriverDataError
from psycopg import Error as DriverError
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    PendingRollbackError,
    ResourceClosedError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from induction.extensions import db, login
from induction.failures import log_failure
from induction.journey.kept_answers import keep_answer
from induction.people.access import home_of, local_path, must_sign_in
from induction.site import unsent
from induction.site.intake import LARGEST_REQUEST, MOST_MARKS, MOST_TYPED, PiledUp

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What an error page says."""

    heading: str
    what_happened: str
    what_to_do: tuple[str, ...] = ()


WORDS = {
    400: ErrorWords(
        "We could not use that",
        "Something in what your browser sent did not fit. Nothing was changed or lost.",
        ("Go back, reload the page and try once more.",),
    ),
    403: ErrorWords(
        "This page is for someone else",
        "You are signed in, but this page belongs to another role. Nothing is wrong with your "
        "account.",
        ("If you need this page for your work, ask an administrator.",),
    ),
    404: ErrorWords(
        "There is nothing here",
        "The address may be mistyped, or it leads to something that is not yours to see. "
        "Your work is saved.",
        ("Check the address.", "Or go to the start page and find your way from there."),
    ),
    405: ErrorWords(
        "That does not work from here",
        "This address is only used by a form. Nothing was changed or lost.",
        ("Go to the start page and find your way from there.",),
    ),
    413: ErrorWords(
        "That is too big",
        f"A form can carry {LARGEST_REQUEST // 1024 // 1024} MB, and {MOST_TYPED // 1024} KB of "
        "that in typed words. What you sent is larger, so we did not take any of it.",
        (
            "Press Back in your browser: most keep what you typed in the form.",
            "Then choose the files again: fewer of them, or smaller ones.",
        ),
    ),
    429: ErrorWords(
        "Please wait a little",
        "There were many tries in a short time, so we slow down. Nothing was lost.",
        ("Wait a minute, then try again.",),
    ),
    500: ErrorWords(
        "Something went wrong on our side",
        "It is not your fault. What you saved before is safe; the last step was not stored.",
        ("Go back and try that step once more.", "If it happens again, tell your tutor."),
    ),
    503: ErrorWords(
        "We need a short break",
        "The place where we keep your work cannot be reached just now. Nothing that you saved "
        "is lost.",
        ("Wait a minute, then reload the page.",),
    ),
}

FORM_EXPIRED = ErrorWords(
    "This form was open in another session",
    "You have signed in or out since this page was opened, so we did not take what it sent. "
    "Nothing was changed or lost.",
    (
        "Go back and reload the page, then send the form again.",
        "If it was an answer in your induction, carry on there: we kept it for you.",
    ),
)
NO_COOKIE = ErrorWords(
    "Your browser sent no cookie",
    "We need one cookie to know that a form comes from you, and it did not come with this one. "
    "Nothing was changed or lost.",
    (
        "Allow cookies for this site in your browser’s settings.",
        "Then go back, reload the page and send the form again.",
    ),
)

PILED_UP = ErrorWords(
    "Too many marks on one letter",
    f"What your browser sent has more than {MOST_MARKS} accents or other marks on one letter. No "
    "language has so many, and no paper has room for them. Nothing was changed or lost.",
    ("Go back, and type it again by hand, with the marks that it needs.",),
)


def page(code: int, words: ErrorWords | None = None, form: str | None = None) -> tuple[str, int]:
    """The error page for this code; ``form`` is the address of the form that led to it."""
    said = words or WORDS.get(code, WORDS[400] if code < 500 else WORDS[500])
    return (
        render_template(
            "errors/error.html",
            code=code,
            heading=said.heading,
            what_happened=said.what_happened,
            what_to_do=said.what_to_do,
            form=form,
        ),
        code,
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    too_large = isinstance(error, RequestEntityTooLarge)
    words = PILED_UP if isinstance(error, PiledUp) else None
    body, code = page(error.code or 500, words, form=_here() if too_large else None)
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return body, code, headers


def _here() -> str | None:
    """The address that was asked, where the page of the form that was sent can be opened."""
    here = local_path(request.full_path.rstrip("?"))
    if here is None or request.url_rule is None:
        return None
    page_rule, _ = current_app.url_map.bind("").match(request.path, method="GET", return_rule=True)
    return here if page_rule.rule == request.url_rule.rule else None


def _came_from() -> str | None:
    """The page of ours that a form was sent from, where its own address shows none."""
    came = urlsplit(request.referrer or "")
    there = local_path(urlunsplit(came._replace(scheme="", netloc="")))
    return there if came.netloc == request.host and came.path != "/sign-in" else None


def _signed_in_already() -> ResponseReturnValue | None:
    """Where a sign-in leads that is sent again because its answer never came: it has worked."""
    if request.endpoint != "people.sign_in" or not current_user.is_authenticated:
        return None
    if request.form.get("email", "").strip().lower() != current_user.email:
        return None  # somebody else's: they are not to take this session for theirs
    return redirect(local_path(request.form.get("next")) or home_of(current_user), 303)


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    if must_sign_in():
        return _to_sign_in()
    if (answer := _signed_in_already()) is not None:
        return answer
    if request.cookies and unsent.has_words():
        return unsent.page(signed_in=current_user.is_authenticated)
    keep_answer()
    return page(400, FORM_EXPIRED if request.cookies else NO_COOKIE)


def _database(error: Exception) -> ResponseReturnValue:
    log_failure(error)
    g.database_gone = True
    db.session.remove()
    return page(503)


def _came_second(error: IntegrityError) -> ResponseReturnValue:
    """Somebody else stored the same in this moment: the view looks again, and meets what is there.

    So the second of two identical forms is answered in the words of one that comes a minute later.
    """
    if request.method != "POST" or request.endpoint is None or "came_second" in g:
        return _database(error)
    g.came_second = True
    db.session.remove()
    g.pop("_login_user", None)  # it belongs to the session that has gone
    for file in request.files.values():
        file.seek(0)
    view = current_app.view_functions[request.endpoint]
    try:
        answer: ResponseReturnValue = current_app.ensure_sync(view)(**(request.view_args or {}))
    except HTTPException as refusal:
        return _http(refusal)
    except DBAPIError as again:
        return _database(again)
    return answer


def _unfit(error: DataError | DriverDataError) -> ResponseReturnValue:
    """What was sent does not fit where it belongs; the database said so, and nothing was kept."""
    log_failure(error)
    db.session.remove()
    return page(400)


def _system(error: OSError) -> ResponseReturnValue:
    """No room on the disk is over once somebody makes some; anything else is a fault of ours."""
    return _database(error) if error.errno in NO_ROOM else _ours(error)


def _ours(error: Exception) -> ResponseReturnValue:
    log_failure(error)
    g.database_gone = True  # the page must not depend on what has just failed
    return page(500)


def _to_sign_in() -> ResponseReturnValue:
    """Send a visitor to the sign-in page, and back afterwards; an answer on its way is kept.

    Typed words are too many to be kept: they are shown again.
    """
    if unsent.has_words():
        return unsent.page(signed_in=False)
    keep_answer()
    if request.method != "GET":
        flash("You were signed out meanwhile. Sign in, and carry on where you were.")
    return redirect(url_for("people.sign_in", next=_here() or _came_from()), 303)


def init_app(app: Flask) -> None:
    """Answer every failure with a page of ours."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(IntegrityError, _came_second)
    app.register_error_handler(DataError, _unfit)
    # The driver's own, while rows are poured in; and what follows a connection that has gone.
    app.register_error_handler(DriverError, _database)
    app.register_error_handler(DriverDataError, _unfit)
    app.register_error_handler(PendingRollbackError, _database)
    app.register_error_handler(ResourceClosedError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(OSError, _system)
    app.register_error_handler(Exception, _ours)
    login.unauthorized_handler(_to_sign_in)
