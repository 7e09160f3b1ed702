"""Checks that read the database: clocks, the worker, letters, people and the settings page."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.approvals.asking import takes_two
from induction.approvals.kinds import kinds
from induction.approvals.queries import how_many_confirm
from induction.audit.models import AuditEntry, AuditHead
from induction.compliance import outside
from induction.directory.models import DirectoryConnection
from induction.health.finding import Finding, Installation, fail, ok, warn
from induction.institute.models import Institute
from induction.kept_backups import nights
from induction.mail import beats, chores
from induction.mail.models import OutboxMail
from induction.mail.outbox import undelivered, waiting
from induction.people.models import Account, Role, has_role
from induction.signing.models import SharedKey
from induction.signing.shared import secret_check
from induction.uk_time import uk_date, uk_datetime

APART = timedelta(seconds=30)  # that clocks may be: the checks before this one take a while
MOST_DEMO = 1000  # accounts of the demo institute that are counted
QUIET = timedelta(days=2)  # of a directory, which asks many times a day
SETTINGS_PAGE = "/admin/settings"
PEOPLE_PAGE = "/admin/people"


def clock(at: Installation) -> Finding:
    """Sessions, links and the order of evidence stand on the clock."""
    apart = max(_newest_act(at.session) - at.now, _from_the_servers(at))
    if apart > APART:
        return fail(
            f"The clock of this machine is {apart.total_seconds():.0f} seconds behind the newest "
            "act on record, or away from the clock of the database server",
            "the machine’s clock",
            "switch time synchronisation on: timedatectl set-ntp true, on each machine",
        )
    return ok("The clock agrees with the database")


def _newest_act(session: Session) -> datetime:
    """When the newest act was; long ago where there is none."""
    newest = session.scalar(select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1))
    return datetime.fromisoformat(newest or "2000-01-01T00:00:00+00:00")


def _from_the_servers(at: Installation) -> timedelta:
    """How far the clock of a database server is from ours; SQLite has none of its own."""
    if at.session.get_bind().dialect.name != "postgresql":
        return timedelta()
    there: datetime = at.session.execute(select(func.clock_timestamp())).scalar_one()
    return abs(there - at.now)


def machines(at: Installation) -> Finding:
    """Several on one database sign with one key, and read each other's cookies."""
    shared = at.session.get(SharedKey, 1)
    if shared is None:
        return ok("No machine has started on this database yet")
    if shared.fingerprint != at.signer.fingerprint:
        return fail(
            f"This machine signs with another key than the one that started last,"
            f" {shared.fingerprint[:16]}…",
            "INDUCTION_SIGNING_P12",
            "give all machines the same, or the same INDUCTION_KEY_PASSPHRASE, and restart each",
        )
    if shared.secret_check != secret_check(at.settings.secret_key):
        return fail(
            "This machine has another SECRET_KEY than the one that started last: whoever comes to"
            " both is signed out again and again",
            "SECRET_KEY",
            "set the same on all machines, and restart each",
        )
    return ok("All machines on this database have the same keys")


def worker(at: Installation) -> Finding:
    """Without the worker no letter leaves and no chore is done."""
    last = beats.last(at.session)
    if last is None or at.now - last > beats.LATE:
        since = f"since {uk_datetime(last)}" if last else "yet"
        return fail(
            f"The worker has not run {since}: no letter leaves and no chore is done",
            "INDUCTION_WORKER",
            "start the server; or, where it is set to external, the service of flask worker",
        )
    return ok(f"The worker ran at {uk_datetime(last)}")


def failing_chores(at: Installation) -> Finding:
    """The worker goes on where one of them fails; what that one is for stays undone."""
    if found := chores.failing(at.session):
        first = found[0]
        return fail(
            "The worker cannot do: "
            + "; ".join(f"{row.name}, since {uk_datetime(row.since)}" for row in found)
            + f". The first ended with: {first.fault}",
            "the worker’s log",
            f"look for “doing”: “{first.name}”; it is tried again within the hour",
        )
    return ok("The worker’s chores are done")


def letters(at: Installation) -> Finding:
    """Letters that were tried and have not gone."""
    if count := waiting(at.session):
        why = at.session.scalar(
            select(OutboxMail.last_error)
            .where(
                OutboxMail.sent_at.is_(None),
                OutboxMail.refused_at.is_(None),
                OutboxMail.last_error != "",
            )
            .order_by(OutboxMail.id.desc())
            .limit(1)
        )
        return warn(
            f"Letters that could not be sent: {count}, the newest with: {why or 'no answer'}",
            "INDUCTION_MAIL_URL",
            "see what the mail server says; they are tried again by themselves",
        )
    if ended := at.session.scalar(undelivered(func.count()).order_by(None)):
        return warn(
            f"Letters that no address took: {ended}",
            "/admin/mail",
            "see whose they are, and put the addresses right",
        )
    return ok("No letter is held up")


def nightly_backups(at: Installation) -> Finding:
    """A backup that nobody has tried, or that is weeks old, is none when it is needed."""
    newest = nights.newest(at.session, now=at.now)
    if newest is None:
        return warn(
            "No backup is made by itself",
            "INDUCTION_BACKUP",
            "set it to a folder on another disk or machine, or to s3://bucket/prefix, and restart",
        )
    why = f"; the last try ended with: {newest.fault}" if newest.fault else ""
    if newest.since is None or newest.old:
        since = f"since {uk_datetime(newest.since)}" if newest.since else "yet"
        return fail(
            f"There has been no good backup {since}{why}",
            "INDUCTION_BACKUP",
            "see that the place can be written to and has room, and that the worker runs; "
            "it tries again within the hour",
        )
    if why:
        return warn(
            f"The newest good backup is of {uk_datetime(newest.since)}{why}",
            "INDUCTION_BACKUP",
            "see what hinders it; it is tried again within the hour",
        )
    return ok(f"The backup of {uk_datetime(newest.since)} was put back on trial, and holds")


def checkpoint(at: Installation) -> Finding:
    """Only what left the building shows that nobody has rewritten the record of acts."""
    newest = outside.newest(at.session, now=at.now)
    if newest is None and not at.session.scalar(select(AuditHead.seq)):
        return ok("Nothing has been done yet that a checkpoint could hold")
    if newest is None or newest.old:
        since = f"since {uk_date(newest.since)}" if newest else "yet"
        what = f"No checkpoint of the record of acts has left the building {since}"
        if not at.settings.mail_url:
            return warn(what, "INDUCTION_MAIL_URL", "set it: checkpoints go by mail")
        return warn(
            what,
            SETTINGS_PAGE,
            "set a second address that keeps checkpoints, or give somebody the role of "
            "compliance; the worker sends one a day",
        )
    return ok(f"The newest checkpoint outside is of {uk_date(newest.since)}")


def institute_name(at: Installation) -> Finding:
    """Certificates print it."""
    if not (name := _institute(at).name):
        return warn(
            f"Certificates name the organisation in the policy’s files: {at.content.organisation}",
            SETTINGS_PAGE,
            "set the legal name, if it is another",
        )
    return ok(f"Certificates name {name}")


def whom_to_tell(at: Installation) -> Finding:
    """Whoever is in trouble reads whom to call."""
    if not _institute(at).names_a_lead:
        return fail(
            "No safeguarding lead is named: learners in trouble do not read whom to call",
            f"{SETTINGS_PAGE}#whom-to-tell",
            "set the lead’s name, and a number or an address",
        )
    return ok("Learners read who the safeguarding lead is")


def second_step(at: Installation) -> Finding:
    """A password alone is easily lost."""
    provider = at.settings.sign_on
    if _institute(at).staff_by_provider:
        if provider is not None:
            return ok(f"Staff sign in with {provider.name} alone, which asks for a second step")
        return fail(
            "Staff are to sign in with the institute’s own accounts alone, but no provider is "
            "set: their passwords count",
            "INDUCTION_OIDC_ISSUER",
            "set it again, or untick it on the settings page",
        )
    if not _institute(at).staff_second_step:
        return fail(
            "Staff sign in with a password alone",
            SETTINGS_PAGE,
            "tick that staff sign in with a second step",
        )
    return ok("Staff sign in with a second step")


def two_people(at: Installation) -> Finding:
    """One officer alone cannot take evidence away, nor change what counts."""
    insists = _institute(at).two_people
    short = [
        kind.title
        for kind in kinds().values()
        if takes_two(kind) and how_many_confirm(at.session, kind.deciders) < 2
    ]
    if short:
        return (fail if insists else warn)(
            "These take two people, and fewer than two may confirm them, so that "
            + ("nobody can: " if insists else "one confirms them alone: ")
            + "; ".join(short),
            PEOPLE_PAGE,
            "give a second person the role of compliance",
        )
    if not insists:
        return warn(
            "One compliance officer alone can withdraw certificates, publish a policy and make an"
            " audit pack",
            SETTINGS_PAGE,
            "tick that these take two people",
        )
    return ok("Withdrawing, publishing and packs take two people")


def directory(at: Installation) -> Finding:
    """Whoever is barred over there stays in here while the directory says nothing."""
    opened = DirectoryConnection.closed_at.is_(None)
    found = at.session.scalars(select(DirectoryConnection).where(opened)).all()
    quiet = [one for one in found if at.now - (one.heard_at or one.opened_at) > QUIET]
    if quiet:
        names = ", ".join(f"“{one.name}”" for one in quiet)
        return warn(
            f"Nothing has been heard for two days of the directory {names}: whoever leaves keeps "
            "their account here",
            "/admin/directory",
            "look whether it is paused over there or is refused, or end the connection",
        )
    return ok("The directory was heard of lately" if found else "No directory writes here")


def administrators(at: Installation) -> Finding:
    """Where the only administrator is away, nobody mends an account."""
    there = _how_many(at.session, Role.ADMIN)
    if not there:
        return fail(
            "There is no administrator",
            "flask people create",
            "run: flask --app app people create EMAIL --role admin",
        )
    if there < 2:
        return warn("There is one administrator", PEOPLE_PAGE, "give a second person the role")
    return ok(f"Administrators: {there}")


def demo_accounts(at: Installation) -> Finding:
    """Accounts of the demo institute have no second step, and passwords that a command prints."""
    alive = (Account.deactivated_at.is_(None), Account.erased_at.is_(None))
    made, real = (
        select(Account.id).where(Account.demo.is_(is_so), *alive) for is_so in (True, False)
    )
    some = made.limit(MOST_DEMO + 1).subquery()
    there = at.session.scalar(select(func.count()).select_from(some)) or 0
    demo = f"{MOST_DEMO} and more" if there > MOST_DEMO else str(there)
    if there and at.session.scalar(real.limit(1)):
        return fail(
            f"Accounts of the demo institute can sign in beside real people: {demo}",
            PEOPLE_PAGE,
            "end them; or better, begin with an empty database",
        )
    if there:
        return warn(
            f"This is the demo institute: {demo} accounts",
            "DATABASE_URL",
            "begin with an empty database before real people come",
        )
    return ok("No account of the demo institute is left")


def _institute(at: Installation) -> Institute:
    """The settings as they are stored: an empty name stays empty."""
    return at.session.scalars(select(Institute)).one()


def _how_many(session: Session, role: Role) -> int:
    query = select(func.count(Account.id)).where(
        has_role(role), Account.deactivated_at.is_(None), Account.erased_at.is_(None)
    )
    return session.scalar(query) or 0
