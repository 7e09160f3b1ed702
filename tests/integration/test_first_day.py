"""The first administrator’s list: what is still to do, in order, until all of it is done."""

import re
from dataclasses import replace
from io import BytesIO

from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor


def done(visitor: Visitor) -> str:
    """How far the list says that the institute is; "" where it is gone."""
    found = re.search(r"The first day: (\d+ of \d+) done", visitor.read("/admin/people").text)
    return found[1] if found else ""


def test_the_list_says_what_is_left_and_goes_when_nothing_is(app: Flask, cast: Cast) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url="smtp://127.0.0.1:9")
    admin = cast.signed_in(cast.account(Role.ADMIN))
    assert done(admin) == "1 of 10", "mail"
    [tasks] = [ol for ol in admin.read("/admin/people").all("ol") if "class" in ol]
    leads = [link["href"] for link in tasks.all("a")]
    assert len(leads) == 8, "the officer’s own task leads an administrator nowhere"
    assert {admin.get(href.split("#")[0]).status_code for href in leads} == {200}
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(
            act,
            {"name": "Northbridge College", "safeguarding_name": "Sam", "safeguarding_phone": "01"},
        )
    assert done(admin) == "3 of 10"
    cast.account(Role.ADMIN, email="second@college.example")
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert done(admin) == "5 of 10"
    tutor = cast.account(Role.TUTOR)
    assert done(admin) == "6 of 10"
    cast.cohort("Came by a list")
    assert done(admin) == "6 of 10", "nobody looks after it"
    cast.cohort("Bricklaying 1", tutor)
    assert done(admin) == "7 of 10"
    learner = cast.learner("Ada Dale")
    assert done(admin) == "8 of 10"
    with app.app_context(), writing() as session:
        newcomer = session.merge(learner)
        newcomer.password_hash = newcomer.first_signed_in_at = None
    head = cast.signed_in(cast.account(Role.HEAD))
    address = f"/tutor/learners/{learner.public_id}/invite"
    assert head.send(head.read(address).forms[-1], at=address).status_code == 303
    assert done(admin) == "9 of 10"
    form = officer.read("/compliance/policy/document").form("version_date")
    file = {"file": (BytesIO(b"Our policy, as signed"), "policy.txt")}
    sent = officer.post("/compliance/policy/document", data={**form.fields, **file})
    assert sent.status_code == 303
    assert done(admin) == "", "it goes away by itself"


def test_the_demo_institute_has_no_first_day(app: Flask, cast: Cast) -> None:
    account = cast.account(Role.ADMIN)
    with app.app_context(), writing() as session:
        session.merge(account).demo = True
    assert done(cast.signed_in(account)) == ""
