"""Two holders of the demo institute who were asked what has stayed with them.

One has answered; the letter of the other waits in the outbox.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from induction.audit.act import SYSTEM, acting
from induction.database import AnyRow
from induction.demo.plan import DemoPlan
from induction.extensions import db
from induction.journey import rules
from induction.journey.answering import Sent
from induction.journey.models import Declaration
from induction.people.models import Account
from induction.policy.store import Content
from induction.revisit.answering import answer
from induction.revisit.links import link_for
from induction.revisit.models import Revisit
from induction.revisit.rules import Occasion
from induction.revisit.sending import ask, holders
from induction.revisit.visits import visit

ASKED, ANSWERED = timedelta(days=3), timedelta(days=2)  # ago: the link still opens what was kept


def revisit(content: Content, plan: DemoPlan) -> None:
    """Ask the two who finished first, as far as there are two."""
    longest = holders(Occasion.FIRST, content.slug, plan.now).order_by(None)
    longest = longest.order_by(Declaration.signed_at, Declaration.id).limit(2)
    people = db.session().execute(longest).all()
    for person in people[:1]:
        _ask(content, person, plan.now - ASKED)
        _come_back(content, person, plan.now - ANSWERED)
    for person in people[1:]:
        _ask(content, person, plan.now)


def _ask(content: Content, person: AnyRow, at: datetime) -> None:
    with acting(SYSTEM, at) as act:
        ask(act, content, Occasion.FIRST, [person])


def _come_back(content: Content, person: AnyRow, at: datetime) -> None:
    """Decide the first situation rightly, and the second one not."""
    session = db.session()
    account = session.get_one(Account, person.id)
    of_theirs = select(Revisit.public_id).where(Revisit.enrolment_id == person.enrolment_id)
    link = link_for(session.scalars(of_theirs).one(), account.email)
    while not (found := visit(session, content, link, now=at)).finished:
        asked, scene_id = found.waiting
        scenario = found.journey.policy.scenario(asked)
        if scenario is None:
            return
        scene = scenario.scene(scene_id) or scenario.scenes[0]
        right = asked == found.plan.asked[0]
        chosen = (scenario.right_choices if right else scenario.wrong_choices)(scene)[0]
        at += timedelta(seconds=45)
        with acting(account, at) as act:
            digest = found.plan.content or found.journey.policy.digest
            kind = rules.AttemptKind.REVISIT
            sent = Sent(kind, rules.REVISIT, asked, scene.id, chosen, content=digest)
            answer(act, content, link, sent)
