"""The administrator's page: who has an account, and making one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from induction.database import utc_now, writing
from induction.extensions import db
from induction.paging import page_of
from induction.people import links
from induction.people.access import allow
from induction.people.accounts import NotAnAccount, create
from induction.people.models import Account, Role
from induction.people.pages import mail_link
from induction.searching import matching, patterns

pages = Blueprint("administration", __name__, url_prefix="/admin")


class AccountForm(FlaskForm):  # type: ignore[misc]
    """A new account for staff."""

    full_name = StringField("Full name", validators=[InputRequired("Type the person’s name.")])
    email = StringField(
        "Email address", validators=[InputRequired("Type the person’s email address.")]
    )
    role = RadioField(
        "Role",
        choices={
            Role.TUTOR.value: "Tutor",
            Role.COMPLIANCE.value: "Compliance officer",
            Role.ADMIN.value: "Administrator",
        },
        default=Role.TUTOR.value,
    )


@pages.route("/people", methods=["GET", "POST"])
@allow(Role.ADMIN)
def people() -> ResponseReturnValue:
    """Everyone with an account; the form below makes a new one and mails an invitation."""
    form = AccountForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                account = create(
                    session,
                    form.email.data,
                    form.full_name.data,
                    Role(form.role.data),
                    how="form",
                    actor=current_user.actor,
                    now=utc_now(),
                )
                mail_link(session, account, links.INVITATION, actor=current_user.actor)
        except NotAnAccount as fault:
            form.email.errors = [str(fault)]
        else:
            flash(f"{account.full_name} has an account. An invitation is on its way.")
            return redirect(url_for("administration.people"), 303)
    search = request.args.get("search", "").strip()[:100]
    query = select(
        Account.public_id,
        Account.full_name,
        Account.email,
        Account.role,
        Account.learner_ref,
        Account.deactivated_at,
    ).order_by(Account.full_name, Account.id)
    if search:
        query = query.where(
            matching(patterns(search), Account.full_name, Account.learner_ref, Account.email)
        )
    rows, pages = page_of(db.session(), query)
    page = render_template(
        "admin/people.html",
        form=form,
        people=rows,
        filters=[
            {"name": "search", "label": "Name, reference or email", "kind": "text", "value": search}
        ],
        clear_href=url_for("administration.people") if search else None,
        pages=pages,
    )
    return page, 422 if form.is_submitted() else 200
