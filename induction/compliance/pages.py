"""Compliance: where everything stands."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from induction.approvals.kinds import kinds
from induction.approvals.queries import all_open
from induction.compliance import outside, queries
from induction.curriculum.checks import policy_health, trace
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.kept_backups import nights
from induction.people.access import allow, person
from induction.people.models import Role
from induction.policy.store import content
from induction.policy_versions import review
from induction.progress import counts
from induction.reports import readers
from induction.revisit import kept_counts
from induction.revisit.kept_counts import EVERYBODY
from induction.uk_time import uk_day

pages = Blueprint("compliance", __name__, url_prefix="/compliance")


@pages.get("")
@allow(Role.COMPLIANCE)
def overview() -> ResponseReturnValue:
    """What an auditor would ask first."""
    session, today, policy = db.session(), uk_day(utc_now()), content().policy
    current = counts.current_certificates(session, today=today)
    length, checkpoint = queries.chain(session)
    traced = trace(policy)
    return render_template(
        "compliance/overview.html",
        policy=policy,
        counts=counts.of_everybody(session, policy=policy, today=today),
        current=current,
        waiting=[(kinds()[one.kind].title, one) for one in all_open(session)],
        faults=len(policy_health(policy, today)),
        trace=traced,
        kept=kept_counts.of_cohorts(session, policy.slug, [EVERYBODY]).get(EVERYBODY),
        reports=readers.waiting(session, person()),
        length=length,
        checkpoint=checkpoint,
        outside=outside.newest(session, now=utc_now()),
        backup=nights.newest(session, now=utc_now()),
        review=review.review(policy, today, institute().review_reminder_days),
    )
