"""What becomes of somebody whose certificate was withdrawn: the same on every page and list."""

import csv
import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest

from induction.database import utc_now
from induction.people.models import Account, Cohort, Role
from induction.reminders import sending
from induction.uk_time import uk_day
from tests.support.approvals import carried_out
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.post import send_summaries_on_mondays
from tests.support.queries import Statements
from tests.support.record import actions, count, ledger, rows

REGISTER = "/compliance/certificates"
REASON = "Somebody else sat beside them"
TICK = "Ask them to take the final check again"


class College:
    """A cohort with two who are done, the officer who withdraws, and the tutor."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.app = cast, cast.app
        self.teacher = cast.account(Role.TUTOR)
        self.cohort: Cohort = cast.cohort("Bricks", self.teacher)
        self.holder: Account = cast.learner("Amina Yusuf", cohort=self.cohort)
        self.number = cast.graduate(self.holder)
        cast.graduate(cast.learner("Ben Done", cohort=self.cohort))
        self.tutor = cast.signed_in(self.teacher)
        self.olive = cast.account(Role.COMPLIANCE, "Olive Officer")
        self.officer = cast.signed_in(self.olive)

    @property
    def evidence(self) -> Page:
        return self.officer.read(f"{REGISTER}/{self.number}/evidence")

    def revoke(self, officer: Visitor | None = None, **more: str) -> None:
        officer, at = officer or self.officer, f"{REGISTER}/{self.number}/revoke"
        form = officer.read(at).form("reason")
        assert officer.send(form, {"reason": REASON, **more}, at=at).status_code == 303

    def revoke_by_command(self, number: str) -> None:
        args = ["certificates", "revoke", number, "--reason", REASON]
        assert self.app.test_cli_runner().invoke(args=args).exit_code == 0

    def ask(self, words: str, status: int = 303) -> str:
        at = f"{REGISTER}/{self.number}/again"
        form = self.officer.read(at).form("reason")
        response = self.officer.send(form, {"reason": words}, at=at)
        assert response.status_code == status
        return response.get_data(as_text=True)

    def history(self) -> list[list[tuple[object, ...]]]:
        """Everybody's tries, answers and declarations, as they stand."""
        tables = ("attempt", "answer", "declaration", "certificate")
        return [rows(self.app, f"SELECT * FROM {name} ORDER BY id") for name in tables]

    def finish(self) -> str:
        """The learner's way to another certificate, by the one next step of each page."""
        learner = self.cast.taking(self.holder)
        learner.open()
        for _ in range(60):
            learner.press()
            if learner.path.startswith("/certificates/"):
                return learner.path.removeprefix("/certificates/")
        raise AssertionError(f"never got there; now at {learner.path}")

    def board(self, **query: str) -> Page:
        words = "&".join(f"{k}={v}" for k, v in query.items())
        return self.tutor.read(f"/tutor/cohorts/{self.cohort.public_id}?{words}")

    def names(self, state: str) -> list[str]:
        links = self.board(state=state).all("a")
        return [a.text for a in links if a["href"].startswith("/tutor/learners/")]

    def table(self, address: str) -> list[dict[str, str]]:
        data = self.tutor.get(address).get_data().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(data)))

    def gaps(self) -> dict[str, dict[str, str]]:
        """The lines of the audit pack's list of who holds no certificate, by name."""
        token = self.officer.token()
        made = self.officer.post(f"{REGISTER}/export", data={"csrf_token": token}).get_data()
        with zipfile.ZipFile(io.BytesIO(made)) as pack:
            lines = csv.DictReader(io.StringIO(pack.read("gaps.csv").decode("utf-8-sig")))
            return {line["Name"]: line for line in lines}

    def gap(self) -> str:
        """Why the holder has no certificate; "" where they do."""
        found = self.gaps()
        assert "Ben Done" not in found
        return found["Amina Yusuf"]["Why no certificate"] if "Amina Yusuf" in found else ""

    def digest(self) -> str:
        monday = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
        send_summaries_on_mondays(self.app)
        with self.app.app_context():
            sending.run(now=monday + timedelta(weeks=count(self.app, "digest")))
        ((body,),) = rows(
            self.app,
            "SELECT body FROM outbox_mail WHERE subject = 'Your cohorts this week'"
            " ORDER BY id DESC LIMIT 1",
        )
        return str(body)

    def status(self) -> str:
        shown = self.cast.visitor().get(
            f"/verify/{self.number}", headers={"Accept": "application/json"}
        )
        return str(shown.get_json()["status"])


@pytest.fixture
def college(tiny: Cast) -> College:
    return College(tiny)


def test_whoever_holds_nothing_any_more_is_done_nowhere(college: College) -> None:
    college.revoke()
    today = college.officer.read("/compliance").text
    for said in ("1 done", "1 with a withdrawn certificate", "0 under way", "1 current."):
        assert said in today, said
    head = college.board().text
    for said in ("1 done", "1 with a withdrawn certificate", "0 under way", "0 overdue"):
        assert said in head, said
    assert "1 of 2 had completed by" in head
    assert "1 withdrawn" in college.tutor.read("/tutor").text
    assert {s: college.names(s) for s in ("complete", "withdrawn", "unfinished", "redo")} == {
        "complete": ["Ben Done"], "withdrawn": ["Amina Yusuf"], "unfinished": ["Amina Yusuf"],
        "redo": [],
    }  # fmt: skip
    lines = college.table(f"/tutor/cohorts/{college.cohort.public_id}/learners.csv")
    assert [(line["state"], bool(line["certificate"])) for line in lines] == [
        ("Complete", True), ("Certificate withdrawn", False),
    ]  # fmt: skip
    [line] = college.table("/tutor/cohorts.csv")
    assert (line["learners"], line["done"], line["under_way"], line["withdrawn"]) == (
        "2", "1", "0", "1",
    )  # fmt: skip
    assert "1 of 2 done, 1 with a withdrawn certificate, 0 under way" in college.digest()
    record = college.tutor.read(f"/tutor/learners/{college.holder.public_id}").text
    assert "the certificate was withdrawn and no other counts" in record
    assert college.gap().endswith(f": {REASON}")
    assert college.status() == "revoked"
    hub = college.cast.taking(college.holder).open().text
    assert "your certificate has been withdrawn" in hub
    assert "You’ve done it" not in hub


def mails(college: College) -> list[tuple[str, str, str]]:
    query = "SELECT recipient, subject, body FROM outbox_mail ORDER BY id"
    return [(str(to), str(subject), str(body)) for to, subject, body in rows(college.app, query)]


def test_whoever_is_not_asked_is_told_and_their_tutor_can_say_why(college: College) -> None:
    college.revoke()
    ((to, subject, body),) = mails(college)
    assert (to, subject) == (college.holder.email, "Your certificate was withdrawn")
    for said in (college.number, "Ask your tutor why", "Olive Officer"):
        assert said in body, said
    assert REASON not in body, "they are told why where they ask, or are asked to do it again"
    assert REASON not in college.cast.taking(college.holder).open().text
    assert REASON not in college.cast.visitor().read(f"/verify/{college.number}").text

    record = college.tutor.read(f"/tutor/learners/{college.holder.public_id}").text
    for said in (
        f"Withdrawn on {uk_day(utc_now()).day} ",
        "Turn to Olive Officer, who withdrew it, or to anyone else in compliance",
        f"Certificate issued {college.number}",
        f"Certificate withdrawn {college.number}, “{REASON}”, by Olive Officer",
        "Reminded: certificate withdrawn",
        "Joined the cohort Bricks",
    ):
        assert said in record, said
    college.cast.deactivate(college.olive)
    record = college.tutor.read(f"/tutor/learners/{college.holder.public_id}").text
    assert "Turn to compliance: they can ask" in record


def test_what_they_are_told_fits_where_they_stand(college: College) -> None:
    first = college.number
    college.revoke(again="y")
    college.revoke_by_command(college.finish())
    assert "Ask your tutor why" in mails(college)[-1][2]
    ((notice,),) = rows(college.app, "SELECT notice FROM enrolment WHERE notice != ''")
    assert str(notice).endswith("what you can do."), "a command has no name to sign with"
    college.number = first
    college.ask("Once more")
    newest = college.finish()
    at = f"{REGISTER}/{newest}/reissue"
    form = college.officer.read(at).form("full_name")
    college.officer.send(form, {"full_name": "Amina Yusuf-Hall", "reason": "Married"}, at=at)
    ((counts,),) = rows(
        college.app,
        "SELECT number FROM certificate c JOIN current_certificate k ON k.certificate_id = c.id"
        " WHERE c.account_id = :id",
        id=college.holder.id,
    )
    record = college.tutor.read(f"/tutor/learners/{college.holder.public_id}").text
    assert f"Certificate replaced {newest} → {counts}, “Married”, by Olive Officer" in record


def test_whoever_has_left_is_told_nothing(college: College) -> None:
    college.cast.deactivate(college.holder)
    college.revoke()
    assert mails(college) == []


def test_whoever_is_stuck_while_doing_it_again_still_reads_why_they_do(college: College) -> None:
    college.revoke(again="y")
    learner: Learner = college.cast.taking(college.holder)
    query = "SELECT count(*) FROM progress WHERE state = 'stuck'"
    learner.walk(lambda _: rows(college.app, query) == [(1,)], rightly=False)
    hub = learner.open().text
    assert "This part is a tricky one" in hub
    assert "Your certificate was withdrawn: it no longer counts" in hub


def test_there_is_nothing_to_remind_of_until_they_are_asked_again(college: College) -> None:
    college.revoke()
    at = f"/tutor/cohorts/{college.cohort.public_id}/remind"
    assert "until compliance asks them" in college.tutor.read(f"{at}?state=withdrawn").text
    assert "until compliance asks them" not in college.tutor.read(f"{at}?state=complete").text


def test_no_list_or_file_says_when_they_completed(college: College) -> None:
    def completed() -> list[bool]:
        lines = college.table(f"/tutor/cohorts/{college.cohort.public_id}/learners.csv")
        return [bool(line["completed"]) for line in lines]

    assert completed() == [True, True]
    college.revoke()
    assert completed() == [True, False]


def test_lists_cost_no_more_where_certificates_were_withdrawn(
    college: College, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    def costs() -> list[int]:
        found = []
        for visitor, page in (
            (college.tutor, "/tutor"),
            (college.tutor, f"/tutor/cohorts/{college.cohort.public_id}"),
            (college.officer, "/compliance"),
        ):
            with queries(college.app) as sent:
                visitor.get(page)
            found.append(len(sent))
        return found

    before = costs()
    assert all(before)
    college.revoke()
    assert costs() == before


@pytest.mark.parametrize("at_once", [True, False])
def test_from_a_withdrawn_certificate_to_a_new_one(college: College, at_once: bool) -> None:
    """Asked for while withdrawing, or afterwards; nothing of what was done before is touched."""
    if at_once:
        college.revoke(again="y")
    else:
        college.revoke()
        assert "not asked to do anything" in college.evidence.text
        college.ask(REASON)
    assert "They have a new final check before them" in college.evidence.text
    acts = [a for a in actions(college.app) if "asked-again" in a or "revoked" in a]
    assert acts == ["certificates:revoked", "journey:asked-again"]
    ((beside,),) = rows(
        college.app,
        "SELECT data FROM audit_personal p JOIN audit_entry e ON e.seq = p.seq"
        " WHERE e.action = 'journey:asked-again'",
    )
    assert REASON in beside
    *told, (to, subject, body) = rows(
        college.app, "SELECT recipient, subject, body FROM outbox_mail ORDER BY id"
    )
    assert len(told) == (0 if at_once else 1), "told once, whether or not they are asked"
    assert (to, subject) == (
        college.holder.email,
        "Your certificate was withdrawn: please take the final check again",
    )
    assert f"Why: {REASON}" in body
    assert "Olive Officer" in body

    before = college.history()
    hub = college.cast.taking(college.holder).open().text
    for said in ("Your certificate was withdrawn", f"{REASON} (Olive Officer)", "To do again: "):
        assert said in hub, said
    assert "renewing" not in hub
    assert college.names("redo") == ["Amina Yusuf"]
    for state in ("complete", "withdrawn", "renewing", "overdue"):
        assert "Amina Yusuf" not in college.names(state), state
    assert "To redo" in college.board().text
    assert "1 done before and to redo" in college.officer.read("/compliance").text
    record = college.tutor.read(f"/tutor/learners/{college.holder.public_id}").text
    assert "To redo: Final check, since the certificate was withdrawn" in record
    assert "Asked to take the final check again" in record
    assert f"{REASON}; to do again: Not passed: Final check" in college.gap()

    new = college.finish()
    for was, now in zip(before, college.history(), strict=True):
        assert was == now[: len(was)], "what was done before is as it was"
        assert len(now) > len(was)
    assert rows(college.app, "SELECT renewal FROM declaration ORDER BY id") == [(0,), (0,), (1,)]
    assert college.status() == "revoked"
    assert college.gap() == ""
    assert college.names("complete") == ["Ben Done", "Amina Yusuf"]
    assert "2 done" in college.officer.read("/compliance").text
    assert new in college.evidence.text, "the withdrawn one says which counts now"
    shown = college.officer.read(f"{REGISTER}/{new}/evidence").text
    assert "Another certificate of theirs was withdrawn" in shown
    assert REASON in shown


def long_ago() -> date:
    return uk_day(utc_now()) - timedelta(days=90)


def late(college: College, name: str, *, renews: bool) -> Account:
    """Somebody whose due date passed long ago, and who does it again: renews, or was asked to."""
    college.holder = college.cast.learner(name, cohort=college.cohort, due_on=long_ago())
    done = utc_now() - timedelta(days=400 if renews else 40)
    college.number = college.cast.graduate(college.holder, now=done, valid_months=12)
    if renews:
        learner: Learner = college.cast.taking(college.holder)
        learner.open()
        learner.press()
    else:
        college.revoke(again="y")
    return college.holder


@pytest.mark.parametrize("renews", [True, False])
def test_whoever_does_it_again_has_no_due_date(college: College, renews: bool) -> None:
    holder = late(college, "Ed Ended", renews=renews)
    assert college.names("renewing" if renews else "redo") == ["Ed Ended"]
    at = f"/tutor/cohorts/{college.cohort.public_id}/learners.csv"
    assert long_ago().isoformat() not in college.tutor.get(at).text
    assert f"{long_ago().day} {long_ago():%b %Y}" not in college.board(state="unfinished").text
    here = f"/tutor/learners/{holder.public_id}"
    record = college.tutor.read(here)
    assert "Overdue" not in record.text
    assert "Change the due date" not in record.links
    assert college.tutor.get(f"{here}/due-date").status_code == 404
    assert " due " not in college.cast.taking(holder).open().text
    assert college.gaps()["Ed Ended"]["Due"] == ""


@pytest.mark.parametrize(
    ("renews", "subject", "asks"),
    [
        (True, "Renewing your certificate", "Please finish renewing your certificate"),
        (False, "Your certificate was withdrawn", "was withdrawn: it no longer counts"),
    ],
)
def test_a_reminder_by_hand_says_what_it_is_about(
    college: College, renews: bool, subject: str, asks: str
) -> None:
    late(college, "Ed Ended", renews=renews)
    state = "renewing" if renews else "redo"
    at = f"/tutor/cohorts/{college.cohort.public_id}/remind?state={state}"
    form = college.tutor.read(at).form("own_words")
    assert college.tutor.send(form, {"send": "1"}, at=at).status_code == 303
    ((said, body),) = rows(
        college.app, "SELECT subject, body FROM outbox_mail ORDER BY id DESC LIMIT 1"
    )
    assert str(said).startswith(f"{subject}: a message from")
    assert asks in str(body)
    assert "due" not in str(body)
    assert "certificate" in college.cast.signed_in(college.holder).read("/induction").text
    note = rows(college.app, "SELECT notice FROM enrolment WHERE notice != ''")
    assert "certificate" in str(note)


def test_the_compliance_page_counts_as_boards_do(college: College) -> None:
    late(college, "Ed Ended", renews=True)
    stuck = college.cast.learner("Stu Stuck", cohort=college.cohort)
    query = "SELECT count(*) FROM progress WHERE state = 'stuck'"
    college.cast.taking(stuck).walk(
        lambda _: rows(college.app, query) == [(1,)], rightly=False
    )  # fmt: skip
    for said in ("0 overdue", "1 stuck"):
        assert said in college.officer.read("/compliance").text, said
        assert said in college.board().text, said
    at = f"/tutor/learners/{stuck.public_id}/settle"
    form = college.tutor.read(at).form("reason")
    assert college.tutor.send(form, {"reason": "We talked"}, at=at).status_code == 303
    assert "0 stuck" in college.board().text
    assert "0 stuck" in college.officer.read("/compliance").text


def test_what_was_withdrawn_a_second_time_can_be_asked_for_again(college: College) -> None:
    college.revoke(again="y")
    first, college.number = college.number, college.finish()
    college.revoke()
    college.number = first  # either page will do
    college.ask("Once more")
    subjects = [str(subject) for (subject,) in rows(college.app, "SELECT subject FROM outbox_mail")]
    assert sum("final check again" in subject for subject in subjects) == 2
    college.finish()
    assert rows(college.app, "SELECT renewal FROM declaration ORDER BY id DESC LIMIT 1") == [(2,)]


def test_asking_is_refused_where_it_makes_no_sense(college: College) -> None:
    at = f"{REGISTER}/{college.number}/again"
    assert college.officer.get(at).status_code == 404, "it was not withdrawn"
    college.revoke(again="y")
    with ledger(college.app) as kept:
        assert "a new final check before them" in college.ask("Again", 422)
        assert not kept.changed()
    new = college.finish()
    with ledger(college.app) as kept:
        assert f"They hold {new}, which counts" in college.ask("Again", 422)
        assert not kept.changed()


def test_nobody_who_has_left_is_asked(college: College) -> None:
    college.revoke()
    college.cast.deactivate(college.holder)
    assert "They have left" in college.evidence.text
    with ledger(college.app) as kept:
        assert "They have left" in college.ask("Come back", 422)
        assert not kept.changed()


def test_withdrawing_and_asking_happen_together_or_not_at_all(college: College) -> None:
    at = f"{REGISTER}/{college.number}/revoke"
    form = college.officer.read(at).form("reason")
    college.cast.deactivate(college.holder)  # while the page is open
    with ledger(college.app) as kept:
        refused = college.officer.send(form, {"reason": REASON, "again": "y"}, at=at)
        assert (refused.status_code, kept.changed()) == (422, False)
    assert "Nothing was withdrawn" in refused.text
    assert college.status() == "current"


def test_of_two_officers_the_one_who_confirms_asks_the_learner(college: College) -> None:
    college.cast.take_two_people()
    at = f"{REGISTER}/{college.number}/revoke"
    assert TICK not in college.officer.read(at).text
    college.revoke()
    second = college.cast.signed_in(college.cast.account(Role.COMPLIANCE, "Sam Second"))
    assert TICK in second.read(at).text
    college.revoke(second, again="y")
    assert "Sam Second" in rows(college.app, "SELECT notice FROM enrolment ORDER BY id")[0][0]
    assert college.names("redo") == ["Amina Yusuf"]


def test_a_renewal_that_was_under_way_still_earns_a_certificate_and_the_officer_sees_why(
    college: College,
) -> None:
    """On purpose: a newly drawn final check and a new declaration are a completion of their own."""
    college.holder = college.cast.learner("Rena Renews", cohort=college.cohort)
    college.number = college.cast.graduate(
        college.holder, now=utc_now() - timedelta(days=400), valid_months=12
    )
    learner: Learner = college.cast.taking(college.holder)
    learner.open()
    learner.press()
    page = college.officer.read(f"{REGISTER}/{college.number}/revoke").text
    assert "They have a new final check before them" in page, "the officer knows beforehand"
    assert TICK not in page
    college.revoke()
    assert "Your certificate was withdrawn" in learner.open().text
    assert college.names("redo") == ["Rena Renews"]
    new = college.finish()
    assert college.status() == "revoked"
    assert rows(college.app, "SELECT count(*) FROM supersession") == [(0,)]
    shown = college.officer.read(f"{REGISTER}/{new}/evidence").text
    assert "Another certificate of theirs was withdrawn" in shown
    assert REASON in shown


def test_a_misprinted_name_is_corrected_without_withdrawing(college: College) -> None:
    page = college.officer.read(f"{REGISTER}/{college.number}/revoke")
    assert page.links["Correct the name"] == f"{REGISTER}/{college.number}/reissue"
    college.revoke()
    assert "Correct the name" not in college.evidence.text, "what was withdrawn stays so"


def test_what_the_learner_was_told_is_erased_with_them(college: College) -> None:
    college.revoke(again="y")
    token = college.officer.token()
    asked = {"kind": "erasure", "who": college.holder.email, "reason": "They asked."}
    response = college.officer.post(
        "/compliance/personal-data", data={**asked, "csrf_token": token}
    )
    assert response.status_code == 303
    carried_out(college.cast, str(response.location))
    assert rows(college.app, "SELECT count(*) FROM account WHERE erased_at IS NOT NULL") == [(1,)]
    assert rows(college.app, "SELECT count(*) FROM enrolment WHERE notice != ''") == [(0,)]
    mine = "SELECT count(*) FROM outbox_mail WHERE account_id = :id"
    assert rows(college.app, mine, id=college.holder.id) == [(0,)]
