"""t23, t24: authors change the files while learners are on their way. A second policy."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.places import TINY, taught
from tests.support.record import Ledger, count, ledger, rows

QUIZ = "quizzes/visitor-safety/01-arriving.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small policy where it can be changed."""
    return Path(shutil.copytree(TINY, tmp_path / "files"))


class Place:
    """An installation whose authors change its files."""

    def __init__(self, app: Flask, root: Path) -> None:
        self.cast, self.root = Cast(app), root

    def change(self, path: str, old: str, new: str) -> None:
        """Change a passage of a file."""
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def flask(self, *args: str) -> Result:
        """Run a command."""
        return self.cast.app.test_cli_runner().invoke(args=list(args))

    def publish(self, path: str, old: str, new: str) -> None:
        """Change a passage of a file, and put it in force; nobody has to do anything again."""
        self.change(path, old, new)
        published = self.flask("policy", "publish", "--reason", "said more plainly")
        assert published.exit_code == 0, published.output


@pytest.fixture
def place(make_app: AppMaker, instance: Path, root: Path) -> Place:
    return Place(make_app(taught(instance, root)), root)


@pytest.fixture
def learner(place: Place) -> Learner:
    return place.cast.taking(place.cast.learner())


def answer_one(learner: Learner) -> str:
    """Answer the first scenario to its end, rightly; returns its id."""
    learner.to_question()
    asked = learner.asked
    while learner.asked in {asked, ""} and "/feedback/" not in learner.path:
        learner.press()
    return asked


def test_what_authors_write_is_a_draft_until_it_is_published(
    place: Place, learner: Learner
) -> None:
    answer_one(learner)
    place.change(QUIZ, "sandwich", "baguette")
    place.change("content/visitor-safety/02-badges.md", "A badge shows", "A badge proves")
    learner.walk(lambda me: me.path == "/induction/badges")
    assert "A badge shows" in learner.page.text


def test_t23_a_try_is_finished_on_the_version_it_began_with(place: Place, learner: Learner) -> None:
    answer_one(learner)
    old = place.cast.policy.digest
    place.publish(QUIZ, "Wave at the desk", "Shout to the desk")
    assert place.cast.policy.digest != old
    learner.to_question()
    assert learner.form.fields["content"] == [old]
    learner.walk(lambda me: me.path.endswith("/result"))
    assert rows(place.cast.app, "SELECT count(DISTINCT content) FROM attempt") == [(1,)]
    learner.finish()
    told = rows(place.cast.app, "SELECT step, content FROM attempt WHERE kind != 'look-back'")
    assert dict(told)["arriving"] == old
    assert dict(told)["badges"] == place.cast.policy.digest


def test_t23_an_old_answer_is_shown_for_ever_as_it_was(place: Place, learner: Learner) -> None:
    while answer_one(learner) != "late-for-class":
        pass
    path = learner.path
    assert "Two minutes late is fine." in learner.page.text
    place.publish(QUIZ, "Two minutes late is fine.", "Being a little late is fine.")
    assert "Two minutes late is fine." in learner.open(path).text


def test_t23_a_page_that_was_open_over_the_change_is_told_kindly(
    place: Place, learner: Learner
) -> None:
    learner.to_question()
    form, path = learner.form, learner.path
    place.publish(QUIZ, "Join the queue", "Stand in the queue")
    with ledger(place.cast.app) as watching:
        answer = learner.visitor.send(form, {"option": form.options["option"][:1]}, at=path)
        assert answer.status_code == 303
        assert "was updated while you had it open" in learner.open(answer.location).text
        assert not watching.changed()
    assert count(place.cast.app, "answer") == 0


def test_t23_a_scenario_that_goes_while_it_is_asked_is_still_asked(
    place: Place, learner: Learner
) -> None:
    asked = answer_one(learner)
    gone = {"late-for-class": "lunch-run", "lunch-run": "late-for-class"}[asked]
    place.publish(QUIZ, f"id: {gone}", f"id: {gone}-anew")
    learner.to_question()
    assert learner.asked == gone
    learner.walk(lambda me: me.path.endswith("/result"))
    assert "Passed" in learner.page.heading


def test_t23_the_record_of_a_certificate_names_each_version(place: Place, learner: Learner) -> None:
    answer_one(learner)
    old = place.cast.policy.digest
    place.publish(QUIZ, "sandwich", "baguette")
    learner.finish()
    ((record,),) = rows(place.cast.app, "SELECT record FROM certificate_record")
    assert old in record
    assert place.cast.policy.digest in record


LOST = {
    "a scenario": ("id: late-for-class", "id: late-for-lunch", "`late-for-class`"),
    "an option": ("id: join-queue", "id: wait-in-line", "`join-queue` in `late-for-class`"),
}


@pytest.mark.parametrize("what", LOST)
def test_t24_content_check_refuses_to_lose_what_has_been_answered(
    place: Place, learner: Learner, what: str
) -> None:
    while answer_one(learner) != "late-for-class":
        pass
    path = learner.path
    assert place.flask("content", "check").exit_code == 0
    old, new, named = LOST[what]
    place.change(QUIZ, old, new)
    check = place.flask("content", "check")
    assert check.exit_code == 1
    (line,) = [line for line in check.output.splitlines() if named in line]
    assert "so it must stay; put it back" in line
    assert "Join the queue" in learner.open(path).text, "what was shown is kept all the same"


def test_content_check_needs_no_database(tmp_path: Path, make_app: AppMaker) -> None:
    app = make_app(taught(tmp_path / "nothing-here-yet"))
    assert app.test_cli_runner().invoke(args=["content", "check"]).exit_code == 0


# ---- a second policy is a second pair of folders -------------------------------------------------


def test_a_second_policy_is_taught_tested_and_certified_without_a_line_of_python(
    newcomer: Learner, tiny: Cast, kept: Ledger
) -> None:
    page = newcomer.open()
    assert "Visitor Safety Policy" in page.text
    number = newcomer.finish()
    assert kept.changed()
    page = newcomer.visitor.read(f"/verify/{number}")
    assert "Visitor Safety Policy" in page.text
    assert "Example Training Centre" in page.text
    ((slug, version),) = rows(tiny.app, "SELECT policy, policy_version FROM certificate")
    assert (slug, str(version)) == ("visitor-safety", "2026-02-14")


def test_people_of_another_audience_take_other_sections(tiny: Cast) -> None:
    staff = tiny.taking(tiny.learner(audience="staff"))
    assert "Your badge" not in staff.open().text
    staff.finish()
    told = rows(tiny.app, "SELECT DISTINCT step FROM attempt")
    assert {step for (step,) in told} == {"arriving", "final-check"}
    staff.visitor.read("/induction/badges", status=404)


# ---- pictures, sound and film --------------------------------------------------------------------

MP4, VTT = (
    b"\x00\x00\x00\x18ftypmp42" + bytes(range(200)),
    b"WEBVTT\n\n00:00.000 --> 00:02.000\nHi\n",
)


@pytest.fixture
def filmed(make_app: AppMaker, instance: Path, root: Path) -> Place:
    """An installation whose first page has a film."""
    page = root / "content/visitor-safety/01-arriving.md"
    for ending, data in (("mp4", MP4), ("vtt", VTT), ("txt", b"Hi.\n")):
        (page.parent / f"tour.{ending}").write_bytes(data)
    page.write_text(page.read_text() + "\n![A tour of the hall](tour.mp4)\n")
    return Place(make_app(taught(instance, root)), root)


def addresses(learner: Learner) -> tuple[str, str]:
    """Where the film and its captions are served."""
    html = learner.visitor.get("/induction/arriving").text
    film, captions = re.findall(r'src="(/media/[0-9a-f]{64}\.(?:mp4|vtt))"', html)
    return film, captions


def test_a_film_is_served_as_what_it_is_whole_or_in_parts(filmed: Place) -> None:
    learner = filmed.cast.taking(filmed.cast.learner())
    film, captions = addresses(learner)
    stranger = filmed.cast.visitor()

    whole = stranger.get(film)
    assert (whole.status_code, whole.data, whole.content_type) == (200, MP4, "video/mp4")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in whole.headers["Cache-Control"]
    assert "media-src 'self'" in whole.headers["Content-Security-Policy"]
    part = stranger.get(film, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, MP4[10:20])
    assert stranger.get(captions).content_type == "text/vtt; charset=utf-8"
    assert stranger.get(f"/media/{'0' * 64}.mp4").status_code == 404
    assert stranger.get(film.replace(".mp4", ".html")).status_code == 404


def test_a_film_is_kept_with_the_content_that_showed_it(filmed: Place) -> None:
    learner = filmed.cast.taking(filmed.cast.learner())
    film, _ = addresses(learner)
    answer_one(learner)
    assert count(filmed.cast.app, "content_file") == 2
    tour = filmed.root / "content/visitor-safety/tour.mp4"
    tour.write_bytes(MP4 + b"another")
    filmed.publish(QUIZ, "Wave at the desk", "Shout to the desk")

    assert learner.visitor.get(film).data == MP4, "old tries and packs lead to it for ever"
    newer, _ = addresses(learner)
    assert newer != film
    assert learner.visitor.get(newer).data == MP4 + b"another"
    assert count(filmed.cast.app, "content_file") == 3
