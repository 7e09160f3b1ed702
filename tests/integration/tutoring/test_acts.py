"""Acts on a learner's record: each asks why, does what it says, and is in the record of acts."""

import csv
import io
from collections.abc import Callable
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.certificates.issuing import Issuer
from induction.database import utc_now
from induction.extensions import db
from induction.journey.queries import load
from induction.people.models import Account, AccountRole, Role
from induction.refusals import NotNow
from induction.tutoring import acts, approving
from induction.tutoring.acts import Case
from induction.tutoring.rules import TutorAct
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import read
from tests.support.record import actions, rows

WHY = "Agreed at Monday’s tutorial"


@pytest.fixture
def stuck(tiny: Cast) -> tuple[Visitor, Account, str]:
    """A tutor, a learner of theirs who has failed three times, and the learner's address."""
    tutor = tiny.account(Role.TUTOR)
    learner = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Bricks", tutor))
    tiny.taking(learner).walk(
        lambda _: rows(tiny.app, "SELECT state FROM progress") == [("stuck",)], rightly=False
    )
    return tiny.signed_in(tutor), learner, f"/tutor/learners/{learner.public_id}"


def act(visitor: Visitor, address: str, **values: str) -> int:
    """Send an act's form as its page has it."""
    form = visitor.read(address).form("reason")
    return visitor.send(form, values, at=address).status_code


def test_t31_an_act_without_a_reason_is_refused(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    before = actions(tiny.app)
    for name in ("settle", "fresh-start", "excuse", "due-date", "leave", "note"):
        for nothing in ("", "    ", "\u200b \u200b\u2060\ufeff"):
            assert act(tutor, f"{here}/{name}", reason=nothing) == 422, (name, nothing)
    assert actions(tiny.app) == before


def test_t31_stuck_until_a_tutor_has_dealt_with_it(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, learner, here = stuck
    assert "Amina Yusuf" in tutor.read("/tutor").text
    assert act(tutor, f"{here}/settle", reason=WHY) == 303
    assert "Who needs you" not in tutor.read("/tutor").text
    badge = f"Stuck, dealt with: Section 1 of {len(tiny.policy.sections)}"
    assert badge in tutor.read(here).text
    assert "Stuck, dealt with Section 1 of" in tutor.read("/tutor/learners").text
    ((action, subject_data),) = rows(
        tiny.app,
        "SELECT e.action, p.data FROM audit_entry e JOIN audit_personal p ON p.seq = e.seq"
        " WHERE e.actor <> 'system' AND p.account_id = :id ORDER BY e.seq DESC LIMIT 1",
        id=learner.id,
    )
    assert action == "tutoring:stuck-settled"
    assert WHY in subject_data


def test_t31_nobody_returns_who_has_not_left_or_leaves_twice(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    assert refused(tiny, tutor, f"{here}/return")
    assert act(tutor, f"{here}/leave", reason=WHY) == 303
    assert refused(tiny, tutor, f"{here}/leave")
    assert act(tutor, f"{here}/return", reason=WHY) == 303


def refused(cast: Cast, tutor: Visitor, address: str) -> bool:
    """Whether an act can neither be opened nor sent, and leaves nothing behind."""
    before = actions(cast.app)
    page = tutor.read(address, 404)
    assert page.links["See where they stand"] == address.rpartition("/")[0]
    data = {"csrf_token": tutor.token(), "reason": WHY, "step": "arriving", "due_on": "2030-01-31"}
    sent = tutor.post(address, data=data)
    return sent.status_code == 404 and actions(cast.app) == before


def test_t31_an_act_that_does_not_fit_is_not_there(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("Bricks", tutor)
    new, done = (tiny.learner(name, cohort=cohort) for name in ("Amina Yusuf", "Bronwen Price"))
    tiny.graduate(done)
    visitor = tiny.signed_in(tutor)
    unfit = {
        new: ("settle", "fresh-start", "declaration", "return", "invite"),
        done: ("settle", "fresh-start", "excuse", "declaration", "return", "due-date", "invite"),
    }
    for learner, names in unfit.items():
        here = f"/tutor/learners/{learner.public_id}"
        offered = visitor.read(here).links.values()
        for name in names:
            assert f"{here}/{name}" not in offered
            assert refused(tiny, visitor, f"{here}/{name}"), name


@pytest.mark.parametrize("role", [Role.TUTOR, Role.HEAD, Role.COMPLIANCE, Role.ADMIN])
def test_t31_nobody_acts_on_their_own_record(tiny: Cast, role: Role) -> None:
    colleague = tiny.account(Role.TUTOR)
    me = tiny.learner("Bronwen Pritchard", cohort=tiny.cohort("New staff", colleague))
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as one:
        one.session.add(AccountRole(account_id=me.id, role=role.value))
    visitor, here = tiny.signed_in(me), f"/tutor/learners/{me.public_id}"
    assert not [to for to in visitor.read(here).links.values() if to.startswith(f"{here}/")]
    for name in (what.value for what in TutorAct):
        assert refused(tiny, visitor, f"{here}/{name}"), name
        assert "This is your own record" in visitor.read(f"{here}/{name}", 404).text
    case = Case(tiny.app.extensions["content"], me, WHY)
    for attempt in (partial(acts.excuse, slug="arriving"), acts.add_note):
        with (
            tiny.app.app_context(),
            pytest.raises(NotNow, match="own record"),
            acting(me, utc_now()) as one,
        ):
            attempt(one, case)
    asked = f"{here}/excuse"
    assert act(tiny.signed_in(colleague), asked, reason=WHY, step="arriving") == 303


def test_the_last_section_is_not_offered_to_be_excused(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    assert f"{here}/excuse" in tutor.read(here).links.values()
    one = tutor.read(f"{here}/excuse").form("step").options["step"]
    assert len(one) == len(tiny.policy.sections)
    assert act(tutor, f"{here}/excuse", reason=WHY) == 303
    assert f"{here}/excuse" not in tutor.read(here).links.values()
    assert refused(tiny, tutor, f"{here}/excuse")
    assert "not every section can be excused" in tutor.read(f"{here}/excuse", 404).text


def test_an_ended_account_is_not_invited(tiny: Cast) -> None:
    learner = tiny.learner("Amina Yusuf", newcomer=True)
    head, here = tiny.signed_in(tiny.account(Role.ADMIN)), f"/tutor/learners/{learner.public_id}"
    assert f"{here}/invite" in head.read(here).links.values()
    tiny.deactivate(learner)
    assert f"{here}/invite" not in head.read(here).links.values()
    assert "Their account has been ended." in head.read(f"{here}/invite", 404).text


def test_what_does_not_fit_is_refused_by_the_act_as_well_as_by_the_page(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    """Between the look at the page and the act, somebody else may have done something."""
    _, learner, _ = stuck
    done = tiny.learner("Bronwen Price")
    tiny.graduate(done)
    content, by = tiny.app.extensions["content"], tiny.account(Role.ADMIN)
    section, last = (section.slug for section in tiny.policy.sections)
    with tiny.app.app_context(), acting(by, utc_now()) as one:
        mine, finished = Case(content, learner, WHY), Case(content, done, WHY)
        acts.excuse(one, mine, section)
        never: list[Callable[[], None]] = [
            partial(acts.excuse, one, mine, last),
            partial(acts.fresh_start, one, mine, last),
            partial(acts.settle, one, mine),
            partial(acts.come_back, one, mine),
            partial(acts.change_due, one, finished, date(2030, 1, 31)),
            partial(acts.fresh_start, one, finished, "no-such-part"),
        ]
        for attempt in never:
            with pytest.raises(NotNow):
                attempt()


def test_what_is_missing_is_told_shortly_and_the_rest_is_folded(
    cast: Cast,
) -> None:
    learner = cast.learner()
    page = cast.signed_in(cast.account(Role.ADMIN)).read(f"/tutor/learners/{learner.public_id}")
    steps = len(cast.policy.sections) + 1
    [folded] = [one for one in page.all("details") if "declaration" in one.text]
    [summary] = folded.all("summary")
    assert summary.text == f"Then {steps - 1} more parts, and the declaration"
    lines = [line.text for line in folded.all("li")]
    assert len(lines) == steps
    assert lines[-1] == "The declaration is not signed"
    assert "Section 1 of" not in folded.text, "what is next stands outside"


def test_what_an_answer_led_to_stands_above_it(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    [history] = [one for one in tutor.read(here).all("ol") if "Enrolled" in one.text]
    assert history.text.index("Not enough yet") < history.text.index("Not right")
    assert history.text.index("Enrolled") < history.text.index("Joined the cohort")


def test_answers_at_what_is_passed_are_folded(tiny: Cast) -> None:
    learner = tiny.learner("Amina Yusuf")
    tiny.advance(learner, until=tiny.policy.sections[1].slug)
    tiny.taking(learner).walk(
        lambda _: rows(tiny.app, "SELECT failed_tries FROM progress") == [(1,)], rightly=False
    )
    page = tiny.signed_in(tiny.account(Role.ADMIN)).read(f"/tutor/learners/{learner.public_id}")
    [history] = [one for one in page.all("ol") if "Enrolled" in one.text]
    [folded] = [one for one in history.all("details") if one.all("details")]
    [summary, *each] = folded.all("summary")
    assert summary.text.startswith("3 answers, Answers: Section 1 of 2")
    assert ["as it was shown" in one.text for one in each] == [True] * 3
    assert "Lunch run" in folded.text
    assert "Forgotten badge" not in folded.text, "that section is not passed"
    assert "Forgotten badge" in history.text


def test_t31_a_fresh_start_keeps_the_earlier_tries(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    tries = rows(tiny.app, "SELECT count(*) FROM attempt")
    assert act(tutor, f"{here}/fresh-start", reason=WHY) == 303
    assert rows(tiny.app, "SELECT count(*) FROM attempt") == tries
    assert rows(tiny.app, "SELECT state FROM progress") != [("stuck",)]
    assert actions(tiny.app)[-1] == "tutoring:fresh-start"


def test_t31_excused_due_later_left_and_back(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    assert "Why not complete?" in tutor.read(here).text
    assert act(tutor, f"{here}/excuse", reason=WHY) == 303
    assert act(tutor, f"{here}/due-date", reason=WHY, due_on="2030-01-31") == 303
    assert act(tutor, f"{here}/note", reason="Prefers to read on paper.") == 303
    assert act(tutor, f"{here}/leave", reason=WHY) == 303
    assert "Amina Yusuf" not in tutor.read("/tutor/learners").text
    assert "Amina Yusuf" in tutor.read("/tutor/learners?state=left", 200).text
    assert act(tutor, f"{here}/return", reason=WHY) == 303
    page = tutor.read(here).text
    for said in ("excused", "31 January 2030", "Prefers to read on paper."):
        assert said in page
    done = [a for a in actions(tiny.app) if a.startswith("tutoring:")]
    assert done == [
        "tutoring:excused", "tutoring:due-changed", "tutoring:note-added", "tutoring:left",
        "tutoring:returned",
    ]  # fmt: skip


def test_a_day_that_there_is_not_is_told_in_our_words(tiny: Cast) -> None:
    learner = tiny.learner()
    visitor = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    here = f"/tutor/learners/{learner.public_id}/due-date"
    form = visitor.read(here).form("reason")
    told = visitor.send(form, {"reason": WHY, "due_on": "2026-02-30"}, at=here)
    assert told.status_code == 422
    assert "Use a day that there is, such as 2026-12-01." in told.text


def test_t31_excusing_more_than_a_share_waits_for_an_officer(tiny: Cast) -> None:
    tutor, officer = tiny.account(Role.TUTOR), tiny.account(Role.COMPLIANCE)
    learner = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Bricks", tutor))
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as one:
        settings_changes.change(one, {"excused_alone": 0})
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    assert act(visitor, f"{here}/excuse", reason=WHY, step="arriving") == 303
    assert "tutoring:excused" not in actions(tiny.app)
    assert rows(tiny.app, "SELECT count(*) FROM allowance") == [(0,)]
    assert "has been asked" in visitor.read(here).root.text
    with (
        tiny.app.app_context(),
        pytest.raises(NotNow, match="compliance officer"),
        acting(tutor, utc_now()) as one,
    ):
        acts.excuse(one, Case(tiny.app.extensions["content"], learner, WHY), "arriving")
    assert act(visitor, f"{here}/excuse", reason=WHY, step="arriving") == 422, "asked once"
    form = visitor.read(f"{here}/excuse").form("reason")
    [other] = [step for step in form.options["step"] if step not in ("", "arriving")][:1]
    told = visitor.send(form, {"reason": WHY, "step": other}, at=f"{here}/excuse")
    assert told.status_code == 422
    words = read(told.get_data(as_text=True)).text
    assert "to excuse “Section 1 of 2: When you arrive”, and it waits to be decided" in words
    office = tiny.signed_in(officer)
    ((asked,),) = rows(tiny.app, "SELECT public_id FROM approval")
    page = office.read(f"/compliance/approvals/{asked}")
    assert WHY in page.text
    choice = page.form("decision")
    assert choice.options["decision"], "an officer decides"
    sent = office.send(choice, {"decision": "approve"}, at=f"/compliance/approvals/{asked}")
    assert sent.status_code == 303
    assert rows(tiny.app, "SELECT step FROM allowance") == [("arriving",)]


def test_t31_a_declaration_beyond_what_a_tutor_may_record_alone_waits_for_an_officer(
    tiny: Cast,
) -> None:
    tutor, officer = tiny.account(Role.TUTOR, "Kofi Boateng"), tiny.account(Role.COMPLIANCE)
    bricks = tiny.cohort("Bricks", tutor)
    first, learner = (tiny.learner(name, cohort=bricks) for name in ("Bo Li", "Amina Yusuf"))
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as one:
        settings_changes.change(one, {"signed_alone": 1})
    for account in (first, learner):
        tiny.advance(account)
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    earlier = f"/tutor/learners/{first.public_id}/declaration"
    assert act(visitor, earlier, reason=WHY, how="paper") == 303
    assert act(visitor, f"{here}/declaration", reason=WHY, how="supporter") == 303
    assert "has been asked" in visitor.read(here).root.text
    signed = acts.SignedAway("Amina Yusuf", "paper", tutor)
    case = Case(tiny.app.extensions["content"], learner, WHY)
    issuer = Issuer({"name": "College", "ukprn": None}, "", 0)
    with (
        tiny.app.app_context(),
        pytest.raises(NotNow, match="compliance officer"),
        acting(tutor, utc_now()) as one,
    ):
        acts.witness(one, case, signed, issuer)
    assert act(visitor, f"{here}/declaration", reason=WHY, how="paper") == 422, "asked once"
    assert len(rows(tiny.app, "SELECT 1 FROM certificate")) == 1, "the first one's alone"
    office = tiny.signed_in(officer)
    ((asked,),) = rows(tiny.app, "SELECT public_id FROM approval")
    page = office.read(f"/compliance/approvals/{asked}")
    for said in (WHY, "Amina Yusuf", "with a supporter", "Kofi Boateng"):
        assert said in page.text
    choice = page.form("decision")
    sent = office.send(choice, {"decision": "approve"}, at=f"/compliance/approvals/{asked}")
    assert sent.status_code == 303
    (_, (record,)) = rows(tiny.app, "SELECT record FROM certificate_record ORDER BY certificate_id")
    assert "given with a supporter; recorded by Kofi Boateng" in record
    assert "tutoring:declared-on-behalf" in actions(tiny.app)[-4:]
    verified = tiny.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert verified.exit_code == 0, verified.output


def test_what_was_left_out_stands_in_the_register_and_on_compliances_page(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR, "Kofi Boateng")
    cohort = tiny.cohort("Bricks", tutor)
    learner, other = tiny.learner("Amina Yusuf", cohort=cohort), tiny.learner("Bo Li")
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    assert act(visitor, f"{here}/excuse", reason=WHY, step="arriving") == 303
    tiny.advance(learner)
    assert act(visitor, f"{here}/declaration", reason=WHY, how="paper") == 303
    tiny.graduate(other)
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    said = officer.read("/compliance").text
    assert "1 with a section excused, 1 signed on somebody’s behalf" in said
    table = officer.get("/compliance/certificates/list.csv").get_data(as_text=True)
    lines = csv.DictReader(io.StringIO(table.lstrip("\ufeff")))
    told = [(row["Sections excused"], row["Signed on behalf"]) for row in lines]
    assert told == [("1", "signed on paper"), ("0", "")]


@pytest.mark.parametrize("how", ["paper", "supporter"])
def test_t31_a_declaration_on_behalf_says_so_on_the_certificate(tiny: Cast, how: str) -> None:
    tutor = tiny.account(Role.TUTOR, "Kofi Boateng")
    learner = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Bricks", tutor))
    tiny.advance(learner)
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    assert act(visitor, f"{here}/declaration", reason=WHY, how=how) == 303
    ((record,),) = rows(tiny.app, "SELECT record FROM certificate_record")
    assert "recorded by Kofi Boateng" in record
    assert "tutoring:declared-on-behalf" in actions(tiny.app)


def test_whoever_has_left_can_come_back_and_be_remembered_and_nothing_else(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    tutor, _, here = stuck
    open_forms = {
        name: tutor.read(f"{here}/{name}").form("reason") for name in ("excuse", "due-date", "move")
    }
    assert act(tutor, f"{here}/leave", reason=WHY) == 303
    offered = {link.rpartition("/")[2] for link in tutor.read(here).links.values() if here in link}
    assert offered == {"note", "return"}
    before = actions(tiny.app)
    for name, form in open_forms.items():
        values = {"reason": WHY, "due_on": "2027-01-31"}
        assert tutor.send(form, values, at=f"{here}/{name}").status_code == 404, name
    assert actions(tiny.app) == before
    assert act(tutor, f"{here}/note", reason="Works at her aunt’s now") == 303
    assert act(tutor, f"{here}/return", reason=WHY) == 303


def test_the_same_form_twice_does_its_act_once(
    tiny: Cast, stuck: tuple[Visitor, Account, str]
) -> None:
    _, _, here = stuck
    tiny.cohort("Hair", tiny.account(Role.TUTOR))
    head = tiny.signed_in(tiny.account(Role.ADMIN))
    values = {"reason": WHY, "due_on": "2027-01-31"}
    for name in ("note", "settle", "due-date", "excuse", "move"):
        form = head.read(f"{here}/{name}").form("reason")
        if name == "move":
            values["cohort"] = form.options["cohort"][1]
        assert head.send(form, values, at=f"{here}/{name}").status_code == 303, name
        done, notes = actions(tiny.app), rows(tiny.app, "SELECT text FROM tutor_note")
        head.send(form, values, at=f"{here}/{name}")
        assert actions(tiny.app) == done, name
        assert rows(tiny.app, "SELECT text FROM tutor_note") == notes, name
    assert act(head, f"{here}/note", reason="Another one") == 303
    assert rows(tiny.app, "SELECT text FROM tutor_note ORDER BY id DESC")[0] == ("Another one",)


def test_an_invitation_that_is_sent_twice_goes_out_once(tiny: Cast) -> None:
    learner = tiny.learner("Amina Yusuf", newcomer=True)
    head, here = tiny.signed_in(tiny.account(Role.ADMIN)), f"/tutor/learners/{learner.public_id}"
    data = {"csrf_token": head.token()}
    for _ in range(2):
        assert head.post(f"{here}/invite", data=data).status_code == 303
    assert rows(tiny.app, "SELECT count(*) FROM outbox_mail") == [(1,)]
    assert rows(tiny.app, "SELECT used_at FROM one_time_link") == [(None,)], "the link works"


def test_a_move_leads_somewhere_else(tiny: Cast, stuck: tuple[Visitor, Account, str]) -> None:
    tutor, _, here = stuck
    page = tutor.read(f"{here}/move")
    assert [o.text for o in page.all("option")] == ["Choose a cohort"], "there is but one"
    assert act(tutor, f"{here}/move", reason=WHY) == 422
    [(bricks,)] = rows(tiny.app, "SELECT public_id FROM cohort")
    sent = tutor.send(page.form("reason"), {"reason": WHY, "cohort": bricks}, at=f"{here}/move")
    assert sent.status_code == 422
    assert "They are in Bricks already." in sent.get_data(as_text=True)
    assert rows(tiny.app, "SELECT count(*) FROM tutor_note") == [(0,)]


def test_a_move_says_where_a_date_of_their_own_stays(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    first, second = tiny.cohort("Year 1", tutor), tiny.cohort("Year 2", tutor)
    one, visitor = tiny.learner("Ann Lee", cohort=first), tiny.signed_in(tutor)
    record = f"/tutor/learners/{one.public_id}"
    for name, values in (
        ("move", {"cohort": second.public_id}),
        ("due-date", {"due_on": "2027-02-03"}),
        ("move", {"cohort": first.public_id}),
    ):
        here = f"{record}/{name}"
        form = visitor.read(here).form("reason")
        sent = visitor.send(form, {**values, "reason": "In hospital"}, at=here)
        assert sent.status_code == 303
        stays = "Their due date stays 3 February 2027: it is one of their own"
        assert (stays in visitor.read(record).text) == (values.get("cohort") == first.public_id)


@pytest.mark.parametrize("day", ["0001-01-01", "2001-02-28", "2099-01-01", "9999-12-31"])
def test_a_due_date_that_is_a_slip_is_refused(
    tiny: Cast, stuck: tuple[Visitor, Account, str], day: str
) -> None:
    tutor, _, here = stuck
    form = tutor.read(f"{here}/due-date").form("reason")
    sent = tutor.send(form, {"reason": WHY, "due_on": day}, at=f"{here}/due-date")
    assert (sent.status_code, "Check the year" in sent.get_data(as_text=True)) == (422, True)
    new = tutor.read("/tutor/cohorts/new").form("programme")
    values = {"name": "Hair", "due_on": day}
    assert tutor.send(new, values, at="/tutor/cohorts/new").status_code == 422
    assert rows(tiny.app, "SELECT due_on FROM enrolment") == [(None,)]


def test_nobody_is_asked_for_what_was_done_a_moment_ago(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    learner = tiny.learner(cohort=tiny.cohort("Bricks", tutor))
    tiny.taking(learner).to_declaration()
    with tiny.app.app_context():
        content = tiny.app.extensions["content"]
        before = load(db.session(), content, learner.id)
        assert before
    tiny.graduate(learner)
    form = {"full_name": SimpleNamespace(data="A B"), "how": SimpleNamespace(data="paper")}
    with (
        tiny.app.app_context(),
        pytest.raises(NotNow, match="every section"),
        acting(tutor, utc_now()) as one,
    ):
        approving.ask(one, Case(content, learner, WHY), before, TutorAct.DECLARATION, form)
    assert rows(tiny.app, "SELECT count(*) FROM approval") == [(0,)]
