"""Every page of the application: who opens it, and where. A new page has to be added here."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from playwright.sync_api import Page, Response

from induction.site import errors, unsent
from tests.browser.conftest import NOBODY, Windows

ACTS = ("due-date", "fresh-start", "move")  # the others show the same fields
# Who opens a page, and with which of the institute's ids its address is made.
PAGES: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "acts.act": (
        *(("head", {"public_id": "{missing}", "name": name}) for name in ACTS),
        ("head", {"public_id": "{invited}", "name": "invite"}),
        ("head", {"public_id": "{signing}", "name": "declaration"}),
    ),
    "directory.overview": (("admin", {}),),
    "administration.people": (("admin", {}), ("admin", {"search": "nobody"})),
    "analysis.of_all": (("head", {}), ("lonely", {})),
    "analysis.of_cohort": (("head", {"public_id": "{cohort}"}),),
    "card_pages.cards": (
        ("head", {"public_id": "{cohort}"}),
        ("head", {"public_id": "{nobody-yet}"}),
    ),
    "cards.card": ((NOBODY, {}), (NOBODY, {"reference": "L1"})),
    "cards.class_code": ((NOBODY, {}),),
    "cards.in_class": ((NOBODY, {"code": "{class-code}"}),),
    "hand_over.letter": (("head", {"public_id": "{letter}"}),),
    "hand_over.listing": (("head", {}), ("lonely", {})),
    "certificates.mine": (("done", {}), ("ended", {}), ("new", {})),
    "certificates.show": (("done", {"number": "{number}"}),),
    "certificates.verify": ((NOBODY, {}),),
    "certificates.verify_number": (
        (NOBODY, {"number": "{number}"}),
        (NOBODY, {"number": "{withdrawn}"}),
    ),
    "asking.ask": (("new", {}), ("done", {})),
    "audit_log.listing": (("compliance", {}), ("auditor", {}), ("compliance", {"actor": "nobody"})),
    "audit_log.verify": (("compliance", {}),),
    "comfort.comfort": ((NOBODY, {}), ("new", {})),
    "compliance.overview": (("compliance", {}),),
    "withdrawal.ask_again": (("compliance", {"number": "{withdrawn}"}),),
    "audit_pack.export": (("compliance", {}), ("auditor", {})),
    "register.listing": (("compliance", {}), ("auditor", {}), ("compliance", {"search": "nobody"})),
    "withdrawal.reissue": (
        ("compliance", {"number": "{number}"}),
        ("compliance", {"number": "{withdrawn}"}),
    ),
    "withdrawal.revoke": (
        ("compliance", {"number": "{number}"}),
        ("compliance", {"number": "{withdrawn}"}),
    ),
    "trace.attempt": (
        (
            "compliance",
            {"enrolment": "{enrolment}", "kind": "section", "step": "{first}", "number": "1"},
        ),
    ),
    "trace.certificate": (
        ("compliance", {"number": "{number}"}),
        ("compliance", {"number": "{withdrawn}"}),
        ("auditor", {"number": "{withdrawn}"}),
    ),
    "trace.clause": (("compliance", {"clause_id": "{clause}"}),),
    "trace.clauses": (("compliance", {}), ("auditor", {})),
    "trace.statistics": (("compliance", {}),),
    "policy_draft.overview": (("compliance", {}), ("head", {})),
    "draft_parts.part": (
        ("compliance", {"kind": "clause", "name": "{clause}"}),
        ("compliance", {"kind": "file", "name": "content/social-media/policy.yaml"}),
        ("compliance", {"kind": "history", "name": "history"}),
        ("compliance", {"kind": "scenario", "name": "{situation}"}),
        ("head", {"kind": "declaration", "name": "declaration"}),
    ),
    "policy_draft.preview": (
        ("compliance", {}),
        ("head", {"name": "{first}"}),
        ("compliance", {"name": "{first}/{situation}"}),
        ("compliance", {"name": "declaration"}),
        ("compliance", {"name": "help/i-made-a-mistake"}),
    ),
    "policy_draft.all_comments": (("head", {"public_id": "{policy-draft}"}),),
    "policy_draft.discard": (("compliance", {"public_id": "{policy-draft}"}),),
    "policy_draft.changes": (("compliance", {}),),
    "policy_sections.add": (("compliance", {}),),
    "policy_versions.changes": (("compliance", {}),),
    "policy_versions.document": (("compliance", {}),),
    "policy_versions.overview": (("compliance", {}),),
    "policy_versions.version": (("compliance", {"version_id": "1"}),),
    "enrolment.dry_run": (
        ("admin", {"public_id": "{draft}"}),
        ("admin", {"public_id": "{draft}", "whole": "1"}),
    ),
    "enrolling.enrol": (("head", {}),),
    "enrolment.import_file": (("head", {}), ("admin", {})),
    "invitations.waiting": (("admin", {}), ("lonely", {})),
    "import_undo.undo": (("admin", {"stamp": "{imported}"}),),
    "cohorts.edit": (("head", {"public_id": "{cohort}"}),),
    "cohorts.new": (("head", {}),),
    "journey.declaration": (("signing", {}),),
    "questions.feedback": (("back", {"at": "feedback"}), ("missing", {"at": "feedback-again"})),
    "journey.hub": tuple(
        (who, {}) for who in ("new", "back", "done", "ended", "renewing", "again", "admin")
    ),
    "questions.look_back": (("back", {"at": "look-back"}),),
    "questions.look_back_feedback": (("story", {"at": "look-back-done"}),),
    "questions.question": (
        ("new", {"at": "question"}),
        ("back", {"at": "answered"}),
        ("story", {"at": "story"}),
        ("several", {"at": "several"}),
    ),
    "journey.result": (("back", {"at": "result"}), ("missing", {"at": "result-again"})),
    "journey.section": (
        ("new", {"slug": "{first}"}),
        ("signing", {"at": "section"}),
        ("signing", {"slug": "final-check"}),
    ),
    "journey.takeaway": (("new", {"slug": "{first}"}),),
    "practice.do_now": (("signing", {"slug": "your-footprint"}),),
    "practice.my_changes": (("new", {}), ("done", {})),
    "corrections.details": (
        ("admin", {"public_id": "{missing}"}),
        ("head", {"public_id": "{done}"}),
    ),
    "corrections.same_person": (("admin", {"public_id": "{missing}"}),),
    "figures.overview": (("head", {}), ("lonely", {}), ("head", {"by": "tutor"})),
    "audit_pack.gaps_page": (("compliance", {}), ("compliance", {"search": "nobody"})),
    "letter_texts.listing": (("admin", {}),),
    "letter_texts.edit": (("admin", {"name": "invitation"}), ("admin", {"name": "reminder-due"})),
    "newcomers.waiting": (("head", {}), ("lonely", {})),
    "newcomers.who": (("head", {"public_id": "{newcomer}"}),),
    "own_account.account": (("new", {}), ("head", {})),
    "own_account.devices": (("head", {}),),
    "second_factor.ask": (("phoned", {}),),
    "second_factor.by_mail": (("phoned", {}),),
    "second_factor.app": (("head", {}),),
    "second_factor.overview": (("head", {}),),
    "second_factor.prove": (("head", {"next": "/tutor"}),),
    "help.contents": ((NOBODY, {}),),
    "help.page": tuple(
        (NOBODY, {"slug": slug})
        for slug in ("somebody-posted-me", "i-made-a-mistake", "settings-app-by-app")
    ),
    "people.forgotten": ((NOBODY, {}),),
    "links.link": ((NOBODY, {"token": "{token}"}), (NOBODY, {"token": "{begin}"})),
    "links.set_password": ((NOBODY, {"token": "{token}"}),),
    "people.sign_in": ((NOBODY, {}),),
    "personal_data.overview": (("compliance", {}), ("data-protection", {})),
    "personal_data.period": (("compliance", {"record_class": "learners"}),),
    "approvals.listing": (("compliance", {}), ("admin", {}), ("data-protection", {})),
    "approvals.show": (
        ("compliance", {"public_id": "{asked}"}),
        ("admin", {"public_id": "{asked}"}),
        ("compliance", {"public_id": "{stoppable}"}),
        ("compliance", {"public_id": "{shorter}"}),
        ("compliance", {"public_id": "{renamed}"}),
    ),
    "reminders.by_hand": (
        ("head", {"public_id": "{cohort}"}),
        ("head", {"public_id": "{nobody-yet}"}),
        ("head", {"state": "overdue"}),
    ),
    "selection.act": (
        ("head", {"name": "due-date"}),
        ("head", {"name": "move", "state": "stuck"}),
        ("head", {"name": "settle", "state": "withdrawn"}),
    ),
    "selection.undo": (("head", {"stamp": "20250101T080000000000"}),),
    "reminders.settings": (("admin", {}),),
    "cases.one": (("safeguarding", {"public_id": "{report}"}),),
    "cases.register": (("safeguarding", {}),),
    "reports.follow_up": ((NOBODY, {}),),
    "reports.report": (
        (NOBODY, {}),
        *(("new", {"about": about}) for about in ("", "picture", "harm")),
    ),
    "reports.sent": (("new", {}),),
    "revisit.question": (
        (NOBODY, {"link": "{revisit-open}", "number": "1"}),
        (NOBODY, {"link": "{revisit-done}", "number": "2"}),
    ),
    "revisit.kept": ((NOBODY, {"link": "{revisit-done}"}),),
    "kept.overview": (("compliance", {}),),
    "settings.edit": (("admin", {}),),
    "mail.letters": (("admin", {}),),
    "settings.words": (("admin", {}),),
    "health.overview": (("admin", {}),),
    "administration.one_person": (("admin", {"public_id": "{new}"}),),
    "site.accessibility": ((NOBODY, {}),),
    "site.home": ((NOBODY, {}),),
    "site.offline": ((NOBODY, {}),),
    "site.privacy": ((NOBODY, {}),),
    "site.style": (("admin", {}),),
    "tutoring.board": (("head", {}), ("lonely", {}), ("head", {"search": "nobody"})),
    "tutoring.cohort": (
        ("head", {"public_id": "{cohort}"}),
        ("head", {"public_id": "{nobody-yet}"}),
        ("head", {"public_id": "{cohort}", "search": "nobody"}),
    ),
    "tutoring.class_register": (("head", {"public_id": "{cohort}"}),),
    "tutoring.learner": (
        ("head", {"public_id": "{missing}", "all": "1"}),
        ("head", {"public_id": "{done}"}),
    ),
    "views.mine": (("head", {"state": "stuck"}), ("lonely", {})),
    "tutoring.learners": (("head", {}), ("lonely", {}), ("head", {"state": "withdrawn"})),
}
# What is fetched and not looked at: files, pictures, probes, and what only leads on.
FILES = {
    "certificates.pdf", "certificates.key", "certificates.public_key", "audit_log.table",
    "register.table", "policy_versions.people", "policy_draft.archive", "media.file",
    "policy_versions.stored_document", "personal_data.copy", "policy.document",
    "questions.quiz", "revisit.begin", "cases.picture", "cases.table", "settings.logo",
    "scim.config", "scim.list_groups", "scim.list_users", "scim.nothing", "scim.resource_type",
    "scim.resource_types", "scim.schema", "scim.schemas", "scim.show_group", "scim.show_user",
    "health.figures", "site.healthz", "site.icon", "site.manifest", "site.readyz", "site.worker",
    "static", "tutoring.board_list", "tutoring.cohort_list", "figures.table",
    "audit_pack.gaps_table", "tutoring.learner_list",
}  # fmt: skip
# They need a provider, and are looked at in test_sign_on.py.
WITH_A_PROVIDER = {
    "sign_on.answer", "sign_on.connection", "sign_on.signed_out", "sign_on.start",
    "sign_on.start_again", "sign_on.start_with_link",
}  # fmt: skip
# It is for whoever came by a link just now, and is looked at in test_cards.py.
BY_A_LINK = {"own_account.first_password"}
# Pages that say no, by status. What they say when something breaks is drawn without breaking it.
REFUSALS = {
    404: (
        (NOBODY, "/no-such-page"),
        (NOBODY, "/verify/0000-0000-0000-0000"),
        (NOBODY, "/link/used-or-never-sent"),
        ("head", "/tutor/learners/{done}/settle"),
    ),
    403: (("new", "/tutor"),),
    405: ((NOBODY, "/sign-out"),),
    410: ((NOBODY, "/revisit/{revisit-closed}"),),
}
# Forms that are sent as they stand, with nothing filled in, by the status of what comes back. A
# question is asked again at its own address.
FORMS = {
    200: (
        ("new", "{at-question}"),
        ("several", "{at-several}"),
    ),
    422: (
        (NOBODY, "/sign-in"),
        (NOBODY, "/forgotten-password"),
        (NOBODY, "/sign-in/card"),
        (NOBODY, "/sign-in/class/{class-code}"),
        ("signing", "/induction/declaration"),
        ("new", "/report?about=harm"),
        ("head", "/tutor/cohorts/new"),
        ("head", "/tutor/enrol"),
        ("head", "/tutor/import"),
        ("head", "/tutor/learners/{missing}/note"),
        ("compliance", "/compliance/certificates/{number}/revoke"),
        ("compliance", "/compliance/personal-data"),
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One page as one person sees it."""

    endpoint: str
    who: str
    path: str
    status: int = 200
    empty_form: bool = False  # send its form with nothing in it, and look at the answer
    drawn: str = ""  # the page itself, where no request brings it about

    def __str__(self) -> str:
        """As it stands in a failure."""
        return f"{self.path} ({self.who or 'nobody'}{', sent empty' if self.empty_form else ''})"

    def open(self, page: Page) -> Response:
        """Have the page on its way; the answer to what was asked last."""
        if self.drawn:
            page.route(
                f"**{self.path}",
                lambda route: route.fulfill(
                    status=self.status, body=self.drawn, content_type="text/html"
                ),
            )
        answer = page.goto(self.path, wait_until="commit")
        if self.empty_form:
            page.wait_for_load_state()  # half a page may lack its last form
            form = page.locator("main form[method=post]:not([action$=passkey])").last
            with page.expect_navigation(wait_until="commit") as sent:
                form.evaluate("(form) => { form.noValidate = true; form.submit(); }")
            answer = sent.value
        assert answer is not None
        assert answer.status == self.status, f"{self}: {answer.status}"
        assert self.status != 200 or page.url.endswith(self.path), f"{self} led to {page.url}"
        return answer


def pages_of(app: Flask) -> set[str]:
    """The endpoints that answer GET."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def places(windows: Windows) -> Iterator[Place]:
    """Every page with the institute's ids in its address."""
    here = windows.institute
    urls = here.app.url_map.bind("")
    ids = {**here.ids, **{f"at-{name}": path for name, path in here.paths.items()}}
    for endpoint, views in PAGES.items():
        for who, values in views:
            if "at" in values:
                path = here.paths[values["at"]]
            else:
                given = {name: value.format_map(ids) for name, value in values.items()}
                path = urls.build(endpoint, given, append_unknown=True)
            yield Place(endpoint, who, path)
    for status, refused in REFUSALS.items():
        for who, path in refused:
            yield Place("refused", who, path.format_map(ids), status)
    with here.app.test_request_context():
        for code in errors.WORDS:
            yield Place("error", NOBODY, f"/error-{code}", code, drawn=errors.page(code)[0])
    words = {"typed": "question", "question": "Is a photo of my own cake all right?"}
    with here.app.test_request_context(method="POST", data=words):
        yield Place("error", NOBODY, "/unsent", 400, drawn=unsent.page(signed_in=False)[0])
    for status, who, path in ((status, *form) for status, sent in FORMS.items() for form in sent):
        yield Place("form", who, path.format_map(ids), status, empty_form=True)
