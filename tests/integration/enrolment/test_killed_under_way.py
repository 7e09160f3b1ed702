"""A long list whose worker is killed (SIGKILL) or not alone, and its undoing, on each database."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import event, update

from induction.database import utc_now, writing
from induction.enrolment import parts
from induction.enrolment.models import StagedList
from induction.extensions import db
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import work
from tests.support.record import actions, count, rows
from tests.support.server import PROJECT

PEOPLE = 3 * parts.AT_ONCE + 1
COMMAND = (sys.executable, "-m", "flask", "--app", "app", "worker", "--once")
LIST = "learner_ref,full_name,email,cohort\n" + "".join(
    f"Q{n:05},Ann Lee {n},q{n}@x.example,Bricks\n" for n in range(PEOPLE)
)
WITHIN = 180.0  # seconds; a busy machine is slow


def a_worker(app: Flask) -> subprocess.Popen[bytes]:
    database = app.config["SQLALCHEMY_DATABASE_URI"]
    environ = {
        "PATH": os.environ["PATH"],
        "INDUCTION_INSTANCE": str(app.extensions["settings"].instance),
        "DATABASE_URL": database if database.startswith("postgresql") else "",
    }
    return subprocess.Popen(COMMAND, cwd=PROJECT, env=environ)


def done(app: Flask) -> int:
    """How far what was asked for last has got."""
    return int(rows(app, "SELECT done FROM import_draft ORDER BY id DESC LIMIT 1")[0][0])


def killed_in_the_midst(app: Flask, after: int) -> None:
    """Kill a worker once it has got so far, while it is at the next part."""
    worker, until = a_worker(app), time.monotonic() + WITHIN
    while done(app) <= after and time.monotonic() < until and worker.poll() is None:
        time.sleep(0.01)
    time.sleep(0.05)
    worker.kill()
    assert worker.wait() == -signal.SIGKILL, "it was at work"


def taken_over(app: Flask) -> None:
    """The one that was killed has been silent for long enough."""
    with app.app_context(), writing() as session:
        long_ago = utc_now() - 2 * parts.SILENT
        session.execute(update(StagedList).values(heard_at=long_ago))


def to_its_end(app: Flask) -> None:
    taken_over(app)
    assert a_worker(app).wait(WITHIN) == 0


def test_nothing_is_lost_or_done_twice_where_workers_are_killed(here: Flask) -> None:
    cast = Cast(here)
    admin: Visitor = cast.signed_in(cast.account(Role.ADMIN))
    before = count(here, "enrolment")
    address = upload(admin, LIST.encode())
    go_ahead(admin, address, invite="y")
    killed_in_the_midst(here, 0)
    assert count(here, "enrolment") == before + max(done(here) - 1, 0), "whole parts alone"
    to_its_end(here)
    assert count(here, "enrolment") == before + PEOPLE
    assert count(here, "one_time_link") == PEOPLE, "each is invited once"
    assert actions(here).count("people:imported") == 1
    page = admin.read(address)
    assert f"{PEOPLE} people are new" in page.text

    undo = next(a["href"] for a in page.all("a") if "/imports/" in a["href"])
    assert f"Removed, {PEOPLE}" in admin.read(undo).text
    why = {"reason": "The wrong list."}
    assert admin.send(admin.read(undo).form("reason"), why, at=undo).status_code == 303
    killed_in_the_midst(here, 0)
    assert count(here, "enrolment") == before + PEOPLE - done(here)
    to_its_end(here)
    assert count(here, "enrolment") == before
    assert f"{PEOPLE} people removed, 0 put back, 0 left" in admin.read(undo).text
    assert actions(here).count("people:import-undone") == 1
    assert here.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


LEFT = "SELECT count(*) FROM enrolment WHERE left_at IS NOT NULL"


def left(app: Flask) -> int:
    return int(rows(app, LEFT)[0][0])


def test_leavers_are_marked_in_parts_each_once_where_a_worker_is_killed(
    here: Flask, tmp_path: Path
) -> None:
    cast, before = Cast(here), count(here, "enrolment")
    admin: Visitor = cast.signed_in(cast.account(Role.ADMIN))
    file = tmp_path / "everybody.csv"
    file.write_text(LIST)
    said = here.test_cli_runner().invoke(args=["people", "import", str(file)])
    assert said.exit_code == 0, said.output
    two_rows = "".join(LIST.splitlines(keepends=True)[:2])
    address = upload(admin, two_rows.encode())
    page = admin.read(address + "?whole=1")
    assert page.text.count("Not in the list") > 0
    form = page.form("leavers")
    assert admin.send(form, {"leavers": "cohorts", "all_gone": "y"}).status_code == 303
    assert left(here) == 0, "nobody waits for so many"
    worker, until = a_worker(here), time.monotonic() + WITHIN
    while not left(here) and time.monotonic() < until and worker.poll() is None:
        time.sleep(0.01)
    worker.kill()
    assert worker.wait() == -signal.SIGKILL, "it was at work"
    so_far = left(here)
    assert 0 < so_far < PEOPLE - 1
    assert so_far % parts.AT_ONCE == 0, "whole parts alone"
    assert f"{so_far} people are marked as left so far" in admin.read(address).text
    to_its_end(here)
    assert left(here) == PEOPLE - 1
    assert actions(here).count("tutoring:left") == PEOPLE - 1, "each once"
    assert f"{PEOPLE - 1} people are marked as left" in admin.read(address).text
    undo = next(a["href"] for a in admin.read(address).all("a") if "/imports/" in a["href"])
    assert f"{PEOPLE - 1} marked as left" in admin.read(undo).text
    assert (
        admin.send(admin.read(undo).form("reason"), {"reason": "No."}, at=undo).status_code == 303
    )
    to_its_end(here)
    assert left(here) == 0
    assert count(here, "enrolment") == before + PEOPLE
    assert here.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_two_workers_and_somebody_at_a_form_meet_the_same_people(app_on_postgres: Flask) -> None:
    """Two lists of the same people at once, and one of them by hand: everybody is there once."""
    app = app_on_postgres
    cast = Cast(app)
    admins = [cast.signed_in(cast.account(Role.ADMIN)) for _ in range(2)]
    before = count(app, "enrolment")
    addresses = [upload(admin, LIST.encode()) for admin in admins]
    for admin, address in zip(admins, addresses, strict=True):
        go_ahead(admin, address)
    workers = [a_worker(app), a_worker(app)]
    until = time.monotonic() + WITHIN
    while not done(app) and time.monotonic() < until:
        time.sleep(0.01)
    last = f"Q{PEOPLE - 1:05}"
    typed = {"learner_ref": last, "full_name": "Bo Li", "email": f"q{PEOPLE - 1}@x.example"}
    form = admins[0].read("/tutor/enrol").form("learner_ref")
    admins[0].send(form, typed, at="/tutor/enrol")
    assert [worker.wait(WITHIN) for worker in workers] == [0, 0]
    for _ in range(2):
        to_its_end(app)
    told = [admin.read(address).text for admin, address in zip(admins, addresses, strict=True)]
    assert all("The list is imported" in page for page in told), told
    assert count(app, "enrolment") == before + PEOPLE
    assert count(app, "cohort") == 1
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


NAMES = "SELECT cohort.id, cohort.name FROM cohort"  # asked for as one is made


def test_a_cohort_that_is_made_in_the_same_moment_stops_no_list(app_on_postgres: Flask) -> None:
    app, made = app_on_postgres, list[str]()
    cast = Cast(app)
    admin = cast.signed_in(cast.account(Role.ADMIN))
    address = upload(admin, LIST.encode())
    go_ahead(admin, address)
    with app.app_context():
        engine = db.engine

    def somebody_is_quicker(*sent: object) -> None:
        if not made and " ".join(str(sent[2]).split()) == NAMES:
            made.append("Bricks")
            with app.app_context():
                cast.cohort("Bricks")

    event.listen(engine, "before_cursor_execute", somebody_is_quicker)
    try:
        work(app)
    finally:
        event.remove(engine, "before_cursor_execute", somebody_is_quicker)
    assert made
    to_its_end(app)
    assert "The list is imported" in admin.read(address).text
    assert rows(app, "SELECT count(*) FROM cohort") == [(1,)]
