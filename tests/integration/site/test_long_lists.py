"""Lists of everybody are counted no further than a thousand, and all of their pages are there."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import insert

from induction.database import utc_now, writing
from induction.paging import COUNTED, SIZE
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import Statements

EVERYBODY = COUNTED + SIZE + 10
PEOPLE = "/admin/people?search=somebody"


@pytest.fixture
def admin(here: Flask) -> Visitor:
    """Whoever looks at a list of more people than are counted, in either database."""
    cast = Cast(here)
    people = [
        {"full_name": f"Somebody {n}", "sort_name": f"{n:05}", "created_at": utc_now()}
        for n in range(EVERYBODY)
    ]
    visitor = cast.signed_in(cast.account(Role.ADMIN))
    with cast.app.app_context(), writing() as session:
        session.execute(insert(Account), people)
    return visitor


def test_a_long_list_is_counted_to_a_thousand_and_goes_on(admin: Visitor) -> None:
    page = admin.read(PEOPLE)
    assert f"1 to {SIZE} of more than {COUNTED} people" in page.text
    assert "Page 1 of more than 40" in page.text
    page = admin.read(f"{PEOPLE}&page=40")
    page = admin.read(page.links["Later page"])
    assert f"{COUNTED + 1} to {COUNTED + SIZE} of more than {COUNTED + SIZE} people" in page.text
    page = admin.read(page.links["Later page"])
    assert f"{COUNTED + SIZE + 1} to {EVERYBODY} of {EVERYBODY} people" in page.text
    assert "Page 42 of 42" in page.text
    assert "Later page" not in page.links


@pytest.mark.parametrize("number", ["43", "99999999999999999999"])
def test_beyond_the_end_is_the_last_page(admin: Visitor, number: str) -> None:
    assert "Page 42 of 42" in admin.read(f"{PEOPLE}&page={number}").text


def test_a_list_that_ends_on_its_first_page_is_read_once(
    tiny: Cast, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    visitor = tiny.signed_in(tiny.account(Role.ADMIN))
    for name in ("Somebody One", "Somebody Two"):
        tiny.learner(name)
    for address in (PEOPLE, "/tutor/learners?search=somebody"):
        with queries(tiny.app) as sent:
            assert "1 to 2 of 2 " in visitor.read(address).text
        assert sent
        assert [sql for sql in sent if "LIMIT" in sql and "count(*)" in sql] == [], address
