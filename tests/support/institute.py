"""An institute in which every page has something to show: staff, learners at every stage."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select, update

from induction.audit.act import SYSTEM, acting
from induction.cards import making
from induction.certificates.issuing import Issuer
from induction.certificates.models import Certificate
from induction.curriculum.kinds.multiple import Multiple
from induction.curriculum.model import Policy, Scenario
from induction.database import utc_now, writing
from induction.demo.institute import load_institute
from induction.demo.plan import DOMAIN, DemoPlan
from induction.enrolment.past_imports import stamp
from induction.extensions import db
from induction.journey.models import Enrolment
from induction.mail import by_hand
from induction.mail.letters import Letter
from induction.people import links
from induction.people.models import Account, Cohort, Role
from induction.people.passwords import hash_password
from induction.policy.store import content
from induction.revisit.links import link_for
from induction.revisit.models import Revisit
from induction.revisit.rules import Occasion
from induction.revisit.sending import ask, holders
from induction.sign_on import newcomers
from induction.sign_on.rules import Arrival
from tests.support.approvals import confirmed
from tests.support.authenticator import set_up
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.record import rows

FEW = 8  # learners of the demo institute: enough for lists of several rows
DONE = 0.75  # of them, about: at least two, whatever the content makes of the chances
NAME = "Wilhelmina Featherstonehaugh-Cholmondeley عبد الرحمن"  # long, and from both directions
DRAFT = "/compliance/policy/draft"
FILE = b"learner_ref,full_name,email\nA1,Ann Lee,ann@x.example\nA2,Bo Li,nonsense\n"
TAKEN_IN = b"learner_ref,full_name,email\nI1,Ivy Moss,ivy@x.example\n"


@dataclass
class Institute:
    """Its people's addresses by what they are at, and the ids that its pages are opened by."""

    app: Flask
    people: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)  # of learners, by what they are at

    @property
    def policy(self) -> Policy:
        """The policy that is taught here."""
        return Cast(self.app).policy


def build(app: Flask, base_url: str) -> Institute:
    """Fill an empty database."""
    here = Institute(app)
    with app.app_context():
        issuer = Issuer({"name": "Demo", "ukprn": None}, base_url)
        plan = DemoPlan(FEW, DONE, 1, issuer, utc_now())
        load_institute(content(), plan, {role.value: PASSWORD for role in Role}, lambda: None)
    here.people = {role.value: f"{role.value}@{DOMAIN}" for role in Role}
    _somebody_done(here)
    cast = Cast(app)  # one, so that nobody's reference is given twice
    _learners(here, cast)
    _staff(here, cast)
    return here


def _somebody_done(here: Institute) -> None:
    """The first who has finished can sign in; the second's certificate is withdrawn later."""
    with here.app.app_context(), writing() as session:
        found = session.execute(
            select(Account.email, Account.public_id, Certificate.number)
            .join(Certificate, Certificate.account_id == Account.id)
            .order_by(Certificate.id)
        ).all()
        here.people["done"], here.ids["done"], here.ids["number"] = found[0]
        here.ids["withdrawn"], here.ids["invited"] = found[1].number, found[1].public_id
        session.execute(
            update(Account)
            .where(Account.email == here.people["done"])
            .values(password_hash=hash_password(PASSWORD))
        )
        session.execute(
            update(Account)
            .where(Account.public_id == here.ids["invited"])
            .values(first_signed_in_at=None)
        )


def _learners(here: Institute, cast: Cast) -> None:
    """Learners of our own, each left where a page of its own kind is shown."""
    first = cast.policy.sections[0].slug

    def left_at(stage: str, name: str = "") -> Learner:
        account = cast.learner(name or f"Amina Yusuf {stage}", email=f"{stage}@{DOMAIN}")
        here.people[stage] = account.email
        here.ids[stage] = account.public_id
        learner = cast.taking(account)
        learner.visitor.inspecting = False
        return learner

    new = left_at("new")
    new.to_question()
    here.paths["question"] = new.path
    missing = left_at("missing", NAME)
    missing.walk(lambda me: "/feedback/" in me.path, rightly=False)
    here.paths["feedback-again"] = missing.path
    for _ in range(3):  # tries; after the third the tutor is told
        missing.walk(lambda me: bool(me.asked), rightly=False)
        while not missing.path.endswith("/result"):
            missing.press(rightly=False)
    here.paths["result-again"] = f"/induction/{first}/result"

    back = left_at("back")
    back.walk(lambda me: "/feedback/" in me.path)
    here.paths["feedback"] = back.path
    here.paths["answered"] = back.path.replace("/feedback/", "/quiz/")
    back.walk(lambda me: me.path.endswith("/look-back"))
    here.paths["result"] = f"/induction/{first}/result"
    here.paths["look-back"] = back.path

    story = left_at("story")
    story.walk(lambda me: me.path.endswith("/look-back/done"))
    here.paths["look-back-done"] = story.path  # not everybody's second section looks back
    story.walk(_in_a_story)
    here.paths["story"] = story.path

    several = left_at("several")
    several.walk(lambda me: isinstance(_asked(me), Multiple))
    here.paths["several"] = several.path

    signing = left_at("signing")
    signing.to_declaration()
    here.paths["section"] = f"/induction/{cast.policy.sections[2].slug}"

    again = cast.learner("Amina Yusuf again", email=f"again@{DOMAIN}")
    here.people["again"], here.ids["taken-back"] = again.email, cast.graduate(again)

    past = cast.learner("Amina Yusuf long ago", email=f"past@{DOMAIN}")
    cast.graduate(past, now=utc_now() - timedelta(days=70))

    for stage in ("ended", "renewing"):
        holder = cast.learner(f"Amina Yusuf {stage}", email=f"{stage}@{DOMAIN}")
        here.people[stage] = holder.email
        cast.graduate(holder, now=utc_now() - timedelta(days=400), valid_months=12)
        if stage == "renewing":
            learner = cast.taking(holder)
            learner.open()
            learner.press()


def _asked(learner: Learner) -> Scenario | None:
    return learner.policy.scenario(learner.asked) if learner.asked else None


def _in_a_story(learner: Learner) -> bool:
    """Whether this is a later scene of a story, in whichever section asks one."""
    scenario = _asked(learner)
    if scenario is None or "/quiz/" not in learner.path:
        return False
    return learner.form.fields.get("scene") not in (None, [""], [scenario.scenes[0].id])


def _staff(here: Institute, cast: Cast) -> None:
    """What staff have in hand: an import to look at, a report, a request, a link."""
    with here.app.app_context():
        people = {account.email: account for account in db.session.scalars(select(Account))}
    lonely = cast.account(Role.TUTOR, email=f"lonely@{DOMAIN}")  # looks after nobody
    here.people["lonely"] = lonely.email
    phoned = cast.account(Role.TUTOR, email=f"phoned@{DOMAIN}")  # is asked for a second step
    set_up(cast.signed_in(phoned))
    here.people["phoned"] = phoned.email
    here.ids["nobody-yet"] = cast.cohort("Plumbing 1", people[here.people["head"]]).public_id
    compliance, admin = (cast.signed_in(people[here.people[r]]) for r in ("compliance", "admin"))
    learner = cast.signed_in(people[here.people["new"]])
    token = learner.token()
    learner.post(
        "/report",
        data={"about": "harm", "what": "A fake account", "may_contact": "y", "csrf_token": token},
    )
    here.ids["report"] = _only(here, "SELECT public_id FROM breach_report")
    here.ids["draft"] = _sent(
        admin, "/tutor/import", file=(io.BytesIO(FILE), "list.csv")
    ).rpartition("/")[2]
    taken = _sent(admin, "/tutor/import", file=(io.BytesIO(TAKEN_IN), "list.csv"))
    _sent(admin, taken)
    at = _only(here, "SELECT at FROM audit_entry WHERE action = 'people:imported'")
    here.ids["imported"] = stamp(datetime.fromisoformat(at))
    asked = {"kind": "access", "who": here.people["done"], "reason": "They asked."}
    here.ids["asked"] = _sent(compliance, "/compliance/personal-data", **asked).rpartition("/")[2]
    _asked_for(here, compliance, cast)
    revoke = f"/compliance/certificates/{here.ids['withdrawn']}/revoke"
    _sent(compliance, revoke, reason="Issued to a namesake.")
    revoke = f"/compliance/certificates/{here.ids['taken-back']}/revoke"
    _sent(compliance, revoke, reason="Somebody sat beside you.", again="y")
    here.ids["cohort"] = _only(here, "SELECT public_id FROM cohort ORDER BY id")
    _revisits(here)
    _newcomer(here, cast)
    _without_address(here, cast)
    here.ids["clause"] = next(clause.id for clause in cast.policy.clauses if clause.assess)
    attempt = (
        "SELECT e.public_id FROM enrolment e JOIN account a ON a.id = e.account_id"
        " WHERE a.email = :email"
    )
    here.ids["enrolment"] = str(rows(here.app, attempt, email=here.people["missing"])[0][0])
    here.ids["first"] = cast.policy.sections[0].slug
    _drafted(here, compliance)
    with here.app.app_context():
        query = select(Account).where(Account.email == here.people["new"])
        invited = db.session.scalars(query).one()
        with acting(invited, utc_now()) as act:
            here.ids["token"] = links.make(act, invited, links.INVITATION)
        beginner = cast.learner("Amina Yusuf invited", address=False)
        with acting(SYSTEM, utc_now()) as act:
            here.ids["begin"] = links.make(act, beginner, links.INVITATION)


def _revisits(here: Institute) -> None:
    """The links of the demo institute's letters, and one whose time is over."""
    with here.app.app_context():
        session, long_ago = db.session(), utc_now() - timedelta(days=40)
        holder = holders(Occasion.FIRST, here.policy.slug, long_ago)
        holder = holder.where(Account.email == f"past@{DOMAIN}")
        with acting(SYSTEM, long_ago) as act:
            ask(act, content(), Occasion.FIRST, session.execute(holder).all())
        query = (
            select(Revisit.public_id, Account.email)
            .join(Enrolment, Enrolment.id == Revisit.enrolment_id)
            .join(Account, Account.id == Enrolment.account_id)
            .order_by(Revisit.id)
        )
        links_to = [link_for(row.public_id, row.email) for row in session.execute(query)]
    names = ("revisit-done", "revisit-open", "revisit-closed")
    here.ids.update(zip(names, links_to, strict=True))


def _asked_for(here: Institute, compliance: Visitor, cast: Cast) -> None:
    """What takes two people: an erasure that waits for its day, a shorter period, another name."""
    asked = {"kind": "erasure", "who": here.people["several"], "reason": "They asked."}
    at = _sent(compliance, "/compliance/personal-data", **asked)
    here.ids["stoppable"] = at.rpartition("/")[2]
    confirmed(cast, at)
    period = {"months": "12", "basis": "Our own rule"}
    at = _sent(compliance, "/compliance/personal-data/periods/reports", **period)
    here.ids["shorter"] = at.rpartition("/")[2]
    another = {"full_name": NAME, "reason": "Married"}
    at = _sent(compliance, f"/compliance/certificates/{here.ids['number']}/reissue", **another)
    here.ids["renamed"] = at.rpartition("/")[2]


def _drafted(here: Institute, compliance: Visitor) -> None:
    """A draft that was discarded, and one that is open, with a rule in other words."""
    for source in ("in-force", "folder"):
        if "policy-draft" in here.ids:
            _sent(compliance, f"{DRAFT}/{here.ids['policy-draft']}/discard")
        _sent(compliance, f"{DRAFT}/begin", source=source)
        newest = "SELECT public_id FROM policy_draft ORDER BY id DESC"
        here.ids["policy-draft"] = _only(here, newest)
        at = f"{DRAFT}/clause/{here.ids['clause']}"
        form = compliance.read(at).form("words")
        assert compliance.send(form, {"words": "In other words."}, at=at).status_code == 303
    at = f"{DRAFT}/comment/clause/{here.ids['clause']}"
    for comment in ("Shorter, please.", NAME):
        _sent(compliance, at, comment=comment)
    here.ids["situation"] = here.policy.sections[0].bank[0].id


def _newcomer(here: Institute, cast: Cast) -> None:
    """Somebody who waits to be known, and may be two learners."""
    learner = cast.learner(NAME, email=f"newcomer@{DOMAIN}", newcomer=True)
    arrival = Arrival("subject", NAME, f"{learner.learner_ref}@{DOMAIN}".lower())
    with here.app.app_context(), acting(SYSTEM, utc_now()) as act:
        newcomers.wait(act, "https://provider.example", arrival)
    here.ids["newcomer"] = _only(here, "SELECT public_id FROM newcomer")


def _without_address(here: Institute, cast: Cast) -> None:
    """A class that is open, with somebody who has a card, and what is to be handed to them."""
    with here.app.app_context():
        cohort = db.session.scalars(
            select(Cohort).where(Cohort.public_id == here.ids["cohort"])
        ).one()
        head = db.session.scalars(select(Account).where(Account.email == here.people["head"])).one()
    learner = cast.learner(NAME, cohort=cohort, address=False)
    with here.app.app_context():
        made = making.with_pins([learner])
        with acting(head, utc_now()) as act:
            making.make(act, made)
            here.ids["class-code"] = making.open_class(act, cohort, head).code
            letter = Letter("Your induction is due", "Hello,\n\nhttp://127.0.0.1/induction")
            by_hand.keep(act.session, learner.id, letter, now=act.now)
    here.ids["letter"] = _only(here, "SELECT public_id FROM letter_by_hand")


def _sent(visitor: Visitor, path: str, **values: object) -> str:
    """Send a form of staff; where it leads."""
    given = {"csrf_token": visitor.token(), **values}
    response = visitor.post(path, data=given, content_type="multipart/form-data")
    assert response.status_code == 303, f"{path}: {response.status}"
    return response.location


def _only(here: Institute, sql: str) -> str:
    return str(rows(here.app, sql)[0][0])
