"""Learner Induction: the application factory, which reads as the table of contents."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from induction import cli, extensions, machines, site
from induction.administration import account_pages, letter_pages, mail_pages, settings_pages
from induction.approvals import pages as approvals
from induction.audit_pack import approving as pack_approving
from induction.audit_pack import pages as audit_pack
from induction.cards import card_pages, hand_over_pages
from induction.cards import pages as cards
from induction.certificates import pages as certificates
from induction.compliance import audit_log_pages, trace_pages
from induction.compliance import pages as compliance
from induction.config import PROJECT_ROOT, Settings
from induction.database import prepare_engine
from induction.directory import pages as directory
from induction.directory import scim_pages
from induction.enrolment import enrol_pages, import_pages, taking_pages, undo_pages
from induction.health import pages as health
from induction.journey import pages as journey
from induction.journey import question_pages
from induction.people import access, comfort_pages, link_pages, own_account_pages, sign_in_pages
from induction.personal_data import approving as data_approving
from induction.personal_data import pages as personal_data
from induction.policy import document_pages, help_pages, media_pages
from induction.policy.store import Content, look_for_another_version
from induction.policy_versions import approving as policy_approving
from induction.policy_versions import draft_pages, draft_part_pages, new_section_pages
from induction.policy_versions import pages as policy_versions
from induction.practice import pages as practice
from induction.register import approving as certificate_approving
from induction.register import pages as register
from induction.register import withdrawal_pages
from induction.reminders import pages as reminders
from induction.reports import case_pages
from induction.reports import pages as reports
from induction.revisit import kept_pages
from induction.revisit import pages as revisit
from induction.schema import refuse_newer
from induction.second_factor import asking_again
from induction.second_factor import pages as second_factor
from induction.sign_on import newcomer_pages
from induction.sign_on import pages as sign_on
from induction.sign_on.trusted_header import provider_from
from induction.site import pages as public_pages
from induction.tutoring import (
    act_pages,
    analysis_pages,
    asking_pages,
    cohort_pages,
    correction_pages,
    figure_pages,
    invitation_pages,
    selection_pages,
    view_pages,
)
from induction.tutoring import approving as tutor_approving
from induction.tutoring import pages as tutoring

ROOMS = (
    public_pages,
    sign_in_pages,
    link_pages,
    own_account_pages,
    comfort_pages,
    cards,
    sign_on,
    newcomer_pages,
    second_factor,
    account_pages,
    directory,
    scim_pages,
    letter_pages,
    mail_pages,
    settings_pages,
    health,
    approvals,
    reports,
    case_pages,
    personal_data,
    journey,
    question_pages,
    practice,
    document_pages,
    help_pages,
    media_pages,
    certificates,
    import_pages,
    taking_pages,
    undo_pages,
    enrol_pages,
    reminders,
    card_pages,
    hand_over_pages,
    revisit,
    kept_pages,
    tutoring,
    act_pages,
    analysis_pages,
    asking_pages,
    cohort_pages,
    correction_pages,
    figure_pages,
    invitation_pages,
    selection_pages,
    view_pages,
    register,
    withdrawal_pages,
    audit_pack,
    policy_versions,
    draft_pages,
    draft_part_pages,
    new_section_pages,
    compliance,
    trace_pages,
    audit_log_pages,
)

# What may take two people, room by room.
APPROVALS = (
    tutor_approving,
    certificate_approving,
    policy_approving,
    pack_approving,
    data_approving,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve. Raises BadSetting or CurriculumError where it cannot."""
    settings = settings or Settings.from_environment()
    app = Flask(
        "induction",
        static_folder=None,  # site.assets serves them under names that carry their digest
        template_folder=str(PROJECT_ROOT / "templates"),
        instance_path=str(settings.instance),
        root_path=str(PROJECT_ROOT),
    )
    app.config.update(site.configuration(settings))
    app.url_rule_class, app.url_map.converters["int"] = site.Route, site.WholeNumber
    app.extensions["settings"] = settings
    app.extensions["content"] = Content(settings)

    extensions.db.init_app(app)
    extensions.migrate.init_app(
        app, extensions.db, directory=str(PROJECT_ROOT / "induction" / "migrations"),
        render_as_batch=True,
    )  # fmt: skip
    extensions.login.init_app(app, add_context_processor=False)  # site.layout has its own
    extensions.csrf.init_app(app)
    prepare_engine(app)
    try:
        _furnish(app, settings)
    except BaseException:  # what may not start keeps nothing of the database open
        with app.app_context():
            extensions.db.engine.dispose()
        raise
    return app


def _furnish(app: Flask, settings: Settings) -> None:
    """With its content, keys and rooms; looks into the database, and agrees with other machines."""
    if not _runs_a_command():
        with app.app_context():
            refuse_newer(extensions.db.session())
            app.extensions["content"].load()  # faults of the authors' files stop the start
    app.extensions["signer"] = machines.signer_of(app)
    app.extensions["provider"] = provider_from(settings)
    app.before_request(access.guard)
    app.before_request(asking_again.guard)
    app.before_request(look_for_another_version)
    for room in ROOMS:
        app.register_blueprint(room.pages)
    app.extensions["approvals"] = {kind.name: kind for one in APPROVALS for kind in one.KINDS}

    site.init_app(app)
    cli.init_app(app)
    access.refuse_unmarked_views(app)
    if not _runs_a_command():
        machines.join(app)
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def _runs_a_command() -> bool:
    """Whether this is ``flask …``: its ``content check`` has to run with faulty files too."""
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"
