"""The tutor's pages: the board, a cohort, and lists to take away."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.cards import hand_over
from induction.database import AnyRow, utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.mail.outbox import waiting
from induction.paging import Pages, first_of, page_found, page_of
from induction.people import cohort_queries
from induction.people.access import allow, person
from induction.people.learner_fields import ON_BOARD
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.people.models import Cohort
from induction.policy.store import content
from induction.progress import counts
from induction.progress import learners as queries
from induction.progress import rows as lines
from induction.progress.gone import gone
from induction.progress.selection import heads, in_address, list_address, within
from induction.progress.status import FILTERS, LearnerStatus, Part
from induction.revisit.figures import lasting
from induction.sign_on import newcomers
from induction.spreadsheets.writing import MIME, Cell, spreadsheet
from induction.tutoring.act_kinds import ACTS
from induction.tutoring.completion_chart import completion_picture
from induction.tutoring.needs import lines_with_beliefs, lines_with_needs, to_remind
from induction.tutoring.record import learner_record
from induction.tutoring.rules import FOR_MANY, TutorAct
from induction.tutoring.saved_views import views_of
from induction.uk_time import uk_day

pages = Blueprint("tutoring", __name__, url_prefix="/tutor")

MOST_EXPORTED = 20_000
COUNTED = 250  # of cohorts that were searched for
MOST_ON_BOARD = 25
LATELY = 4  # of what has happened, on a record that is opened from a list
MOST_ON_PAPER = 500
LEARNERS = (  # of a file: what its columns are called
    *ON_BOARD, "cohort", "state", "steps_passed", "steps",
    "failed_tries", "last_here", "due_date", "completed", "certificate", "policy",
)  # fmt: skip


@pages.get("")
@allow(*OVERSEERS)
def board() -> ResponseReturnValue:
    """A line for each cohort, and who needs somebody now."""
    session, today = db.session(), uk_day(utc_now())
    search, archived = request.args.get("search", "").strip()[:100], "archived" in request.args
    rows, pages = _cohorts(session, search, archived=archived)
    policy = content().policy
    counted = counts.of_cohorts(session, [row.id for row in rows], policy=policy, today=today)
    needing = queries.needing(session, current_user, policy=policy, today=today, most=MOST_ON_BOARD)
    return render_template(
        "tutoring/board.html",
        cohorts=[
            lines.cohort_line(row, counted[row.id]) | {"without_tutor": row.without_tutor}
            for row in rows
        ],
        needing=needing,
        to_remind=bool(needing.overdue)
        and to_remind(session, current_user, policy=policy, today=today),
        total=counts.total(counted.values()) if len(rows) > 1 else None,
        needs=lines_with_needs(session, policy, needing.rows, today),
        filters=[lines.search_field("Cohort or programme", search)],
        views=views_of(session, person()),
        clear_href=url_for("tutoring.board") if search else None,
        searching=bool(search),
        archived=archived,
        pages=pages,
        mail_waiting=waiting(session),
        newcomers=newcomers.how_many(session),
        to_hand_over=hand_over.how_many(session, person()),
    )


def _cohorts(session: Session, search: str, *, archived: bool) -> tuple[list[AnyRow], Pages]:
    """The page of the cohorts; of those that were searched for, each is looked at once."""
    all_of_them = cohort_queries.cohorts(current_user, archived=archived)
    if not search:
        return page_of(session, all_of_them)
    listed = cohort_queries.cohorts(current_user, search=search, archived=archived)
    found, pages = page_found(session, listed.with_only_columns(Cohort.id), counted=COUNTED)
    these = Cohort.id.in_([row.id for row in found])
    return list(session.execute(all_of_them.where(these)).all()), pages


@pages.get("/cohorts/<public_id>")
@allow(*OVERSEERS)
def cohort(public_id: str) -> ResponseReturnValue:
    """The learners of one cohort, a page at a time, and how they stand together."""
    session, today = db.session(), uk_day(utc_now())
    found = cohort_or_404(session, public_id)
    wanted, policy = lines.asked(), content().policy
    who, facts, values = queries.of_cohort(
        current_user, found.id, wanted, policy=policy, today=today
    )
    counted = counts.of_cohorts(session, [found.id], policy=policy, today=today, by_day=True)
    standing = counted[found.id]
    size = None if wanted.narrowed else standing.size
    rows, pages = page_of(session, who, values, count=size, facts=facts)
    here = {"public_id": public_id, **in_address(wanted)}
    return render_template(
        "tutoring/cohort.html",
        cohort=lines.cohort_line(found, standing),
        learners=lines_with_beliefs(session, policy, rows, today, within(found, wanted)),
        many=_for_many(wanted, pages.count, found),
        filters=lines.filters(wanted, of_cohort=True),
        **_views(wanted, found),
        clear_href=url_for("tutoring.cohort", public_id=public_id) if wanted.narrowed else None,
        pages=pages,
        gone=gone(session, current_user, wanted, pages, cohort=found, policy=policy),
        places=lines.places(policy, standing),
        lasting=lasting(session, policy, found.id),
        picture=completion_picture(
            sorted(standing.completed_on.items()),
            standing.size,
            begins=found.starts_on or uk_day(found.created_at),
            today=today,
            due=found.due_on,
        ),
        hrefs={
            "csv": url_for("tutoring.cohort_list", kind="csv", **here),
            "xlsx": url_for("tutoring.cohort_list", kind="xlsx", **here),
            "beliefs": url_for("analysis.of_cohort", public_id=public_id),
            "edit": url_for("cohorts.edit", public_id=public_id),
            "cards": url_for("card_pages.cards", public_id=public_id),
            "register": url_for(".class_register", public_id=public_id),
            "enrol": url_for("enrolling.enrol", cohort=public_id),
        },
    )


def _views(wanted: queries.LearnerFilter, cohort: Cohort | None = None) -> dict[str, Any]:
    """The views that they keep, and where this one is kept: it says more than the whole list."""
    asked = in_address(wanted)
    where: dict[str, Any] = {"cohort": cohort.public_id} if cohort else {}
    keep = url_for("views.mine", **where, **asked) if asked else None
    return {"views": views_of(db.session(), person()), "keep_href": keep}


def _for_many(
    wanted: queries.LearnerFilter, count: int | None, cohort: Cohort | None = None
) -> dict[str, Any]:
    """What can be done for several people of a list, and what their form says of the list."""
    gone = wanted.state in (LearnerStatus.LEFT, LearnerStatus.ENDED)
    acts = [what for what in FOR_MANY if not gone or what in (TutorAct.NOTE, TutorAct.RETURN)]
    offered = [(ACTS[what].heading, f"/tutor/selection/{what}") for what in acts]
    if not gone:
        offered = [("Remind", "/tutor/remind"), *offered[:-1]]
    where = {"cohort": cohort.public_id} if cohort else {}
    return {
        "acts": offered,
        "kept": {**where, **in_address(wanted)},
        "count": count,
        "heads": heads(cohort, wanted),
    }


@pages.get("/cohorts/<public_id>/learners.<any(csv,xlsx):kind>")
@allow(*OVERSEERS)
def cohort_list(public_id: str, kind: str) -> ResponseReturnValue:
    """The learners on the cohort's page, all pages of them, for a spreadsheet."""
    found = cohort_or_404(db.session(), public_id)
    return _taken_away(found.public_id, kind, LEARNERS, _learner_rows(MOST_EXPORTED, found))


@pages.get("/learners.<any(csv,xlsx):kind>")
@allow(*OVERSEERS)
def learner_list(kind: str) -> ResponseReturnValue:
    """Everyone on the page of all learners, as it is narrowed, for a spreadsheet."""
    rows = _learner_rows(MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        flash(f"A file holds {MOST_EXPORTED:,} learners at most. Narrow the list first.", "care")
        return redirect(list_address(None, lines.asked()), 303)
    return _taken_away("learners", kind, LEARNERS, rows)


def _learner_rows(most: int, cohort: Cohort | None = None) -> list[tuple[Cell, ...]]:
    """The lines of a file of learners; of one cohort, or each with their main one."""
    session, today, policy = db.session(), uk_day(utc_now()), content().policy
    query, values = queries.learners(
        current_user, cohort_id=cohort.id if cohort else None,
        asked=lines.asked(), policy=policy, today=today,
    )  # fmt: skip
    of_board = attrgetter(*ON_BOARD)
    return [
        (
            *of_board(row), cohort.name if cohort else row.cohort,
            lines.status_in_words(row, policy, today)[1], row.passed, row.steps, row.failed_tries,
            row.last_activity_at, row.due_on, None if row.withdrawn else row.completed_at,
            row.number, policy.slug,
        )
        for row in first_of(session, query, values, most)
    ]  # fmt: skip


@pages.get("/cohorts.<any(csv,xlsx):kind>")
@allow(*OVERSEERS)
def board_list(kind: str) -> ResponseReturnValue:
    """The board for a spreadsheet."""
    session, today = db.session(), uk_day(utc_now())
    search, archived = request.args.get("search", "").strip()[:100], "archived" in request.args
    found = cohort_queries.cohorts(current_user, search=search, archived=archived)
    cohorts = session.execute(found.limit(MOST_EXPORTED)).all()
    counted = counts.of_cohorts(
        session, [row.id for row in cohorts], policy=content().policy, today=today
    )
    rows = [
        (
            row.name, row.programme, row.starts_on, row.due_on, one.size, one.parts[Part.DONE],
            one.parts[Part.GOING], one.parts[Part.WAITING], one.overdue, one.stuck,
            one.parts[Part.WITHDRAWN], one.parts[Part.REDO], one.parts[Part.EXPIRED],
            content().policy.slug,
        )
        for row in cohorts
        for one in [counted[row.id]]
    ]  # fmt: skip
    heads = (
        "cohort", "programme", "starts", "due_date", "learners", "done", "under_way",
        "not_started", "overdue", "stuck", "withdrawn", "to_redo", "expired", "policy",
    )  # fmt: skip
    return _taken_away("board", kind, heads, rows)


def _taken_away(
    what: str, kind: str, heads: tuple[str, ...], rows: Sequence[Sequence[Cell]]
) -> Response:
    """The list as a file. Personal data leaves the application, so it is an act on record."""
    with acting(person(), utc_now()) as act:
        path = request.path[:200]
        act.record(Action.LIST_EXPORTED, f"list:{what}", what=path, format=kind, rows=len(rows))
    return sent(
        lambda: spreadsheet(kind, "Learners", heads, [rows]),
        MIME[kind],
        f"learners-{uk_day(utc_now())}.{kind}",
    )


@pages.get("/learners/<public_id>")
@allow(*OVERSEERS)
def learner(public_id: str) -> ResponseReturnValue:
    """One learner's record."""
    found = learner_record(db.session(), current_user, public_id, now=utc_now())
    if found is None:
        abort(404)
    return render_template(
        "tutoring/learner.html",
        **found,
        place=_place(public_id),
        lately=LATELY,
    )


def _place(public_id: str) -> dict[str, Any] | None:
    """Where somebody stands in the list that one came from, and who is next to them."""
    named = request.args.get("cohort", "")
    if not named and "all" not in request.args:
        return None
    session, wanted = db.session(), lines.asked()
    cohort = cohort_or_404(session, named) if named else None
    query, values = queries.learners(
        current_user, cohort_id=cohort.id if cohort else None,
        asked=wanted, policy=content().policy, today=uk_day(utc_now()),
    )  # fmt: skip
    row = queries.place(session, query, values, public_id, wanted.sort)
    back = {"href": list_address(cohort, wanted), "name": cohort.name if cohort else "The list"}
    if row is None:  # as they are now they are in that list no more
        return {**back, "number": None}
    beside = {"previous": (row.before, row.before_name), "next": (row.after, row.after_name)}
    asked = within(cohort, wanted)
    links = {
        way: {"name": name, "href": f"{url_for('.learner', public_id=one)}?{asked}"}
        for way, (one, name) in beside.items()
        if one
    }
    return {**back, "number": row.position, "size": row.size, **links}


@pages.get("/cohorts/<public_id>/register")
@allow(*OVERSEERS)
def class_register(public_id: str) -> ResponseReturnValue:
    """The learners of a cohort on paper, by family name, with room to tick."""
    session, today, policy = db.session(), uk_day(utc_now()), content().policy
    found = cohort_or_404(session, public_id)
    query, values = queries.learners(
        current_user, cohort_id=found.id, policy=policy, today=today
    )  # fmt: skip
    rows = session.connection().execute(query.limit(MOST_ON_PAPER), values).all()
    return render_template(
        "tutoring/class_register.html",
        cohort=found,
        tutors=[tutor.full_name for tutor in cohort_queries.tutors_of(session, found.id)],
        learners=[lines.learner_line(row, today) for row in rows],
        today=today,
        policy=policy,
    )


@pages.get("/learners")
@allow(*OVERSEERS)
def learners() -> ResponseReturnValue:
    """Everyone this viewer looks after, whatever their cohort."""
    wanted, today, policy = lines.asked(), uk_day(utc_now()), content().policy
    rows, pages = queries.page(db.session(), current_user, wanted, policy=policy, today=today)
    if wanted.search and pages.count == 1:
        return redirect(lines.learner_line(rows[0], today).href, 303)
    return render_template(
        "tutoring/learners.html",
        heading=FILTERS.get(wanted.state, "All your learners"),
        learners=lines_with_beliefs(db.session(), policy, rows, today, within(None, wanted)),
        many=_for_many(wanted, None if pages.more else pages.count),
        filters=lines.filters(wanted),
        **_views(wanted),
        clear_href=url_for("tutoring.learners") if wanted.narrowed else None,
        pages=pages,
        gone=gone(db.session(), current_user, wanted, pages, policy=policy),
        files={k: url_for(".learner_list", kind=k, **in_address(wanted)) for k in ("csv", "xlsx")},
    )
