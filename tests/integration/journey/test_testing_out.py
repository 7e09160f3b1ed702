"""Somebody who knows a part is asked before reading it, where the institute lets them; once."""

import csv
import io
import json
import zipfile
from typing import Any

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.certificates.earned import HEADS
from induction.database import utc_now
from induction.journey.rules import BEFORE_READING
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import actions, count, rows

OFFER = "I know this part: ask me"


def allow(cast: Cast, *audiences: str, **others: Any) -> None:
    with cast.app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"test_out": audiences, **others})


def offer(learner: Learner) -> str:
    """Where the section that is open offers to ask first; nothing where it does not."""
    learner.walk(lambda me: me.page.all("article") != [])
    return learner.page.links.get(OFFER, "")


def be_asked(learner: Learner, *, misses: int = 0) -> None:
    """Take what is offered; the last of so many answers is wrong."""
    learner.open(offer(learner))
    section = learner.path.split("/")[2]
    for number in range(1, 4):
        assert f"/{section}/quiz/{BEFORE_READING}/" in learner.path
        while learner.asked:
            learner.press(rightly=number != misses)
        if number == misses:
            return
        learner.press()


def test_nobody_is_asked_before_reading_until_the_institute_says_so(
    cast: Cast, as_learner: Learner
) -> None:
    assert offer(as_learner) == ""
    allow(cast, "staff")
    assert offer(as_learner) == "", "for staff alone"
    as_learner.to_question()
    form = as_learner.form
    form.fields["try"] = [str(BEFORE_READING)]
    response = as_learner.visitor.send(form, {"option": as_learner.choice()}, at=as_learner.path)
    assert response.status_code == 303
    assert count(cast.app, "answer") == 0


def test_three_right_at_first_sight_pass_the_part_unread(cast: Cast, as_learner: Learner) -> None:
    allow(cast, "learner")
    first, second = cast.policy.sections[:2]
    be_asked(as_learner)
    assert "You knew this part" in as_learner.page.text
    assert actions(cast.app)[-1] == "journey:section-passed"
    hub = as_learner.open()
    assert "Passed: you knew this part" in hub.text
    as_learner.open(f"/induction/{first.slug}")
    assert OFFER not in as_learner.page.links, "its page stays open, and asks nothing more"
    assert offer(as_learner)
    assert as_learner.path == f"/induction/{second.slug}"
    [(asked, number)] = rows(cast.app, "SELECT asked, number FROM attempt WHERE kind = 'section'")
    assert (len(asked.split()), number) == (3, BEFORE_READING)


def test_a_miss_leads_to_the_page_and_to_other_situations(cast: Cast, as_learner: Learner) -> None:
    allow(cast, "learner")
    part = cast.policy.sections[0]
    be_asked(as_learner, misses=2)
    assert as_learner.page.next_step.text == f"Read: {part.title}"
    before = as_learner.path
    as_learner.press()
    assert as_learner.path == f"/induction/{part.slug}"
    assert OFFER not in as_learner.page.links
    as_learner.to_question(part.slug)
    assert f"/quiz/1/{as_learner.asked}" in as_learner.path
    [(asked,)] = rows(cast.app, "SELECT asked FROM attempt")
    met = set(asked.split())
    waiting: set[str] = set()
    while not as_learner.path.endswith(f"{part.slug}/result"):
        waiting.add(as_learner.asked)
        as_learner.press()
    assert met.isdisjoint(waiting - {""})
    assert "Not quite" in as_learner.open(before).text, "what was answered stays to be seen"


def test_the_same_answer_twice_is_one_answer(cast: Cast, as_learner: Learner) -> None:
    allow(cast, "learner")
    as_learner.open(offer(as_learner))
    form, at = as_learner.form, as_learner.path
    given = {"option": as_learner.choice(rightly=False)}
    answers = 0
    for _ in range(2):
        response = as_learner.visitor.send(form, given, at=at)
        assert response.status_code == 303
        answers = answers or count(cast.app, "answer")
    assert count(cast.app, "answer") == answers == 1
    better = {"option": as_learner.choice()}
    as_learner.visitor.send(form, better, at=at)
    assert count(cast.app, "answer") == 1, "there is one try"


def test_it_stands_on_every_record_and_lets_nobody_off_a_rule(
    cast: Cast, as_learner: Learner
) -> None:
    allow(cast, "learner", first_sight=True)
    for _ in cast.policy.sections:
        be_asked(as_learner)
    number = as_learner.finish()
    [(stored,)] = rows(cast.app, "SELECT record FROM certificate_record")
    record = json.loads(stored)
    titles = [s["title"] for s in record["sections"] if s.get("tested_out")]
    assert titles == [s.title for s in cast.policy.sections]
    assert [s["tries"] for s in record["sections"]] == [0] * 7 + [1]
    wanted = {c.id for c in cast.policy.clauses if c.assess}
    assert {d["clause"] for d in record["decided"] if d["right"] == "first"} >= wanted
    right = {a["scenario"] for a in record["answers"] if a["right"] and a["counted"]}
    bank = [q for s in cast.policy.sections for q in s.forms("learner")]
    assert right >= {q.id for q in bank if q.must}
    assert record["first_sight"] == {"right": len(right), "of": len(right)}

    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    evidence = officer.read(f"/compliance/certificates/{number}/evidence")
    assert f"{len(right)} of {len(right)} situations" in evidence.text
    assert titles[0] in evidence.text
    assert "before reading" in evidence.text
    attempt = next(h for h in evidence.links.values() if f"/{BEFORE_READING}#" in h)
    assert "before reading" in officer.read(attempt).text
    listed = officer.get("/compliance/certificates/list.csv").text.lstrip("\ufeff")
    [line] = csv.DictReader(io.StringIO(listed))
    figures = (str(len(right)), str(len(right)), "100", "7")
    assert tuple(line[head] for head in HEADS[:4]) == figures

    head = cast.signed_in(cast.account(Role.HEAD))
    [href] = {h for h in head.read("/tutor/learners").links.values() if "/learners/" in h}
    learner = head.read(href.partition("?")[0])
    assert "Passed before reading" in learner.text
    assert "before reading: 3 of 3 right" in learner.text

    page = officer.read("/compliance/certificates/export")
    [form] = [form for form in page.forms if form.method == "post" and "out" not in form.action]
    response = officer.send(form, at="/compliance/certificates/export")
    with zipfile.ZipFile(io.BytesIO(response.data)) as pack:
        [entry] = json.loads(pack.read("manifest.json"))["certificates"]
        tables = {
            name: list(csv.DictReader(io.StringIO(pack.read(name).decode("utf-8-sig"))))
            for name in ("certificates.csv", "learners.csv")
        }
    assert entry["passed_before_reading"] == 7
    [line] = tables["certificates.csv"]
    assert tuple(line[head] for head in HEADS[:4]) == figures
    [line] = tables["learners.csv"]
    assert (line["Tries"], line["Parts passed before reading"]) == ("1", "7")
