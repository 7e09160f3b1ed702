"""What the page of a dry run shows: rows of one kind, who is missing, and what to tick."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import abort, render_template, request, url_for
from sqlalchemy.orm import Session

from induction.database import utc_now
from induction.enrolment import leaving, staged_lists
from induction.enrolment.forms import NAMED, TakeForm
from induction.enrolment.import_columns import COLUMNS
from induction.enrolment.import_plan import ImportPlan, plan
from induction.enrolment.import_rows import Refused
from induction.enrolment.leaving import Leavers, Scope
from induction.enrolment.past_imports import past_imports
from induction.enrolment.staged_lists import PeopleFile
from induction.enrolment.under_way import NOT_BEGUN, HowFar, Why, before
from induction.extensions import db
from induction.people import cohort_queries
from induction.people.access import person
from induction.people.learner_fields import LEARNER_FIELDS
from induction.policy.store import content
from induction.uk_time import uk_day

CELLS = {**NAMED, "family_name": "Family name"}  # what the page calls a cell
IN_COLUMNS = ("full_name", "learner_ref", "email", "audience")  # of the dry run’s own
SIZE = 25
_SCOPES = {
    Scope.COHORTS: "in the cohorts that the list names",
    Scope.ALL: "of all whom you see",
}


def staged_or_404(public_id: str) -> PeopleFile:
    """The list of this name that whoever is signed in has sent."""
    return staged_lists.waiting(db.session(), public_id, person(), now=utc_now()) or abort(404)


def plan_of(staged: PeopleFile) -> ImportPlan:
    """What it would do now."""
    return plan(db.session(), content().policy, staged.sheet, person(), uk_day(utc_now()))


def on_its_way(public_id: str, staged: PeopleFile, at: HowFar) -> str:
    """How far the worker has got with it, or what came of it."""
    here = partial(url_for, "enrolment.dry_run", public_id=public_id)
    return render_template(
        "enrolment/under_way.html",
        at=at,
        name=staged.name,
        here=here(),
        before=before(db.session(), at.asked_at) if at.asked_at and not at.done else 0,
        undo=_undo(at) if at.told else None,
        refused=here(again="1", show="refused")
        if at.words.get("counts", {}).get("refused")
        else "",
        stop=url_for("import_taking.stop", public_id=public_id),
    )


def _as_it_stopped(at: HowFar, form: TakeForm, *, boxes: Mapping[Why, bool]) -> str:
    """Show what was ticked, and what was in the way beside its box; what else is to be told."""
    if not at.stopped:
        return ""
    for name in ("invite", "skip_bad", "leavers", "all_gone"):
        form[name].data = at.words.get(name)
    if boxes.get(at.stopped):
        box = form.all_gone if at.stopped is Why.LEAVERS else form.skip_bad
        box.errors = [at.told]
        return ""
    return "" if at.stopped in NOT_BEGUN and not at.done else at.told


def drawn(
    public_id: str,
    staged: PeopleFile,
    roll: ImportPlan,
    form: TakeForm,
    at: HowFar | None = None,
) -> str:
    """The page, for a list that waits and what it would do now; ``at``: where it was begun."""
    gone = _gone(db.session(), staged)
    missing = gone[Scope.ALL].people if gone else ()
    counts = {**roll.counts(), "missing": len(missing)}
    to_do, to_invite = counts["new"] + counts["changed"], len(roll.to_invite)
    may_be_wrong = bool(missing) and any(found.many for found in gone.values())
    asks = bool(to_do or to_invite or missing)  # whether to go ahead
    boxes = {Why.REFUSED: asks and bool(roll.refused), Why.LEAVERS: may_be_wrong}
    told = _as_it_stopped(at, form, boxes=boxes) if at else ""
    first = next((v for v in ("refused", "new", "changed", "same") if counts[v]), "same")
    shown = request.args.get("show", "missing" if gone else first)
    if not counts.get(shown):
        shown = first
    rows: list[Any] = list(
        missing if shown == "missing" else roll.refused if shown == "refused" else roll.of(shown)
    )
    whole = "1" if gone else None
    form.leavers.choices = [
        ("", "Leave them as they are"),
        *(
            (scope.value, f"Mark as left the {len(gone[scope].people)} {words}")
            for scope, words in _SCOPES.items()
            if gone and gone[scope].people
        ),
    ]
    total = max(1, -(-len(rows) // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)

    on_page = rows[(number - 1) * SIZE : number * SIZE]

    def address(page: int) -> str:
        return url_for("enrolment.dry_run", public_id=public_id, show=shown, page=page, whole=whole)

    return render_template(
        "enrolment/dry_run.html",
        name=staged.name,
        told=told,
        undo=_undo(at) if at and at.done else None,
        form=form,
        roll=roll,
        whole=bool(gone),
        may_be_wrong=may_be_wrong,
        whole_href=url_for("enrolment.dry_run", public_id=public_id, whole="1"),
        counts=counts,
        shown=shown,
        tabs=[
            (
                verdict,
                url_for("enrolment.dry_run", public_id=public_id, show=verdict, whole=whole),
            )
            for verdict in ("missing", "refused", "new", "changed", "same")
        ],
        rows=on_page,
        cells=cells_of(staged, on_page) if shown == "refused" else {},
        nowhere=len(roll.nowhere),
        cohorts=cohorts() if roll.nowhere else [],
        mend_action=url_for("enrolment.mend", public_id=public_id),
        further=[(f.name, f.word) for f in LEARNER_FIELDS if f.name not in IN_COLUMNS],
        pages={
            "number": number,
            "total": total,
            "first": (number - 1) * SIZE + 1,
            "last": min(number * SIZE, len(rows)),
            "count": len(rows),
            "previous": address(number - 1) if number > 1 else None,
            "next": address(number + 1) if number < total else None,
        },
        action=url_for("import_taking.carry_out_import", public_id=public_id, whole=whole),
        to_do=to_do,
        to_invite=to_invite,
        alike=sum(bool(entry.alike) for entry in roll.entries),
        noted=sum(bool(e.notes) and e.verdict != "same" for e in roll.entries),
    )


def _undo(at: HowFar) -> str | None:
    """Where what was carried out of it is undone."""
    done = past_imports(db.session(), person(), utc_now(), at.asked_at)
    return url_for("import_undo.undo", stamp=done[0].stamp) if done else None


def cohorts() -> list[tuple[str, str]]:
    """Into which cohorts the viewer can put people, by id and name."""
    rows = db.session.execute(cohort_queries.cohorts(person()).limit(500))
    return [(row.public_id, row.name) for row in rows]


def cell_name(row: int, column: str) -> str:
    """What the field of a cell is called."""
    return f"cell-{row}-{column}"


def cells_of(staged: PeopleFile, rows: Sequence[Refused]) -> dict[int, list[dict[str, Any]]]:
    """The cells of these rows, as fields to correct them in; none where the file says who it is."""
    lines = {line.number: line for line in staged.sheet.lines}
    return {
        row.row: [
            {
                "name": cell_name(row.row, column),
                "label": CELLS[column],
                "value": lines[row.row].values.get(column, ""),
            }
            for column in COLUMNS
        ]
        for row in rows
        if not lines[row.row].fault
    }


def asked_for_leavers() -> bool:
    """Whether somebody has said that the list is whole."""
    return "whole" in request.args


def _gone(session: Session, file: PeopleFile) -> dict[Scope, Leavers]:
    """Who is not in the list, in its cohorts and in all, where it is said to be whole."""
    if not asked_for_leavers():
        return {}
    viewer, slug = person(), content().slug
    return {scope: leaving.not_in(session, slug, file.sheet, viewer, scope) for scope in Scope}
