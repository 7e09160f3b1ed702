"""``flask certificates export`` and ``verify``: make an audit pack, and check one."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
from cryptography import x509
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM
from induction.audit_pack import pack
from induction.audit_pack.opened import NotAPack
from induction.audit_pack.orders import order
from induction.audit_pack.verification import inspect_pack
from induction.certificates import key_history
from induction.certificates.command_arguments import render_missing
from induction.certificates.models import Certificate
from induction.certificates.queries import by_number
from induction.certificates.record import fingerprint as record_digest
from induction.certificates.status import CertificateStatus
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Account, Cohort
from induction.register import listing
from induction.register.listing import Wanted
from induction.signing.keys import fingerprint
from induction.uk_time import uk_day

if TYPE_CHECKING:  # slow to load
    from induction.certificates.pdf.inspection import Inspection

DAY = click.DateTime(["%Y-%m-%d"])
STATUSES = [status.value for status in CertificateStatus]


@click.command("export")
@click.option("--out", required=True, help="The file or folder to write to; - for standard output.")
@click.option("--cohort", "cohorts", multiple=True, help="Name or id; may be given several times.")
@click.option("--tutor", default="", help="Email or id of the tutor of their cohorts.")
@click.option("--audience", default="", help="What they learn as: learner, apprentice, staff …")
@click.option("--version", type=DAY, help="Date of the policy's version.")
@click.option("--started-from", type=DAY, help="Began the induction on this day (UK) or later.")
@click.option("--started-to", type=DAY, help="Began on this day or earlier.")
@click.option("--from", "first", type=DAY, help="Issued on this day (UK time) or later.")
@click.option("--to", "last", type=DAY, help="Issued on this day or earlier.")
@click.option("--ends", type=DAY, help="Runs out on this day or earlier.")
@click.option("--status", type=click.Choice(STATUSES), help="Of today.")
@with_appcontext
def export(
    out: str,
    *,
    cohorts: tuple[str, ...],
    tutor: str,
    audience: str,
    status: str | None,
    **days: datetime | None,
) -> None:
    """Write the audit pack: certificates, lists, what was taught, the acts, all signed."""
    session, now = db.session(), utc_now()
    day = {name: given.date() if given else None for name, given in days.items()}
    wanted = Wanted(
        cohorts=tuple(_cohort(session, cohort) for cohort in cohorts),
        tutor=_tutor(session, tutor) if tutor else "",
        audience=audience,
        version=day["version"],
        started=day["started_from"],
        started_by=day["started_to"],
        first=day["first"],
        last=day["last"],
        ends=day["ends"],
        status=CertificateStatus(status) if status else None,
    )
    render_missing(listing.ids(wanted, uk_day(now)))
    made = order(session, wanted, SYSTEM, now)
    count = listing.count(session, wanted, uk_day(now))
    if out == "-":
        sys.stdout.buffer.writelines(pack.make(session, made))
        return
    if Path(out).is_dir():
        out = str(Path(out) / made.file_name)
    part = Path(f"{out}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)  # people's names: for its owner alone
    except OSError as fault:
        raise click.ClickException(f"Nothing can be written at {out}: {fault.strerror}.") from fault
    with (
        part.open("wb", buffering=1 << 20) as file,
        click.progressbar(length=count, label="Certificates", file=sys.stderr) as bar,
    ):
        _write(file, session, made, bar.update)
    part.replace(out)
    size = Path(out).stat().st_size
    click.echo(f"{out}: {count} certificates, {size:,} bytes. Signed by the key")
    click.echo(made.signer.fingerprint)


@click.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--certificate",
    "others",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="signing-certificate.pem of whoever signed it, where that was not this installation.",
)
@with_appcontext
def verify(file: Path, others: tuple[Path, ...]) -> None:
    """Check an audit pack (ZIP) or a certificate (PDF); exit 1 and name every fault.

    It needs the file and the keys alone. Where this installation has a register, a certificate
    must be in it as well: a signature by a stolen key is no certificate.
    """
    trusted = [x509.load_pem_x509_certificate(path.read_bytes()) for path in others]
    ours = list(current_app.extensions["signer"].known())
    register = None if trusted else _register(ours)
    trusted = trusted or ours
    with file.open("rb") as opened:
        is_pdf = opened.read(5) == b"%PDF-"
    try:
        faults, summary = (_certificate if is_pdf else _pack)(file, trusted, register)
    except NotAPack as error:
        faults, summary = [str(error)], ""
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{file.name}: {len(faults)} fault(s)")
    click.echo(summary)
    if others:  # one that came with the file says nothing of whose file it is
        click.echo(
            "The key was NOT compared with any that was known here before: compare its fingerprint "
            "with the one that the institute gives you in another way."
        )


@dataclass(frozen=True, slots=True)
class _Register:
    """What this installation knows besides its keys."""

    session: Session
    compromised: dict[str, date]  # keys whose signature alone proves nothing, and since when

    def faults(self, found: "Inspection") -> Iterator[str]:
        """What the register says against a certificate that is signed by one of our keys."""
        if found.record is None:
            return
        held = by_number(self.session, found.record["number"])
        if held is None:
            yield "register: it has no certificate with this number"
            return
        if held.fault:
            yield f"register: it differs from the record of acts: {held.fault}"
        if held.record_sha256 != record_digest(found.record):
            yield "register: it has another record under this number"
        elif held.record and held.file_sha256 != found.sha256:
            yield "register: it has another file of this certificate"


def _register(ours: list[x509.Certificate]) -> _Register | None:
    """The register of this installation; None where there is none, as on an auditor's machine."""
    session = db.session()
    try:
        if session.scalar(select(Certificate.id).limit(1)) is None:
            return None
        return _Register(session, key_history.compromised(session, ours))
    except SQLAlchemyError:
        session.rollback()
        return None


def _certificate(
    file: Path, trusted: list[x509.Certificate], register: _Register | None
) -> tuple[Sequence[str], str]:
    from induction.certificates.pdf.inspection import inspect  # noqa: PLC0415  slow to load

    found = inspect(file.read_bytes(), trusted)
    if found.record is None:
        return found.faults or ("it carries no record",), ""
    record = found.record
    faults = (*found.faults, *(register.faults(found) if register else ()))
    looked = "is in the register" if register else "there is no register here to compare it with"
    return faults, (
        f"Genuine: certificate {record['number']} of {record['learner']['name']}, issued "
        f"{record['issued_at']}; {looked}.\nSigned by the key {found.key_fingerprint}.\n"
        f"Whether it still counts is said at {record['status_url']}"
    )


def _pack(
    file: Path, trusted: list[x509.Certificate], register: _Register | None
) -> tuple[Sequence[str], str]:
    ours = [fingerprint(certificate) for certificate in trusted]
    with click.progressbar(length=file.stat().st_size, label="Reading", file=sys.stderr) as bar:
        found = inspect_pack(file, ours=ours, tick=bar.update)
    since = register.compromised.get(found.fingerprint) if register else None
    if since:
        found.add(f"signed with a key that may have been in the wrong hands from {since}")
    return found.faults, (
        f"Sound: {found.certificates} certificates, {found.files} files, {found.entries} entries "
        f"of the record of acts up to entry {found.checkpoint}.\n"
        f"Signed by the key {found.fingerprint}."
    )


def _write(file: IO[bytes], session: Session, made: pack.PackOrder, bar: pack.Bar) -> None:
    file.writelines(pack.make(session, made, bar))


def _cohort(session: Session, given: str) -> str:
    found = session.scalar(
        select(Cohort.public_id).where(or_(Cohort.public_id == given, Cohort.name == given))
    )
    if found is None:
        known = session.scalars(select(Cohort.name).order_by(Cohort.sort_name)).all()
        raise click.ClickException(f"no cohort {given!r}; there are: {', '.join(known) or 'none'}")
    return found


def _tutor(session: Session, given: str) -> str:
    found = session.scalar(
        select(Account.public_id).where(
            or_(Account.public_id == given, Account.email == given.lower())
        )
    )
    if found is None:
        raise click.ClickException(f"no account has the email or id {given!r}")
    return found
