"""Whom to tell: named in the settings, read where it is needed, and missed where it is not set."""

from tests.integration.test_administration import save
from tests.support.cast import Cast
from tests.support.client import Visitor

LEAD = {
    "safeguarding_name": "Dilys Akhtar",
    "safeguarding_phone": "0113 496 0142",
    "safeguarding_email": "Safe@College.example",
    "out_of_hours": "Duty manager, 0113 496 0199",
}
PLACES = ("/compliance", "/compliance/policy")
UNSAFE = "No safeguarding lead is named"


def test_start_pages_say_until_a_lead_can_be_reached(
    as_admin: Visitor, as_compliance: Visitor
) -> None:
    assert UNSAFE in as_admin.read("/admin/people").text
    assert save(as_admin, safeguarding_name="Dilys Akhtar") == 303
    assert all(UNSAFE in as_compliance.read(page).text for page in PLACES), "a name is no number"
    assert save(as_admin, **LEAD) == 303
    assert UNSAFE not in as_admin.read("/admin/people").text
    assert not any(UNSAFE in as_compliance.read(page).text for page in PLACES)


def test_a_number_or_an_address_that_reaches_nobody_is_refused(as_admin: Visitor) -> None:
    assert save(as_admin, safeguarding_phone="ask at the desk") == 422
    assert save(as_admin, safeguarding_email="dilys at college") == 422


def test_learners_read_it_where_harm_is_taught_and_after_each_situation_about_it(
    as_admin: Visitor, cast: Cast
) -> None:
    learner = cast.taking(cast.learner())
    # Everybody is asked this one, and it is about harm.
    learner.walk(lambda me: me.asked == "preview-in-the-chat")
    reading = learner.visitor.read("/induction/treating-people-well")
    assert "Childline" in reading.text
    assert "Report Remove" in reading.text, "nobody is named: what the country offers"
    assert save(as_admin, **LEAD) == 303
    for page in (
        learner.visitor.read("/induction/treating-people-well"),
        learner.visitor.read("/induction/treating-people-well/take-away"),
        learner.press(rightly=False),
    ):
        assert "Dilys Akhtar" in page.text
        assert "Duty manager" in page.text
        assert "999" in page.text
    assert {"tel:999", "tel:01134960142"} <= {link["href"] for link in page.all("a")}
    assert "Dilys" not in learner.visitor.read("/induction/what-this-covers").text
