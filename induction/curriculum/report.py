"""The report of ``content check``: every policy's faults, its trace and its health."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import click

from induction.curriculum import bank_report, reading_time, wording
from induction.curriculum.bank import bank
from induction.curriculum.checks import OnRecord, Trace, check, policy_health, trace
from induction.curriculum.faults import CurriculumError, Fault, Severity
from induction.curriculum.loader import load_folder, policy_slugs
from induction.curriculum.model import Policy
from induction.curriculum.readability import HARDEST_GRADE


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one policy; ``policy`` is None where its files could not be used."""

    slug: str
    policy: Policy | None
    faults: tuple[Fault, ...]
    health: tuple[Fault, ...] = ()

    @property
    def errors(self) -> int:
        """How many faults are errors."""
        return sum(fault.severity is Severity.ERROR for fault in self.faults)


def run_check(
    root: Path, today: date, as_json: bool, on_record: Mapping[str, OnRecord] | None = None
) -> int:
    """Check every policy under ``root`` and print the findings; 1 where there is an error, or 0.

    ``on_record`` holds what learners have answered, by policy.
    """
    kept = on_record or {}
    reports = [_examine(root, slug, today, kept.get(slug)) for slug in policy_slugs(root)]
    if not reports:
        message = "there is no policy here; make content/<name>/policy.yaml"
        reports = [Report("", None, (Fault("content", 1, message),))]
    if as_json:
        document = {"ok": not _errors(reports), "policies": [_as_json(r) for r in reports]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join("\n".join(_as_text(report)) for report in reports))
        click.echo(f"\n{_errors(reports)} error(s), {_warnings(reports)} warning(s)")
    return 1 if _errors(reports) else 0


def _examine(root: Path, slug: str, today: date, kept: OnRecord | None) -> Report:
    try:
        policy = load_folder(root, slug)
    except CurriculumError as error:
        return Report(slug, None, error.faults)
    faults, health = check(policy, today, kept), policy_health(policy, today)
    return Report(slug, policy, tuple(faults), tuple(health))


def _errors(reports: list[Report]) -> int:
    return sum(report.errors for report in reports)


def _warnings(reports: list[Report]) -> int:
    return sum(len(r.faults) - r.errors + len(r.health) for r in reports)


def _as_text(report: Report) -> list[str]:
    lines = [str(fault) for fault in report.faults]
    if report.policy is None:
        return lines
    traced = trace(report.policy)
    heading = f"{report.policy.title} ({report.policy.reference}): clause → section → scenarios"
    lines += ["", heading] if lines else [heading]
    lines += [*_trace_lines(traced), "", str(traced)]
    lines += [f"  {who}: {trace(report.policy, who)}" for who in report.policy.audiences]
    lines += ["", *bank_report.as_lines(bank(report.policy)), *_reading_lines(report.policy)]
    if report.health:
        lines += ["", "Policy health: for the owner of the document to mend"]
        lines += [str(fault) for fault in report.health]
    return lines


def _trace_lines(traced: Trace) -> list[str]:
    rows = [
        (
            line.clause.id,
            ", ".join(section.slug for section in line.sections) or "not taught",
            ", ".join(scenario.id for scenario in line.scenarios)
            or ("not tested" if line.clause.assess else "not assessed"),
        )
        for line in traced.clauses
    ]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"  {a:<{wide[0]}}  →  {b:<{wide[1]}}  →  {c}" for a, b, c in rows]


def _reading_lines(policy: Policy) -> list[str]:
    """How long it takes, how hard it is, and what a learner of English must decode."""
    lines = ["", f"Minutes, of which people are told {reading_time.told(policy)}:"]
    lines += [f"  {who:<30}  {reading_time.whole(policy, who):.1f}" for who in policy.audiences]
    lines += ["", f"Reading grade, at most {HARDEST_GRADE}:"]
    for name, grade in wording.grades(policy).items():
        lines.append(f"  {name:<30}  {grade:.1f}{'  ←' if grade > HARDEST_GRADE else ''}")
    found = wording.idioms(policy)
    lines += ["", f"Idioms: {len(found) or 'none'}"]
    places = [(policy.place(idiom.kind, idiom.name), idiom.words) for idiom in found]
    return lines + [f"  {place.path}:{place.line}: {words}" for place, words in places]


def _as_json(report: Report) -> dict[str, object]:
    found: dict[str, object] = {
        "slug": report.slug,
        "faults": [_fault_as_json(fault) for fault in report.faults],
        "policy_health": [_fault_as_json(fault) for fault in report.health],
    }
    if report.policy is None:
        return found
    traced = trace(report.policy)
    return found | {
        "reference": report.policy.reference,
        "title": report.policy.title,
        "digest": report.policy.digest,
        "totals": {
            "clauses": len(traced.clauses),
            "taught": traced.taught,
            "assessed": traced.assessed,
            "tested": traced.tested,
        },
        "audiences": {who: str(trace(report.policy, who)) for who in report.policy.audiences},
        "bank": bank_report.as_json(bank(report.policy)),
        "minutes": {a: reading_time.whole(report.policy, a) for a in report.policy.audiences},
        "grades": wording.grades(report.policy),
        "idioms": [asdict(idiom) for idiom in wording.idioms(report.policy)],
        "trace": [
            {
                "clause": line.clause.id,
                "assess": line.clause.assess,
                "sections": [section.slug for section in line.sections],
                "scenarios": [scenario.id for scenario in line.scenarios],
            }
            for line in traced.clauses
        ],
    }


def _fault_as_json(fault: Fault) -> dict[str, object]:
    return {
        "path": fault.path,
        "line": fault.line,
        "severity": fault.severity.value,
        "message": fault.message,
    }
