"""The page on which anybody chooses how pages look, signed in or not."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import update

from induction.database import writing
from induction.people.access import ANYONE, allow, home_of, local_path, page_before, person
from induction.people.comfort import comfort_of, keep_in_browser
from induction.people.forms import ComfortForm
from induction.people.models import Account

pages = Blueprint("comfort", __name__)


@pages.route("/comfort", methods=["GET", "POST"])
@allow(ANYONE)
def comfort() -> ResponseReturnValue:
    """Choose, and go back to the page that one came from."""
    account = person() if current_user.is_authenticated else None
    back = local_path(request.form.get("from") or page_before()) or (
        home_of(account) if account else "/"
    )
    form = ComfortForm(data=comfort_of(account))
    if not form.validate_on_submit():
        page = render_template("people/comfort.html", form=form, back=back)
        return page, 422 if form.errors else 200
    chosen = {field.name: field.data for field in form if field.name != "csrf_token"}
    if account:
        with writing() as session:
            mine = update(Account).where(Account.id == account.id)
            session.execute(mine.values(comfort=chosen))
        flash("Saved. Your pages look like this on every device.")
    else:
        keep_in_browser(chosen)
        flash("Saved. Pages look like this in this browser.")
    return redirect(back, 303)
