"""t28: what every answer tells the browser."""

import gzip
import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from induction.config import Settings
from induction.people.models import Role
from tests.conftest import AppMaker
from tests.integration.test_routes import address, rules
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.learner import Learner


def policy_of(csp: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in csp.split(";"))


@pytest.mark.parametrize("role", [None, *Role])
def test_t28_every_answer_carries_the_headers(cast: Cast, role: Role | None) -> None:
    visitor = cast.signed_in(cast.account(role)) if role else cast.visitor()
    paths = [address(rule) for (method, _), rule in rules(cast.app).items() if method == "GET"]
    for path in [*paths, "/no-such-page", "/induction/%ff"]:
        answer = visitor.get(path, buffered=True)  # files are read to their end
        csp = policy_of(answer.headers["Content-Security-Policy"])
        assert csp["default-src"] == csp["frame-ancestors"] == csp["base-uri"] == "'none'"
        assert csp["script-src"] == csp["style-src"] == csp["form-action"] == "'self'"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert len(answer.headers.getlist("Content-Security-Policy")) == 1
        kept = "max-age=86400" if path == "/worker.js" else "no-store"  # the same for everybody
        assert answer.headers["Cache-Control"] == kept, path


def test_t19_no_answer_leads_to_the_host_that_a_request_claims(cast: Cast) -> None:
    visitor = cast.signed_in(cast.account(Role.ADMIN))
    paths = [address(rule) for (method, _), rule in rules(cast.app).items() if method == "GET"]
    for path in [*paths, "//", "//x", "/induction//x", "/verify/", "/sign-in/", "/verify//x/"]:
        answer = visitor.get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.headers.get("Location", ""), path


def test_t28_a_certificates_file_stays_out_of_caches(newcomer: Learner) -> None:
    number = newcomer.finish()
    answer = newcomer.visitor.get(f"/certificates/{number}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_t28_static_files_are_cached_for_ever_under_names_that_change(visitor: Visitor) -> None:
    page = visitor.read("/")
    found = [e["href"] for e in page.all("link") if e["rel"] == "stylesheet"]
    answer = visitor.get(found[0], headers={"Accept-Encoding": "gzip"})
    assert re.fullmatch(r"/static/site\.[0-9a-f]{12}\.css", found[0])
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    for path in ("/static/../app.py", "/static/site.css", "/static/%2e%2e/app.py"):
        lost = visitor.get(path)
        assert (lost.status_code, lost.headers["Cache-Control"]) == (404, "no-store")


def test_a_learner_loads_one_style_sheet_and_staff_another_one(
    cast: Cast, newcomer: Learner
) -> None:
    tutor = cast.signed_in(cast.account(Role.TUTOR))
    mine, theirs = (
        [e["href"] for e in page.all("link") if e["rel"] == "stylesheet"]
        for page in (newcomer.visitor.read("/induction"), tutor.read("/tutor"))
    )
    assert (len(mine), theirs[:1], len(theirs)) == (1, mine, 2)
    learners, staffs = tutor.get(mine[0]).text, tutor.get(theirs[1]).text
    assert (".table" in staffs, ".timeline-title" in staffs, ".timeline-title" in learners) == (
        True, True, False,
    )  # fmt: skip
    page, sheet = newcomer.visitor.get("/induction").data, tutor.get(mine[0]).data
    assert len(gzip.compress(page)) + len(gzip.compress(sheet, 9)) < 14_000 - 2_000, "headers too"


def test_a_phone_can_keep_the_site_among_its_programs(visitor: Visitor) -> None:
    (link,) = (e["href"] for e in visitor.read("/").all("link") if e["rel"] == "manifest")
    answer = visitor.get(link)
    assert answer.mimetype == "application/manifest+json"
    kept = answer.get_json()
    assert kept["start_url"] == "/"
    assert kept["name"].endswith(": induction")
    for icon in kept["icons"]:
        with Image.open(BytesIO(visitor.get(icon["src"]).data)) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
    for path in ("/favicon.ico", "/apple-touch-icon.png"):
        with Image.open(BytesIO(visitor.get(path, follow_redirects=True).data)) as picture:
            assert picture.width >= 32


def cookies_of(app: Flask) -> list[str]:
    """The cookies that a sign-in sets."""
    cast = Cast(app)
    account, visitor = cast.account(), cast.visitor()
    answer = visitor.sign_in(account.email, PASSWORD)
    return answer.headers.getlist("Set-Cookie")


def test_t28_the_cookie_is_kept_from_scripts_and_other_sites(app: Flask) -> None:
    (cookie,) = cookies_of(app)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "or nobody could sign in without TLS"


def test_t28_behind_tls_cookies_are_secure_and_browsers_stay_on_it(
    instance: object, make_app: AppMaker
) -> None:
    environ = {
        "INDUCTION_INSTANCE": str(instance),
        "INDUCTION_BASE_URL": "https://induction.college.example",
    }
    app = make_app(Settings.from_environment(environ))
    cast = Cast(app)
    account, visitor = cast.account(), cast.visitor()
    base = "https://induction.college.example"
    page = visitor.get("/sign-in", base_url=base)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = page.headers["Set-Cookie"]
    assert "Secure" in cookie
    assert account.email not in cookie


GZIP = {"Accept-Encoding": "gzip, br"}  # as browsers say it


def test_a_page_is_compressed_and_whole(visitor: Visitor) -> None:
    visitor.inspecting = False
    sent = visitor.get("/accessibility", headers=GZIP)
    plain = visitor.get("/accessibility")
    assert sent.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(sent.data) == plain.data
    assert int(sent.headers["Content-Length"]) == len(sent.data) < 0.6 * len(plain.data)
    for answer in (sent, plain):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_what_whoever_asks_has_chosen_is_never_compressed_beside_a_token(cast: Cast) -> None:
    tutor, chosen = cast.signed_in(cast.account(Role.TUTOR)), "zebra-crossing"
    form = {"csrf_token": tutor.token(), "name": chosen, "due_on": chosen}
    search = tutor.get(f"/tutor/learners?search={chosen}", headers=GZIP)
    sent_back = tutor.post("/tutor/cohorts/new", data=form, headers=GZIP)
    refusal = tutor.get(f"/{chosen}", headers=GZIP)
    assert chosen in search.text
    assert chosen in sent_back.text
    for answer in (search, sent_back, refusal):
        assert answer.mimetype == "text/html"
        assert "Content-Encoding" not in answer.headers
