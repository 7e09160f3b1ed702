"""Learners without an address: cards, class codes, and what their tutor hands over."""

import io
import re
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from induction.audit.act import SYSTEM, VISITOR, Act, acting
from induction.cards import making, signing_in
from induction.cards.models import ClassCode
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Account, Cohort, Role, SignIn
from induction.personal_data.erasure import erase
from induction.personal_data.holding import holding
from induction.policy.store import content
from induction.revisit.rules import Occasion
from induction.revisit.sending import ask, holders
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.post import outbox
from tests.support.record import actions, count, rows

HERE = "203.0.113.7"  # the one address of a classroom


@dataclass
class Class:
    """A cohort whose learners have no address, and its tutor."""

    cast: Cast
    tutor: Account
    cohort: Cohort
    at: str  # the page of its cards

    def learner(self, name: str = "Kasia Nowak") -> Account:
        return self.cast.learner(name, cohort=self.cohort, address=False, newcomer=True)

    def print_cards(self, who: str) -> dict[str, str]:
        """Have cards made and read them off the print: reference → PIN."""
        visitor = self.cast.signed_in(self.tutor)
        data = {"csrf_token": visitor.token(), "who": who}
        answer = visitor.post(f"{self.at}.pdf", data=data)
        assert answer.mimetype == "application/pdf", answer.get_data(as_text=True)
        pages = PdfReader(io.BytesIO(answer.get_data())).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        return {
            ref: pin.replace(" ", "")
            for ref, pin in re.findall(r"Reference (L\d+) PIN (\d{3} \d{3})", text)
        }


@pytest.fixture
def room(tiny: Cast) -> Class:
    tutor = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("ESOL Entry 1", tutor)
    return Class(tiny, tutor, cohort, f"/tutor/cohorts/{cohort.public_id}/cards")


def by_card(visitor: Visitor, reference: str, pin: str, where: str = HERE) -> tuple[int, str]:
    """Sign in with a card from an address: the status, and the page or where it leads."""
    form = visitor.read("/sign-in/card").form("pin")
    data = form.filled(reference=reference, pin=pin)
    answer = visitor.post("/sign-in/card", data=data, environ_overrides={"REMOTE_ADDR": where})
    return answer.status_code, answer.location or Page(answer.get_data(as_text=True)).text


def wrong(pin: str) -> str:
    """Another PIN."""
    return f"{(int(pin) + 1) % 10**6:06}"


def details(room: Class, action: str) -> list[str]:
    """What the entries of such acts hold, in order."""
    found = "SELECT details FROM audit_entry WHERE action = :action ORDER BY seq"
    return [row[0] for row in rows(room.cast.app, found, action=action)]


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def test_a_class_of_25_behind_one_address_is_in_within_two_minutes(tiny_here: Flask) -> None:
    cast = Cast(tiny_here)
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("ESOL Entry 1", tutor)
    room = Class(cast, tutor, cohort, f"/tutor/cohorts/{cohort.public_id}/cards")
    for number in range(25):
        room.learner(f"Kasia Nowak {number}")
    cards = room.print_cards("no-address")
    assert len(cards) == 25
    begun = time.process_time()  # nobody waits for anything else
    for number, (reference, pin) in enumerate(cards.items()):
        visitor = cast.visitor()
        if number % 5 < 2:  # ten of them mistype it
            status, said = by_card(visitor, reference, wrong(pin))
            assert status == 422
            assert "That PIN does not fit" in said
        assert by_card(visitor, reference, pin) == (303, "/induction")
        assert is_in(visitor)
    assert time.process_time() - begun < 120
    assert actions(cast.app).count("cards:used") == 25


def test_a_card_is_typed_as_people_type(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("no-address").items()
    assert reference == learner.learner_ref
    typed = f" {pin[:3]} {pin[3:]} "
    assert by_card(room.cast.visitor(), f" {reference.lower()} ", typed)[0] == 303
    with room.cast.app.app_context():
        (session,) = db.session.query(SignIn).filter_by(account_id=learner.id)
        assert session.expires_at - session.created_at == timedelta(hours=4)
        assert session.came_by == "card"


def test_the_session_of_a_card_ends_with_the_browser_and_opens_no_other_way_in(room: Class) -> None:
    room.learner()
    ((reference, pin),) = room.print_cards("no-address").items()
    visitor = room.cast.visitor()
    form = visitor.read("/sign-in/card").form("pin")
    answer = visitor.post("/sign-in/card", data=form.filled(reference=reference, pin=pin))
    kept = [
        cookie for cookie in answer.headers.getlist("Set-Cookie") if "expires" in cookie.lower()
    ]
    assert not kept, "a cookie without an end goes with the browser"
    sent = visitor.post(
        "/account/second-step/app", data={"csrf_token": visitor.token(), "code": "123456"}
    )
    assert sent.status_code == 422
    assert "You signed in with a card" in Page(sent.get_data(as_text=True)).text
    assert visitor.get("/account/first-password").location == "/account"
    assert "Set up a second step" not in visitor.read("/account").text


@pytest.mark.usefixtures("stopped_clock")
def test_guessing_at_one_card_is_slowed_down_and_its_neighbours_are_not(room: Class) -> None:
    room.learner("Ann Lee"), room.learner("Bo Li")
    (first, pin), (second, other) = room.print_cards("no-card").items()
    visitor = room.cast.visitor()
    for _ in range(5):
        assert by_card(visitor, first, wrong(pin))[0] == 422
    status, said = by_card(visitor, first, pin)
    assert status == 429
    assert "too many tries with this card" in said
    assert by_card(visitor, second, other)[0] == 303
    for number in range(5):  # from anywhere: ten in all
        by_card(room.cast.visitor(), first, wrong(pin), f"198.51.100.{number}")
    assert by_card(room.cast.visitor(), first, pin, "192.0.2.1")[0] == 429


@pytest.mark.usefixtures("stopped_clock")
def test_in_an_open_class_guesses_from_elsewhere_keep_nobody_out(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("all").items()
    for number in range(11):
        by_card(room.cast.visitor(), reference, wrong(pin), f"198.51.100.{number}")
    assert by_card(room.cast.visitor(), reference, pin)[0] == 429
    at = class_opened(room)
    visitor = room.cast.visitor()
    assert pick(visitor, at, learner, pin).location == "/induction"


def test_an_unknown_reference_and_a_wrong_pin_look_the_same(room: Class) -> None:
    room.learner()
    ((reference, pin),) = room.print_cards("no-address").items()
    told = {by_card(room.cast.visitor(), ref, wrong(pin))[1] for ref in (reference, "L9")}
    assert len(told) == 1


def test_a_new_card_ends_the_old_one_and_what_it_opened(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("no-address").items()
    visitor = room.cast.visitor()
    by_card(visitor, reference, pin)
    ((_, newer),) = room.print_cards(learner.public_id).items()
    assert not is_in(visitor)
    assert by_card(room.cast.visitor(), reference, pin)[0] == 422
    assert by_card(room.cast.visitor(), reference, newer)[0] == 303
    made = [
        row[0]
        for row in rows(
            room.cast.app, "SELECT details FROM audit_entry WHERE action = 'cards:made'"
        )
    ]
    assert ["true" in one for one in made] == [False, True]


def test_whoever_has_an_address_is_told_of_a_card_and_their_password_works(room: Class) -> None:
    learner = room.cast.learner("Ann Lee", cohort=room.cohort)
    assert room.print_cards("no-card").keys() == {learner.learner_ref}
    (message,) = outbox(room.cast.app)
    assert message["To"] == learner.email
    assert "A card to sign in with" in message["Subject"]
    assert room.cast.visitor().sign_in(learner.email, PASSWORD).status_code == 303


def acted_on(room: Class, account: Account, *acts: dict[str, str]) -> None:
    """Have an administrator do these to an account, one after the other."""
    admin = room.cast.signed_in(room.cast.account(Role.ADMIN))
    at = f"/admin/people/{account.public_id}"
    for act in acts:
        form = admin.read(at).form("act")
        assert admin.send(form, {"reason": "Asked for", **act}, at=at).status_code == 303


def test_an_account_that_is_opened_again_has_no_card_any_more(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("all").items()
    acted_on(room, learner, {"act": "deactivate"}, {"act": "reactivate"})
    assert by_card(room.cast.visitor(), reference, pin)[0] == 422
    ((_, newer),) = room.print_cards("no-card").items()
    assert by_card(room.cast.visitor(), reference, newer)[0] == 303


def test_whoever_was_staff_for_a_while_has_no_card_any_more(room: Class) -> None:
    learner = room.cast.learner("Ann Lee", cohort=room.cohort)
    ((reference, pin),) = room.print_cards("all").items()
    acted_on(room, learner, {"act": "give-tutor"}, {"act": "take-tutor"})
    assert by_card(room.cast.visitor(), reference, pin)[0] == 422


def test_a_card_that_ends_while_its_pin_is_looked_at_opens_nothing(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("all").items()
    with room.cast.app.test_request_context():
        seen = signing_in.by_reference(db.session(), reference)
        assert signing_in.look_at(seen, pin) is not None
    room.print_cards(learner.public_id)
    with room.cast.app.test_request_context(), acting(learner, utc_now()) as act:
        assert not signing_in.still_counts(act, seen)
        assert signing_in.still_counts(act, signing_in.by_reference(act.session, reference))


def test_of_a_pin_only_a_hash_is_kept(room: Class) -> None:
    room.learner()
    ((_, pin),) = room.print_cards("no-address").items()
    ((kept,),) = rows(room.cast.app, "SELECT pin_hash FROM card")
    assert kept.startswith("$argon2id$")
    assert pin not in str(rows(room.cast.app, "SELECT details FROM audit_entry"))


@pytest.mark.usefixtures("stopped_clock")
def test_a_new_card_works_at_once_however_often_the_old_one_was_tried(room: Class) -> None:
    learner = room.learner()
    ((reference, pin),) = room.print_cards("all").items()
    for _ in range(6):
        by_card(room.cast.visitor(), reference, wrong(pin))
    assert by_card(room.cast.visitor(), reference, pin)[0] == 429
    ((_, newer),) = room.print_cards(learner.public_id).items()
    assert by_card(room.cast.visitor(), reference, newer)[0] == 303


def test_a_stranger_gets_few_looks_a_day_at_one_card_wherever_they_come_from(room: Class) -> None:
    """Trying as soon as it is let, each time from another network, for ten days."""
    learner, looks, days = room.learner(), 0, 10
    with room.cast.app.test_request_context(), writing() as session:
        holder = signing_in.of_account(session, session.get_one(Account, learner.id))
        now, last = utc_now(), utc_now() + timedelta(days=days)
        while now < last:
            where = f"2001:db8:{looks // 65536:x}:{looks % 65536:x}::1"
            wait = signing_in.wait(session, holder, where, in_class=False, now=now)
            if not wait:
                looks += 1
                signing_in.wrong(Act(session, VISITOR, now), holder, where, in_class=False)
            now += wait or timedelta(seconds=1)
    assert looks / days < 40


def test_after_twenty_wrong_pins_the_tutor_is_asked_for_a_new_card_once(room: Class) -> None:
    learner, neighbour = room.learner("Ann Lee"), room.learner("Bo Li")
    room.print_cards("all")

    def guessed(times: int) -> None:
        with room.cast.app.test_request_context(), acting(VISITOR, utc_now()) as act:
            holder = signing_in.of_account(act.session, act.session.get_one(Account, learner.id))
            for _ in range(times):
                signing_in.wrong(act, holder, HERE, in_class=False)

    guessed(19)
    assert outbox(room.cast.app) == []
    guessed(6)
    (told,) = outbox(room.cast.app)
    assert told["To"] == room.tutor.email
    assert told["Subject"] == "Make Ann Lee a new card"
    tried = "SELECT actor, subject FROM audit_entry WHERE action = 'cards:tried-often'"
    assert rows(room.cast.app, tried) == [("visitor", learner.actor)]
    assert room.cast.signed_in(room.tutor).read(room.at).text.count("Many wrong PINs") == 1
    cards = room.print_cards(learner.public_id)
    assert by_card(room.cast.visitor(), *cards.popitem())[0] == 303, "a new card works at once"
    assert "Many wrong PINs" not in room.cast.signed_in(room.tutor).read(room.at).text
    assert neighbour.full_name not in str(outbox(room.cast.app))


@pytest.mark.usefixtures("stopped_clock")
def test_in_an_open_class_many_networks_do_not_guess_faster(room: Class) -> None:
    learner = room.learner()
    ((_, pin),) = room.print_cards("all").items()
    at = class_opened(room)
    visitor = room.cast.visitor()
    data = visitor.read(at).form("who").filled(who=learner.public_id, pin=wrong(pin))
    told = [
        visitor.post(
            at, data=data, environ_overrides={"REMOTE_ADDR": f"2001:db8:0:{number:x}::1"}
        ).status_code
        for number in range(31)
    ]
    assert told == [422] * 30 + [429]


def test_a_reference_is_the_same_in_whatever_letter_case(room: Class) -> None:
    learner = room.learner()
    ((_, pin),) = room.print_cards("all").items()
    with room.cast.app.app_context(), writing() as session:
        mine = Account.id == learner.id
        session.execute(update(Account).where(mine).values(learner_ref="Jo.Smith"))
    assert by_card(room.cast.visitor(), "jo.smith", pin)[0] == 303


# ---- the class code ------------------------------------------------------------------------------


def class_code(room: Class) -> str:
    return f"/tutor/cohorts/{room.cohort.public_id}/class-code"


def class_opened(room: Class) -> str:
    """Have the tutor open the class; the address of its page."""
    visitor = room.cast.signed_in(room.tutor)
    data = {"csrf_token": visitor.token(), "do": "open"}
    assert visitor.post(class_code(room), data=data).status_code == 303
    ((code,),) = rows(room.cast.app, "SELECT code FROM class_code")
    assert f"{code[:3]} {code[3:]}" in visitor.read(room.at).text
    return f"/sign-in/class/{code}"


def pick(visitor: Visitor, at: str, learner: Account, pin: str) -> TestResponse:
    form = visitor.read(at).form("who")
    return visitor.send(form, {"who": learner.public_id, "pin": pin}, at=at)


def test_in_an_open_class_a_learner_picks_their_name_and_it_is_on_record_who_opened_it(
    room: Class,
) -> None:
    learner, without = room.learner("Ann Lee"), room.cast.learner("Bo Li", cohort=room.cohort)
    ((_, pin),) = room.print_cards("no-address").items()
    at = class_opened(room)
    visitor = room.cast.visitor()
    form = visitor.read("/sign-in/class").form("code")
    typed = at.rpartition("/")[2].lower()
    answer = visitor.send(form, {"code": f"{typed[:3]} {typed[3:]}"}, at="/sign-in/class")
    assert answer.location == at
    page = visitor.read(at)
    assert "Ann Lee" in page.text
    assert without.full_name not in page.text, "nobody without a card is in the list"
    assert pick(visitor, at, learner, wrong(pin)).status_code == 422
    assert pick(visitor, at, learner, pin).location == "/induction"
    ((details,),) = rows(
        room.cast.app, "SELECT details FROM audit_entry WHERE action = 'cards:used'"
    )
    assert room.tutor.public_id in details
    assert "cards:class-opened" in actions(room.cast.app)


def test_a_class_code_ends_after_an_hour_or_when_the_tutor_closes_it(room: Class) -> None:
    at = class_opened(room)
    assert room.cast.visitor().get(at).status_code == 200
    with room.cast.app.app_context(), writing() as session:
        session.execute(update(ClassCode).values(ends_at=utc_now()))
    page = room.cast.visitor().read(at, 404)
    assert "No class has this code now" in page.text
    newer = class_opened(room)
    tutor = room.cast.signed_in(room.tutor)
    data = {"csrf_token": tutor.token(), "do": "close"}
    tutor.post(class_code(room), data=data)
    assert room.cast.visitor().get(newer).status_code == 404
    assert actions(room.cast.app)[-1] == "cards:class-closed"


@pytest.mark.usefixtures("stopped_clock")
def test_guessing_class_codes_is_slowed_down(room: Class) -> None:
    visitor = room.cast.visitor()
    told = [visitor.get(f"/sign-in/class/A{number:05}").status_code for number in range(101)]
    assert told == [404] * 100 + [429]


def test_a_class_that_types_the_code_of_yesterday_gets_in_by_that_of_today(room: Class) -> None:
    for _ in range(101):
        assert room.cast.visitor().get("/sign-in/class/BBBBBB").status_code == 404
    assert room.cast.visitor().get(class_opened(room)).status_code == 200


# ---- who may -------------------------------------------------------------------------------------


def test_only_tutors_of_the_cohort_make_cards_and_staff_get_none(room: Class) -> None:
    learner = room.learner()
    other = room.cast.signed_in(room.cast.account(Role.TUTOR))
    data = {"csrf_token": other.token(), "who": "all", "do": "open"}
    assert other.get(room.at).status_code == 404
    assert other.post(f"{room.at}.pdf", data=data).status_code == 404
    assert other.post(class_code(room), data=data).status_code == 404
    room.print_cards("all")
    admin = room.cast.signed_in(room.cast.account(Role.ADMIN))
    at = f"/admin/people/{learner.public_id}"
    form = admin.read(at).form("act")
    refused = admin.send(form, {"act": "give-tutor", "reason": "Helps"}, at=at)
    assert refused.status_code == 422
    assert "no email address" in Page(refused.get_data(as_text=True)).text
    with room.cast.app.app_context():
        assert [row.Account.id for row in db.session.execute(making.learners(room.cohort))] == [
            learner.id
        ]


# ---- without an address --------------------------------------------------------------------------


def test_nothing_is_mailed_to_somebody_without_an_address_and_their_tutor_hands_it_over(
    room: Class,
) -> None:
    learner = room.learner("Ann Lee")
    tutor = room.cast.signed_in(room.tutor)
    here = f"/tutor/learners/{learner.public_id}"
    page = tutor.read(here)
    assert f"{here}/invite" not in page.links.values()
    assert room.at in page.links.values()
    remind = f"/tutor/cohorts/{room.cohort.public_id}/remind"
    form = tutor.read(remind).form("own_words")
    assert tutor.send(form, {"send": "yes"}, at=remind).status_code == 303
    assert count(room.cast.app, "outbox_mail") == 0
    assert "1 letter or certificate waits" in tutor.read("/tutor").text
    letter = next(
        h for h in tutor.read("/tutor/to-hand-over").links.values() if "to-hand-over/" in h
    )
    assert "Hello Ann Lee" in tutor.read(letter).text
    number = room.cast.graduate(learner)
    listed = tutor.read("/tutor/to-hand-over")
    assert number in listed.text
    assert letter not in listed.links.values(), "what asked them to finish is out of date"
    assert tutor.get(f"/certificates/{number}.pdf").mimetype == "application/pdf"
    form = listed.form("which")
    tutor.send(form, {"which": form.fields.get("which") or _ids(listed)}, at="/tutor/to-hand-over")
    assert "Nothing to hand over" in tutor.read("/tutor/to-hand-over").text
    assert actions(room.cast.app)[-1] == "cards:handed-over"
    assert count(room.cast.app, "outbox_mail") == 0
    other = room.cast.signed_in(room.cast.account(Role.TUTOR))
    assert number not in other.read("/tutor/to-hand-over").text


def _ids(page: Page) -> list[str]:
    return [i["value"] for i in page.all("input") if i["name"] == "which"]


def test_every_page_and_file_copes_with_somebody_who_has_no_address(room: Class) -> None:
    learner = room.learner("Ann Lee")
    number = room.cast.graduate(learner)
    room.learner("Bo Li")
    cast = room.cast
    officer, admin = (
        cast.signed_in(cast.account(Role.COMPLIANCE)),
        cast.signed_in(cast.account(Role.ADMIN)),
    )
    cohort = f"/tutor/cohorts/{room.cohort.public_id}"
    for visitor, path in (
        (officer, "/compliance/certificates"),
        (officer, "/compliance/certificates/list.csv"),
        (officer, f"/compliance/certificates/{number}/evidence"),
        (officer, "/compliance/certificates/gaps"),
        (officer, "/compliance/certificates/gaps/list.csv"),
        (officer, f"/tutor/people/{learner.public_id}/details"),
        (officer, "/tutor/figures"),
        (officer, cohort),
        (officer, f"{cohort}/learners.csv"),
        (officer, f"{cohort}/learners.xlsx"),
        (officer, f"/tutor/learners/{learner.public_id}"),
        (officer, "/tutor/learners?search=lee"),
        (admin, "/admin/people"),
        (admin, f"/admin/people/{learner.public_id}"),
        (cast.signed_in(learner), "/account"),
        (cast.signed_in(learner), "/induction"),
    ):
        answer = visitor.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        said = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""
        assert not (found := re.search(r"[^\n]*\bNone\b(?! yet)[^\n]*", said)), f"{path}: {found}"
    at = f"/admin/people/{learner.public_id}"
    form = admin.read(at).form("act")
    refused = admin.send(form, {"act": "link", "reason": "Lost"}, at=at)
    assert "no link can reach them" in Page(refused.get_data(as_text=True)).text


def test_a_list_takes_people_without_an_address_and_says_what_to_do_with_a_shared_one(
    room: Class, tiny_app: Flask
) -> None:
    lines = [
        "learner_ref,full_name,email,cohort",
        "E1,Ann Lee,,ESOL Entry 1",
        "E2,Bo Li,,ESOL Entry 1",
        "E3,Cy Lo,shared@x.example,ESOL Entry 1",
        "E4,Di Lo,shared@x.example,ESOL Entry 1",
    ]
    path = tiny_app.extensions["settings"].instance / "list.csv"
    path.write_text("\n".join(lines))
    run = tiny_app.test_cli_runner()
    said = run.invoke(args=["people", "import", str(path), "--skip-bad", "--invite"]).output
    assert "sign in by a card" in said
    assert "1 invited" in said
    found = rows(
        tiny_app, "SELECT learner_ref, email FROM account WHERE learner_ref LIKE 'E%' ORDER BY 1"
    )
    assert found == [("E1", None), ("E2", None), ("E3", "shared@x.example")]
    again = run.invoke(args=["people", "import", str(path), "--skip-bad"]).output
    assert "0 new, 0 changed, 3 same" in again
    no_column = "learner_ref,full_name,cohort\nE5,Ed Ng,ESOL Entry 1\n"
    path.write_text(no_column)
    assert "1 new" in run.invoke(args=["people", "import", str(path)]).output


def test_a_revisit_goes_to_whoever_has_no_address_on_paper(room: Class) -> None:
    learner = room.learner("Ann Lee")
    long_ago = utc_now() - timedelta(days=40)
    room.cast.graduate(learner, now=long_ago - timedelta(days=35))
    with room.cast.app.app_context():
        held = content()
        found = holders(Occasion.FIRST, held.slug, long_ago)
        with acting(SYSTEM, utc_now()) as act:
            ask(act, held, Occasion.FIRST, act.session.execute(found).all())
    assert count(room.cast.app, "outbox_mail") == 0
    query = "SELECT body FROM letter_by_hand WHERE certificate = ''"
    ((body,),) = rows(room.cast.app, query)
    link = re.search(r"/revisit/\S+", body)
    assert link
    page = room.cast.visitor().read(link[0])
    assert page.heading, "it opens without an address"


def test_a_copy_and_an_erasure_of_somebody_without_an_address(room: Class) -> None:
    learner = room.learner("Ann Lee")
    room.print_cards("no-address")
    room.cast.graduate(learner)
    app = room.cast.app
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.id == learner.id)).one()
        held = holding(db.session(), content(), account)
        assert [one["subject"] for one in held["letters_by_hand"]] == ["Your certificate"]
        assert len(held["cards"]) == 1
        with acting(SYSTEM, utc_now()) as act:
            erase(act, account, app.extensions["settings"].instance)
    for table in ("card", "letter_by_hand"):
        assert count(app, table) == 0
    assert rows(app, "SELECT count(*) FROM account WHERE full_name = 'Ann Lee'") == [(0,)]


def test_nobody_takes_the_address_of_staff_away(room: Class) -> None:
    admin = room.cast.signed_in(room.cast.account(Role.ADMIN))
    at = f"/tutor/people/{room.tutor.public_id}/details"
    form = admin.read(at).form("email")
    answer = admin.send(form, {"email": "", "reason": "Mistake"}, at=at)
    assert answer.status_code == 422
    assert "Staff sign in with their address" in Page(answer.get_data(as_text=True)).text
    learner = room.cast.learner("Ann Lee", cohort=room.cohort)
    at = f"/tutor/people/{learner.public_id}/details"
    form = admin.read(at).form("email")
    assert admin.send(form, {"email": "", "reason": "They share it"}, at=at).status_code == 303
    assert rows(room.cast.app, "SELECT email FROM account WHERE id = :id", id=learner.id) == [
        (None,)
    ]
    (letter,) = outbox(room.cast.app)
    assert letter["To"] == learner.email, "the old address is told"
