"""Two versions of a policy: each has its own words, its own counts, and evidence of its own."""

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from induction.audit_pack.verification import inspect_pack
from induction.config import Settings
from induction.database import utc_now
from induction.people.models import Account, Role
from tests.support.cast import Cast

TINY = Path(__file__).parents[2] / "support" / "policies" / "tiny"
OLD, NEW = "2026-02-14", "2026-06-01"
OLD_WORDS, NEW_WORDS = "Wear your badge where people can see it.", "Wear your badge at all times."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "authors"))


@pytest.fixture
def settings(migrated_instance: Path, root: Path, tmp_path: Path) -> Settings:
    folder = shutil.copytree(migrated_instance, tmp_path / "instance")
    environ = {"INDUCTION_POLICY": "visitor-safety", "INDUCTION_CONTENT": str(root)}
    return Settings.from_environment({"INDUCTION_INSTANCE": str(folder), **environ})


@pytest.fixture
def flask(app: Flask) -> Callable[..., str]:
    def run(*words: str) -> str:
        result = app.test_cli_runner().invoke(args=list(words))
        assert result.exit_code == 0, result.output
        return result.output

    return run


@pytest.fixture
def numbers(app: Flask, root: Path, flask: Callable[..., str]) -> list[str]:
    """Ann's old certificate, her new one after the badge rule changed, and Ben's, who came then."""
    cast = Cast(app)
    ann = cast.learner("Ann Lee")

    def earned(account: Account) -> str:
        cast.advance(account)  # however long that takes here
        return cast.graduate(account, now=utc_now() + timedelta(seconds=1))  # as no hand could

    signed_off = root.parent / "Policy signed.txt"
    signed_off.write_text("As the board signed it.")
    first = earned(ann)
    flask("policy", "attach", str(signed_off))
    path = root / "content" / "visitor-safety" / "policy.yaml"
    new = f"{{date: 2026-02-14, change: signing out added}}\n  - {{date: {NEW}, change: badges}}"
    words = path.read_text().replace(OLD_WORDS, NEW_WORDS)
    path.write_text(words.replace("{date: 2026-02-14, change: signing out added}", new))
    flask("policy", "publish", "--reason", "The law changed", "--material", "badge")
    return [first, earned(ann), earned(cast.learner("Ben Ode"))]


def unpacked(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}


def counts(trace: str) -> list[tuple[str, str, str]]:
    """The lines of a trace in order: scenario, answered by, right at last."""
    row = (
        r'class="id">([^<]+)</span></td>\s*<td class="number">([^<]*)</td>\s*<td[^>]*>[^<]*</td>\s*'
    )
    return re.findall(row + r'<td class="number">([^<]*)</td>', trace)


def test_a_pack_of_the_old_version_has_its_words_counts_and_content_alone(
    flask: Callable[..., str], numbers: list[str], tmp_path: Path
) -> None:
    pack = tmp_path / "old.zip"
    flask("certificates", "export", "--out", str(pack), "--version", OLD)
    assert inspect_pack(pack).faults == []
    files = unpacked(pack)
    assert [name for name in files if name.endswith(".pdf")] == [
        name for name in files if numbers[0] in name
    ]
    pages = [files["trace.html"], *(t for n, t in files.items() if n.startswith(f"content/{OLD}"))]
    assert len(pages) == 3, "the trace, the content to read, and what the board signed"
    assert "As the board signed it." in pages
    told = "".join(pages)
    assert OLD_WORDS in told
    assert NEW_WORDS not in "".join(files[name] for name in files if not name.endswith(".pdf"))
    assert {by for _, by, _ in counts(files["trace.html"])} == {"1"}
    assert "Your badge is at home." in told, "the situation"
    assert "A badge with another name makes the list untrue." in told
    assert "Scope: Policy version: 14 February 2026." in files["README.txt"]


def test_a_pack_of_the_new_version_keeps_apart_what_was_answered_on_the_old_one(
    flask: Callable[..., str], numbers: list[str], tmp_path: Path
) -> None:
    pack = tmp_path / "new.zip"
    flask("certificates", "export", "--out", str(pack), "--version", NEW)
    assert inspect_pack(pack).faults == []
    files = unpacked(pack)
    assert {number for number in numbers for name in files if number in name} == {*numbers[1:]}
    old, new = files["trace.html"].split("Version of 1 June 2026")
    assert (OLD_WORDS in old, NEW_WORDS in old) == (True, False)
    assert (OLD_WORDS in new, NEW_WORDS in new) == (False, True)
    assert {by for _, by, _ in counts(old)} == {"1"}, "Ann, who answered the rest on the old one"
    answered = {scenario: by for scenario, by, _ in counts(new)}
    assert answered["forgotten-badge"] == "2", "Ann again, and Ben"
    assert {by for scenario, by in answered.items() if scenario != "forgotten-badge"} <= {"1", "2"}


def test_an_old_certificate_is_no_evidence_for_a_clause_that_changed_in_earnest(
    app: Flask, numbers: list[str]
) -> None:
    officer = Cast(app).signed_in(Cast(app).account(Role.COMPLIANCE))

    def proven(address: str) -> set[str]:
        page = officer.read(address)
        return {number for number in numbers if any(number in a["href"] for a in page.all("a"))}

    first, again, newcomer = numbers
    assert proven("/compliance/clauses/badge") == {again, newcomer}
    assert proven("/compliance/clauses/sign-in") == {first, again, newcomer}
    page = officer.read("/compliance/clauses/badge")
    [old] = {a["href"] for a in page.all("a") if "content=" in a["href"]}
    assert OLD_WORDS in officer.read(old).text
    assert proven(old) == {first}, "as it stood in the old version"
    answered = [td.text for td in officer.read(old).all("td") if td["data-label"] == "Answered by"]
    assert answered == ["1"]
