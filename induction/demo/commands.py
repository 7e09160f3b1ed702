"""``flask demo``: a believable institute, and how to sign in to it."""

import hashlib
import hmac
import json
import sys
from dataclasses import replace

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade
from sqlalchemy import func, select

from induction.audit.act import SYSTEM
from induction.certificates.delivery import make_file
from induction.certificates.issuing import issuer_of
from induction.certificates.models import Certificate, CertificateFile
from induction.certificates.queries import by_number
from induction.config import Settings
from induction.database import utc_now
from induction.demo.institute import PeopleExist, load_institute, refuse_real_people
from induction.demo.plan import DOMAIN, DemoPlan
from induction.extensions import db
from induction.institute import institute
from induction.journey.models import Answer, Enrolment
from induction.people.models import Account, Cohort, Role
from induction.policy.store import content
from induction.schema import present

demo_cli = AppGroup("demo", help="A synthetic institute to look at and to measure with.")

_WORDS = (
    "amber", "anchor", "apple", "arch", "badge", "barn", "basil", "beacon", "birch", "bridge",
    "brook", "candle", "canal", "cedar", "chalk", "cliff", "clover", "cobble", "copper", "coral",
    "dale", "ember", "fern", "field", "flint", "forge", "garden", "garnet", "glass", "grove",
    "harbour", "hazel", "heron", "hollow", "indigo", "ivory", "juniper", "kettle", "lantern",
    "linen",
    "maple", "marble", "meadow", "mill", "moss", "nettle", "oak", "orchard", "otter", "pebble",
    "pepper", "pine", "quarry", "river", "robin", "saffron", "silver", "slate", "sparrow",
    "thistle",
    "timber", "velvet", "willow", "wren",
)  # fmt: skip


def password_of(secret: str, role: str, seed: int) -> str:
    """The demo password of a role: the same each time here, another on every installation."""
    digest = hmac.new(secret.encode(), f"demo {seed} {role}".encode(), hashlib.sha256).digest()
    return "-".join(_WORDS[byte % len(_WORDS)] for byte in digest[:4])


def _sign_ins(seed: int) -> dict[str, dict[str, str]]:
    secret = current_app.extensions["settings"].secret_key
    return {
        role.value: {
            "email": f"{role.value}@{DOMAIN}",
            "password": password_of(secret, role.value, seed),
        }
        for role in Role
    }


@demo_cli.command("load")
@click.option("--learners", default=40, show_default=True, help="How many learners.")
@click.option("--completed", default=0.45, show_default=True, help="Fraction who have finished.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same people.")
@click.option("--no-pdf", is_flag=True, help="Leave the certificates' files to first need.")
@click.option("--plain", is_flag=True, help="Without last year's cohort, for which rules changed.")
@click.option("--json", "as_json", is_flag=True, help="Print counts and sign-ins as JSON.")
def load(
    learners: int, completed: float, seed: int, no_pdf: bool, plain: bool, as_json: bool
) -> None:
    """Make a synthetic institute: staff, cohorts, learners at every stage, certificates."""
    settings: Settings = current_app.extensions["settings"]
    if present(db.session()) is None:
        db.session.remove()
        upgrade()
    plan = DemoPlan(
        learners,
        completed,
        seed,
        replace(issuer_of(institute(), settings.base_url), by_letter=False),
        utc_now(),
        stories=not plain,
    )
    try:
        refuse_real_people(db.session())
    except PeopleExist as error:
        raise click.ClickException(
            "this database holds real people; the demo institute is only for an empty one"
        ) from error
    if db.session.scalar(select(Account.id).where(Account.demo.is_(True)).limit(1)):
        raise click.ClickException("the demo institute is there already (flask demo sign-ins)")
    sign_ins = _sign_ins(seed)
    passwords = {role: one["password"] for role, one in sign_ins.items()}
    quiet = as_json
    with click.progressbar(length=learners, label="Learners", hidden=quiet, file=sys.stderr) as bar:
        load_institute(content(), plan, passwords, lambda: bar.update(1))
    if not no_pdf:
        _make_files(quiet)
    counts = {
        "accounts": db.session.scalar(select(func.count(Account.id))),
        "learners": db.session.scalar(select(func.count(Enrolment.id))),
        "cohorts": db.session.scalar(select(func.count(Cohort.id))),
        "answers": db.session.scalar(select(func.count(Answer.id))),
        "certificates": db.session.scalar(select(func.count(Certificate.id))),
        "files": db.session.scalar(select(func.count(CertificateFile.certificate_id))),
    }
    if as_json:
        click.echo(json.dumps({"counts": counts, "sign_ins": sign_ins}))
        return
    click.echo(", ".join(f"{count} {what}" for what, count in counts.items()))
    _print(sign_ins)


def _make_files(quiet: bool) -> None:
    numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.id)).all()
    with click.progressbar(numbers, label="Certificates", hidden=quiet, file=sys.stderr) as bar:
        for number in bar:
            held = by_number(db.session(), number)
            if held is not None and held.file_sha256 is None:
                make_file(held, by=SYSTEM, now=utc_now())


@demo_cli.command("sign-ins")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def sign_ins(seed: int, as_json: bool) -> None:
    """Print one sign-in for each role of the demo institute; nothing where there is none."""
    if not db.session.scalar(select(Account.id).where(Account.demo.is_(True)).limit(1)):
        return
    found = _sign_ins(seed)
    if as_json:
        click.echo(json.dumps({"sign_ins": found}))
    else:
        _print(found)


def _print(sign_ins: dict[str, dict[str, str]]) -> None:
    for role, one in sign_ins.items():
        click.echo(f"  {role:<15} {one['email']:<28} {one['password']}")
