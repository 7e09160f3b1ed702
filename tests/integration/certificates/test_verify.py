"""Anyone may ask whether a certificate is genuine. t20: but not for all of them."""

import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from induction.certificates import pages
from induction.certificates.number import ALPHABET, new_number
from induction.database import writing
from induction.people.models import Role
from induction.throttles.models import CountedTry
from induction.throttles.rules import FILE, MEMORY, NUMBER
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import count, ledger, rows

pytestmark = pytest.mark.usefixtures("stopped_clock")  # a wait is as long as it says

UNKNOWN = "unknown"
SAFE_LINK = (
    "https://eur03.safelinks.protection.outlook.com/?url=http%3A%2F%2Fx.example%2Fverify%2F{}"
    "&data=05%7C02%7Cann%40x.example%7C0%7C0%7C638&sdata=Ab%3D&reserved=0"
)


@pytest.fixture
def number(tiny: Cast) -> str:
    """A certificate of Amina Yusuf's."""
    return tiny.graduate(tiny.learner())


@pytest.fixture
def anyone(tiny: Cast) -> Visitor:
    return tiny.visitor()


def as_json(visitor: Visitor, number: str, **query: str) -> tuple[int, dict[str, Any]]:
    answer = visitor.get(
        f"/verify/{number}", query_string=query, headers={"Accept": "application/json"}
    )
    return answer.status_code, json.loads(answer.data)


def test_a_number_tells_anyone_who_and_what_and_nothing_of_how_it_was_earned(
    tiny: Cast, anyone: Visitor
) -> None:
    """Support that somebody had, or a group, may say something of their health or language."""
    tutor, last = tiny.account(Role.TUTOR), tiny.policy.sections[-1].slug
    learner = tiny.learner("Amina Yusuf", cohort=tiny.cohort("Life Skills", tutor))
    signed = {"full_name": "Amina Yusuf", "how": "supporter", "reason": "She could not see it"}
    for act, asked in (
        ("excuse", {"step": last, "reason": "Covered in class"}),
        ("declaration", signed),
    ):
        tiny.advance(learner, until=last if act == "excuse" else "")
        at, visitor = f"/tutor/learners/{learner.public_id}/{act}", tiny.signed_in(tutor)
        form = visitor.read(at).form("reason")
        assert visitor.send(form, asked, at=at).status_code == 303, act
    ((number, text),) = rows(
        tiny.app,
        "SELECT number, record FROM certificate c JOIN certificate_record r"
        " ON r.certificate_id = c.id",
    )
    record = json.loads(text)
    assert "(excused)" in text
    assert "given with a supporter" in text
    page = anyone.read(f"/verify/{number}").text
    assert "Genuine and current" in page
    for told in (
        record["learner"]["name"], record["policy"]["title"], record["policy"]["reference"],
        record["provider"]["name"],
    ):  # fmt: skip
        assert told in page, told
    whole = page + anyone.get(f"/verify/{number}", headers={"Accept": "application/json"}).text
    for kept in (
        record["learner"]["reference"], "Life Skills", "excused", "supporter", "recorded by",
        "Final score", "Tries", *(section["title"] for section in record["sections"]),
    ):  # fmt: skip
        assert kept not in whole, kept


@pytest.mark.parametrize(
    "typed",
    [
        str.lower, lambda n: n.replace("-", ""), lambda n: n.replace("-", " "), lambda n: f"  {n} ",
        lambda n: f"Number {n}.", lambda n: f"https://x.example/verify/{n}?from=mail",
        SAFE_LINK.format,
    ],
)  # fmt: skip
def test_a_number_may_be_typed_as_people_type(number: str, anyone: Visitor, typed: Any) -> None:
    page = anyone.read("/verify")
    [field] = [line for line in page.all("input") if line["name"] == "number"]
    assert len(typed(number)) <= int(field["maxlength"]), "a browser cuts off what is longer"
    answer = anyone.send(page.form("number"), {"number": typed(number)}, at="/verify")
    assert "Genuine and current" in anyone.read(answer.location).text


def test_f14_no_words_lead_to_a_page_that_is_not_there(anyone: Visitor) -> None:
    form = anyone.read("/verify").form("number")
    for typed in ("see https://x.example/verify/ please", "//", "../.."):
        answer = anyone.send(form, {"number": typed}, at="/verify")
        assert "Check a certificate" in anyone.read(answer.location, 404).text


@pytest.mark.parametrize("end", ["/", ".", ")", "”", ","])
def test_f14_an_address_copied_with_what_follows_it_leads_to_the_number(
    number: str, anyone: Visitor, end: str
) -> None:
    assert "Genuine and current" in anyone.read(f"/verify/{number}{end}").text


def test_the_json_has_the_fields_of_the_contract(number: str, anyone: Visitor) -> None:
    status, answer = as_json(anyone, number)
    assert (status, answer["status"]) == (200, "current")
    assert {"number", "status", "name", "policy", "issued_at", "sha256"} <= answer.keys()
    assert answer["name"] == "Amina Yusuf"
    assert answer["policy"]["title"] == "Visitor Safety Policy"


def test_an_unknown_number_is_404_with_the_same_body(anyone: Visitor) -> None:
    status, answer = as_json(anyone, new_number())
    assert (status, answer["status"], answer["name"]) == (404, UNKNOWN, None)
    page = anyone.read(f"/verify/{new_number()}", status=404)
    assert "don’t know this number" in page.text


def test_nothing_typed_is_asked_for_again(anyone: Visitor) -> None:
    page = anyone.read("/verify?number=")
    assert "Type the number" in page.text
    assert page.title.startswith("Error: ")


def test_the_file_is_compared_byte_by_byte(tiny: Cast, anyone: Visitor) -> None:
    holder = tiny.learner()
    number = tiny.graduate(holder)
    pdf = tiny.signed_in(holder).get(f"/certificates/{number}.pdf").data
    altered = pdf.replace(b"%PDF", b"%PDf", 1)
    form = anyone.read(f"/verify/{number}").form("csrf_token").filled()

    def compare(data: bytes) -> str:
        upload = {**form, "file": (io.BytesIO(data), "certificate.pdf")}
        return anyone.post(f"/verify/{number}", data=upload).get_data(as_text=True)

    genuine = compare(pdf)
    assert "byte for byte" in genuine
    assert "give us the PDF" not in genuine, "they have just given it"
    assert "Have you got the PDF" not in genuine
    assert "give us the PDF" in compare(altered)
    assert "is not the one we issued" in compare(altered)
    assert "is not the one we issued" in compare(b"")
    digest = hashlib.sha256(pdf).hexdigest()
    assert as_json(anyone, number, sha256=digest)[1]["file"] == "genuine"
    assert as_json(anyone, number, sha256=digest.upper())[1]["file"] == "genuine"
    for other in (digest[:-1], "0" * 64, "ß" * 64, "é"):
        assert as_json(anyone, number, sha256=other)[1]["file"] == "altered"
    assert as_json(anyone, number)[1]["sha256"] == digest


def test_a_file_alone_leads_to_its_certificate(tiny: Cast, anyone: Visitor) -> None:
    holder = tiny.learner()
    number = tiny.graduate(holder)
    pdf = tiny.signed_in(holder).get(f"/certificates/{number}.pdf").data
    form = anyone.read("/verify").form("csrf_token").filled()

    def give(data: bytes) -> Any:
        upload = {**form, "file": (io.BytesIO(data), "certificate.pdf")}
        return anyone.post("/verify", data=upload)

    found = give(pdf)
    assert found.status_code == 200
    assert "byte for byte" in found.text
    assert number in found.text
    digest = hashlib.sha256(pdf).hexdigest().upper()
    asked = anyone.get(f"/verify?sha256={digest}", headers={"Accept": "application/json"})
    assert asked.get_json()["number"] == number
    assert asked.get_json()["file"] == "genuine"
    for other in (pdf + b"\n", b"PK\x03\x04 not a PDF", b""):
        answer = give(other)
        assert answer.status_code == 404
        assert "not one that we issued" in answer.text


def test_t22_an_address_that_somebody_made_calls_no_file_genuine(
    tiny: Cast, anyone: Visitor
) -> None:
    holder = tiny.learner()
    number = tiny.graduate(holder)
    tiny.signed_in(holder).get(f"/certificates/{number}.pdf")
    digest = as_json(anyone, number)[1]["sha256"]  # anybody can ask for it, and print it in a code
    for address in (f"/verify/{number}?sha256={digest}", f"/verify?sha256={digest}"):
        page = anyone.read(address)
        assert "byte for byte" not in page.text
        assert "file is genuine" not in page.text
    for other in ("0" * 64, "x"):
        assert "not the one we issued" not in anyone.read(f"/verify/{number}?sha256={other}").text


def test_the_printed_fingerprint_is_on_both_pages(tiny: Cast, anyone: Visitor) -> None:
    holder = tiny.learner()
    number = tiny.graduate(holder)
    ((digest,),) = rows(tiny.app, "SELECT record_sha256 FROM certificate")
    assert digest in anyone.read(f"/verify/{number}").text
    assert digest in tiny.signed_in(holder).read(f"/certificates/{number}").text


def test_t18_an_upload_that_is_too_big_is_refused(number: str, anyone: Visitor) -> None:
    token = anyone.read(f"/verify/{number}").form("csrf_token").fields["csrf_token"][0]
    lines = [
        "--x", 'Content-Disposition: form-data; name="csrf_token"', "", token,
        "--x", 'Content-Disposition: form-data; name="file"; filename="a.pdf"', "",
        "x" * 7_000_000, "--x--", "",
    ]  # fmt: skip
    answer = anyone.post(
        f"/verify/{number}",
        data="\r\n".join(lines).encode(),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


# ---- t20 -----------------------------------------------------------------------------------------


def let_time_pass(cast: Cast, while_: timedelta) -> None:
    with cast.app.app_context(), writing() as session:
        for one in session.scalars(select(CountedTry)):
            one.at -= while_


def test_t20_numbers_tried_in_bulk_have_to_wait(number: str, anyone: Visitor, tiny: Cast) -> None:
    for _ in range(NUMBER.free):
        assert anyone.get(f"/verify/{new_number()}").status_code == 404
    turned_away = anyone.get(f"/verify/{new_number()}")
    assert turned_away.status_code == 429
    assert 1 <= int(turned_away.headers["Retry-After"]) <= 15
    assert anyone.get(f"/verify/{number}").status_code == 429, "also where the guess is right"
    elsewhere = anyone.get(f"/verify/{number}", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert officer.get(f"/verify/{number}").status_code == 200, "who works there is not kept out"
    let_time_pass(tiny, timedelta(seconds=16))
    assert anyone.get(f"/verify/{number}").status_code == 200


def test_t20_files_sent_in_bulk_have_to_wait(
    number: str, anyone: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FILE", replace(FILE, free=3))
    token = anyone.read("/verify").form("csrf_token").fields["csrf_token"][0]

    def send() -> int:
        given = {"file": (io.BytesIO(b"not one of ours"), "a.pdf"), "csrf_token": token}
        return anyone.post("/verify", data=given).status_code

    told = [send() for _ in range(4)]
    assert told == [404, 404, 404, 429]
    assert anyone.get(f"/verify/{number}").status_code == 200


def test_t20_a_typing_error_needs_no_look_up_and_is_no_miss(
    number: str, anyone: Visitor, tiny: Cast
) -> None:
    with ledger(tiny.app) as watching:
        for place in range(len(number)):
            if number[place] != "-":
                other = ALPHABET[(ALPHABET.index(number[place]) + 7) % 32]
                mistyped = number[:place] + other + number[place + 1 :]
                assert anyone.get(f"/verify/{mistyped}").status_code == 404
        assert not watching.changed()
    assert count(tiny.app, "counted_try") == 0


def test_t20_no_address_is_kept_in_clear(anyone: Visitor, tiny: Cast) -> None:
    anyone.get(f"/verify/{new_number()}")
    ((kept,),) = rows(tiny.app, "SELECT key FROM counted_try")
    assert kept != hashlib.sha256(b"127.0.0.1").hexdigest()
    assert "127.0.0.1" not in kept
    let_time_pass(tiny, MEMORY)
    anyone.get(f"/verify/{new_number()}")
    assert count(tiny.app, "counted_try") == 1, "what no longer matters is gone"


def test_a_page_about_a_certificate_is_kept_by_no_cache(number: str, anyone: Visitor) -> None:
    assert anyone.get(f"/verify/{number}").headers["Cache-Control"] == "no-store"
