"""Of some dozens of tutors one is chosen; of hundreds one is named, and no page lists them all."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from induction.database import utc_now
from induction.people.models import Account, Role
from induction.register.filters import MOST_TUTORS
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import rows

PAGES = ("", "/gaps", "/export")
REGISTER = "/compliance/certificates"


@pytest.fixture
def tutor(tiny: Cast) -> Account:
    """Who looks after one who is done and one who is not, among as many as can be chosen from."""
    mine = tiny.account(Role.TUTOR, name="Zoë Quill-Adams")
    cohort = tiny.cohort("Bricks", mine)
    later = utc_now() + timedelta(seconds=1)  # not in the moment in which they join
    tiny.graduate(tiny.learner("Bricks Done", cohort=cohort), now=later)
    tiny.learner("Bricks Waiting", cohort=cohort)
    others = [tiny.account(Role.TUTOR) for _ in range(MOST_TUTORS - 1)]
    elsewhere = tiny.cohort("Hair", *others)
    tiny.graduate(tiny.learner("Hair Done", cohort=elsewhere), now=later)
    tiny.learner("Hair Waiting", cohort=elsewhere)
    return mine


@pytest.fixture
def officer(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.COMPLIANCE))


def tutors(page: Page) -> int:
    """How many it offers."""
    form = page.form("status" if "status" in page.html else "search")
    return len(form.options.get("tutor", [""])) - 1


def test_of_more_tutors_than_can_be_chosen_from_one_is_named(
    tiny: Cast, officer: Visitor, tutor: Account
) -> None:
    for at in PAGES:
        page = officer.read(f"{REGISTER}{at}")
        assert tutors(page) == MOST_TUTORS
        assert "taught_by" not in page.html
    tiny.cohort("Cooking", tiny.account(Role.TUTOR))
    for at in PAGES:
        page = officer.read(f"{REGISTER}{at}")
        assert (tutors(page), page.form("taught_by").fields["taught_by"]) == (0, [""])
        page = officer.read(f"{REGISTER}{at}?tutor={tutor.public_id}")
        assert tutors(page) == 1, "an address that was kept says whom it means"
        assert tutor.full_name in page.text


def test_whoever_is_found_by_the_name_of_a_tutor_is_theirs(
    tiny: Cast, officer: Visitor, tutor: Account
) -> None:
    tiny.cohort("Cooking", tiny.account(Role.TUTOR))
    for typed in ("quill", "ADAMS+zoe", "zoë"):
        listed = officer.read(f"{REGISTER}?taught_by={typed}").text
        assert ("Bricks Done" in listed, "Hair Done" in listed) == (True, False), typed
        missing = officer.read(f"{REGISTER}/gaps?taught_by={typed}").text
        assert ("Bricks Waiting" in missing, "Hair Waiting" in missing) == (True, False), typed
    assert "Hair Done" not in officer.read(f"{REGISTER}?taught_by=nobody").text


def test_t27_a_pack_of_a_tutors_learners_says_so_and_the_chain_names_nobody(
    tiny: Cast, officer: Visitor, tutor: Account
) -> None:
    tiny.cohort("Cooking", tiny.account(Role.TUTOR))
    address = f"{REGISTER}/export?taught_by=quill"
    page = officer.read(address)
    [form] = [form for form in page.forms if form.method == "post" and "out" not in form.action]
    response = officer.send(form, at=address)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        [entry] = json.loads(archive.read("manifest.json"))["certificates"]
        assert "Tutor’s name: quill" in archive.read("README.txt").decode()
    assert entry["cohort"] == "Bricks"
    [(details,)] = rows(
        tiny.app, "SELECT details FROM audit_entry WHERE action = 'compliance:pack-exported'"
    )
    assert "given" in str(details)
    assert "quill" not in str(details)
