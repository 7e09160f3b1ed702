"""Reporting a breach: taken kindly, kept apart, looked after, on record."""

import io

from flask import Flask

from induction.people.models import Role
from tests.integration.test_administration import picture
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import count, rows

REGISTER = "/compliance/reports"


def send(visitor: Visitor, **values: object) -> int:
    given = {"what": "Somebody filmed me in the workshop", "csrf_token": visitor.token()}
    response = visitor.post("/report", data=given | values, content_type="multipart/form-data")
    return response.status_code


def test_a_report_reaches_those_in_charge_with_its_picture(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    learner = cast.signed_in(cast.learner("Nadia Rahman"))
    assert send(learner, may_contact="y", pictures=(picture(), "a.jpg")) == 303
    [(public_id,)] = rows(app, "SELECT public_id FROM breach_report")
    page = as_compliance.read(f"{REGISTER}/{public_id}")
    assert "Somebody filmed me in the workshop" in page.text
    assert "Nadia Rahman" in page.text
    address = next(a["href"] for a in page.all("a") if a["href"].endswith(".png"))
    shown = as_compliance.get(address)
    assert shown.mimetype == "image/png"
    assert b"taken at home" not in shown.data
    assert learner.get(address).status_code == 403
    assert count(app, "outbox_mail") == 1
    [(body,)] = rows(app, "SELECT body FROM outbox_mail")
    assert "workshop" not in body, "a message must not tell what was reported"


def test_a_report_without_a_name_says_nothing_of_who_made_it(app: Flask, cast: Cast) -> None:
    learner = cast.learner("Nadia Rahman")
    assert send(cast.signed_in(learner), anonymous="y", may_contact="y") == 303
    assert rows(app, "SELECT account_id, may_contact FROM breach_report") == [(None, 0)]
    [(actor,)] = rows(app, "SELECT actor FROM audit_entry WHERE action = 'reports:reported'")
    assert actor == "anonymous"


def test_without_leave_for_anonymous_reports_a_name_is_always_kept(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    token = as_admin.token()
    as_admin.post(
        "/admin/settings",
        data={
            "validity_months": "0",
            "renewal_days": "30",
            "review_reminder_days": "30",
            "csrf_token": token,
        },
    )
    learner = cast.learner()
    assert send(cast.signed_in(learner), anonymous="y") == 303
    assert rows(app, "SELECT account_id FROM breach_report") == [(learner.id,)]


def test_nothing_typed_is_lost_when_a_picture_is_refused(app: Flask, cast: Cast) -> None:
    visitor = cast.signed_in(cast.learner())
    response = visitor.post(
        "/report",
        data={
            "what": "It is still there",
            "csrf_token": visitor.token(),
            "pictures": (io.BytesIO(b"MZ"), "x.png"),
        },
        content_type="multipart/form-data",
    )
    assert response.status_code == 422
    assert "It is still there" in response.text
    assert count(app, "breach_report") == 0


def test_the_register_is_for_those_in_charge_only(cast: Cast) -> None:
    for role, status in ((Role.TUTOR, 403), (Role.COMPLIANCE, 200), (Role.ADMIN, 200)):
        assert cast.signed_in(cast.account(role)).get(REGISTER).status_code == status


def test_what_is_done_about_a_report_is_noted_and_audited(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    send(cast.signed_in(cast.learner()))
    [(public_id,)] = rows(app, "SELECT public_id FROM breach_report")
    page = f"{REGISTER}/{public_id}"
    form = as_compliance.read(page).form("text")
    response = as_compliance.send(
        form, {"state": "passed-on", "text": "Rang the head of campus"}, at=page
    )
    assert response.status_code == 303
    shown = as_compliance.read(page).text
    assert "Passed to the Senior Management Team" in shown
    assert "Rang the head of campus" in shown
    [(details,)] = rows(app, "SELECT details FROM audit_entry WHERE action = 'reports:handled'")
    assert details == '{"from":"new","to":"passed-on"}'


def test_scripts_and_markup_in_a_report_are_text(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    send(cast.signed_in(cast.learner()), what="<script>alert(1)</script>")
    [(public_id,)] = rows(app, "SELECT public_id FROM breach_report")
    response = as_compliance.get(f"{REGISTER}/{public_id}")
    assert "<script>alert" not in response.text
