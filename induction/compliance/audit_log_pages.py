"""The record of acts: read, filter, take away, and check it on the page."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeSerializer

from induction.audit import checkpoint as checkpoints
from induction.audit.act import acting
from induction.audit.actions import Action
from induction.audit.chain import FIELDS, GENESIS, Break, Link, first_break
from induction.audit.verify import beside_the_links, checkpoint_folder, links
from induction.compliance import audit_log, outside, queries
from induction.compliance.audit_log_words import ABOUT, WORDS, in_words
from induction.compliance.reconciliation import COMPARISONS
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.paging import whole_number
from induction.people.access import READS_EVIDENCE, allow, asks_again, person
from induction.people.models import Role
from induction.register.filters import date_field, day, select_field
from induction.spreadsheets.writing import MIME, csv_file
from induction.uk_time import uk_day

pages = Blueprint("audit_log", __name__, url_prefix="/compliance/audit")

SIZE = 50
A_WHILE = 2.0  # seconds that one request spends walking the chain
_BY_WORDS = {WORDS[action].capitalize(): action.value for action in Action}  # as a form sends them
HEADS = ("Entry", "When (UTC)", "Who", "What", "About", "Details", "Digest")


def _asked() -> audit_log.LogFilter:
    action = request.args.get("action", "")
    action = _BY_WORDS.get(action, action)
    return audit_log.LogFilter(
        action=action if action in list(Action) else "",
        actor=request.args.get("actor", "").strip()[:100],
        subject=request.args.get("subject", "").strip()[:100],
        first=day("first"),
        last=day("last"),
    )


@pages.get("")
@allow(*READS_EVIDENCE)
def listing() -> ResponseReturnValue:
    """The record, newest first."""
    session, asked = db.session(), _asked()
    before = request.args.get("before", type=whole_number)
    rows = audit_log.newest(session, asked, before=before, size=SIZE)
    words, names = asked.as_words(), audit_log.names(session, rows)
    beside = audit_log.beside(session, rows, whole=Role.COMPLIANCE in person().roles)
    length, checkpoint = queries.chain(session)
    older = url_for(".listing", before=rows[-1].seq, **words) if len(rows) == SIZE else None
    return render_template(
        "compliance/audit.html",
        entries=[_line(row, names, beside.get(row.seq, {})) for row in rows],
        filters=_filters(asked),
        clear_href=url_for(".listing") if words else None,
        older=older,
        csv_href=url_for(".table", kind="csv", **words),
        jsonl_href=url_for(".table", kind="jsonl", **words),
        length=length,
        checkpoint=checkpoint,
        outside=outside.newest(session, now=utc_now()),
    )


def _line(row: Any, names: dict[str, str], beside: dict[str, Any]) -> dict[str, Any]:
    kind, _, subject = row.subject.partition(":")
    return {
        "seq": row.seq,
        "at": row.at,
        "actor": names.get(row.actor, row.actor),
        "action": in_words(row.action),
        "about": subject
        if kind == "certificate"
        else names.get(row.subject, ABOUT.get(kind, row.subject)),
        "href": (
            url_for("trace.certificate", number=subject)
            if kind == "certificate" and subject != "all"
            else None
        ),
        "details": json.loads(row.details) | beside,
        "digest": row.digest,
    }


def _filters(asked: audit_log.LogFilter) -> list[dict[str, Any]]:
    chosen = WORDS[Action(asked.action)].capitalize() if asked.action else ""
    return [
        {
            "name": "subject",
            "label": "Person, reference or certificate",
            "kind": "text",
            "value": asked.subject,
        },
        select_field("action", "What", chosen, [(w, w) for w in sorted(_BY_WORDS)], "Everything"),
        {"name": "actor", "label": "Who did it", "kind": "text", "value": asked.actor},
        date_field("first", "From", asked.first),
        date_field("last", "To", asked.last),
    ]


@pages.get("/list.<any(csv, jsonl):kind>")
@allow(Role.COMPLIANCE)
@asks_again
def table(kind: str) -> ResponseReturnValue:
    """The entries that were asked for, as a file; on record."""
    asked, now = _asked(), utc_now()
    with acting(person(), now) as act:
        scope = asked.without_names()
        act.record(Action.AUDIT_EXPORTED, "audit:all", scope=scope, format=kind)
    make = _csv if kind == "csv" else _jsonl
    mime = MIME["csv"] if kind == "csv" else "application/x-ndjson"
    return sent(lambda: make(asked), mime, f"audit-{uk_day(now)}.{kind}")


def _csv(asked: audit_log.LogFilter) -> Iterator[bytes]:
    return csv_file(
        HEADS,
        (
            [(r.seq, r.at, r.actor, r.action, r.subject, r.details, r.digest) for r in batch]
            for batch in audit_log.batches(db.session(), asked)
        ),
    )


def _jsonl(asked: audit_log.LogFilter) -> Iterator[bytes]:
    """Whole entries with their digests, in the chain's own fields."""
    for batch in audit_log.batches(db.session(), asked):
        yield b"".join(
            json.dumps({f: getattr(row, f) for f in (*FIELDS, "digest")}).encode() + b"\n"
            for row in batch
        )


# ---- checking on the page ----


def _seal() -> URLSafeSerializer:
    """What has been walked so far travels in the address, sealed so that nobody can make it up."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="audit-walk")


@pages.get("/verify")
@allow(*READS_EVIDENCE)
def verify() -> ResponseReturnValue:
    """Walk the chain from its beginning, then the evidence beside it, for a while at a time."""
    session = db.session()
    length, _ = queries.chain(session)
    walked = request.args.get("walked")
    if walked is None and "start" not in request.args:
        return _verify_page("ready", 0, length)
    try:
        walk = _Walk(*_seal().loads(walked)) if walked else _Walk(0, GENESIS, 0, 0)
    except BadSignature:
        return _verify_page("ready", 0, length)
    broken = first_break(walk.links(), previous=walk.digest, after=walk.seq)
    faults = [] if broken or walk.on_links else walk.beside()
    if not (broken or faults or walk.ended):
        response = make_response(_verify_page("under way", walk.seq, length))
        go_on = url_for(".verify", walked=_seal().dumps(walk.position))
        response.headers["Refresh"] = f"0; url={go_on}"
        return response
    held = checkpoints.read_all(checkpoint_folder())
    known = current_app.extensions["signer"].known()
    broken = broken or beside_the_links(session, held, known)
    return _verify_page("done", walk.seq, length, broken, len(held), faults)


class _Walk:
    """Looks at links, then at the evidence beside them, until the time is up; knows how far."""

    def __init__(self, seq: int, digest: str, part: int, after: int) -> None:
        self.seq, self.digest, self.part, self.after = seq, digest, part, after
        self.on_links = not part
        self._until = time.monotonic() + A_WHILE

    @property
    def position(self) -> list[int | str]:
        """Where the next walk begins."""
        return [self.seq, self.digest, self.part, self.after]

    @property
    def ended(self) -> bool:
        """Whether everything has been looked at."""
        return self.part > len(COMPARISONS)

    def links(self) -> Iterator[Link]:
        """The next entries of the chain."""
        if not self.on_links:
            return
        for link in links(db.session(), after=self.seq):
            self.seq, self.digest = link.seq, link.digest
            yield link
            if time.monotonic() > self._until:
                return
        self.part, self.on_links = 1, False

    def beside(self) -> list[str]:
        """The first differences that the next comparisons find."""
        faults: list[str] = []
        while not (faults or self.ended or time.monotonic() > self._until):
            faults, after = COMPARISONS[self.part - 1](db.session(), self.after)
            self.after = after or 0
            self.part += after is None
        return faults


def _verify_page(
    state: str,
    walked: int,
    length: int,
    broken: Break | None = None,
    outside: int = 0,
    faults: Sequence[str] = (),
) -> str:
    return render_template(
        "compliance/audit_verify.html",
        state=state,
        walked=walked,
        length=length,
        per_cent=100 * walked // length if length else 100,
        broken=broken,
        faults=faults,
        outside=outside,
        start_href=url_for(".verify", start=1),
        now=utc_now(),
    )
