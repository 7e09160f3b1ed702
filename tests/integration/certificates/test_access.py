"""t01, t02: whose record is whose. What is not theirs does not exist."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people import cohorts
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.record import actions, rows

NOWHERE = "0000-0000-0000-0000"
REQUEST = re.compile(r"[0-9a-f]{12}")


@pytest.fixture
def number(tiny: Cast) -> str:
    """The certificate of somebody else."""
    return tiny.graduate(tiny.learner())


def page_for(visitor: Visitor, path: str) -> tuple[int, str, list[tuple[str, str]]]:
    """The answer without what differs from one request to the next."""
    answer = visitor.get(path)
    body = REQUEST.sub("", answer.get_data(as_text=True))
    body = re.sub(r'name="csrf_token" value="[^"]+"', "", body)
    skipped = {"Content-Length", "Set-Cookie", "X-Request-Id"}
    headers = [(k, v) for k, v in answer.headers if k not in skipped]
    return answer.status_code, body, headers


@pytest.mark.parametrize("suffix", ["", ".pdf", "?done=1"])
def test_t01_somebody_elses_certificate_is_like_one_that_does_not_exist(
    tiny: Cast, number: str, suffix: str
) -> None:
    other = tiny.signed_in(tiny.learner("Bronwen Price"))
    theirs = page_for(other, f"/certificates/{number}{suffix}")
    nobodys = page_for(other, f"/certificates/{NOWHERE}{suffix}")
    assert theirs[0] == 404
    assert theirs == nobodys
    assert actions(tiny.app)[-1] == "people:access-refused"


def test_looking_again_and_again_fills_no_record(tiny: Cast, number: str) -> None:
    other = tiny.signed_in(tiny.learner("Bronwen Price"))
    for _ in range(15):
        assert other.get(f"/certificates/{number}").status_code == 404
    assert actions(tiny.app).count("people:access-refused") == 10
    ((kind, wrong),) = rows(tiny.app, "SELECT kind, wrong FROM refused_tally")
    assert (kind, wrong) == ("hidden", 5), "the rest is summed up"


def test_one_s_own_file_can_be_had_often_and_fills_no_record(tiny: Cast) -> None:
    one = tiny.learner("Amina Yusuf")
    number, visitor = tiny.graduate(one), tiny.signed_in(one)
    for _ in range(12):
        assert visitor.get(f"/certificates/{number}.pdf").status_code == 200
    assert actions(tiny.app).count("certificates:downloaded") == 10


def test_t01_a_learner_sees_only_their_own_certificates(tiny: Cast, number: str) -> None:
    other = tiny.signed_in(tiny.learner("Bronwen Price"))
    assert number not in other.read("/certificates").text


def test_t01_a_learner_sees_only_their_own_answers(tiny: Cast, newcomer: Learner) -> None:
    newcomer.to_question()
    asked = newcomer.asked
    newcomer.press()
    other = tiny.taking(tiny.learner("Bronwen Price"))
    other.open(f"/induction/arriving/feedback/1/{asked}")
    assert "/feedback/" not in other.path
    assert "You had answered this" not in other.open(f"/induction/arriving/quiz/1/{asked}").text


def learner_path(cast: Cast, account: Account) -> str:
    ((public_id,),) = rows(cast.app, "SELECT public_id FROM account WHERE id = :id", id=account.id)
    return f"/tutor/learners/{public_id}"


def test_t02_a_tutor_sees_their_own_cohorts_learners_and_nobody_else(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    mine = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Mine", tutor))
    others = tiny.learner("Bronwen Price", cohort=tiny.cohort("Not mine", tiny.account(Role.TUTOR)))
    visitor = tiny.signed_in(tutor)
    assert "Amina Yusuf" in visitor.read(learner_path(tiny, mine)).text
    assert page_for(visitor, learner_path(tiny, others)) == page_for(
        visitor, "/tutor/learners/AAAAAAAAAAAAAAAA"
    )
    ((action, subject, actor),) = rows(
        tiny.app, "SELECT action, subject, actor FROM audit_entry ORDER BY seq DESC LIMIT 1"
    )
    assert (action, subject) == ("people:access-refused", others.actor)
    assert actor == tutor.actor


def test_t02_a_tutor_opens_the_certificates_of_their_own_learners_only(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    mine = tiny.graduate(tiny.learner("Amina Yusuf", cohort=tiny.cohort("Mine", tutor)))
    theirs = tiny.graduate(
        tiny.learner("Bronwen Price", cohort=tiny.cohort("Other", tiny.account(Role.TUTOR)))
    )
    visitor = tiny.signed_in(tutor)
    assert visitor.get(f"/certificates/{mine}").status_code == 200
    assert visitor.get(f"/certificates/{mine}.pdf").status_code == 200
    assert visitor.get(f"/certificates/{theirs}").status_code == 404
    assert visitor.get(f"/certificates/{theirs}.pdf").status_code == 404


def test_t02_cohorts_of_other_tutors_are_not_found(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    tiny.cohort("Mine", tutor)
    other = tiny.cohort("Not mine", tiny.account(Role.TUTOR))
    visitor = tiny.signed_in(tutor)
    board = visitor.read("/tutor").text
    assert "Mine" in board
    assert "Not mine" not in board
    for what in ("", "/edit", "/remind", "/misconceptions", "/learners.csv"):
        path = f"/tutor/cohorts/{other.public_id}{what}"
        assert visitor.get(path).status_code == 404, path


def test_t02_a_learner_who_has_moved_on_is_no_longer_seen(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    learner = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Mine", tutor))
    elsewhere = tiny.cohort("Elsewhere", tiny.account(Role.TUTOR))
    visitor = tiny.signed_in(tutor)
    assert visitor.get(learner_path(tiny, learner)).status_code == 200
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        cohorts.join(act, elsewhere, learner)
    assert visitor.get(learner_path(tiny, learner)).status_code == 404


def test_compliance_sees_everybody(tiny: Cast, number: str) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert number in officer.read("/compliance/certificates").text
    assert officer.get(f"/certificates/{number}").status_code == 200


def test_ids_in_addresses_cannot_be_counted(tiny: Cast) -> None:
    for _ in range(3):
        tiny.learner()
    ids = [row[0] for row in rows(tiny.app, "SELECT public_id FROM account")]
    assert all(len(one) == 16 for one in ids)
    assert len({one[:4] for one in ids}) == len(ids)


# ---- t16, t17: names -----------------------------------------------------------------------------

NAMES = [
    "<script>alert('x')</script> O’Neil",
    "Zoë Ó Briain-Ŵylan",
    "محمد بن سلمان",
    '=HYPERLINK("http://evil.example")A',
    "../../etc/passwd a",
    "A" * 200,
    "{{ 7 * 7 }} Price",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_t17_a_name_is_text_wherever_it_is_shown(tiny: Cast, name: str) -> None:
    tutor = tiny.account(Role.TUTOR)
    account = tiny.learner(name, cohort=tiny.cohort("Mine", tutor))
    number, learner = tiny.graduate(account), tiny.signed_in(account)
    paths = ("/induction", "/account", f"/certificates/{number}", f"/verify/{number}")
    pages = [learner.read(path) for path in paths]
    visitor = tiny.signed_in(tutor)
    pages += [visitor.read(learner_path(tiny, account))]
    for page in pages:
        assert " ".join(name.split()) in page.root.text, page.title
        assert not [s for s in page.all("script") if not s["src"]]
    pdf = learner.get(f"/certificates/{number}.pdf")
    assert pdf.status_code == 200
    assert pdf.headers["Content-Disposition"] == f'inline; filename="certificate-{number}.pdf"'


BAD_NAMES = ["", "   ", "a\x07b", "😀", "12345", "x" * 201, "\u202e\u202d"]


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_t16_what_cannot_be_a_name_is_refused_with_words_and_kept_as_typed(
    newcomer: Learner, name: str
) -> None:
    newcomer.to_declaration()
    values = {"full_name": name, "accept": "y"}
    answer = newcomer.visitor.send(newcomer.form, values, at=newcomer.path)
    assert answer.status_code == 422
    assert "name" in answer.get_data(as_text=True)
    assert rows(newcomer.visitor.application, "SELECT count(*) FROM declaration") == [(0,)]


def test_holders_alone_can_share_theirs(cast: Cast) -> None:
    learner, officer = cast.learner(), cast.account(Role.COMPLIANCE)
    number = cast.graduate(learner)
    page = cast.signed_in(learner).read(f"/certificates/{number}")
    shared = parse_qs(urlsplit(page.links["Add it to LinkedIn"]).query)
    assert shared["certId"] == [number]
    assert urlsplit(shared["certUrl"][0]).path == f"/verify/{number}"
    assert shared["organizationName"] == [cast.policy.organisation]
    assert "Every short version on one page" in page.text
    theirs = cast.signed_in(officer).read(f"/certificates/{number}")
    assert "LinkedIn" not in theirs.text
    assert "Every short version" not in theirs.text


def test_asking_for_somebody_elses_cohort_or_for_learners_among_ones_own_is_on_record(
    tiny: Cast,
) -> None:
    mine, others = tiny.account(Role.TUTOR), tiny.account(Role.TUTOR, email="two@college.example")
    own = tiny.learner(cohort=tiny.cohort("Bricks", mine))
    strange = tiny.cohort("Hair", others)
    theirs, free = tiny.learner("Bo Strange", cohort=strange), tiny.learner("Cy Free")
    tutor = tiny.signed_in(mine)
    query = "SELECT subject, details FROM audit_entry WHERE action = 'people:access-refused'"

    def noted() -> list[tuple[str, str]]:
        return [(subject, json.loads(d)["what"]) for subject, d in rows(tiny.app, query)]

    cohort = f"/tutor/cohorts/{strange.public_id}"
    asked = ("", "/learners.csv", "/cards", "/register", "/edit")
    for address in (*(cohort + end for end in asked), f"/tutor/remind?cohort={strange.public_id}"):
        before = len(noted())
        assert tutor.get(address).status_code == 404, address
        assert noted()[before:] == [(f"cohort:{strange.public_id}", "cohort")], address
    for address in ("/tutor/remind", "/tutor/selection/note"):
        before = len(noted())
        who = f"who={own.public_id}&who={theirs.public_id}&who={free.public_id}&who=x"
        page = tutor.read(f"{address}?{who}").text
        assert ("Bo Strange" in page, "Cy Free" in page) == (False, False)
        expected = [(one.actor, "learner") for one in (theirs, free)]
        assert noted()[before:] == expected, address
    before = len(noted())
    assert tutor.get("/tutor/cohorts/nothing").status_code == 404
    assert tutor.read(f"/tutor/remind?who={own.public_id}")
    assert len(noted()) == before
