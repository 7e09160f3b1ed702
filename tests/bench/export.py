"""What an audit pack of 10,000 certificates costs, against ``cat`` over the same bytes.

Each file is as long as a real one and carries its own record; names, references and numbers differ.
The pack is checked afterwards. Both write to the same disk, in turns.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction import create_app
from induction.audit.act import SYSTEM, Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.chain import canonical
from induction.audit_pack import pack
from induction.audit_pack.orders import order
from induction.audit_pack.verification import inspect_pack
from induction.certificates.delivery import row_of
from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    CurrentCertificate,
)
from induction.certificates.number import new_number
from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.people.models import Account, Cohort, Membership
from induction.policy.store import content
from induction.register.listing import Wanted
from tests.support.certificates import a_record
from tests.support.server import PROJECT

SLOWEST = 4  # times cat
MOST_MEMORY = 40  # MiB above what the process had before
USUAL_SIZE = 33_000  # bytes of a file besides the record that it carries
IN_ONE = 500
FIRST = ("Ada", "Bilal", "Chloe", "Dai", "Ewa", "Fatima", "Grace", "Hugo", "Ines", "Jakub")
LAST = ("Adeyemi", "Brown", "Chowdhury", "Davies", "Evans", "Kowalska", "Nowak", "Patel", "Shah")


def fill(session: Session, count: int, *, files: Path | None) -> None:
    """Learners with a certificate each; their files also as files in a folder, for ``cat``."""
    now, policy = utc_now(), content().policy
    session.add(Cohort(name="Everyone", created_at=now))
    session.flush()
    cohort = session.scalars(select(Cohort.id)).one()
    batch = Batch(Act(session, SYSTEM, now))
    for people in _chunks(_people(count), IN_ONE):
        accounts = [{**p, "created_at": now, "comfort": {}} for p in people]
        ids = list(
            session.scalars(insert(Account).returning(Account.id, sort_by_parameter_order=True),
                            accounts)
        )  # fmt: skip
        session.execute(
            insert(Membership),
            [
                {"account_id": i, "cohort_id": cohort, "joined_at": now - timedelta(days=9)}
                for i in ids
            ],
        )
        enrolments = list(
            session.scalars(
                insert(Enrolment).returning(Enrolment.id, sort_by_parameter_order=True),
                [
                    {"account_id": i, "policy": policy.slug, "seed": "0", "enrolled_at": now}
                    for i in ids
                ],
            )
        )
        records = [_record(person["full_name"], now) for person in people]
        rows = [
            {
                "number": number, "account_id": account, "enrolment_id": enrolment,
                "policy": policy.slug, "policy_version": policy.version_date,
                "record_sha256": hashlib.sha256(text.encode()).hexdigest(), "issued_at": now,
            }
            for account, enrolment, (number, text) in zip(ids, enrolments, records, strict=True)
        ]  # fmt: skip
        certificates = list(
            session.scalars(
                insert(Certificate).returning(Certificate.id, sort_by_parameter_order=True), rows
            )
        )
        _their_rows(session, certificates, rows, people, [text for _, text in records])
        drawn = _their_files(session, certificates, records, files) if files is not None else {}
        for row in rows:
            batch.record(
                Action.CERTIFICATE_ISSUED,
                f"certificate:{row['number']}",
                policy=policy.slug,
                version_date=policy.version_date.isoformat(),
                record_sha256=row["record_sha256"],
            )
        for number, sha256 in drawn.items():
            batch.record(Action.CERTIFICATE_RENDERED, f"certificate:{number}", sha256=sha256)
    batch.write()


def _people(count: int) -> Iterator[dict[str, Any]]:
    for n in range(count):
        name = f"{FIRST[n % len(FIRST)]} {LAST[n // 7 % len(LAST)]} {n}"
        yield {
            "public_id": f"bench-{n}", "email": f"b{n}@bench.example", "full_name": name,
            "learner_ref": f"B{n:06}", "audience": ("learner", "apprentice", "staff")[n % 3],
            "demo": True,
        }  # fmt: skip


def _chunks(items: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _record(name: str, issued_at: datetime) -> tuple[str, str]:
    """A number, and the record of the certificate that has it."""
    number, record = new_number(), a_record(name)
    record["number"], record["issued_at"] = number, f"{issued_at:%Y-%m-%dT%H:%M:%SZ}"
    return number, canonical(record)


def _their_rows(
    session: Session,
    ids: list[int],
    rows: list[dict[str, Any]],
    people: list[dict[str, Any]],
    records: list[str],
) -> None:
    session.execute(
        insert(CertificateRecordRow),
        [
            {"certificate_id": i, "name": p["full_name"], "record": text}
            for i, p, text in zip(ids, people, records, strict=True)
        ],
    )
    session.execute(
        insert(CurrentCertificate),
        [
            {
                "account_id": row["account_id"], "policy": row["policy"],
                "policy_version": row["policy_version"], "certificate_id": i,
            }
            for i, row in zip(ids, rows, strict=True)
        ],
    )  # fmt: skip


def _their_files(
    session: Session, ids: list[int], records: list[tuple[str, str]], folder: Path
) -> dict[str, str]:
    """Their files, in the database and in a folder; their digests by number."""
    made = {}
    for i, (number, record) in zip(ids, records, strict=True):
        pdf = _file(record)
        (folder / f"{number}.pdf").write_bytes(pdf)
        made[number] = row_of(i, pdf, utc_now())
    session.execute(insert(CertificateFile), list(made.values()))
    return {number: row["sha256"] for number, row in made.items()}


def _file(record: str) -> bytes:
    """The record as a certificate's file carries it, and what stands for the rest."""
    attached = b"<</Type /EmbeddedFile>>\nstream\n" + zlib.compress(record.encode())
    return b"%PDF-1.7\n" + attached + b"\nendstream\n" + bytes(USUAL_SIZE) + b"\n%%EOF\n"


def _once(app: Flask, out: Path) -> dict[str, float]:
    """Write one pack: seconds, those of the processor, and MiB by which the process grew."""
    with app.app_context(), out.open("wb", buffering=1 << 20) as file:
        made = order(db.session(), Wanted(), "system", utc_now())
        before = _most_memory()
        begun, worked = time.perf_counter(), time.process_time()
        file.writelines(pack.make(db.session(), made))
        file.flush()
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
        grown = _most_memory() - before
        db.engine.dispose()
    return {"seconds": seconds, "cpu": cpu, "grown": grown / 1024}


def _most_memory() -> int:
    """The most that this process has held, in KiB. (What getrusage says begins at its parent's.)"""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1])


def _cat(files: Path, out: Path) -> dict[str, float]:
    """The same for cat over the files."""
    command = f"find {files} -type f -print0 | xargs -0 cat > {out}"
    begun, worked = time.perf_counter(), _processor_time_of_others()
    subprocess.run(["sh", "-c", command], check=True)
    cpu = _processor_time_of_others() - worked
    return {"seconds": time.perf_counter() - begun, "cpu": cpu}


def _processor_time_of_others() -> float:
    """Of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _times(packs: list[dict[str, float]], cats: list[dict[str, float]], what: str) -> float:
    """How many times a pack costs what cat did in the same round."""
    return statistics.median(p[what] / c[what] for p, c in zip(packs, cats, strict=True))


def measure(count: int, rounds: int, folder: Path) -> str:
    """A table of both, from interleaved rounds; each pack is made by a process of its own."""
    instance, files = folder / "instance", folder / "files"
    files.mkdir()
    app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(instance)}))
    with app.app_context():
        upgrade()
        with writing() as session:
            fill(session, count, files=files)
        db.engine.dispose()
    out, joined = folder / "pack.zip", folder / "joined"
    cats: list[dict[str, float]] = []
    packs: list[dict[str, float]] = []
    for _ in range(rounds):
        joined.unlink(missing_ok=True)
        cats.append(_cat(files, joined))
        out.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.bench.export", "--once", str(out)]
        environ = {**os.environ, "INDUCTION_INSTANCE": str(instance)}
        answer = subprocess.run(
            command, cwd=PROJECT, env=environ, check=True, capture_output=True, text=True
        )
        packs.append(json.loads(answer.stdout))
    found = inspect_pack(out)
    ratio, cpu = _times(packs, cats, "seconds"), _times(packs, cats, "cpu")
    seconds = [statistics.median(one["seconds"] for one in each) for each in (cats, packs)]
    grown = max(one["grown"] for one in packs)
    size = joined.stat().st_size / 1e6
    return "\n".join(
        [
            f"| {count:,} certificates, {size:,.0f} MB | seconds | × cat | at most | | processor |",
            "| --- | --: | --: | --: | --- | --: |",
            f"| cat | {seconds[0]:.2f} | 1.00 | | | 1.00 |",
            (
                f"| audit pack | {seconds[1]:.2f} | {ratio:.2f} | {SLOWEST} | "
                f"{_met(ratio <= SLOWEST)} | {cpu:.2f} |"
            ),
            (
                f"| memory above the start, MiB | {grown:.0f} | | {MOST_MEMORY} | "
                f"{_met(grown <= MOST_MEMORY)} | |"
            ),
            (
                f"| checked afterwards | {found.files:,} files | | | "
                f"{'sound' if not found.faults else found.faults[0]} | |"
            ),
        ]
    )


def _met(is_so: bool) -> str:
    return "met" if is_so else "NOT MET"


def main() -> int:
    """Measure and print the table; with ``--once`` write one pack of the instance at hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", type=Path)
    options = parser.parse_args()
    if options.once:
        from app import app  # noqa: PLC0415  only now: it reads the settings of this process

        sys.stdout.write(json.dumps(_once(app, options.once)) + "\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="induction-bench-") as folder:
        table = measure(options.count, options.rounds, Path(folder))
    sys.stdout.write(f"{table}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
