"""A short form of ``make torture``: processes are killed while people work, and nothing is lost."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Response

from induction.config import Settings
from tests.conftest import AppMaker
from tests.load.torture import BACK_WITHIN, Crowd, Place, look, people, torture
from tests.support.abilities import cannot_run
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.house import House, house
from tests.support.pooler import NoPoolerError, pooled
from tests.support.thorough import times

SECONDS, AT_ONCE = times(3), 4


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def tortured(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_instance: Path
) -> Iterator[House]:
    on_postgres = request.param == "postgresql"
    database = request.getfixturevalue("postgres_url") if on_postgres else ""
    with house(tmp_path / "house", migrated_instance, "--workers=2", database=database) as started:
        yield started


def test_what_is_confirmed_is_there_whole_and_once(tortured: House) -> None:
    emails = people(tortured.app, 400)
    database = tortured.app.extensions["settings"].database_url
    on_postgres = database.startswith("postgresql")
    place = Place([tortured.server], database if on_postgres else "")
    slow = {"kill_a_server", "kill_the_worker_that_sends"}  # other tests have them
    short = [fault for fault in place.faults() if fault.__name__ not in slow]
    crowd = Crowd((tortured.server.url,), tortured.cast.policy, emails)
    result = torture(crowd, short, seconds=SECONDS, at_once=AT_ONCE)
    look(tortured.app, result)
    assert result.wrong == [], result.in_words()
    assert {deed.status for deed in result.deeds} <= {0, 200, 303, 503}, "a failure has our words"
    assert result.acknowledged, result.in_words()
    assert result.faults, result.in_words()


def nothing() -> None:
    """All is well."""


def refused(crowd: Crowd) -> int:
    """How often somebody read that it does not work just now."""
    return [deed.status for deed in crowd.result.deeds].count(503)


@pytest.mark.postgres
def test_behind_a_pooler_nobody_reads_an_error_until_the_primary_goes_and_then_a_kind_one(
    tmp_path: Path, migrated_instance: Path, postgres_url: str
) -> None:
    with ExitStack() as at_end:
        try:
            pooler, url = at_end.enter_context(pooled(postgres_url))
        except NoPoolerError as error:
            cannot_run(str(error))
        there = at_end.enter_context(
            house(tmp_path / "house", migrated_instance, "--workers=2", database=url)
        )
        emails = people(there.app, 400)

        policy, url = there.cast.policy, there.server.url
        calm, troubled = (Crowd((url,), policy, some) for some in (emails[:200], emails[200:]))

        def the_primary_goes_and_comes_back() -> None:
            pooler.down()
            before, until = refused(troubled), time.monotonic() + BACK_WITHIN / 2
            while refused(troubled) == before and time.monotonic() < until:
                time.sleep(0.05)
            pooler.up()

        for crowd, fault, statuses in (
            (calm, nothing, {200, 303}),
            (troubled, the_primary_goes_and_comes_back, {200, 303, 503}),
        ):
            result = torture(crowd, [fault], seconds=SECONDS, at_once=AT_ONCE)
            look(there.app, result)
            assert result.wrong == [], result.in_words()
            assert result.acknowledged, result.in_words()
            assert {deed.status for deed in result.deeds} == statuses


@pytest.mark.postgres
def test_a_page_that_is_ready_is_sent_though_the_database_has_just_gone(
    make_app: AppMaker, postgres_url: str, tmp_path: Path
) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "here"), "DATABASE_URL": postgres_url}
    app = make_app(Settings.from_environment(environ))
    place = Place([], postgres_url)

    @app.after_request
    def end_sessions(response: Response) -> Response:
        place.end_every_session_of_the_database()
        return response

    learner = Cast(app).learner()
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.let_in(learner)
    for _ in range(2):  # nothing is left of the first for the second
        assert visitor.get("/account").status_code == 200
