"""From any clause to the evidence and from any certificate to its clauses, in two clicks."""

import pytest
from flask import Flask

from induction.compliance import trace
from induction.extensions import db
from induction.policy.models import ContentVersion
from induction.policy.store import content
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import rows


def leads(page: Page, words: str) -> list[str]:
    return [a["href"] for a in page.all("a") if words in a["href"]]


def test_from_a_clause_to_a_certificate_in_two_clicks(
    officer: Visitor, app: Flask, numbers: list[str]
) -> None:
    with app.app_context():
        tested = content().policy.sections[2].scenarios[0].clauses[0]
    clauses = officer.read("/compliance/clauses")
    for who in ("Learner", "Apprentice", "Staff"):
        every = f"{who}: 38/38 clauses taught, 33/33 assessed clauses tested."
        assert every in clauses.text
    [address] = leads(clauses, f"/clauses/{tested}")
    page = officer.read(address)
    assert "Right at the first try" in page.text
    assert set(leads(page, "/evidence")) <= {
        f"/compliance/certificates/{number}/evidence" for number in numbers
    }
    assert leads(page, "/evidence")


def test_however_much_was_answered_the_same_certificates_are_evidence_for_each_clause(
    officer: Visitor, app: Flask, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        policy = content().policy
    tested = [one.id for one in policy.clauses if trace.testing(policy, one.id)][::6]
    [untested] = [one.id for one in policy.clauses if not trace.testing(policy, one.id)][:1]

    def shown(clause: str) -> list[str]:
        return leads(officer.read(f"/compliance/clauses/{clause}"), "/evidence")

    of_few = [shown(clause) for clause in tested]
    monkeypatch.setattr(trace, "FEW_ANSWERS", -1)
    assert [shown(clause) for clause in tested] == of_few
    assert any(of_few)
    assert shown(untested) == []


def test_from_a_certificate_to_a_clause_and_to_the_answers(
    officer: Visitor, numbers: list[str]
) -> None:
    page = officer.read(f"/compliance/certificates/{numbers[0]}/evidence")
    assert len(set(leads(page, "/clauses/"))) == 38
    assert "Right at first sight" in page.text
    replay = officer.read(leads(page, "/attempts/")[0].split("#")[0])
    assert "As it was shown" in replay.text
    assert leads(replay, "/evidence"), "and back"


def test_an_old_try_is_shown_with_the_content_and_the_order_of_its_day(
    officer: Visitor, app: Flask
) -> None:
    enrolment, kind, step, number, scenario, shown, chosen = rows(
        app,
        "SELECT enrolment.public_id, kind, step, number, scenario, shown, chosen FROM answer "
        "JOIN attempt ON attempt.id = attempt_id JOIN enrolment ON enrolment.id = enrolment_id "
        "WHERE kind = 'section' AND scene = '' ORDER BY answer.id LIMIT 1",
    )[0]
    address = f"/compliance/attempts/{enrolment}/{kind}/{step}/{number}"
    with app.app_context():
        held = content()
        before = held.policy
        # Today's files say something else: the try still shows what was archived.
        digest = rows(app, "SELECT DISTINCT content FROM attempt")[0][0]
        assert db.session.get(ContentVersion, digest) is not None
        asked = before.scenario(scenario)
    assert asked is not None
    texts = {option.id: option.text for option in asked.scenes[0].options}
    page = officer.read(address)
    places = [page.text.index(texts[option]) for option in shown.split()]
    assert places == sorted(places), "the options in the order that the learner saw"
    assert "Chosen" in page.text
    assert chosen.split()[0] in texts


def test_what_does_not_exist_is_not_found(officer: Visitor) -> None:
    for address in ("clauses/nothing", "certificates/0000-0000-0000-0000/evidence",
                    "attempts/nobody/section/nothing/1", "clauses/purpose?content=00"):  # fmt: skip
        assert officer.get(f"/compliance/{address}").status_code == 404


def test_each_situation_has_its_figures(officer: Visitor, app: Flask) -> None:
    asked = rows(app, "SELECT scenario FROM scenario_count WHERE learners > 0")
    text = " ".join(page.text for page in officer.read_on("/compliance/item-statistics"))
    with app.app_context():
        known = [content().policy.scenario(name) for (name,) in asked]
    assert known
    assert all(q is None or q.title in text for q in known)
    assert "Hardly anybody" not in text, "six people flag nothing"
