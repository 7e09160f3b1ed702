"""What a tutor may do to a learner’s record: each act’s words, form and effect. See ``rules``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask import current_app as app
from flask_wtf import FlaskForm

from induction.audit.act import Act
from induction.certificates.issuing import issuer_of
from induction.enrolment.forms import LaterForm
from induction.institute import institute
from induction.people import cohort_queries
from induction.people.access import person
from induction.tutoring import acts, forms
from induction.tutoring.acts import Case
from induction.tutoring.rules import TutorAct


@dataclass(frozen=True, slots=True)
class ActKind:
    """One thing that a tutor may do."""

    heading: str
    text: str  # what it does, and what it does not
    button: str
    done: str
    form: type[FlaskForm]
    perform: Callable[[Act, Case, Any], object]


def _witness(act: Act, case: Case, form: Any) -> object:
    issuer = issuer_of(institute(), app.extensions["settings"].base_url)
    signed = acts.SignedAway(form.full_name.data, form.how.data, person())
    return acts.witness(act, case, signed, issuer)


def _move(act: Act, case: Case, form: Any) -> None:
    cohort = cohort_queries.cohort(act.session, person(), form.cohort.data) or abort(404)
    acts.move(act, case, cohort)


def _join(act: Act, case: Case, form: Any) -> None:
    cohort = cohort_queries.cohort(act.session, person(), form.cohort.data) or abort(404)
    acts.join_also(act, case, cohort)


def _take_out(act: Act, case: Case, form: Any) -> None:
    cohort = cohort_queries.cohort(act.session, person(), form.cohort.data) or abort(404)
    acts.take_out(act, case, cohort)


ACTS = {
    TutorAct.DUE_DATE: ActKind(
        "Change the due date",
        "Reminders follow the new date. The old one stays in the history.",
        "Change the date", "The due date is changed.", forms.DueForm,
        lambda act, case, form: acts.change_due(act, case, form.due_on.data),
    ),
    TutorAct.FRESH_START: ActKind(
        "Give a fresh start",
        "All questions of the part are asked again, as at a first try. Earlier tries stay in the "
        "record, and no longer count.",
        "Give a fresh start", "They can start that part afresh.", forms.StepForm,
        lambda act, case, form: acts.fresh_start(act, case, form.step.data),
    ),
    TutorAct.EXCUSE: ActKind(
        "Excuse a section",
        "The section counts as passed, and the certificate calls it excused. This cannot be "
        "taken back.",
        "Excuse the section", "The section is excused.", forms.StepForm,
        lambda act, case, form: acts.excuse(act, case, form.step.data),
    ),
    TutorAct.DECLARATION: ActKind(
        "Record a declaration",
        "For somebody who signed on paper or with a supporter. The certificate says so, with "
        "your name. It is issued at once.",
        "Record it and issue the certificate", "The certificate is issued.", forms.WitnessForm,
        _witness,
    ),
    TutorAct.LEAVE: ActKind(
        "Mark as left",
        "They are in no list and get no reminders. Their record stays, and they can come back.",
        "Mark as left", "Marked as left.", forms.ActReasonForm,
        lambda act, case, _: acts.leave(act, case),
    ),
    TutorAct.RETURN: ActKind(
        "Mark as returned",
        "They carry on where they were.",
        "Mark as returned", "Welcome back: they are in the lists again.", forms.ActReasonForm,
        lambda act, case, _: acts.come_back(act, case),
    ),
    TutorAct.SETTLE: ActKind(
        "Stuck: dealt with",
        "The flag goes from the board. Another failed try at this part raises it again.",
        "Dealt with", "The flag is gone.", forms.ActReasonForm,
        lambda act, case, _: acts.settle(act, case),
    ),
    TutorAct.WORD: ActKind(
        "I have had a word",
        "The mark goes from the record and the lists. If your institute waits for the talk, they "
        "can sign now. Write in a line what you talked about.",
        "I have had a word", "The mark is gone.", forms.ActReasonForm,
        lambda act, case, _: acts.had_a_word(act, case),
    ),
    TutorAct.MOVE: ActKind(
        "Move to another cohort",
        "The earlier cohort stays in the history. The new cohort’s due date holds, but not for "
        "whoever has a date of their own: that one stays until you change it.",
        "Move", "Moved.", forms.MoveForm, _move,
    ),
    TutorAct.JOIN: ActKind(
        "Put into a further cohort",
        "They stay in the cohort where they are, and its due date holds. The tutors of both see "
        "their record, and both count them.",
        "Put into this cohort too", "They are in that cohort too.", forms.MoveForm, _join,
    ),
    TutorAct.TAKE_OUT: ActKind(
        "Take out of a further cohort",
        "They stay in their main cohort. The history keeps when they were in the other.",
        "Take out", "They are no longer in that cohort.", forms.MoveForm, _take_out,
    ),
    TutorAct.NOTE: ActKind(
        "Add a note",
        "Other tutors of this learner and compliance can read it. So may the learner, if they ask "
        "for what is kept about them.",
        "Keep the note", "The note is kept.", forms.NoteForm,
        lambda act, case, _: acts.add_note(act, case),
    ),
    TutorAct.INVITE: ActKind(
        "Send an invitation",
        "A new link to begin with, good for four days from when it is sent. The one before stops "
        "working then.",
        "Send", "The invitation is on its way, or waits for its time.", LaterForm,
        lambda act, case, form: acts.invite(act, case, form.when()),
    ),
}  # fmt: skip
