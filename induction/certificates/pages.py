"""My certificates, the PDF, and the page that tells anyone whether one is genuine."""

import hashlib
import hmac
import json
import logging
import math
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from induction.audit.act import acting
from induction.certificates import queries
from induction.certificates.binding import Unproven
from induction.certificates.delivery import deliver, signer
from induction.certificates.forms import NumberForm
from induction.certificates.key_history import KeyUse, history
from induction.certificates.number import normalise
from induction.certificates.pdf.fonts import MissingGlyphs
from induction.certificates.queries import Filed, Held
from induction.certificates.record import CertificateRecord
from induction.certificates.status import UNKNOWN
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import institute
from induction.people.access import ANYONE, SIGNED_IN, allow, home_of, may_see, person
from induction.people.lookups import note_hidden
from induction.throttles import counting
from induction.throttles.counting import Metered, Refusal
from induction.throttles.rules import FILE, NUMBER, Limit
from induction.uk_time import uk_day

pages = Blueprint("certificates", __name__)

Found = TypeVar("Found", Held, Filed)

log = logging.getLogger("induction.requests")


@pages.get("/certificates")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    """My certificates, current and superseded."""
    today = uk_day(utc_now())
    held = queries.held_by(db.session(), current_user.id)
    ending = any(c.renewable(today, institute().renewal_days) for c in held)
    back = {"label": "Back to my induction", "href": home_of(current_user), "hint": ""}
    renew = {
        "label": "Renew my certificate",
        "href": url_for("journey.hub"),
        "hint": "Your induction page says what it takes.",
    }
    return render_template(
        "certificates/mine.html",
        certificates=[
            {
                "number": c.number,
                "policy_title": c.record["policy"]["title"] if c.record else c.policy,
                "version_date": c.policy_version,
                "issued_at": c.issued_at,
                "valid_until": c.valid_until,
                "status": c.shown(today),
                "href": url_for("certificates.show", number=c.number),
                "pdf_href": url_for("certificates.pdf", number=c.number),
            }
            for c in held
        ],
        next=renew if ending else back,
    )


def _theirs_or_404(found: Found | None) -> Found:
    """What was found, where this person may see it; otherwise 404, as for an unknown number."""
    if found is None:
        abort(404)
    if not may_see(current_user, found.account_id):
        with acting(person(), utc_now()) as act:
            note_hidden(act, person(), f"certificate:{found.number}", "certificate")
        abort(404)
    return found


@pages.get("/certificates/<number>")
@allow(SIGNED_IN)
def show(number: str) -> ResponseReturnValue:
    """The certificate as a page, with the same content as the PDF."""
    sound = normalise(number)
    held = queries.by_number(db.session(), sound) if sound else None
    held = _theirs_or_404(held if held and held.record else None)
    mine = held.account_id == current_user.id
    return render_template(
        "certificates/certificate.html",
        record=held.record,
        fingerprint=held.record_sha256,
        status=held.shown(uk_day(utc_now())),
        pdf_href=url_for("certificates.pdf", number=held.number),
        verify_href=url_for("certificates.verify_number", number=held.number),
        mine=mine,
        profile_form=_profile_form(held.record) if mine and held.record else "",
        celebrate="done" in request.args and mine,
    )


def _profile_form(record: CertificateRecord) -> str:
    """LinkedIn's form with the facts of a certificate in it, as their “Add to Profile” has them."""
    day = datetime.fromisoformat(record["issued_at"])
    facts = {
        "startTask": "CERTIFICATION_NAME",
        "name": f"Induction on the {record['policy']['title']}",
        "organizationName": record["provider"]["name"],
        "issueYear": day.year,
        "issueMonth": day.month,
        "certUrl": record["status_url"],
        "certId": record["number"],
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(facts)}"


@pages.get("/certificates/<number>.pdf")
@allow(SIGNED_IN)
def pdf(number: str) -> ResponseReturnValue:
    """The stored PDF."""
    sound = normalise(number)
    filed = _theirs_or_404(queries.filed(db.session(), sound) if sound else None)
    try:
        body = deliver(db.session(), filed, by=person(), now=utc_now())
    except MissingGlyphs as fault:
        points = " ".join(f"U+{ord(c):04X}" for c in fault.characters)
        log.warning(json.dumps({"failure": "no installed font can draw", "characters": points}))
        return render_template("certificates/no_font.html", number=filed.number), 503
    except Unproven as fault:
        log.warning(json.dumps({"failure": "a certificate is unproven", "fault": str(fault)}))
        return render_template("certificates/unproven.html", number=filed.number), 409
    return Response(
        body,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="certificate-{filed.number}.pdf"'},
    )


@pages.route("/verify", methods=["GET", "POST"])
@allow(ANYONE)
def verify() -> ResponseReturnValue:
    """Is this certificate genuine? A number in the query, or a file of ours, leads to it."""
    if digest := _given_digest():
        number = queries.number_of(db.session(), digest)
        if number is None:
            return _verify_page(NumberForm(formdata=None), compared="altered")
        return _answer(number, number, digest)
    typed = request.args.get("number", "").strip()
    if not typed:
        form = NumberForm(formdata=None)
        if "number" in request.args:
            form.number.errors = ["Type the number that is printed on the certificate."]
        return _verify_page(form)
    known = normalise(typed) or typed.replace("/", " ").strip(" .") or "-"
    return redirect(url_for("certificates.verify_number", number=known[:60]))


@pages.get("/verify/public-key.pem")
@allow(ANYONE)
def public_key() -> ResponseReturnValue:
    """The public half of the signing key, for those who check without us."""
    return Response(signer().public_key_pem, mimetype="application/x-pem-file")


@pages.get("/verify/keys/<fingerprint>.pem")
@allow(ANYONE)
def key(fingerprint: str) -> ResponseReturnValue:
    """The public half of any key that ever signed here."""
    pem = next((use.pem for use in _keys() if use.fingerprint == fingerprint), None)
    return Response(pem or abort(404), mimetype="application/x-pem-file")


def _keys() -> list[KeyUse]:
    return history(db.session(), signer().known())


@pages.route("/verify/<number>", methods=["GET", "POST"], strict_slashes=False)
@allow(ANYONE)
def verify_number(number: str) -> ResponseReturnValue:
    """What we know about this number, for anyone: HTML, or JSON for programs."""
    sound = normalise(number)
    if sound:
        _slow_down(NUMBER)
    return _answer(number, sound, _given_digest() if sound else "")


def _answer(number: str, sound: str | None, digest: str) -> ResponseReturnValue:
    """What we know about a number, and whether the file with this digest is the one we issued."""
    held = queries.by_number(db.session(), sound) if sound else None
    if sound and held is None:
        _note_miss()
    compared = _compare(held, digest) if held else None
    if _wants_json():
        return jsonify(_as_json(held, sound or number, compared)), 200 if held else 404
    form = NumberForm(formdata=None, data={"number": sound or number})
    return _verify_page(form, held=held, number=sound or number, compared=compared, found=True)


def _verify_page(
    form: NumberForm,
    *,
    held: Held | None = None,
    number: str = "",
    compared: str | None = None,
    found: bool = False,
) -> ResponseReturnValue:
    page = render_template(
        "certificates/verify.html",
        form=form,
        found=(held is not None) if found else None,
        status=_status(held),
        status_at=held.revoked_at if held else None,
        held=held,
        number=number,
        keys=_keys(),
        key_fingerprint=signer().fingerprint,
        compared=compared,
    )
    unknown = held is None and (found or compared is not None)
    return page, 404 if unknown else 200


def _status(held: Held | None) -> str:
    return held.shown(uk_day(utc_now())) if held else UNKNOWN


def _counted(limit: Limit, now: datetime) -> Metered:
    """Whoever is signed in is counted alone, others with everybody of their network."""
    if current_user.is_authenticated:
        return Metered(limit, counting.digest(limit.name, person().actor))
    return counting.of_network(limit, request.remote_addr or "", now=now)


def _slow_down(limit: Limit) -> None:
    """Let whoever tried too often wait. Raises TooManyRequests, which says how long."""
    now = utc_now()
    if wait := counting.wait(db.session(), [_counted(limit, now)], now=now):
        with writing() as session:
            away = Refusal("verify", request.remote_addr or "", turned_away=True)
            counting.refused(session, away, now=now)
        raise TooManyRequests(retry_after=math.ceil(wait.total_seconds()))


def _note_miss() -> None:
    now = utc_now()
    with writing() as session:
        counting.refused(session, Refusal("verify", request.remote_addr or ""), now=now)
        counting.count(session, [_counted(NUMBER, now)], now=now)


def _count_file() -> None:
    """Reading a file costs us more than sending it costs others."""
    _slow_down(FILE)
    now = utc_now()
    with writing() as session:
        counting.count(session, [_counted(FILE, now)], now=now)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _given_digest() -> str:
    """The digest of the file that came, or the digest that came in its place; else empty.

    On a page it comes with the form alone: an address that somebody made, in a printed code say,
    would have us say that a file is genuine which we have not been given. A program that asks
    for JSON knows what it put into the address.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return (request.args if _wants_json() else request.form).get("sha256", "").lower()
    _count_file()
    digest = hashlib.sha256()
    while chunk := upload.stream.read(65536):
        digest.update(chunk)
    return digest.hexdigest()


def _compare(held: Held, given: str) -> str | None:
    """Whether the file of this digest is the one that we issued; None where none was given."""
    if not given or held.fault:
        return None
    same = hmac.compare_digest(given.encode(), (held.file_sha256 or "").encode())
    return "genuine" if same else "altered"


def _as_json(held: Held | None, number: str, compared: str | None) -> dict[str, Any]:
    record = held.record if held and not held.fault else None
    answer: dict[str, Any] = {
        "number": number,
        "status": _status(held),
        "name": held.public_name if held and not held.fault else None,
        "policy": (
            {k: record["policy"][k] for k in ("title", "reference", "version_date")}
            if record
            else {"version_date": held.policy_version.isoformat()}
            if held and not held.fault
            else None
        ),
        "issued_at": held.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ") if held else None,
        "sha256": held.file_sha256 if held else None,
        "record_sha256": held.record_sha256 if held else None,
    }
    if compared:
        answer["file"] = compared
    return answer
