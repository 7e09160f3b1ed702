import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from induction.config import Settings
from induction.curriculum.checks import OnRecord
from induction.curriculum.report import run_check
from tests.conftest import AppMaker
from tests.unit.curriculum.tiny import ARRIVING_QUIZ, BADGES, POLICY, ROOT, SLUG

TODAY = date(2026, 11, 23)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "copy"))


def spoil(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def test_the_report_shows_trace_and_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(ROOT, TODAY, as_json=False) == 0
    shown = capsys.readouterr().out

    assert f"{BADGES}:1: warning: 15 words" in shown
    assert "  sign-out    →  arriving  →  lunch-run\n" in shown
    assert "  desk-hours  →  badges    →  not assessed\n" in shown
    assert "\n4/4 clauses taught, 3/3 assessed clauses tested\n" in shown
    assert "\n  learner: 4/4 clauses taught, 3/3 assessed clauses tested\n" in shown
    assert "\n  staff: 2/4 clauses taught, 2/3 assessed clauses tested\n" in shown, "no badges"
    assert "Policy health" not in shown
    assert shown.endswith("\n0 error(s), 4 warning(s)\n")


def test_health_has_a_heading_of_its_own_and_is_no_error(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(copy, POLICY, "14/02/2026", "14//02/2026")

    assert run_check(copy, TODAY, as_json=False) == 0
    shown = capsys.readouterr().out
    assert (
        shown.index("clauses taught")
        < shown.index("Policy health")
        < shown.index(f"{POLICY}:9: warning")
    )


def test_one_fault_is_one_line_and_exit_one(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(copy, ARRIVING_QUIZ, "correct: true", "correct: maybe")

    assert run_check(copy, TODAY, as_json=False) == 1
    lines = capsys.readouterr().out.splitlines()
    wrong = "`correct` must be true or false, not the text `maybe`"
    assert lines == [f"{ARRIVING_QUIZ}:19: error: {wrong}", "", "1 error(s), 0 warning(s)"]


def test_an_error_of_the_checks_is_exit_one_with_the_trace(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(copy, BADGES, "[badge, desk-hours]", "[badge]")

    assert run_check(copy, TODAY, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "  desk-hours  →  not taught  →  not assessed\n" in shown
    assert "3/4 clauses taught" in shown


def test_every_policy_is_checked(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for top in ("content", "quizzes"):
        shutil.copytree(copy / top / SLUG, copy / top / "another")
    spoil(copy, "content/another/policy.yaml", "owner: Site Team", "owner:")

    assert run_check(copy, TODAY, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "content/another/policy.yaml:4: error" in shown
    assert "4/4 clauses taught" in shown


def test_an_empty_root_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(tmp_path, TODAY, as_json=False) == 1
    assert "there is no policy here" in capsys.readouterr().out


def test_the_report_as_json(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(copy, POLICY, "review_due: 2096-02", "review_due: 2026-02")
    assert run_check(copy, TODAY, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)

    assert found["ok"] is True
    (policy,) = found["policies"]
    assert policy["totals"] == {"clauses": 4, "taught": 4, "assessed": 3, "tested": 3}
    assert policy["audiences"]["staff"].startswith("2/4 clauses taught")
    assert policy["trace"][1] == {
        "clause": "sign-out",
        "assess": True,
        "sections": ["arriving"],
        "scenarios": ["lunch-run"],
    }
    assert [(f["path"], f["line"], f["severity"]) for f in policy["policy_health"]] == [
        (POLICY, 15, "warning")
    ]
    assert len(policy["faults"]) == 4


def test_a_policy_that_cannot_be_read_is_in_the_json_too(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / POLICY).write_text("title: [\n", encoding="utf-8")

    assert run_check(copy, TODAY, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["policies"][0]["faults"][0]["path"] == POLICY


GONE = OnRecord(chosen={"gone": {"x"}})


def test_answers_on_record_are_looked_up_by_policy(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_check(copy, TODAY, as_json=False, on_record={"other": GONE}) == 0
    assert run_check(copy, TODAY, as_json=False, on_record={SLUG: GONE}) == 1
    assert "learners have answered the scenario `gone`" in capsys.readouterr().out


def test_the_flask_command_reads_the_root_from_the_settings(
    copy: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    environ = {
        "INDUCTION_INSTANCE": str(tmp_path / "new"),
        "INDUCTION_CONTENT": str(copy),
        "INDUCTION_POLICY": SLUG,
    }
    app = make_app(Settings.from_environment(environ))

    sound = app.test_cli_runner().invoke(args=["content", "check"])
    assert sound.exit_code == 0
    assert "4/4 clauses taught" in sound.output

    spoil(copy, POLICY, "title: Visitor Safety Policy", "title: 3")
    faulty = app.test_cli_runner().invoke(args=["content", "check", "--json"])
    assert faulty.exit_code == 1
    assert json.loads(faulty.output)["ok"] is False
