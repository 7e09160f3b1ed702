"""t29: whatever is put into any field of any form, or behind any address, breaks nothing.

Every form of every page is found by opening it, so a new field is tried without being named here.
"""

import io
import itertools
import logging
import random
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.ctx import RequestContext
from flask_login import current_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import delete, select

from induction import create_app, site
from induction.audit.act import SYSTEM
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.certificates.delivery import make_file
from induction.certificates.models import Certificate
from induction.certificates.queries import by_number
from induction.compliance import audit_log
from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.people.models import Account
from induction.postgresql import engine_options
from induction.reports import reporting
from induction.throttles.models import CountedTry
from tests.browser.places import FILES, PAGES
from tests.conftest import _close, _prepared
from tests.integration.test_routes import rules
from tests.support import postgres
from tests.support.at_once import at_once
from tests.support.cast import PASSWORD
from tests.support.client import Visitor
from tests.support.institute import Institute, build
from tests.support.page import Element, Form, Page
from tests.support.thorough import times

BOTH = ["sqlite", pytest.param("pg", marks=pytest.mark.postgres)]
LOG = logging.getLogger("induction.requests")

# Bytes, since some of these are no text at all: what a browser never sends, others do.
NASTY = [
    "\U0010ffff".encode(), "1\U0010ffff".encode(), "\ud7ff".encode(), "1\ud7ff".encode(),
    "\ue000\U000e0001".encode(), b"\xf4\x90\x80\x80", b"1\xf5\x80\x80\x80", b"\xed\xa0\x80",
    b"a\xed\xbf\xbf", b"\xff\xfe", b"0001-01-01", b"9999-12-31", b"0000-00-00", b"10000-01-01",
    b"2026-02-30", b"0001-01-01T00:00", b"9" * 400, b"-" + b"9" * 400, b"9" * 5000, b"1e400",
    b"-1", b"0", "٣".encode() * 9, "²".encode(), "A\u0301".encode() * 5000,
    ("a" + "\u0301\u0316" * 20_000).encode(), b"x" * 20_000, "\u3164".encode(), b"\x1b[31m",
    b"=1+1", b"\r\nX-Injected: 1", "\u202e\u2066".encode(), b"{{7*7}}", b"%00", b"\x7f", b"/" * 300,
    b"csv", b"on", b"12:61", "ＡＤＭＩＮ".encode(), b"None", b"[]", b'{"a":1}',
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(str.encode),
    st.binary(max_size=60),
    st.dates().map(lambda day: day.isoformat().encode()),
    st.integers().map(lambda number: str(number).encode()),
)
TEN = 10  # the same form at once
LONGEST_LINE = 4094  # of a request, in bytes: the server takes no longer one (gunicorn’s default)
QUERY = (
    "page", "show", "state", "sort", "search", "next", "about", "cohort", "sha256", "number",
    "walked", "start", "first", "last", "ends", "started", "started_by", "version", "status",
    "tutor", "audience", "action", "actor", "subject", "archived", "done", "at", "again",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sending:
    """One field that can be filled in, and what goes with it."""

    who: str
    method: str
    path: str
    name: str
    others: dict[str, list[str]] = field(hash=False)
    is_file: bool = False

    def __str__(self) -> str:
        return f"{self.name} of {self.method} {self.path} ({self.who or 'nobody'})"


class Said(logging.Handler):
    """What the application says about faults of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "failure" in record.getMessage():
            self.faults.append(record.getMessage())


class Attacker:
    """Whoever has a session of every kind, and fills in anything."""

    def __init__(self, here: Institute, said: Said) -> None:
        self.here, self.said = here, said
        self._browsers: dict[str, Visitor] = {}
        self._read_up_to = 0  # of what is on record

    @cached_property
    def sendings(self) -> list[Sending]:
        """What there is to fill in; for whoever does, since every page is opened for it."""
        return list(self._found())

    def browser(self, who: str) -> Visitor:
        """A new browser, with this person signed in."""
        client = self.here.app.test_client()
        assert isinstance(client, Visitor)
        client.inspecting = False
        if who:
            with self.here.app.app_context():
                email = self.here.people[who]
                account = db.session.scalars(select(Account).where(Account.email == email)).one()
            client.let_in(account)
        return client

    def _at_work(self, who: str) -> Visitor:
        """Their browser so far, or a new one where that has lost its session."""
        browser = self._browsers.get(who)
        if browser is None or (who and not self.is_in(browser)):
            browser = self._browsers[who] = self.browser(who)
        return browser

    def is_in(self, browser: Visitor) -> bool:
        """Whether their session goes on, by the cookie that they have."""
        with self._asking(browser):
            return bool(current_user.is_authenticated)

    def _asking(self, browser: Visitor | None = None) -> RequestContext:
        """As a page asks the database: a connection is not told how long to wait each time."""
        held = browser.get_cookie("induction") if browser else None
        sent = {"Cookie": f"induction={held.value}"} if held else {}
        return self.here.app.test_request_context(headers=sent)

    def _found(self) -> Iterator[Sending]:
        """Every field of every form, each once; and every address with every word of a query."""
        known: set[tuple[str, str, str]] = set()
        asked: set[str] = set()
        for who, path in self._pages():
            self._browsers[who] = self._browsers.get(who) or self.browser(who)
            answer = self._browsers[who].get(path)
            body = answer.get_data()
            page = Page(body.decode()) if answer.mimetype == "text/html" else None
            for element in page.all("form") if page else ():
                for sending in _fields(element, who, path):
                    key = (sending.method, _shape(sending.path), sending.name)
                    if key not in known and sending.path != "/sign-out":
                        known.add(key)
                        yield sending
            address = path.partition("?")[0]
            if address not in asked:
                asked.add(address)
                yield Sending(who, "get", address, "", {})

    def _pages(self) -> Iterator[tuple[str, str]]:
        urls, here = self.here.app.url_map.bind(""), self.here
        for endpoint, views in PAGES.items():
            for who, values in views:
                if "at" in values:
                    yield who, here.paths[values["at"]]
                else:
                    given = {name: value.format_map(here.ids) for name, value in values.items()}
                    yield who, urls.build(endpoint, given, append_unknown=True)
        for rule in rules(self.here.app).values():
            if rule.endpoint in FILES and not (rule.arguments - {"kind"}):
                for kind in ("csv", "xlsx", "jsonl") if rule.arguments else ("",):
                    try:
                        path = urls.build(rule.endpoint, {"kind": kind} if kind else {})
                    except Exception:  # noqa: BLE001  it has no such kind
                        continue
                    yield ("head" if path.startswith("/tutor") else "compliance"), path

    def forms(self) -> Iterator[tuple[str, str, Form]]:
        """Every form of every page, with who sees it where."""
        for who, path in self._pages():
            answer = self._at_work(who).get(path)
            body = answer.get_data()
            if answer.mimetype == "text/html":
                for element in Page(body.decode()).all("form"):
                    yield who, path, Form.of(element)

    def acts(self) -> Counter[tuple[str, str]]:
        """What has come on record since this was last asked: each act and what it is about."""
        newer = select(AuditEntry.seq, AuditEntry.action, AuditEntry.subject).where(
            AuditEntry.seq > self._read_up_to
        )
        with self._asking():
            rows = db.session.execute(newer).all()
        self._read_up_to = max([self._read_up_to, *(row.seq for row in rows)])
        return Counter((row.action, row.subject) for row in rows)

    def send(self, sending: Sending, value: bytes) -> None:
        """Fill the field in; fail where the application does not cope."""
        with self._asking(), writing() as session:
            session.execute(delete(CountedTry))  # or few would get past the throttles
        browser, before = self._at_work(sending.who), len(self.said.faults)
        fields: dict[str, Any] = {**sending.others, sending.name: [value]}
        if not sending.name:  # an address: some words of its query together, whichever it reads
            fields = {name: [value] for name in random.sample(QUERY, len(QUERY) // 3)}
        if sending.method == "get":
            most = LONGEST_LINE // 3 // len(fields)  # three bytes of an address for each of a value
            short = {name: [text[:most] for text in texts] for name, texts in fields.items()}
            path = sending.path.partition("?")[0]
            answer = browser.get(f"{path}?{urlencode(short, doseq=True)}")
        else:
            if "csrf_token" in fields:
                fields["csrf_token"] = [_token(browser, sending.who)]
            answer = _posted(browser, sending, fields, value)
        said = self.said.faults[before:]
        body = answer.get_data()
        assert answer.status_code < 500, f"{sending}: {value[:80]!r}: {answer.status} {said}"
        assert not [one for one in said if "DataError" not in one], f"{sending}: {value!r}: {said}"
        assert b"Traceback" not in body, f"{sending}: {value!r}"
        assert "X-Injected" not in answer.headers, f"{sending}: {value!r}"


def _posted(browser: Visitor, sending: Sending, fields: dict[str, Any], value: bytes) -> Any:
    path = sending.path
    if sending.is_file:
        data = {name: texts for name, texts in fields.items() if name != sending.name}
        data[sending.name] = (io.BytesIO(value), "picture.png")
        return browser.post(path, data=data, content_type="multipart/form-data")
    form = "application/x-www-form-urlencoded"
    return browser.post(path, data=urlencode(fields, doseq=True).encode(), content_type=form)


def _status(browser: Visitor, path: str, body: dict[str, list[str]]) -> int:
    """Send a form and take its answer to the end; a file is made while it is taken."""
    answer = browser.post(path, data=body)
    answer.get_data()
    return answer.status_code


def _token(browser: Visitor, who: str) -> str:
    if who:
        return browser.token()
    inputs = browser.read("/sign-in").all("input")
    return next(i["value"] for i in inputs if i["name"] == "csrf_token")


def _fields(element: Element, who: str, at: str) -> Iterator[Sending]:
    form = Form.of(element)
    path = form.action or at
    files = {e["name"] for e in element.all("input") if e["type"] == "file"}
    for name in sorted({*form.fields, *form.options, *files}):
        yield Sending(who, form.method, path, name, form.fields, name in files)


def _shape(path: str) -> str:
    """The address without what is in it of one person or another."""
    parts = path.partition("?")[0].split("/")
    ids = [any(c.isdigit() or c.isupper() for c in part) for part in parts]
    return "/".join("*" if of_one else part for part, of_one in zip(parts, ids, strict=True))


@dataclass(frozen=True)
class Built:
    """An institute of every kind of person that nobody has touched. Copy, never change."""

    institute: Institute
    folder: Path
    address: str = ""  # of its PostgreSQL server
    database: str = ""  # on that


@pytest.fixture(scope="module", params=BOTH)
def built(
    request: pytest.FixtureRequest,
    migrated_instance: Path,
    in_memory: Path,
) -> Iterator[Built]:
    """The institute on the database that is asked for: building one is slow."""
    folder = in_memory / f"built on {request.param}"
    shutil.copytree(migrated_instance, folder)
    environ, address, name = {"INDUCTION_INSTANCE": str(folder)}, "", ""
    with ExitStack() as at_end:
        if request.param == "pg":
            address = request.getfixturevalue("postgres_server")
            template = request.getfixturevalue("migrated_postgres")
            url = at_end.enter_context(postgres.database(address, template))
            environ["DATABASE_URL"], name = url, url.rsplit("/", 1)[1]
        app = _prepared(create_app(Settings.from_environment(environ)))
        institute = build(app, "http://127.0.0.1:8000")
        with app.app_context():
            _draw_all_but_one()
        _close(app)
        yield Built(institute, folder, address, name)


def _draw_all_but_one() -> None:
    """Ten packs at once find one file that is not there yet: each draws it, which is slow."""
    numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.id)).all()
    assert len(numbers) > 1, "nobody has a certificate"
    for number in numbers[:-1]:
        held = by_number(db.session(), number)
        assert held is not None, number
        make_file(held, by=SYSTEM, now=utc_now())


@contextmanager
def attacked(built: Built, into: Path) -> Iterator[Attacker]:
    """A copy of the institute, and whoever attacks it."""
    folder = Path(mkdtemp(dir=into)) / "instance"
    shutil.copytree(built.folder, folder)
    environ, said = {"INDUCTION_INSTANCE": str(folder)}, Said()
    with ExitStack() as at_end:
        if built.database:
            copy = postgres.database(built.address, built.database)
            environ["DATABASE_URL"] = at_end.enter_context(copy)
        patched = at_end.enter_context(pytest.MonkeyPatch.context())
        # As many connections are kept as are used at once: else half of them are made anew for
        # each form, and to make one takes longer than to answer.
        patched.setattr(
            site, "engine_options", lambda url: engine_options(url) | {"pool_size": TEN}
        )
        app = _prepared(create_app(Settings.from_environment(environ)))
        at_end.callback(_close, app)
        at_end.callback(LOG.removeHandler, said)
        LOG.addHandler(said)
        patched.setattr(reporting, "MOST_IN_AN_HOUR", 10**6)
        yield Attacker(replace(built.institute, app=app), said)


@pytest.fixture(scope="module")
def attacker(built: Built, in_memory: Path) -> Iterator[Attacker]:
    with attacked(built, in_memory) as made:
        yield made


@pytest.fixture
def untouched(built: Built, in_memory: Path) -> Iterator[Attacker]:
    """One of its own, for what ends accounts and needs every form to be there."""
    with attacked(built, in_memory) as made:
        yield made


def test_t29_every_field_of_every_form_takes_anything(attacker: Attacker) -> None:
    values = itertools.islice(
        itertools.cycle(NASTY), random.randrange(len(NASTY)), None
    )  # every field meets some of them in each run, and all of them in a few
    assert len(attacker.sendings) > 300, "the forms are not found"
    for sending in attacker.sendings:
        for value in itertools.islice(values, times(1 if sending.name else 4)):
            attacker.send(sending, value)


@settings(
    max_examples=times(4),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sent=st.lists(st.tuples(st.integers(0, 10**6), VALUES), min_size=30, max_size=30))
def test_t29_any_field_takes_whatever_can_be_made_up(
    attacker: Attacker, sent: list[tuple[int, bytes]]
) -> None:
    for number, value in sent:
        attacker.send(attacker.sendings[number % len(attacker.sendings)], value)


def damaged(rng: random.Random) -> Iterator[bytes]:
    """Pictures, lists and packages with a byte or a piece that is not what it was."""
    for form in ("PNG", "JPEG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (40, 30), "teal").save(out, form)
        whole = out.getvalue()
        yield whole[: len(whole) // 2]
        for _ in range(times(6)):
            at = rng.randrange(8, len(whole))
            yield whole[:at] + rng.randbytes(1) + whole[at + 1 :]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    yield out.getvalue()
    yield out.getvalue()[:-9]
    yield b"learner_ref,full_name,email\n" + "A1,Zoe\u0301\u0316,a@b.example\n".encode("utf-16")
    yield b"\x00" * 99
    yield b"%PDF-1.7\n1 0 obj<<"
    yield b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    yield b"RIFF\xff\xff\xff\xffWEBPVP8X"


def test_t29_every_file_may_be_damaged(attacker: Attacker) -> None:
    rng = random.Random()
    files = [sending for sending in attacker.sendings if sending.is_file]
    assert {sending.name for sending in files} >= {"file", "logo", "pictures"}
    for sending in files:
        for value in damaged(rng):
            attacker.send(sending, value)


# What broke the application once, by name.
ONCE = [
    ("compliance", "/compliance/certificates", "search", "1\U0010ffff".encode()),
    ("compliance", "/compliance/certificates", "search", "1\ud7ff".encode()),
    ("compliance", "/compliance/certificates", "last", b"9999-12-31"),
    ("compliance", "/compliance/certificates", "started_by", b"9999-12-31"),
    ("compliance", "/compliance/certificates/export", "last", b"9999-12-31"),
    ("compliance", "/compliance/certificates/list.csv", "last", b"9999-12-31"),
    ("compliance", "/compliance/audit", "last", b"9999-12-31"),
    ("compliance", "/compliance/audit/list.csv", "last", b"9999-12-31"),
    ("compliance", "/compliance/audit", "first", b"0001-01-01"),
]


@pytest.mark.parametrize(("who", "path", "name", "value"), ONCE)
def test_t29_what_broke_once_breaks_no_more(
    attacker: Attacker, who: str, path: str, name: str, value: bytes
) -> None:
    attacker.send(Sending(who, "get", path, name, {}), value)
    assert attacker.browser(who).get(path, query_string={name: value}).status_code == 200


def test_t29_a_number_of_hundreds_of_digits_is_told(attacker: Attacker) -> None:
    browser = attacker.browser("admin")
    form = browser.read("/admin/settings").form("renewal_days")
    answer = browser.send(form, {"renewal_days": "9" * 400}, at="/admin/settings")
    assert answer.status_code == 422
    assert "Use a number of at most 9 digits" in answer.get_data(as_text=True)


def test_t29_one_byte_of_a_picture_that_is_wrong_is_told(attacker: Attacker) -> None:
    out = io.BytesIO()
    Image.new("RGB", (4, 3)).save(out, "PNG")
    broken = out.getvalue().replace(b"IDAT", b"ID\xe9T")
    browser = attacker.browser("new")
    given = {
        "about": "harm", "what": "It is still there", "csrf_token": browser.token(),
        "pictures": (io.BytesIO(broken), "a.png"),
    }  # fmt: skip
    answer = browser.post("/report", data=given, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "not a PNG, JPEG or WebP picture" in answer.get_data(as_text=True)


def test_t32_a_file_that_fails_on_its_way_is_cut_off_and_told_without_what_is_in_it(
    attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[list[Any]]:
        yield []
        raise LookupError("Zoë Ó Briain")

    monkeypatch.setattr(audit_log, "batches", failing)
    browser, before = attacker.browser("compliance"), len(attacker.said.faults)
    with pytest.raises(BrokenPipeError):
        browser.get("/compliance/audit/list.csv").get_data()
    (told,) = attacker.said.faults[before:]
    assert "LookupError" in told
    assert "Briain" not in told


WORDS = {
    "email": "nia.new@college.example",
    "full_name": "Nia New",
    "password": PASSWORD,
    "current": PASSWORD,
    "due_on": "2031-03-03",
    "starts_on": "2030-09-02",
}
# What is on record each time, since it tells of a request and not of its effect.
EACH_TIME = {
    Action.SIGNED_IN, Action.LINK_SENT, Action.LIST_EXPORTED, Action.PACK_EXPORTED,
}  # fmt: skip


def likely(form: Form) -> dict[str, list[str]]:
    """The form as somebody might send it: all that is empty has something in it."""
    filled = {name: list(given) for name, given in form.fields.items()}
    for name, options in form.options.items():
        filled[name] = filled.get(name) or options[-1:]
    for name, values in filled.items():
        if not "".join(values):
            filled[name] = [WORDS.get(name, "2031-03-03" if name.endswith("_on") else "Away")]
    return filled


def test_t11_every_form_sent_ten_times_at_once_has_one_effect_and_no_fault(
    untouched: Attacker,
) -> None:
    crowds: dict[str, list[Visitor]] = {}
    tried: set[tuple[str, tuple[str, ...]]] = set()
    found: list[str] = []
    for who, path, form in untouched.forms():
        target = form.action or path
        kind = (_shape(target), tuple(sorted(form.fields)))
        if form.method != "post" or kind in tried or not who or target == "/sign-out":
            continue
        tried.add(kind)
        crowd = [one for one in crowds.get(who, ()) if untouched.is_in(one)]
        crowd += [untouched.browser(who) for _ in range(TEN - len(crowd))]
        crowds[who], body = crowd, likely(form)
        untouched.acts()  # so far
        sends = [
            partial(_status, one, target, body | {"csrf_token": [one.token()]}) for one in crowd
        ]
        answers = Counter(at_once(sends))
        twice = {act: n for act, n in untouched.acts().items() if n > 1 and act[0] not in EACH_TIME}
        if twice or max(answers) >= 500:
            found.append(f"{who} {target}: {dict(answers)} {twice} {untouched.said.faults[-1:]}")
    assert len(tried) > 50, "the forms are not found"
    assert not found, "\n".join(found)
