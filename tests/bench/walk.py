"""Every page of every role, among 500 learners and among many: which costs more, worst first.

The addresses come from the application's own map; a page that cannot be addressed here is named.
"""

import argparse
import os
import random
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import select
from werkzeug.routing import BuildError, Rule
from werkzeug.routing.converters import AnyConverter

from induction import create_app
from induction.certificates.models import Certificate
from induction.config import Settings
from induction.extensions import db
from induction.journey.models import Attempt, Enrolment
from induction.people.access import ANYONE, SIGNED_IN, allowed_at
from induction.people.models import Account, Cohort, Membership, Role, has_role
from tests.bench.institute import PASSWORD, Institute, kept
from tests.bench.pages import MANY, MOST_FOR_MANY, WORKERS
from tests.bench.visitor import Visitor
from tests.support import postgres
from tests.support.server import Server

CLOSE = 15.0  # milliseconds apart: nobody notices
ROLES = (Role.TUTOR, Role.HEAD, Role.COMPLIANCE, Role.ADMIN)  # the first that may, opens it
COHORT = ("analysis.of_cohort", "cohorts.edit", "tutoring.cohort", "tutoring.cohort_list")
NO_PAGE = {"static", "settings.logo", "site.healthz", "site.readyz", "links.link"}
# Files of everything, which are as long as what they hold.
LINEAR = {
    "audit_log.table", "audit_pack.gaps_table", "cases.table", "register.table",
    "tutoring.board_list",
}  # fmt: skip
# What people ask of lists.
NARROWED = (
    (Role.HEAD, "/tutor?search=an"),
    (Role.HEAD, "/tutor/learners?state=overdue"),
    (Role.HEAD, "/tutor/learners?search=smith"),
    (Role.HEAD, "/tutor/learners?search=smith+jo"),
    (Role.HEAD, "/tutor/learners?search=nobody"),
    (Role.HEAD, "/tutor/figures"),
    *((Role.HEAD, f"/tutor/figures?by={by}") for by in ("tutor", "audience", "cohort")),
    (Role.HEAD, "/tutor/figures?programme=Bricklaying&audience=apprentice"),
    (Role.HEAD, "/tutor/figures?by=cohort&programme=Bricklaying"),
    (Role.HEAD, "/tutor/figures/list.xlsx?by=programme"),
    (Role.HEAD, "/tutor/figures/list.csv?what=weeks"),
    (Role.HEAD, "/tutor/misconceptions"),
    (Role.TUTOR, "/tutor/learners?search=smith"),
    (Role.COMPLIANCE, "/compliance/certificates/gaps?search=smith"),
    (Role.COMPLIANCE, "/compliance/audit?subject=smith"),
    (Role.COMPLIANCE, "/compliance/certificates?search=smith"),
    (Role.COMPLIANCE, "/compliance/audit?action=journey"),
    (Role.ADMIN, "/admin/people?search=smith"),
)


@dataclass
class Stop:
    """One page of the walk, at both servers."""

    name: str
    who: str
    paths: tuple[str, str]
    taken: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    spent: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    statuses: set[int] = field(default_factory=set)

    @property
    def least(self) -> tuple[float, float]:
        """Milliseconds of a processor, among few and among many; of the clock where none are kept.

        The least of several: what others do on the machine meanwhile only adds.
        """
        few, many = (1000 * min(one) for one in (self.spent if all(self.spent[0]) else self.taken))
        return few, many

    @property
    def medians(self) -> tuple[float, float]:
        """Milliseconds by the clock."""
        few, many = (1000 * statistics.median(one) for one in self.taken)
        return few, many

    @property
    def times(self) -> float:
        """What it costs among many, as a multiple."""
        few, many = self.least
        return many / few

    @property
    def verdict(self) -> str:
        """Whether the goal is met."""
        few, many = self.least
        return "met" if self.times <= MOST_FOR_MANY or many - few < CLOSE else "NOT MET"


def addresses(app: Flask, institute: Institute) -> dict[tuple[str, str], str]:
    """(Endpoint, who) → an address of it in this institute."""
    with app.app_context():
        ids = _ids(institute)
    urls, found = app.url_map.bind(""), {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGE | LINEAR:
            continue
        try:
            path = urls.build(rule.endpoint, _values(rule, ids, institute))
        except (BuildError, ValueError):
            continue
        found[rule.endpoint, _who(app, rule.endpoint)] = path
    return found | {(path, who.value): path for who, path in NARROWED}


def _who(app: Flask, endpoint: str) -> str:
    allowed = allowed_at(app, endpoint)
    if ANYONE in allowed:
        return ANYONE
    return SIGNED_IN if SIGNED_IN in allowed else next(r.value for r in ROLES if r.value in allowed)


def _ids(institute: Institute) -> dict[str, Any]:
    """Somebody in the middle, a certificate and a try, from the cohort of five hundred."""
    of_cohort = (
        select(Attempt, Enrolment, Account)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Account, Account.id == Enrolment.account_id)
        .join(Membership, Membership.account_id == Account.id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(Cohort.public_id == institute.cohort)
        .order_by(Attempt.id)
        .limit(1)
    )
    attempt, enrolment, account = db.session.execute(of_cohort).one()
    certificate = db.session.scalar(select(Certificate.number).order_by(Certificate.id).limit(1))
    return {
        "learner": account.public_id,
        "certificate": certificate,
        "attempt": {
            "enrolment": enrolment.public_id,
            "kind": attempt.kind,
            "step": attempt.step,
            "number": attempt.number,
        },
    }


def _values(rule: Rule, ids: dict[str, Any], institute: Institute) -> dict[str, Any]:
    """What stands for each part of an address."""
    if rule.endpoint == "trace.attempt":
        return dict(ids["attempt"])
    known = {
        "public_id": institute.cohort if rule.endpoint in COHORT else ids["learner"],
        "number": ids["certificate"],
        "slug": institute.policy.sections[0].slug,
        "clause_id": institute.policy.clauses[0].id,
        "version_id": 1,
        "record_class": "learners",
    }
    values = {name: known[name] for name in rule.arguments if name in known}
    for name, converter in rule._converters.items():
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
    return values


class WithDatabase(Server):
    """A server whose processor time is also that of its sessions at PostgreSQL on this machine."""

    @property
    def _database(self) -> str:
        return self._environ.get("DATABASE_URL", "").rpartition("/")[2]

    def processor_time(self) -> float:
        """Seconds that both have computed so far."""
        return super().processor_time() + sum(map(_computed, self._sessions()))

    def _sessions(self) -> Iterator[Path]:
        if not self._database:
            return
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                title = (process / "cmdline").read_text(errors="replace")
                if title.startswith("postgres: ") and f" {self._database} " in title:
                    yield process


def _computed(process: Path) -> float:
    with suppress(OSError):
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    return 0.0


def measure(
    rounds: int, learners: int, folder: Path, databases: tuple[str, str], only: str = ""
) -> str:
    """The table, worst first."""
    load = os.getloadavg()[0]
    both = (
        kept(folder / "few", database=databases[0]),
        kept(folder / "many", learners, database=databases[1]),
    )
    with ExitStack() as at_end:
        servers: list[Server] = []
        maps: list[dict[tuple[str, str], str]] = []
        everything: set[str] = set()
        for institute in both:
            app = create_app(Settings.from_environment(institute.settings))
            at_end.callback(_let_go, app)
            maps.append(addresses(app, institute))
            everything |= {
                r.endpoint for r in app.url_map.iter_rules() if "GET" in (r.methods or ())
            }
            log = folder / f"{len(servers)}.log"
            server = WithDatabase(institute.settings, log, options=WORKERS)
            at_end.callback(server.stop)
            servers.append(server.wait_until_ready())
        stops = [
            Stop(name, who, (maps[0][name, who], maps[1][name, who]))
            for name, who in sorted(maps[0])
            if (name, who) in maps[1] and re.search(only, maps[0][name, who])
        ]
        visitors = [_everybody(*one) for one in zip(servers, both, strict=True)]
        for _ in range(rounds + 1):  # the first does not count
            for stop in random.sample(stops, len(stops)):
                for number, visitor in enumerate(visitors):
                    answer = visitor[stop.who].get(stop.paths[number])
                    stop.taken[number].append(answer.seconds)
                    stop.spent[number].append(answer.processor)
                    stop.statuses.add(answer.status)
    return _table(stops, everything - NO_PAGE - LINEAR, load)


@contextmanager
def _lasting(server: str, name: str) -> Iterator[str]:
    """A database of this name, which stays."""
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (name,)
        ).fetchone():
            create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
            connection.execute(create.format(sql.Identifier(name)))
    where = server.rsplit("/", 1)[0].split("://", 1)[1]
    yield f"postgresql+psycopg://{where}/{name}"


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


def _everybody(server: Server, institute: Institute) -> dict[str, Visitor]:
    """Somebody of each role, signed in."""
    known = emails(institute) | {SIGNED_IN: institute.answering[0]}
    found = {ANYONE: Visitor(server)}
    for who, email in known.items():
        found[who] = Visitor(server)
        found[who].sign_in(email, PASSWORD)
    return found


def emails(institute: Institute) -> dict[str, str]:
    """The address of somebody of each role."""
    app = create_app(Settings.from_environment(institute.settings))
    with app.app_context():
        found = {role.value: _email(role) for role in ROLES}
        db.engine.dispose()
    return found


def _email(role: Role) -> str:
    query = select(Account.email).where(has_role(role)).order_by(Account.id).limit(1)
    return str(db.session.scalar(query))


def _table(stops: list[Stop], everything: set[str], load: float) -> str:
    stops = [stop for stop in stops if max(stop.statuses) < 400]
    for stop in stops:
        for figures in (*stop.taken, *stop.spent):
            del figures[0]
    lines = [
        "| page | who | among 500, ms | among many, ms | × | | by the clock, ms |",
        "| --- | --- | --: | --: | --: | --- | --: |",
    ]
    for stop in sorted(stops, key=lambda one: (one.verdict != "NOT MET", -one.times)):
        (few, many), clock = stop.least, stop.medians
        cells = (
            stop.paths[1], stop.who, f"{few:.1f}", f"{many:.1f}", f"{stop.times:.2f}",
            stop.verdict, f"{clock[0]:.0f}, {clock[1]:.0f}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    missing = sorted(everything - {stop.name for stop in stops})
    lines += ["", f"The load of the machine when it began: {load:.1f}."]
    lines += [f"Not visited, since nothing here is at their address: {', '.join(missing)}."]
    return "\n".join(lines)


def main() -> int:
    """Walk, and print the table; 1 where a page misses the goal."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='walk …'", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--learners", type=int, default=MANY)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default="", help="addresses in which this pattern is found")
    parser.add_argument(
        "--keep", type=Path, help="a folder in which the institutes stay for the next walk"
    )
    options, _ = parser.parse_known_args()
    with ExitStack() as at_end:
        temporary = tempfile.TemporaryDirectory(prefix="induction-walk-")
        folder = options.keep or Path(at_end.enter_context(temporary))
        folder.mkdir(parents=True, exist_ok=True)
        urls = ("", "")
        if options.database == "postgresql":
            # What is kept has to be on a server that is there the next time too.
            server = postgres.near() if options.keep else at_end.enter_context(postgres.server())
            make = _lasting if options.keep else postgres.database
            few, many = (
                at_end.enter_context(make(server, f"induction_walk_{of}" if options.keep else ""))
                for of in ("few", options.learners)
            )
            urls = (few, many)
        table = measure(options.rounds, options.learners, folder, urls, options.only)
    sys.stdout.write(f"{table}\n")
    return 1 if "NOT MET" in table else 0


if __name__ == "__main__":
    sys.exit(main())
