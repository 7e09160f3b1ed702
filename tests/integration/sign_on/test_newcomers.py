"""The waiting room: who matches nobody, until a tutor says who it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from induction.audit.act import acting
from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Account, Role
from induction.personal_data import erasure
from induction.personal_data.holding import holding
from induction.sign_on.models import Newcomer
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.openid import OpenIdProvider, Traveller
from tests.support.post import outbox, work
from tests.support.record import actions, count, rows


def never_here(cast: Cast, **values: object) -> Account:
    """An imported learner without a password."""
    learner = cast.learner(newcomer=True, **values)  # type: ignore[arg-type]
    with cast.app.app_context(), writing() as session:
        mine = update(Account).where(Account.id == learner.id)
        session.execute(mine.values(password_hash=None))
    return learner


@pytest.fixture
def jo(openid: OpenIdProvider, traveller: Traveller) -> Traveller:
    """Jo Smith, whom the provider knows and nobody here, has tried."""
    openid.tell(jo={"email": "jsmith@college.example", "name": "JO  Smíth"})
    answer = traveller.come("jo")
    assert answer.status_code == 403
    assert "We do not know you yet" in answer.get_data(as_text=True)
    return traveller


def test_a_tutor_says_who_it_is_with_one_press(
    app: Flask, cast: Cast, jo: Traveller, openid: OpenIdProvider
) -> None:
    tutor = cast.account(Role.TUTOR)
    learner = never_here(cast, name="Jo Smith", cohort=cast.cohort("Hair 1", tutor))
    desk = cast.signed_in(tutor)
    assert "1 person is waiting to be known" in desk.read("/tutor").text
    page = desk.read("/tutor/newcomers")
    assert f"Yes, it is {learner.learner_ref}" in page.text
    form = next(f for f in page.forms if "learner_ref" in f.fields)
    assert desk.send(form).location == "/tutor/newcomers"
    assert "Nobody is waiting" in desk.read("/tutor/newcomers").text
    assert actions(app)[-1] == "people:identity-connected"
    assert any("can be opened with Microsoft" in mail["Subject"] for mail in outbox(app))
    assert jo.come("jo").location == "/induction"
    assert rows(app, "SELECT account_id, how FROM identity") == [(learner.id, "tutor")]
    assert "Connected with an account" in desk.read(f"/tutor/learners/{learner.public_id}").text


def test_who_tries_often_waits_once(app: Flask, jo: Traveller) -> None:
    jo.come("jo")
    assert count(app, "newcomer") == 1
    assert actions(app).count("people:provider-refused") == 1


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("in use", "has signed in already"),
        ("of another tutor", "None of your learners"),
        ("staff", "None of your learners"),
        ("ended", "None of your learners"),
    ],
)
def test_a_tutor_gives_no_account_away_that_is_not_theirs_to_give(
    app: Flask, cast: Cast, jo: Traveller, what: str, why: str
) -> None:
    tutor, other = cast.account(Role.TUTOR), cast.account(Role.TUTOR)
    mine, theirs = cast.cohort("Mine", tutor), cast.cohort("Theirs", other)
    if what == "in use":
        learner = cast.learner("Jo Smith", cohort=mine)
    else:
        cohort = theirs if what == "of another tutor" else mine
        learner = never_here(cast, name="Jo Smith", cohort=cohort)
    if what == "staff":
        with cast.app.app_context(), writing() as session:
            table = Account.given.property.mapper.local_table
            session.execute(table.insert(), {"account_id": learner.id, "role": "admin"})
    if what == "ended":
        cast.deactivate(learner)
    desk = cast.signed_in(tutor)
    assert "Yes, it is" not in desk.read("/tutor/newcomers").text
    (public_id,) = rows(app, "SELECT public_id FROM newcomer")[0]
    at = f"/tutor/newcomers/{public_id}"
    ref = {"learner_ref": str(learner.learner_ref)}
    answer = desk.send(desk.read(at).form("learner_ref"), ref, at=at)
    assert answer.status_code == 422
    assert why in answer.get_data(as_text=True)
    assert count(app, "identity") == 0
    assert count(app, "newcomer") == 1


def test_nobody_of_ours_is_in_the_list_no_more(app: Flask, cast: Cast, jo: Traveller) -> None:
    desk = cast.signed_in(cast.account(Role.HEAD))
    (public_id,) = rows(app, "SELECT public_id FROM newcomer")[0]
    page = desk.read(f"/tutor/newcomers/{public_id}")
    form = next(f for f in page.forms if f.action.endswith("/nobody"))
    desk.send(form)
    assert actions(app)[-1] == "people:newcomer-sent-away"
    jo.come("jo")
    assert "Nobody is waiting" in desk.read("/tutor/newcomers").text
    assert desk.get(f"/tutor/newcomers/{public_id}").status_code == 404


def test_who_does_not_come_again_is_forgotten(app: Flask, jo: Traveller) -> None:
    work(app)
    assert count(app, "newcomer") == 1
    with app.app_context(), writing() as session:
        session.execute(update(Newcomer).values(seen_at=utc_now() - timedelta(days=31)))
    work(app)
    assert count(app, "newcomer") == 0


def test_a_name_with_hidden_signs_is_shown_and_harms_nothing(
    cast: Cast, traveller: Traveller, openid: OpenIdProvider
) -> None:
    openid.tell(odd={"email": "odd@college.example", "name": "<b>Jo\u202e\u0000Smith</b>" * 30})
    assert traveller.come("odd").status_code == 403
    desk = cast.signed_in(cast.account(Role.TUTOR))
    assert "[U+202E]" in desk.read("/tutor/newcomers").text


def test_an_erased_person_leaves_nothing_of_it_and_an_access_request_has_it(
    app: Flask, cast: Cast, traveller: Traveller, openid: OpenIdProvider, instance: Path
) -> None:
    learner = never_here(cast, email="amina@college.example")
    openid.tell(amina={"email": learner.email}, twin={"email": learner.email, "email_verified": 0})
    traveller.come("amina")
    Traveller(cast.visitor()).come("twin")
    with app.app_context():
        held = holding(db.session(), app.extensions["content"], learner)
        assert [one["subject"] for one in held["identities"]] == ["amina"]
        account = db.session.get(Account, learner.id)
        assert account is not None
        with acting("system", utc_now()) as act:
            erasure.erase(act, account, instance)
    assert count(app, "identity") == count(app, "newcomer") == 0
    assert traveller.come("amina").status_code == 403


@pytest.mark.postgres
def test_ten_windows_of_one_person_connect_them_once(
    make_app: AppMaker, postgres_url: str, instance: Path, openid: OpenIdProvider
) -> None:
    environ = {"INDUCTION_INSTANCE": str(instance), "DATABASE_URL": postgres_url}
    app = make_app(Settings.from_environment({**environ, **openid.environ()}))
    cast = Cast(app)
    learner = never_here(cast, email="amina@college.example")
    openid.tell(amina={"email": learner.email}, jo={"email": "jo@college.example"})
    for login, leads in (("amina", "/induction"), ("jo", None)):
        travellers = [Traveller(cast.visitor()) for _ in range(10)]
        starts = [one.visitor.get("/sign-in/provider").location for one in travellers]
        answers = [one.go(start, login) for one, start in zip(travellers, starts, strict=True)]
        with ThreadPoolExecutor(10) as at_once:
            found = [
                *at_once.map(
                    lambda pair: pair[0].visitor.open(pair[1]).location,
                    zip(travellers, answers, strict=True),
                )
            ]
        assert found == [leads] * 10
    assert rows(app, "SELECT account_id, subject FROM identity") == [(learner.id, "amina")]
    assert count(app, "newcomer") == 1
    assert actions(app).count("people:identity-connected") == 1
