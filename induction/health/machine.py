"""Checks that need no table: settings, folders, fonts, the key, the mail server, the database."""

import importlib
import shutil
from datetime import timedelta

from induction.certificates.pdf import fonts
from induction.curriculum.faults import CurriculumError
from induction.environment import BadSetting
from induction.extensions import db
from induction.health.finding import Finding, Installation, fail, ok, warn
from induction.mail.server import MailError, connected, in_words
from induction.schema import refuse_unreachable, refuse_unready
from induction.sign_on.provider import ProviderAway
from induction.sign_on.trusted_header import provider_from
from induction.uk_time import uk_date

LITTLE_ROOM, NO_ROOM = 2_000_000_000, 300_000_000  # bytes that are free
ENDS_SOON = timedelta(days=90)
PATIENCE = 5.0  # seconds for the mail server to answer
# A letter each of Greek, Arabic, Devanagari and Chinese: names on certificates have them.
SCRIPTS = "Ωبक名"


def address(at: Installation) -> Finding:
    """Certificates and letters carry the public address for years."""
    if not at.settings.over_https:
        return fail(
            f"Certificates and letters carry {at.settings.base_url}, which is not https",
            "INDUCTION_BASE_URL",
            "set it to the public address, such as https://induction.example.ac.uk, and restart",
        )
    if not at.settings.proxies:
        return warn(
            "The address is https, but no proxy is trusted: every visitor looks like the proxy",
            "INDUCTION_PROXIES",
            "set it to the number of proxies of your own in front, mostly 1, and restart",
        )
    return ok(f"Certificates and letters carry {at.settings.base_url}")


def mail_server(at: Installation) -> Finding:
    """Invitations, reminders and checkpoints leave by mail."""
    if not at.settings.mail_url:
        return fail(
            f"There is no mail server: letters are files in {at.settings.instance / 'outbox'}",
            "INDUCTION_MAIL_URL",
            "set it to smtp://user:password@host:587, and restart",
        )
    try:
        with connected(at.settings, now=at.now, timeout=PATIENCE) as server:
            server.noop()
    except MailError as error:
        return fail(
            in_words(error),
            "INDUCTION_MAIL_URL",
            "put host, port, user or password right, or start the server; letters wait meanwhile",
        )
    return ok("The mail server answers")


def sign_in(at: Installation) -> Finding:
    """Whoever comes with an account of the institute needs the provider."""
    provider = provider_from(at.settings)  # a new one: what was kept says nothing of today
    if provider is None:
        return ok("People sign in with a password or a passkey; no provider is set")
    if at.settings.sign_on and at.settings.sign_on.header:
        return ok(f"People sign in at the proxy in front, which guards {provider.answers_at}")
    try:
        provider.said(now=at.now)
    except ProviderAway as error:
        return fail(
            f"Nobody can sign in with {provider.name}: {error}",
            "INDUCTION_OIDC_ISSUER",
            "put the address right, or see to it that this machine can reach it",
        )
    return ok(f"{provider.name} answers, and sends people back to {provider.answers_at}")


def folder(at: Installation) -> Finding:
    """The instance folder holds the keys and, with SQLite, everybody's details."""
    instance = at.settings.instance
    if instance.stat().st_mode & 0o077:
        return fail(
            "Other users of this machine can look into the instance folder",
            str(instance),
            f"run: chmod 700 {instance}",
        )
    return ok("The instance folder is for its owner alone")


def disk(at: Installation) -> Finding:
    """A full disk takes no answers."""
    instance = at.settings.instance
    free = shutil.disk_usage(instance).free
    room = f"{free / 1e9:.1f} GB are free on the disk of the instance folder"
    if free < LITTLE_ROOM:
        find = fail if free < NO_ROOM else warn
        return find(room, str(instance), "make room, or move it to a larger disk")
    return ok(room)


def drawing(at: Installation) -> Finding:  # noqa: ARG001  every check is called alike
    """Certificates are drawn with fonts of ours, and names in other scripts with the system's."""
    if gone := [name for name in fonts.BUNDLED if not (fonts.FOLDER / name).is_file()]:
        return fail(
            f"Certificates cannot be drawn: fonts are missing: {', '.join(gone)}",
            str(fonts.FOLDER),
            "put the release’s files back",
        )
    try:
        importlib.import_module("induction.certificates.pdf.render")
    except OSError as error:
        return fail(
            f"Certificates cannot be drawn: {str(error).partition(chr(10))[0]}",
            "scripts/setup.sh",
            "run: make setup",
        )
    try:
        fonts.fonts_for(SCRIPTS)
    except fonts.MissingGlyphs as error:
        return warn(
            f"Some names cannot be printed: {error}",
            "fc-list",
            "install the fonts before somebody with such a name finishes",
        )
    return ok("Certificates can be drawn, names in other scripts too")


def signing_key(at: Installation) -> Finding:
    """A certificate that is signed after its key has ended does not validate."""
    end = at.signer.valid_until
    where, act = "INDUCTION_SIGNING_P12", "bring a new PKCS#12 file, and restart"
    if not at.settings.signing_p12:
        where = str(at.settings.instance / "keys")
        act = "run: flask --app app certificates rotate-key"
    if end < at.now:
        return fail(f"The signing key ended on {uk_date(end)}", where, act)
    if end - at.now < ENDS_SOON:
        return warn(f"The signing key ends on {uk_date(end)}", where, act)
    return ok(f"The signing key is valid until {uk_date(end)}")


def policy_files(at: Installation) -> Finding:
    """The authors' files are the next version of the policy."""
    try:
        candidate = at.content.candidate()
    except CurriculumError as error:
        first, more = error.faults[0], len(error.faults) - 1
        return fail(
            f"The files of the policy have faults: {first.message}"
            + (f" (and {more} more)" if more else ""),
            f"{first.path}:{first.line}",
            "run: flask --app app content check",
        )
    return ok(f"The files of the policy can be used: {candidate.policy.title}")


def backup_recipient(at: Installation) -> Finding:
    """A backup holds people's details and the signing key."""
    if not at.settings.backup_recipient:
        return warn(
            "Backups are not encrypted, unless each is told to be",
            "INDUCTION_BACKUP_RECIPIENT",
            "run: age-keygen -o identity.txt, set the variable to its public key, "
            "and keep the file elsewhere",
        )
    return ok("Backups are encrypted")


def database(at: Installation) -> Finding:
    """It can be reached, and has the tables of this release."""
    try:
        refuse_unreachable(db.engine)
        refuse_unready(at.session)
    except BadSetting as fault:
        what, _, act = str(fault).removeprefix("DATABASE_URL: ").rpartition("; ")
        return fail(what[0].upper() + what[1:], "DATABASE_URL", act.removeprefix("first "))
    return ok("The database can be reached, and is of this release")
