"""The data protection officer decides about personal data, with another, and nothing else."""

import re
import zipfile
from io import BytesIO

import pytest

from induction.certificates.issuing import last_day
from induction.database import utc_now
from induction.people.models import Role
from induction.uk_time import uk_date
from tests.support.approvals import days_pass, decide
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import outbox
from tests.support.record import rows

DATA = "/compliance/personal-data"
LIST = "/compliance/approvals"


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.DATA_PROTECTION, "Ewa Kowalczyk"))


def asked(visitor: Visitor, kind: str, who: str) -> str:
    form = visitor.read(DATA).form("reason")
    answer = visitor.send(form, {"kind": kind, "who": who, "reason": "They asked."}, at=DATA)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.mark.parametrize("asks_first", [True, False])
def test_an_erasure_is_by_the_data_protection_officer_and_another(
    cast: Cast, officer: Visitor, as_compliance: Visitor, asks_first: bool
) -> None:
    learner = cast.learner("Zofia Vzzle")
    first, second = (officer, as_compliance) if asks_first else (as_compliance, officer)
    request = asked(first, "erasure", learner.email)
    assert decide(first, request) == 422, "nobody decides what they asked for"
    assert "another officer confirms it" in first.read(request).text
    assert decide(second, request) == 303
    days_pass(cast.app)
    name = rows(cast.app, "SELECT full_name FROM account WHERE id = :id", id=learner.id)
    assert name == [("Details erased",)]


def test_a_copy_can_be_taken_once_another_has_confirmed(
    cast: Cast, officer: Visitor, as_compliance: Visitor
) -> None:
    request = asked(officer, "access", cast.learner("Zofia Vzzle").email)
    copy = f"{DATA}/requests/{request.rpartition('/')[2]}/copy.zip"
    assert officer.get(copy).status_code == 404
    overview = officer.read(DATA).text
    assert "Zofia Vzzle" in overview
    assert uk_date(last_day(utc_now(), 1) or "") in overview, "a month is what the law gives"
    assert decide(as_compliance, request) == 303
    taken = officer.get(officer.read(request).links["Take the copy (ZIP)"])
    with zipfile.ZipFile(BytesIO(taken.data)) as pack:
        page = pack.read("what-we-hold.html").decode()
    assert "enrolled a learner" in page
    assert not re.search(r"True|False|T\d\d:\d\d:\d\d", page), "in words, as people say it"


def test_one_alone_confirms_after_the_wait_and_two_never_do(cast: Cast, officer: Visitor) -> None:
    request = asked(officer, "access", cast.learner().email)
    assert "You are the only officer here" in officer.read(request).text
    assert decide(officer, request) == 422
    days_pass(cast.app)
    cast.account(Role.COMPLIANCE)
    assert decide(officer, request) == 422, "there is another now"


def test_a_shorter_period_is_asked_for_and_read_by_both(
    cast: Cast, officer: Visitor, as_compliance: Visitor
) -> None:
    at = f"{DATA}/periods/learners"
    form = officer.read(at).form("months")
    answer = officer.send(form, {"months": "1", "basis": "We need no more"}, at=at)
    assert decide(officer, answer.location) == 422
    assert decide(as_compliance, answer.location) == 303
    kept = "SELECT months FROM retention_rule WHERE record_class = 'learners'"
    assert rows(cast.app, kept) == [(1,)]


def test_what_is_no_personal_data_is_neither_seen_nor_stopped(tiny: Cast) -> None:
    officer = tiny.signed_in(tiny.account(Role.DATA_PROTECTION, "Ewa Kowalczyk"))
    asker = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    number = tiny.graduate(tiny.learner("Emeka Asante"))
    at = f"/compliance/certificates/{number}/reissue"
    form = asker.read(at).form("full_name")
    sent = asker.send(form, {"full_name": "Eve Neverlearned", "reason": "x"}, at=at)
    assert asker.read(sent.location).text
    assert sent.location not in officer.get(LIST).text
    assert officer.get(sent.location).status_code == 404
    assert decide(officer, sent.location, "refuse") == 404
    told = [m["Subject"] for m in outbox(tiny.app) if str(m["To"]).startswith("data-protection")]
    assert told == [], "nor is it mailed to them"


def test_both_are_told_of_what_waits_and_of_one_more_officer(
    cast: Cast, officer: Visitor, as_compliance: Visitor, as_admin: Visitor
) -> None:
    asked(as_compliance, "access", cast.learner("Zofia Vzzle").email)
    told = {str(m["To"]).partition("@")[0].rstrip("0123456789") for m in outbox(cast.app)}
    assert told == {"data-protection", "compliance", "admin"}
    new = {"full_name": "Sam Okafor", "email": "sam@college.example", "role": "data-protection"}
    form = as_admin.read("/admin/people").form("full_name")
    assert as_admin.send(form, new, at="/admin/people").status_code == 303
    told_of = [str(m["Subject"]) for m in outbox(cast.app)]
    assert "Sam Okafor is a data protection officer now" in told_of


def test_what_is_declined_is_declined_with_a_reason_that_whoever_asked_reads(
    cast: Cast, officer: Visitor, as_compliance: Visitor
) -> None:
    learner = cast.learner("Zofia Vzzle")
    request = asked(as_compliance, "access", learner.email)
    form = officer.read(request).form("decision")
    silent = officer.send(form, {"decision": "refuse"}, at=request)
    assert silent.status_code == 422
    assert "Say why not" in silent.text
    said = {"decision": "refuse", "why": "It was somebody else who wrote."}
    assert officer.send(form, said, at=request).status_code == 303
    assert "It was somebody else who wrote." in as_compliance.read(request).text
    query = "SELECT data FROM audit_personal JOIN audit_entry USING (seq) WHERE action = :action"
    [(data,)] = rows(cast.app, query, action="approvals:refused")
    assert "somebody else who wrote" in data
    back = asked(as_compliance, "access", learner.email)
    token = {"csrf_token": as_compliance.token(), "decision": "refuse"}
    assert as_compliance.post(back, data=token).status_code == 303, "one’s own is taken back"
