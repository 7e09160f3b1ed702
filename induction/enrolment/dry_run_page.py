"""What the page of a dry run shows: rows of one kind, who is missing, and what to tick."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from flask import abort, render_template, request, url_for

from induction.database import AnyRow, utc_now
from induction.enrolment import leaving, seen_lists, staged_lists
from induction.enrolment.forms import NAMED, TakeForm
from induction.enrolment.import_columns import COLUMNS
from induction.enrolment.import_plan import ImportPlan, plan
from induction.enrolment.leaving import Leavers, Scope
from induction.enrolment.list_looks import PAGE, ShownRow
from induction.enrolment.looks import KeptLook
from induction.enrolment.past_imports import past_imports
from induction.enrolment.seen_lists import Seen
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


def head_or_404(public_id: str) -> AnyRow:
    """The same without its rows."""
    return staged_lists.head(db.session(), public_id, person(), now=utc_now()) or abort(404)


def page_of(public_id: str, head: AnyRow, form: TakeForm, at: HowFar | None = None) -> str:
    """What the list would do; of a long one, as it was looked at, or that this is being done."""
    file = cache(lambda: staged_or_404(public_id))  # large, and often not needed
    seen = seen_lists.kept(
        head, person(), lambda: len(file().sheet.lines), whole=asked_for_leavers()
    )
    if isinstance(seen, KeptLook):
        return being_looked_at(
            seen,
            here=request.full_path.rstrip("?"),
            again=url_for("enrolment.look_again", public_id=public_id),
            name=head.name,
        )
    if seen is None:
        seen = compared(file(), plan_of(file()))
    return drawn(public_id, seen, form, at)


def compared(file: PeopleFile, roll: ImportPlan) -> Seen:
    """A list that was compared a moment ago, and whoever is not in it where that was asked."""
    return seen_lists.compared(file, roll, _gone(file))


def being_looked_at(look: KeptLook, **also: str) -> str:
    """How far the worker has got with looking at it."""
    return render_template("enrolment/looking.html", look=look, **also)


def on_its_way(public_id: str, name: str, at: HowFar) -> str:
    """How far the worker has got with it, or what came of it."""
    here = partial(url_for, "enrolment.dry_run", public_id=public_id)
    return render_template(
        "enrolment/under_way.html",
        at=at,
        still=at.still(utc_now()),
        name=name,
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


def drawn(public_id: str, seen: Seen, form: TakeForm, at: HowFar | None = None) -> str:
    """The page, for a list that waits and what it would do; ``at``: where it was begun."""
    of = seen.summary
    whole = asked_for_leavers()
    gone = of.gone if whole else {}
    missing = gone[Scope.ALL][0] if gone else 0
    counts = {**of.counts, "missing": missing}
    to_do = counts["new"] + counts["changed"]
    may_be_wrong = bool(missing) and any(leaving.are_many(*found) for found in gone.values())
    asks = bool(to_do or of.to_invite or missing)  # whether to go ahead
    boxes = {Why.REFUSED: asks and bool(counts["refused"]), Why.LEAVERS: may_be_wrong}
    told = _as_it_stopped(at, form, boxes=boxes) if at else ""
    first = next((v for v in ("refused", "new", "changed", "same") if counts[v]), "same")
    shown = request.args.get("show", "missing" if whole else first)
    if not counts.get(shown):
        shown = first
    form.leavers.choices = [
        ("", "Leave them as they are"),
        *(
            (scope.value, f"Mark as left the {gone[scope][0]} {words}")
            for scope, words in _SCOPES.items()
            if gone and gone[scope][0]
        ),
    ]
    total = max(1, -(-counts[shown] // PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)
    on_page = seen.page(shown, number)
    address = partial(
        url_for, "enrolment.dry_run", public_id=public_id, whole="1" if whole else None
    )
    return render_template(
        "enrolment/dry_run.html",
        name=seen.name,
        told=told,
        undo=_undo(at) if at and at.done else None,
        form=form,
        of=of,
        looked_at=seen.at,
        changed=seen.changed,
        again=url_for("enrolment.look_again", public_id=public_id),
        whole=whole,
        may_be_wrong=may_be_wrong,
        whole_href=url_for("enrolment.dry_run", public_id=public_id, whole="1"),
        counts=counts,
        shown=shown,
        tabs=[
            (verdict, address(show=verdict))
            for verdict in ("missing", "refused", "new", "changed", "same")
        ],
        rows=on_page,
        cells=cells_of(on_page) if shown == "refused" else {},
        cohorts=cohorts() if of.nowhere else [],
        mend_action=url_for("enrolment.mend", public_id=public_id),
        further=[(f.name, f.word) for f in LEARNER_FIELDS if f.name not in IN_COLUMNS],
        pages={
            "number": number,
            "total": total,
            "first": (number - 1) * PAGE + 1,
            "last": min(number * PAGE, counts[shown]),
            "count": counts[shown],
            "previous": address(show=shown, page=number - 1) if number > 1 else None,
            "next": address(show=shown, page=number + 1) if number < total else None,
        },
        action=url_for(
            "import_taking.carry_out_import", public_id=public_id, whole="1" if whole else None
        ),
        to_do=to_do,
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


def cells_of(rows: Sequence[ShownRow]) -> dict[int, list[dict[str, Any]]]:
    """The cells of these rows, as fields to correct them in; none where the file says who it is."""
    return {
        one.row: [
            {
                "name": cell_name(one.row, column),
                "label": CELLS[column],
                "value": one.cells.get(column, ""),
            }
            for column in COLUMNS
        ]
        for one in rows
        if one.cells is not None
    }


def asked_for_leavers() -> bool:
    """Whether somebody has said that the list is whole."""
    return "whole" in request.args


def _gone(file: PeopleFile) -> dict[Scope, Leavers]:
    """Who is not in the list, in its cohorts and in all, where it is said to be whole."""
    if not asked_for_leavers():
        return {}
    session, viewer, slug = db.session(), person(), content().slug
    return {scope: leaving.not_in(session, slug, file.sheet, viewer, scope) for scope in Scope}
