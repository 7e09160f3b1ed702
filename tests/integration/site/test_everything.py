"""t29: requests of every shape at every address, from everybody. None breaks the application."""

import gc
import logging
import random
import string
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, IntegerConverter

from induction.people.models import Role
from tests.integration.test_routes import rules
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import rows
from tests.support.thorough import times

REQUESTS = times(600)
METHODS = ["GET"] * 5 + ["POST"] * 4 + ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]
NUMBERS = [
    "0",
    "1",
    "-1",
    "2",
    "25",
    "1e9",
    "9" * 19,
    "9" * 40,
    "１２",
    "²",
    "",
    "NaN",
    "0x10",
    "1.5",
]
WORDS = [
    "", " ", "a", "-", ".", "..", "../../etc/passwd", "nothing-here", "None", "null", "true",
    "\x00", "a\x00b", "\r\nX-Injected: 1", "\u202egnp.exe", "😀", "Zoë Ó Briain", "محمد", "ß" * 16,
    "%", "%%", "_", "\\", "'", '"', "';--", "<script>alert(1)</script>", "{{7*7}}", "=1+1", "￿",
    "x" * 300, "é" * 5000, "0000-0000-0000-0000", "ZZZZ-ZZZZ-ZZZZ-ZZZZ", "2026-02-30", "arriving",
    "badges", "final-check", "late-for-class", "lunch-run", "wave", "y", "on", "admin", "learner",
    "a@college.example", "@", "a@" + "b" * 300, "csv", "xlsx", "0001-01-01", "9999-12-31", "\ufeff",
]  # fmt: skip
HEADERS: list[tuple[str, list[str]]] = [
    ("Accept", ["application/json", "*/*", "text/html;q=0", "x", "a/b;q=nan", ",,,"]),
    ("Accept-Encoding", ["gzip", "gzip;q=0", "br", "*"]),
    ("Accept-Language", ["cy", "x" * 500]),
    ("Cookie", ["induction=rubbish", "induction=eyJfdXNlcl9pZCI6IngifQ.a.b", "a=b; c"]),
    ("Content-Type", ["application/json", "text/plain", "multipart/form-data", "x/y; charset=no"]),
    ("Host", ["evil.example", "127.0.0.1:99999", "[::1]", "a b"]),
    ("If-None-Match", ["*", '"x"']),
    ("If-Modified-Since", ["yesterday"]),
    ("Range", ["bytes=0-", "bytes=9-1", "bytes=-1"]),
    ("Referer", ["https://evil.example/"]),
    ("X-Forwarded-For", ["203.0.113.9", "x, y"]),
    ("X-HTTP-Method-Override", ["DELETE"]),
]  # fmt: skip


class Shapes:
    """Makes requests up; the same ones for the same seed."""

    def __init__(self, app: Flask, known: list[str], seed: int) -> None:
        self.rng = random.Random(seed)
        self.known = known  # numbers and ids that are in the database
        self.rules = [rule for rule in rules(app).values() if rule.endpoint != "people.sign_out"]
        self.names = sorted(
            {
                "option", "scenario", "scene", "try", "content", "for", "full_name", "accept",
                "email", "password", "again", "current", "next", "number", "sha256", "page",
                "search", "state", "before", "after", "from", "to", "status", "cohort", "sort",
                "reason", "role", "text_size", "text", "note", "file", "due_date", "kind", "draft",
            }
        )  # fmt: skip

    def word(self) -> str:
        """Anything that could stand in an address or a field."""
        kind = self.rng.randrange(8)
        if kind < 3:
            return self.rng.choice(WORDS)
        if kind < 5:
            return self.rng.choice(self.known)
        if kind < 7:
            return self.rng.choice(NUMBERS)
        return "".join(self.rng.choices(string.printable + "éß漢\x00", k=self.rng.randrange(40)))

    def fields(self, token: str) -> dict[str, Any]:
        """A few fields, some several times; mostly with the token that belongs to them."""
        rng = self.rng
        found: dict[str, Any] = {
            rng.choice(self.names): [self.word() for _ in range(rng.choice((1, 1, 1, 2, 3)))]
            for _ in range(rng.randrange(6))
        }
        return found | ({"csrf_token": token} if rng.random() < 0.9 else {})

    def path(self, rule: Rule) -> str:
        """An address of this rule."""
        values: dict[str, object] = {}
        for name, converter in rule._converters.items():
            if isinstance(converter, AnyConverter):
                values[name] = self.rng.choice(sorted(converter.items))
            elif isinstance(converter, IntegerConverter):
                values[name] = self.rng.choice((0, 1, 2, 99, 10**18, 10**30))
            else:
                values[name] = self.word() or "x"
        built = rule.build(values, append_unknown=False)
        assert built is not None
        return str(built[1])

    def request(self, token: str) -> dict[str, Any]:
        """One request, as keyword arguments of the test client."""
        rng = self.rng
        self.rule = rng.choice(self.rules)
        asked: dict[str, Any] = {
            "path": self.path(self.rule) if rng.random() < 0.97 else "/" + self.word(),
            "method": rng.choice(METHODS),
            "headers": {},
        }
        if rng.random() < 0.4 and "?" not in asked["path"]:
            query = self.fields(token)
            query.pop("csrf_token", None)
            asked["query_string"] = {k: v[0] for k, v in query.items()}
        for name, values in rng.sample(HEADERS, k=rng.choice((0, 0, 0, 1, 2))):
            asked["headers"][name] = rng.choice(values)
        if asked["method"] in {"POST", "PUT", "PATCH"}:
            asked["data"] = self.fields(token) if rng.random() < 0.95 else rng.randbytes(200)
        return asked


def known_in(cast: Cast, number: str) -> list[str]:
    """What a curious person might know: ids of people, cohorts, certificates, clauses."""
    found = [number, cast.policy.clauses[0].id]
    for table in ("account", "cohort", "enrolment"):
        found += [row[0] for row in rows(cast.app, f"SELECT public_id FROM {table}")]
    return found


def everybody(cast: Cast) -> tuple[list[tuple[Visitor, str]], str]:
    """Somebody of each role, signed in, and a visitor; and a certificate's number."""
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("Hair and Beauty 1", tutor)
    done = cast.taking(cast.learner("Amina Yusuf", cohort=cohort))
    number = done.finish()
    doing = cast.taking(cast.learner("Bronwen Price", cohort=cohort))
    doing.to_question("badges")
    visitors = [
        done.visitor,
        doing.visitor,
        cast.signed_in(tutor),
        cast.signed_in(cast.account(Role.COMPLIANCE)),
        cast.signed_in(cast.account(Role.ADMIN)),
    ]
    found = [(visitor, visitor.token()) for visitor in visitors]
    stranger = cast.visitor()
    found.append((stranger, stranger.read("/sign-in").form("email").fields["csrf_token"][0]))
    return found, number


def export(cast: Cast) -> None:
    """What is loaded when it is first asked for is loaded, and makes no later request slow."""
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    given = {"csrf_token": officer.token()}
    assert officer.post("/compliance/certificates/export", data=given).get_data()


class Faults(logging.Handler):
    """What the application says about faults of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "failure" in record.getMessage():
            self.said.append(record.getMessage())


@pytest.fixture
def faults(tiny_app: Flask) -> Iterator[list[str]]:
    handler, log = Faults(), logging.getLogger("induction.requests")
    log.addHandler(handler)
    yield handler.said
    log.removeHandler(handler)


def bombard(cast: Cast, requests: int, seed: int, faults: list[str]) -> None:
    """Send so many; fail with the first that breaks something, so that it can be sent again."""
    visitors, number = everybody(cast)
    export(cast)
    shapes = Shapes(cast.app, known_in(cast, number), seed)
    broken: dict[tuple[str, str], str] = {}
    for index in range(requests):
        visitor, token = shapes.rng.choice(visitors)
        visitor.inspecting = False
        asked = shapes.request(token)
        gc.disable()  # what other tests have left in this process is looked through between two
        begun = time.thread_time()
        answer = visitor.open(**asked)
        took = time.thread_time() - begun
        gc.enable()
        if (
            answer.status_code >= 500
            or took > 1
            or b"Traceback" in answer.data
            or "X-Injected" in answer.headers
        ):
            told = f"{answer.status}, {took:.2f} s, request {index} of seed {seed}: {asked}"
            broken[str(shapes.rule), answer.status] = f"{told[:900]}\n    {faults[-1:]}"
    assert not broken, "\n".join(broken.values())


def test_t29_no_request_breaks_anything(tiny: Cast, faults: list[str]) -> None:
    bombard(tiny, REQUESTS, random.randrange(10**6), faults)


@pytest.mark.postgres
def test_t29_no_request_breaks_anything_on_postgresql(
    tiny_on_postgres: Flask, faults: list[str]
) -> None:
    bombard(Cast(tiny_on_postgres), REQUESTS // 2, random.randrange(10**6), faults)
