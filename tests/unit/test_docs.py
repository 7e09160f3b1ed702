"""What the documentation says is so: commands, variables, settings, promises, examples, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from induction import cli
from induction.administration.settings_form import SettingsForm
from induction.curriculum.kinds import KINDS
from induction.curriculum.loader import load_texts, read_texts
from induction.environment import SECRETS
from scripts import promises

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for place in (PROJECT, PROJECT / "docs", PROJECT / "docs" / "adr")
    for path in place.glob("*.md")
)
MENTION = re.compile(r"\bflask(?: --app app)? ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
FLASKS_OWN = {"run", "routes", "shell", "db"}
PROMISES = [f"t{number:02}" for number in range(1, 36)]


def text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def commands() -> dict[str, click.Command]:
    """Every command of ours, by the words that call it."""
    app = Flask(__name__)
    cli.init_app(app)

    def below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if isinstance(command, click.Group):
            for word, part in command.commands.items():
                yield from below(f"{name} {word}".strip(), part)
        else:
            yield name, command

    return dict(below("", app.cli))


def row_of(name: str) -> str:
    """The line of the README's list of commands that begins with this one."""
    lines = [line for line in text("README.md").splitlines() if line.startswith("| `flask ")]
    found = [line for line in lines if re.search(rf"`flask {re.escape(name)}[ `]", line)]
    return found[0] if found else ""


@pytest.mark.parametrize("name", sorted(commands().keys() - FLASKS_OWN))
def test_every_command_and_option_is_in_the_readme(name: str) -> None:
    row = row_of(name)
    assert row, f"`flask {name}` is not in the README's list of commands"
    options = {
        option
        for parameter in commands()[name].params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert set(re.findall(r"--[a-z][a-z-]*", row)) == options


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    known = commands().keys() | {"db upgrade", "db migrate", *FLASKS_OWN}
    groups = {name.split()[0] for name in known}
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(encoding="utf-8"), re.DOTALL))
    for mention in MENTION.findall(code):
        first = mention.split()[0]
        assert mention in known or first in known or mention in groups, mention


def variables() -> set[str]:
    """What the application and its server read from the environment."""
    places = ("config", "environment", "mail_settings", "sign_on_settings")
    settings = "".join(text(f"induction/{name}.py") for name in places)
    ours = re.findall(r'(?:env\.get\(|env, )"([A-Z][A-Z0-9_]*)"', settings)
    servers = re.findall(r"""environ\.get\(["']([A-Z_]+)["']""", text("gunicorn.conf.py"))
    return {*ours, *servers}


def test_every_variable_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text("docs/settings.md"), re.MULTILINE)
    for_tests = {"PYTHON", "CHROMIUM", "CI", "THOROUGH"}
    assert len(explained) == len(set(explained))
    assert set(explained) - for_tests == variables()


def test_every_secret_that_can_be_in_a_file_is_named() -> None:
    named = re.findall(r"`([A-Z0-9_]+)_FILE`", text("docs/settings.md"))
    assert set(named) == set(SECRETS)


def test_every_setting_of_the_page_is_explained(app: Flask) -> None:
    with app.test_request_context():
        labels = {field.label.text for field in SettingsForm() if field.name != "csrf_token"}
    part = text("docs/settings.md").split("## The settings page")[1]
    assert {label for label in labels if f"| {label} |" not in part} == set()


def test_every_promise_names_tests_that_show_it() -> None:
    named = {
        row["number"]: set(re.findall(r"\(\.\./([^)]+)\)", row["shown"]))
        for row in promises.ROW.finditer(text("docs/security.md"))
    }
    shown = promises.shown()
    assert sorted({*named, *shown}) == list(named) == PROMISES
    outdated = [
        number
        for number in PROMISES
        if not named[number] <= set(shown.get(number, []))
        or bool(named[number]) != bool(shown.get(number))
    ]
    assert not outdated, "run: .venv/bin/python -m scripts.promises"


def test_the_readmes_new_section_loads() -> None:
    section, quiz = re.findall(r"```(?:markdown|yaml)\n(.*?)```", text("README.md"), re.DOTALL)
    policy = load_texts(
        "social-media",
        {
            **read_texts(PROJECT, "social-media"),
            "content/social-media/08-on-placement.md": section,
            "quizzes/social-media/08-on-placement.yaml": quiz,
        },
    )
    assert policy.sections[-1].slug == "on-placement"


def test_the_authors_example_of_each_kind_loads() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", text("docs/authors.md"), re.DOTALL)
    quiz = "".join(examples[:2])  # the kinds in which something is done go on with the list
    files = read_texts(PROJECT, "social-media")
    section = files["content/social-media/03-permission-to-film.md"]
    policy = load_texts(
        "social-media",
        {
            **files,
            "content/social-media/08-on-placement.md": section,
            "quizzes/social-media/08-on-placement.yaml": quiz,
            "quizzes/social-media/chair.svg": files["quizzes/social-media/chair-for-sale.svg"],
        },
    )
    kinds = [scenario.kind for scenario in policy.sections[-1].scenarios]
    assert kinds == ["single", "multiple", "branching", "sort", "order", "spot"]
    assert set(kinds) == set(KINDS), "authors read of each kind"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    words = re.sub(r"```markdown\n.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [*re.findall(r"\]\(([^)\s]+)\)", words), *re.findall(r'(?:src|href)="([^"]+)"', words)]
    missing = [
        link
        for link in links
        if not re.match(r"[a-z]+:|#", link) and not (page.parent / link.split("#")[0]).exists()
    ]
    assert missing == []


def test_every_decision_is_in_the_list() -> None:
    listed = re.findall(r"\((\d{4}-[a-z-]+\.md)\)", text("docs/adr/README.md"))
    assert listed == sorted(path.name for path in (PROJECT / "docs/adr").glob("[0-9]*.md"))
