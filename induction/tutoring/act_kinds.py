"""What a tutor may do to a learner’s record: each act’s words, form and effect, and its fit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask import current_app as app
from flask_wtf import FlaskForm

from induction.audit.act import Act
from induction.certificates.issuing import issuer_of
from induction.form_fields import SureForm
from induction.institute import institute
from induction.journey import rules
from induction.journey.queries import Journey
from induction.people import cohort_queries
from induction.people.access import person
from induction.people.models import Account
from induction.tutoring import acts, forms
from induction.tutoring.acts import Case


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
    return acts.witness(act, case, form.full_name.data, form.how.data, issuer)


def _move(act: Act, case: Case, form: Any) -> None:
    cohort = cohort_queries.cohort(act.session, person(), form.cohort.data) or abort(404)
    acts.move(act, case, cohort)


ACTS = {
    "due-date": ActKind(
        "Change the due date",
        "Reminders follow the new date. The old one stays in the history.",
        "Change the date", "The due date is changed.", forms.DueForm,
        lambda act, case, form: acts.change_due(act, case, form.due_on.data),
    ),
    "fresh-start": ActKind(
        "Give a fresh start",
        "All questions of the part are asked again, as at a first try. Earlier tries stay in the "
        "record, and no longer count.",
        "Give a fresh start", "They can start that part afresh.", forms.StepForm,
        lambda act, case, form: acts.fresh_start(act, case, form.step.data),
    ),
    "excuse": ActKind(
        "Excuse a section",
        "The section counts as passed, and the certificate calls it excused. This cannot be "
        "taken back.",
        "Excuse the section", "The section is excused.", forms.StepForm,
        lambda act, case, form: acts.excuse(act, case, form.step.data),
    ),
    "declaration": ActKind(
        "Record a declaration",
        "For somebody who signed on paper or with a supporter. The certificate says so, with "
        "your name. It is issued at once.",
        "Record it and issue the certificate", "The certificate is issued.", forms.WitnessForm,
        _witness,
    ),
    "leave": ActKind(
        "Mark as left",
        "They are in no list and get no reminders. Their record stays, and they can come back.",
        "Mark as left", "Marked as left.", forms.ActReasonForm,
        lambda act, case, _: acts.leave(act, case),
    ),
    "return": ActKind(
        "Mark as returned",
        "They carry on where they were.",
        "Mark as returned", "Welcome back: they are in the lists again.", forms.ActReasonForm,
        lambda act, case, _: acts.come_back(act, case),
    ),
    "settle": ActKind(
        "Stuck: dealt with",
        "The flag goes from the board. Another failed try at this part raises it again.",
        "Dealt with", "The flag is gone.", forms.ActReasonForm,
        lambda act, case, _: acts.settle(act, case),
    ),
    "move": ActKind(
        "Move to another cohort",
        "The earlier cohort stays in the history.",
        "Move", "Moved.", forms.MoveForm, _move,
    ),
    "note": ActKind(
        "Add a note",
        "Other tutors of this learner and compliance can read it. So may the learner, if they ask "
        "for what is kept about them.",
        "Keep the note", "The note is kept.", forms.NoteForm,
        lambda act, case, _: acts.add_note(act, case),
    ),
    "invite": ActKind(
        "Send the invitation again",
        "A new link to choose a password, good for 24 hours. The one before stops working.",
        "Send", "The invitation is on its way.", SureForm,
        lambda act, case, _: acts.invite(act, case),
    ),
}  # fmt: skip


def _fits(chosen: ActKind, step: rules.Step) -> bool:
    if chosen is ACTS["excuse"]:
        return not step.is_final and step.phase is not rules.StepStatus.PASSED
    return step.phase in (rules.StepStatus.STARTED, rules.StepStatus.RETRY)


def fitting(journey: Journey, learner: Account, flags: acts.Flags) -> list[str]:
    """The names of the acts that fit where this learner stands."""
    if flags.has_left:
        return ["note", "return"]
    standing = journey.standing
    present, done = standing.present, standing.next.go is rules.NextKind.DONE
    fits = {
        "settle": (
            present is not None and present.failed_tries >= rules.STUCK_AFTER and not flags.settled
        ),
        "note": True,
        "due-date": not done and not standing.renewing,
        "fresh-start": any(_fits(ACTS["fresh-start"], s) for s in standing.steps),
        "excuse": any(_fits(ACTS["excuse"], s) for s in standing.steps),
        "declaration": standing.next.go is rules.NextKind.DECLARE,
        "move": True,
        "invite": not learner.has_signed_in,
        "leave": True,
    }
    return [name for name, fit in fits.items() if fit]
