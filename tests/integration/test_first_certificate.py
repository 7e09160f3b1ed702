"""From an empty database to the first certificate, by the README and the first day's list alone."""

import re
from io import BytesIO

from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.curriculum.model import Policy
from induction.database import utc_now
from tests.support.authenticator import set_up
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.post import outbox, path_in

PASSWORD = "harbour timber violin"


class Somebody:
    """A person at a browser: counts what they send."""

    sent = 0

    def __init__(self, app: Flask) -> None:
        client = app.test_client()
        assert isinstance(client, Visitor)
        self.app, self.visitor = app, client

    def send(self, at: str, asks: str, **values: str | list[str]) -> str:
        """Fill in the form that asks for this field, and send it; where that leads."""
        answer = self.visitor.send(self.visitor.read(at).form(asks), values, at=at)
        assert answer.status_code == 303, Page(answer.get_data(as_text=True)).text
        Somebody.sent += 1
        return str(answer.location)

    def comes_in(self, link: str) -> str:
        """Open a link, choose a password and set up the second step; where that leads."""
        page = self.visitor.read(link)
        step = self.visitor.send(page.forms[0], at=link).location
        self.send(step, "password", password=PASSWORD)
        set_up(self.visitor)
        Somebody.sent += 2
        return str(self.visitor.get("/").location)

    def tasks(self) -> dict[str, str]:
        """What the list of the first day has to be done yet, and where."""
        lists = [ol for ol in self.visitor.read("/admin/people").all("ol") if "class" in ol]
        return {a.text: a["href"] for ol in lists for a in ol.all("a")}


def mail_to(app: Flask, address: str) -> str:
    """The path of the link in the newest letter to somebody."""
    mails = [mail for mail in outbox(app) if mail["To"] == address]
    return path_in([mail for mail in mails if "/link/" in mail.get_content()][-1])


def test_the_list_of_the_first_day_leads_to_the_first_certificate(tiny_app: Flask) -> None:
    app, Somebody.sent = tiny_app, 0
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"staff_second_step": True})  # as it is at first
    args = ["people", "create", "jo@college.example", "--role", "admin", "--name", "Jo Bloggs"]
    printed = app.test_cli_runner().invoke(args=args).output
    found = re.search(r"(/link/\S+)", printed)
    assert found
    jo = Somebody(app)
    assert jo.comes_in(found[1]) == "/admin/people"
    assert next(iter(jo.tasks())) == "Say how your institute is called"
    settings = jo.tasks()["Say how your institute is called"]
    jo.send(
        settings, "name",
        name="Northbridge College", safeguarding_name="Sam Lee", safeguarding_phone="0113 496 0142",
    )  # fmt: skip
    for role in ("admin", "compliance", "tutor"):
        (task,) = [
            where.partition("#")[0]
            for what, where in jo.tasks().items()
            if {"admin": "second", "compliance": "compliance officer", "tutor": "tutor’s"}[role]
            in what
        ]
        name = f"{role.title()} Number Two"
        jo.send(task, "full_name", full_name=name, email=f"{role}@college.example", role=role)
    officer = Somebody(app)
    assert officer.comes_in(mail_to(app, "compliance@college.example")) == "/compliance"
    at = "/compliance/policy/document"
    form = officer.visitor.read(at).form("version_date")
    file = {"file": (BytesIO(b"Our policy, as signed"), "policy.txt")}
    assert officer.visitor.post(at, data={**form.fields, **file}).status_code == 303
    Somebody.sent += 1
    new = jo.visitor.read(jo.tasks()["Make a cohort with its tutor"])
    (tutor,) = [box["value"] for box in new.all("input") if box["name"] == "tutors"]
    cohort = jo.send("/tutor/cohorts/new", "programme", name="Bricklaying 1", tutors=[tutor])
    assert "/tutor/cohorts/" in cohort
    board = jo.visitor.read(cohort)
    assert any("/tutor/enrol" in href for href in board.links.values()), "that is what comes next"
    enrol = next(href for href in board.links.values() if "/tutor/enrol" in href)
    learner = jo.send(
        enrol, "learner_ref",
        full_name="Amina Yusuf", email="amina@college.example", learner_ref="L1",
    )  # fmt: skip
    assert learner.startswith("/tutor/learners/")
    begins(app, app.extensions["content"].policy)
    assert list(jo.tasks()) == ["Let mail leave"], "its letters are files here"
    assert Somebody.sent == 14, "forms sent, beside the induction itself"


def begins(app: Flask, policy: Policy) -> None:
    """The learner opens their letter, takes the induction, and holds a certificate."""
    amina = Somebody(app)
    link = mail_to(app, "amina@college.example")
    page = amina.visitor.read(link)
    assert amina.visitor.send(page.forms[0], at=link).location == "/induction"
    learner = Learner(amina.visitor, policy, "Amina Yusuf")
    learner.walk(lambda me: "first-password" in me.path)
    chooses = amina.visitor.get("/induction/declaration").location
    amina.send(chooses, "password", password=PASSWORD)
    number = learner.finish()
    assert amina.visitor.get(f"/certificates/{number}.pdf").data.startswith(b"%PDF")
    assert "Northbridge College" in amina.visitor.read(f"/verify/{number}").text
