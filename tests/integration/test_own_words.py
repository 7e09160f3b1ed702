"""Another institute: its own words, on a page and not in a file, wherever the policy is read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response, request, request_finished

from induction.people.models import Role
from tests.integration.test_administration import save
from tests.integration.test_whom_to_tell import LEAD
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.pdf import text_of
from tests.support.post import outbox
from tests.support.record import actions, rows

WORDS = "/admin/settings/words"
OWN = {
    "owner": "Quality Office",
    "reference": "NB-7",
    "institute": "college",
    "leaders": "College Executive",
    "marketing-team": "web team",
    "it-team": "computer services",
    "ict-policy": "Computer Rules",
    "disciplinary": "Conduct Code",
    "complaints": "Feedback Code",
    "communication": "Press Code",
}
THEIRS = re.compile(
    r"(?i)meliorate|MERUK|senior management team|risk management & compliance|"
    r"\bmarketing team|IT team|\bICT policy|disciplinary procedure|complaints procedure"
)


def put(visitor: Visitor, **values: str) -> int:
    form = visitor.read(WORDS).form("leaders")
    return visitor.send(form, values, at=WORDS).status_code


@contextmanager
def everything_shown(app: Flask) -> Iterator[dict[str, str]]:
    """What every page says from now on, by its address."""
    seen: dict[str, str] = {}

    def keep(_sender: Flask, response: Response, **_: object) -> None:
        if response.mimetype == "text/html":
            seen[f"{request.path} {len(seen)}"] = response.get_data(as_text=True)

    with request_finished.connected_to(keep, app):
        yield seen


@pytest.mark.parametrize("audience", ["learner", "apprentice", "staff"])
def test_a_second_institute_reads_none_of_the_first_ones_words(
    audience: str, app: Flask, as_admin: Visitor, cast: Cast
) -> None:
    assert save(as_admin, name="Northbridge College", leaders="Room 4", **LEAD) == 303
    assert put(as_admin, **OWN) == 303
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    learner = cast.taking(cast.learner(audience=audience))
    with everything_shown(app) as seen:
        for path in ("/", "/help", "/help/i-made-a-mistake", "/report", "/privacy"):
            cast.visitor().read(path)
        number = learner.finish()
        policy = cast.policy
        for section in policy.sections:
            learner.visitor.read(f"/induction/{section.slug}")
            learner.visitor.read(f"/induction/{section.slug}/take-away")
        for path in ("/report", "/report?about=harm", "/report?about=picture", "/account",
                     "/induction/my-changes", "/help/settings-app-by-app"):  # fmt: skip
            learner.visitor.read(path)
        learner.visitor.read(f"/certificates/{number}")
        cast.visitor().read(f"/verify/{number}")
        for path in ("/compliance", "/compliance/policy", "/compliance/clauses"):
            officer.read(path)
    assert len(seen) > 50
    for path, html in seen.items():
        found = THEIRS.search(html)
        assert not found, f"{path}: {found}"
    every = "".join(seen.values())
    for words in OWN.values():
        assert words.replace("&", "&amp;") in every, words
    pdf = text_of(learner.visitor.get(f"/certificates/{number}.pdf").data)
    assert "Northbridge College" in pdf
    assert "NB-7" in pdf
    assert not THEIRS.search(pdf)
    assert not any(THEIRS.search(mail.get_content()) for mail in outbox(app))
    [(files,)] = rows(app, "SELECT files FROM content_version")
    assert not THEIRS.search(re.sub(r"where: .*|# .*", "", str(files))), "kept as it was read"


def test_words_wait_for_a_version_once_one_is_in_force(
    app: Flask, as_admin: Visitor, as_compliance: Visitor, cast: Cast
) -> None:
    assert "is read at once" in as_admin.read(WORDS).text
    learner = cast.taking(cast.learner())
    learner.to_question()
    learner.press()
    assert put(as_admin, leaders="College Executive") == 303
    assert actions(app)[-1] == "institute:settings-changed"
    assert "its words do not change by themselves" in as_admin.read(WORDS).text
    way = cast.taking(cast.learner())
    way.to_declaration()
    assert "Senior Management Team" in way.page.text
    changes = as_compliance.read("/compliance/policy/changes").text
    assert "College Executive" in changes
    assert "the College Executive" in learner.visitor.read("/report?about=harm").text


def test_words_that_files_could_take_for_something_else_are_refused(
    app: Flask, as_admin: Visitor
) -> None:
    before = len(actions(app))
    for words in ("a: b", "# team", "<b>team</b>", "- team", "the *team*", "x" * 101, '"team"'):
        assert put(as_admin, leaders=words) == 422, words
    assert len(actions(app)) == before
    assert put(as_admin, leaders="Heads’ Team (A & B), 2/3") == 303
    page = as_admin.read(WORDS)
    assert page.form("leaders").fields["leaders"] == ["Heads’ Team (A & B), 2/3"]
    assert put(as_admin) == 303
    assert len(actions(app)) == before + 1, "nothing was different"
    assert put(as_admin, leaders="") == 303
    assert "Senior Management Team" in page.text


@pytest.mark.postgres
def test_the_same_words_on_postgresql(app_on_postgres: Flask) -> None:
    cast = Cast(app_on_postgres)
    learner = cast.taking(cast.learner())
    assert put(cast.signed_in(cast.account(Role.ADMIN)), leaders="College Executive") == 303
    learner.to_declaration()
    assert "College Executive" in learner.page.text
    assert "Senior Management Team" not in learner.page.text


def test_only_administrators_open_it(cast: Cast) -> None:
    assert cast.signed_in(cast.account(Role.TUTOR)).get(WORDS).status_code == 403
