"""Figures for heads, governors and inspectors: a page, and the same as a file."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.policy.store import content
from induction.progress import figures
from induction.progress.figures import GroupFigures
from induction.progress.figures_asked import BY, FiguresFilter
from induction.progress.status import Part
from induction.spreadsheets.writing import MIME, Cell, spreadsheet
from induction.tutoring.completion_chart import completion_picture
from induction.uk_time import uk_day

pages = Blueprint("figures", __name__, url_prefix="/tutor/figures")

ALL = [("", "Every one")]
NONE = {
    "programme": "No programme",
    "tutor": "No tutor",
    "audience": "Not said",
    "cohort": "No cohort",
}


def _asked() -> FiguresFilter:
    """What the address asks for; what makes no sense asks nothing."""
    by = request.args.get("by", "")
    text = {
        name: request.args.get(name, "").replace("\0", "").strip()[:120]
        for name in ("programme", "tutor", "taught_by", "audience")
    }
    return FiguresFilter(by if by in BY else "programme", **text)


@pages.get("")
@allow(*OVERSEERS)
def overview() -> ResponseReturnValue:
    """Totals, by group, by their dates, and week by week; of everybody whom one oversees."""
    session, today, policy, asked = db.session(), uk_day(utc_now()), content().policy, _asked()
    found = figures.a_page(session, person(), asked, policy=policy, today=today)
    weeks, days = figures.weekly(session, person(), asked, policy=policy, today=today)
    here: dict[str, Any] = {"by": asked.by, **asked.in_address}
    return render_template(
        "tutoring/figures.html",
        policy=policy,
        today=today,
        everybody=found.everybody,
        groups=[(name or NONE[asked.by], one) for name, one in found.groups],
        pages=found.pages,
        by=BY[asked.by],
        weeks=[week for week in weeks if week.begun or week.finished],
        picture=completion_picture(
            days, found.everybody.counts.size, begins=weeks[0].begins, today=today, due=None
        ),
        filters=_filters(asked),
        clear_href=url_for(".overview", by=asked.by) if asked.in_address else None,
        hrefs={kind: url_for(".table", kind=kind, **here) for kind in ("csv", "xlsx")},
        week_hrefs={
            kind: url_for(".table", kind=kind, what="weeks", **here) for kind in ("csv", "xlsx")
        },
    )


def _filters(asked: FiguresFilter) -> list[dict[str, Any]]:
    known = figures.choices(db.session(), person())
    audiences = [(name, name.capitalize()) for name in content().policy.audiences]
    return [
        _select("by", "By", asked.by, [*BY.items()]),
        _select("programme", "Programme", asked.programme, [*ALL, *known["programme"]]),
        _select("tutor", "Tutor", asked.tutor, [*ALL, *known["tutor"]])
        if known["tutor"] or asked.tutor
        else {"name": "taught_by", "label": "Tutor’s name", "value": asked.taught_by},
        _select("audience", "Learning as", asked.audience, [("", "Everybody"), *audiences]),
    ]


def _select(name: str, label: str, value: str, choices: list[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "select", "value": value, "choices": choices}


_HEADS = (
    "learners", "done", "done_before_and_to_redo", "expired", "withdrawn", "under_way",
    "not_started", "overdue", "stuck", "done_per_cent", "date_has_passed", "done_by_their_date",
    "done_by_their_date_per_cent",
)  # fmt: skip
_PARTS = (Part.DONE, Part.REDO, Part.EXPIRED, Part.WITHDRAWN, Part.GOING, Part.WAITING)


def _line(name: str, one: GroupFigures) -> tuple[Cell, ...]:
    counts = one.counts
    return (
        name, counts.size, *(counts.parts[part] for part in _PARTS), counts.overdue, counts.stuck,
        one.done_per_cent, one.due, one.in_time, one.in_time_per_cent,
    )  # fmt: skip


@pages.get("/list.<any(csv,xlsx):kind>")
@allow(*OVERSEERS)
def table(kind: str) -> Response:
    """The figures by group, or week by week, for a spreadsheet; nobody is named but tutors."""
    session, today, policy, asked = db.session(), uk_day(utc_now()), content().policy, _asked()
    given: dict[str, Any] = {"policy": policy, "today": today}
    rows: list[tuple[Cell, ...]]
    heads: tuple[str, ...]
    if request.args.get("what") == "weeks":
        weeks, _ = figures.weekly(session, person(), asked, **given)
        heads, rows = (
            ("week_from", "begun", "finished"),
            [(week.begins, week.begun, week.finished) for week in weeks],
        )
    else:
        found = figures.figures(session, person(), asked, **given)
        heads = (BY[asked.by].lower().replace(" ", "_"), *_HEADS)
        rows = [_line(name or NONE[asked.by], one) for name, one in found.groups]
        rows.append(_line("Everybody", found.everybody))
    with acting(person(), utc_now()) as act:
        what = request.path  # an address may have a name behind it
        act.record(Action.LIST_EXPORTED, "list:figures", what=what, format=kind, rows=len(rows))
    return sent(
        lambda: spreadsheet(kind, "Figures", heads, [rows]), MIME[kind], f"figures-{today}.{kind}"
    )
