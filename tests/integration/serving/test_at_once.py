"""t11, t26: many requests in one moment, on a real server of two processes, on both databases."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update

from induction.audit.act import SYSTEM, acting
from induction.cards import making
from induction.certificates import delivery
from induction.certificates.queries import by_number
from induction.database import utc_now, writing
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.people import links
from induction.people.models import Account, AccountRole, Role
from induction.revisit import sending as revisits
from induction.revisit.links import link_for
from induction.revisit.models import Revisit
from tests.support import postgres
from tests.support.at_once import at_once
from tests.support.cast import PASSWORD
from tests.support.house import Answer, House
from tests.support.house import house as a_house
from tests.support.learner import Learner
from tests.support.record import rows

AT_ONCE = 10


@pytest.fixture(scope="module", params=["sqlite", pytest.param("pg", marks=pytest.mark.postgres)])
def house(
    request: pytest.FixtureRequest,
    migrated_instance: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house") / "instance"
    with ExitStack() as at_end:
        database = ""
        if request.param == "pg":
            address = request.getfixturevalue("postgres_server")
            template = request.getfixturevalue("migrated_postgres")
            database = at_end.enter_context(postgres.database(address, template))
        yield at_end.enter_context(a_house(folder, migrated_instance, database=database))


def send(house: House, me: Learner) -> Answer:
    """Answer the question that is on this learner's page."""
    return house.request(me, "POST", me.form.action, me.form.filled(option=me.choice()))


def test_t26_ten_learners_may_be_the_first_at_once(house: House) -> None:
    people = [house.cast.learner(f"Learner {n}", email=f"first{n}@b.example") for n in range(10)]
    learners = [house.cast.taking(person) for person in people]
    for learner in learners:
        learner.to_question()
    answers = at_once([partial(send, house, learner) for learner in learners])
    assert [status for status, _, _ in answers] == [303] * 10
    assert [house.count(person, "answers") for person in people] == [1] * 10
    assert rows(house.app, "SELECT count(*) FROM content_version") == [(1,)]


def test_t11_ten_submits_at_once_are_one_answer(house: House) -> None:
    account = house.cast.learner(email="ten@b.example")
    learner = house.cast.taking(account)
    learner.to_question()
    action, options = learner.form.action, learner.form.options["option"]
    forms = [learner.form.filled(option=options[n % len(options)]) for n in range(AT_ONCE)]
    answers = at_once([partial(house.request, learner, "POST", action, form) for form in forms])
    assert {status for status, _, _ in answers} == {303}
    told = {leads_to for _, leads_to, _ in answers}
    led_to = learner.path.replace("/quiz/", "/feedback/")
    assert told == {led_to, learner.path}, "to what the first one led to, or to which one counts"
    assert house.count(account, "answers") == 1
    assert house.acts(account, "journey:answered") == 1


def test_t11_ten_answers_by_a_mailed_link_at_once_are_one(house: House) -> None:
    account = house.cast.learner(email="returns@b.example")
    house.cast.graduate(account, now=utc_now() - timedelta(days=31))
    with house.app.app_context():
        revisits.run(now=utc_now().replace(hour=12))
        of_theirs = select(Revisit.public_id).join(Enrolment, Enrolment.id == Revisit.enrolment_id)
        public_id = db.session.scalars(of_theirs.where(Enrolment.account_id == account.id)).one()
        link = link_for(public_id, account.email)
    me = Learner(house.cast.visitor(), house.cast.policy, account.full_name)
    me.open(f"/revisit/{link}")
    before, options = house.count(account, "answers"), me.form.options["option"]
    forms = [me.form.filled(option=options[n % len(options)]) for n in range(AT_ONCE)]
    answers = at_once([partial(house.request, me, "POST", me.form.action, form) for form in forms])
    assert {status for status, _, _ in answers} == {303}
    assert house.count(account, "answers") == before + 1
    sql = "SELECT asked FROM revisit WHERE public_id = :id"
    assert rows(house.app, sql, id=public_id)[0][0] <= 1, "a story may go on"


def test_t11_ten_workers_at_once_send_one_letter(house: House) -> None:
    account = house.cast.learner(email="invited@b.example")
    house.cast.graduate(account, now=utc_now() - timedelta(days=31))

    def work() -> None:
        with house.app.app_context():
            revisits.run(now=utc_now().replace(hour=12))

    at_once([work] * AT_ONCE)
    sql = "SELECT count(*) FROM outbox_mail WHERE account_id = :id"
    assert rows(house.app, sql, id=account.id) == [(1,)]


def test_t06_wrong_passwords_at_once_get_no_more_looks_than_one_after_the_other(
    house: House,
) -> None:
    account = house.cast.account(email="guessed@b.example")
    browsers = []
    for _ in range(AT_ONCE):
        browser = Learner(house.cast.visitor(), house.cast.policy, "")
        shown = browser.visitor.read("/sign-in").form("password")
        body = shown.filled(email=account.email, password="Another-passw0rd")
        browsers.append(partial(house.request, browser, "POST", "/sign-in", body))
    answers = sorted(status for status, _, _ in at_once(browsers))
    assert answers == [422] * 5 + [429] * 5
    tallied = "SELECT wrong, turned_away FROM refused_tally WHERE account = :id"
    assert rows(house.app, tallied, id=account.public_id) == [(5, 5)]


def test_t06_wrong_pins_at_once_get_no_more_looks_than_one_after_the_other(house: House) -> None:
    assert sorted(_by_card_at_once(house, right=False)) == [422] * 5 + [429] * 5


def test_right_pins_at_once_work_each_time(house: House) -> None:
    assert _by_card_at_once(house, right=True) == [303] * AT_ONCE


def _by_card_at_once(house: House, *, right: bool) -> list[int]:
    """The answers to ten who sign in with one new card."""
    account = house.cast.learner(address=False)
    with house.app.test_request_context(), acting(SYSTEM, utc_now()) as act:
        cards = making.with_pins([account])
        making.make(act, cards)
    browsers = []
    for _ in range(AT_ONCE):
        browser = Learner(house.cast.visitor(), house.cast.policy, "")
        shown = browser.visitor.read("/sign-in/card").form("pin")
        body = shown.filled(reference=account.learner_ref or "", pin=cards[0].pin if right else "1")
        browsers.append(partial(house.request, browser, "POST", "/sign-in/card", body))
    return [status for status, _, _ in at_once(browsers)]


def test_t11_two_devices_at_once_give_one_answer(house: House) -> None:
    account = house.cast.learner(email="two@b.example")
    devices = [house.cast.taking(account), house.cast.taking(account)]
    for device in devices:
        device.to_question()
    answers = at_once([partial(send, house, device) for device in devices])
    assert [status for status, _, _ in answers] == [303, 303]
    assert len({leads_to for _, leads_to, _ in answers}) == 1
    assert house.count(account, "answers") == 1


def test_t11_signing_ten_times_at_once_gives_one_certificate(house: House) -> None:
    account = house.cast.learner(email="signs@b.example")
    house.cast.advance(account)
    learner = house.cast.taking(account)
    learner.to_declaration()
    form = learner.form.filled(full_name=learner.name, accept="y")
    sign = partial(house.request, learner, "POST", learner.path, form)
    answers = at_once([sign] * AT_ONCE)
    assert {status for status, _, _ in answers} == {303}
    assert len({leads_to.split("?")[0] for _, leads_to, _ in answers}) == 1
    counted = [house.count(account, what) for what in ("declarations", "certificates")]
    counted += [house.acts(account, act) for act in ("journey:declared", "certificates:issued")]
    assert counted == [1, 1, 1, 1]


def test_t11_renewing_ten_times_at_once_begins_one_renewal(house: House) -> None:
    account = house.cast.learner(email="renews@b.example")
    house.cast.graduate(account, now=utc_now() - timedelta(days=40), valid_months=1)
    learner = house.cast.taking(account)
    learner.open()
    press = partial(house.request, learner, "POST", learner.form.action, learner.form.filled())
    answers = at_once([press] * AT_ONCE)
    assert {status for status, _, _ in answers} == {303}
    assert house.count(account, "renewals") == house.acts(account, "journey:renewal-begun") == 1


def test_t11_whoever_downloads_first_at_once_gets_the_same_file(house: House) -> None:
    account = house.cast.learner(email="loads@b.example")
    number = house.cast.graduate(account)
    learner = house.cast.taking(account)
    load = partial(house.request, learner, "GET", f"/certificates/{number}.pdf")
    answers = at_once([load] * 4)
    assert [status for status, _, _ in answers] == [200] * 4
    assert len({body for _, _, body in answers}) == 1
    assert house.count(account, "files") == 1
    assert house.acts(account, "certificates:rendered") == 1
    assert house.acts(account, "certificates:downloaded") == 4


def test_t11_signing_in_many_times_at_once_works_each_time(house: House) -> None:
    account = house.cast.account(email="often@b.example")
    visitor = house.cast.visitor()
    form = visitor.read("/sign-in").form("password")
    values = form.filled(email=account.email, password=PASSWORD)
    someone = Learner(visitor, house.cast.policy, account.full_name)
    enter = partial(house.request, someone, "POST", "/sign-in", values)
    assert [status for status, _, _ in at_once([enter] * AT_ONCE)] == [303] * AT_ONCE


def test_t08_a_link_that_is_used_ten_times_at_once_works_once(house: House) -> None:
    account = house.cast.account(email="link@b.example")
    with house.app.app_context(), acting(SYSTEM, utc_now()) as act:
        token = links.make(act, account, links.PASSWORD)
    visitor, path = house.cast.visitor(), f"/link/{token}/password"
    form = visitor.read(path).form("password")
    someone = Learner(visitor, house.cast.policy, account.full_name)
    tries = [
        partial(house.request, someone, "POST", path, form.filled(password=new))
        for new in (f"{n} purple otters dance" for n in range(AT_ONCE))
    ]
    answers = at_once(tries)
    assert sorted(status for status, _, _ in answers) == [303] + [404] * (AT_ONCE - 1)
    assert house.acts(account, "people:password-set") == 1


ADMINISTRATORS = """SELECT a.public_id FROM account a JOIN account_role r ON r.account_id = a.id
    WHERE r.role = 'admin' AND a.deactivated_at IS NULL"""


@pytest.mark.parametrize("wish", ["deactivate", "take-admin"])
def test_two_administrators_who_end_each_other_at_once_leave_one(house: House, wish: str) -> None:
    for pair in range(4):
        emails = [f"{wish}{pair}{one}@b.example" for one in "ab"]
        one, other = (house.cast.account(Role.ADMIN, email=email) for email in emails)
        sends = []
        for me, whom in ((one, other), (other, one)):
            browser = Learner(house.cast.signed_in(me), house.cast.policy, me.full_name)
            path = f"/admin/people/{whom.public_id}"
            form = browser.visitor.read(path).form("reason").filled(act=wish, reason="Leaves")
            sends.append(partial(house.request, browser, "POST", path, form))
        at_once(sends)
        left = rows(house.app, ADMINISTRATORS)
        assert left in ([(one.public_id,)], [(other.public_id,)])
        with house.app.app_context(), writing() as session:
            session.execute(update(Account).values(deactivated_at=None))
            session.execute(delete(AccountRole))


def test_a_role_that_is_given_ten_times_at_once_is_given_once(house: House) -> None:
    admin = house.cast.account(Role.ADMIN, email="giver@b.example")
    whom = house.cast.account(Role.TUTOR, email="given@b.example")
    browser = Learner(house.cast.signed_in(admin), house.cast.policy, admin.full_name)
    path = f"/admin/people/{whom.public_id}"
    form = browser.visitor.read(path).form("reason").filled(act="give-head", reason="Leads")
    answers = at_once([partial(house.request, browser, "POST", path, form)] * AT_ONCE)
    assert {status for status, _, _ in answers} <= {303, 422}, "the second finds it given"
    assert house.acts(admin, "people:role-changed") == 1


@dataclass(frozen=True)
class Once:
    """A form of staff that is sent ten times in one moment, and the one act that may come of it."""

    role: Role
    at: str  # {learner}, {cohort}; {number}: the certificate of somebody who has finished
    field: str  # by which the form is known on its page
    values: dict[str, str]
    act: str


FORMS = {
    "an account": Once(
        Role.ADMIN, "/admin/people", "full_name",
        {"full_name": "Nia New", "email": "nia@b.example", "role": "tutor"},
        "people:account-created",
    ),
    "a setting": Once(
        Role.ADMIN, "/admin/settings", "ukprn", {"ukprn": "10012345"},
        "institute:settings-changed",
    ),
    "a cohort": Once(
        Role.HEAD, "/tutor/cohorts/new", "name", {"name": "Plastering 2"}, "people:cohort-created"
    ),
    "a cohort's new name": Once(
        Role.HEAD, "/tutor/cohorts/{cohort}/edit", "name", {"name": "Roofing 2"},
        "people:cohort-changed",
    ),
    "a learner": Once(
        Role.HEAD, "/tutor/enrol", "learner_ref",
        {"learner_ref": "N100", "full_name": "Ned Once", "email": "ned@b.example",
         "cohort": "{cohort}"},
        "journey:enrolled",
    ),
    "a due date": Once(
        Role.HEAD, "/tutor/learners/{learner}/due-date", "due_on",
        {"due_on": "2031-03-03", "reason": "Away"}, "tutoring:due-changed",
    ),
    "somebody who left": Once(
        Role.HEAD, "/tutor/learners/{learner}/leave", "reason", {"reason": "Moved"},
        "tutoring:left",
    ),
    "a copy of what is held": Once(
        Role.COMPLIANCE, "/compliance/personal-data", "who",
        {"kind": "access", "who": "{ref}", "reason": "Asked by letter"},
        "approvals:asked",
    ),
    "a corrected name": Once(
        Role.COMPLIANCE, "/compliance/certificates/{number}/reissue", "full_name",
        {"full_name": "Olwen Pryce-Once", "reason": "A hyphen"}, "certificates:superseded",
    ),
    "a withdrawal": Once(
        Role.COMPLIANCE, "/compliance/certificates/{number}/revoke", "reason",
        {"reason": "Given in error"}, "certificates:revoked",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_t11_any_form_of_staff_sent_ten_times_at_once_has_one_effect(
    house: House, name: str
) -> None:
    form, tag = FORMS[name], secrets.token_hex(3)
    me = house.cast.account(form.role, email=f"{tag}@b.example")
    cohort = house.cast.cohort(f"Cohort {tag}")
    learner = house.cast.learner("Olwen Pryce", email=f"{tag}l@b.example", cohort=cohort)
    holder = house.cast.learner("Olwen Pryce Once", email=f"{tag}h@b.example", cohort=cohort)
    words = {
        "learner": learner.public_id,
        "ref": learner.learner_ref or "",
        "cohort": cohort.public_id,
        "number": house.cast.graduate(holder),
    }
    browser = Learner(house.cast.signed_in(me), house.cast.policy, me.full_name)
    at = form.at.format(**words)
    shown = browser.visitor.read(at).form(form.field)
    body = shown.filled(**{field: value.format(**words) for field, value in form.values.items()})
    sends = [partial(house.request, browser, "POST", shown.action or at, body)] * AT_ONCE
    answers = [status for status, _, _ in at_once(sends)]
    assert house.acts(me, form.act) == 1, (answers, name)
    assert set(answers) <= {200, 303, 404, 422}, "no form that came second is a fault"


class SlowPress:
    """Draws for all of several threads in the same moment, for each other bytes."""

    def __init__(self, threads: int) -> None:
        self.together = Barrier(threads)

    def drawn(self, *_: object) -> bytes:
        self.together.wait()
        return secrets.token_bytes(40)


def test_t11_files_made_at_once_are_stored_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = house.cast.learner(email="makes@b.example")
    number = house.cast.graduate(account)
    monkeypatch.setattr(delivery, "drawn", SlowPress(5).drawn)

    def make() -> bytes:
        with house.app.app_context():
            held = by_number(db.session(), number)
            assert held is not None
            return delivery.make_file(held, by=account, now=utc_now())

    assert len(set(at_once([make] * 5))) == 1
    assert house.count(account, "files") == 1


def test_t26_after_all_this_the_chain_of_acts_holds(house: House) -> None:
    found = house.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert found.exit_code == 0, found.output
