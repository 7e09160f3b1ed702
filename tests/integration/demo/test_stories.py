"""The demo institute shows what else sign-ins would not come across."""

import json

import pytest
from flask import Flask
from sqlalchemy import select

from induction.audit.verify import verify_chain
from induction.compliance.reconciliation import faults_of
from induction.demo.earlier_versions import CLEARER, HAVE_REDONE, IN_COHORT, WIDENED
from induction.demo.plan import DOMAIN
from induction.extensions import db
from induction.people.models import Account
from induction.policy.store import content
from tests.support.cast import Cast
from tests.support.record import rows


@pytest.fixture
def shown(app: Flask) -> Flask:
    """An institute of ten learners."""
    options = ["--learners", "10", "--completed", "0.3", "--no-pdf", "--json"]
    result = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert result.exit_code == 0, result.output
    return app


def test_somebody_answers_too_fast_and_somebody_passes_a_part_before_reading_it(
    shown: Flask,
) -> None:
    marked = rows(shown, "SELECT flags, state FROM progress WHERE flags <> ''")
    assert ("hurried", "complete") in marked, "and holds a certificate"
    records = rows(shown, "SELECT record FROM certificate_record")
    assert any('"tested_out":true' in record for (record,) in records)


@pytest.fixture
def told(app: Flask) -> Flask:
    """An institute of 38 learners: two of them were faster than anybody reads."""
    options = ["--learners", "38", "--completed", "0.1", "--no-pdf", "--json"]
    result = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["learners"] == 38 + 1 + IN_COHORT
    return app


def test_the_institute_tells_of_a_held_certificate_and_of_a_policy_that_changed(
    told: Flask,
) -> None:
    one_certificate_is_held_for_speed_and_another_came_after_a_word(told)
    one_change_was_material_and_the_next_was_not(told)
    the_pages_show_what_each_change_did(told)


def one_certificate_is_held_for_speed_and_another_came_after_a_word(told: Flask) -> None:
    quick = rows(
        told,
        "SELECT state, word_at IS NULL, current_certificate.certificate_id IS NULL FROM progress "
        "JOIN enrolment ON enrolment.id = progress.enrolment_id LEFT JOIN current_certificate "
        "ON current_certificate.account_id = enrolment.account_id "
        "WHERE flags = 'hurried' ORDER BY state",
    )
    assert quick == [("complete", 0, 0), ("declaration", 1, 1)]
    assert rows(told, "SELECT word_first FROM institute") == [(1,)]


def one_change_was_material_and_the_next_was_not(told: Flask) -> None:
    changes = rows(told, "SELECT version_id, item, weight FROM policy_change ORDER BY id")
    assert changes == [(2, WIDENED, "material"), (3, CLEARER, "minor")]
    states = rows(
        told,
        "SELECT version_id, state FROM policy_step WHERE id IN "
        "(SELECT max(id) FROM policy_step GROUP BY version_id) ORDER BY version_id",
    )
    assert states == [(1, "retired"), (2, "retired"), (3, "in-force")]
    with told.app_context():
        held = content().look(db.session())
        assert held.policy.digest == content().candidate().policy.digest, "the files are in force"
        assert list(faults_of(db.session())) == []
        assert verify_chain(db.session()) is None
    last_year = rows(
        told,
        "SELECT progress.state, count(certificate.id) FROM progress "
        "JOIN enrolment ON enrolment.id = progress.enrolment_id "
        "JOIN membership ON membership.account_id = enrolment.account_id "
        "JOIN cohort ON cohort.id = membership.cohort_id AND cohort.name LIKE 'Catering%' "
        "JOIN certificate ON certificate.account_id = enrolment.account_id "
        "GROUP BY enrolment.id ORDER BY 1, 2",
    )
    assert last_year == [*[("complete", 2)] * HAVE_REDONE, *[("in-progress", 1)] * 2]


def the_pages_show_what_each_change_did(told: Flask) -> None:
    cast = Cast(told)
    with told.app_context():
        officer, tutor = (
            db.session.scalars(select(Account).where(Account.email == f"{who}@{DOMAIN}")).one()
            for who in ("compliance", "tutor")
        )
    second = cast.signed_in(officer).read("/compliance/policy/versions/2").text
    assert "It was only about photos." in second
    third = cast.signed_in(officer).read("/compliance/policy/versions/3").text
    assert "it says that this is advice, and not a rule" in third
    assert "Catering Level 2, May" in cast.signed_in(tutor).read("/tutor").text
