"""Every field of a learner, and every column of an account, is accounted for."""

from datetime import UTC, datetime

from induction.enrolment.forms import EnrolForm
from induction.enrolment.import_columns import COLUMNS
from induction.people.learner_fields import LEARNER_FIELDS
from induction.people.models import Account
from induction.personal_data.erasure import KEPT, blanked

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
ACCOUNT = Account.__table__.columns


def test_each_column_of_an_account_is_erased_or_kept_and_never_both() -> None:
    gone = blanked(Account(public_id="P1"), NOW)
    assert set(ACCOUNT.keys()) == gone.keys() | KEPT, (
        "say what becomes of a new column: a line of people/learner_fields.py, or of "
        "personal_data/erasure.py"
    )
    assert not gone.keys() & KEPT
    cannot_be_empty = {name for name, value in gone.items() if value is None} - {
        column.name for column in ACCOUNT if column.nullable
    }
    assert not cannot_be_empty


def test_each_field_is_a_column_and_has_its_place_in_lists_and_in_the_form() -> None:
    for field in LEARNER_FIELDS:
        assert field.name in ACCOUNT
        assert field.name in COLUMNS
        assert hasattr(EnrolForm, field.name)
