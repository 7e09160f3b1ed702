"""Certificates by command line: taken back, issued anew, drawn, signed with another key."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.certificates import backlog
from induction.certificates.delivery import drawn, look, signer
from induction.certificates.pdf.inspection import inspect
from induction.certificates.queries import by_number
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Account, Role
from induction.signing.signer import Signer
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.pdf import squeezed, text_of
from tests.support.record import actions, count, ledger, rows


@pytest.fixture
def holder(tiny: Cast) -> Account:
    return tiny.learner("Amina Yusuf")


@pytest.fixture
def number(tiny: Cast, holder: Account) -> str:
    return tiny.graduate(holder)


def flask(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["certificates", *arguments])
    return result.exit_code, result.output


def pdf_of(visitor: Visitor, number: str) -> bytes:
    answer = visitor.get(f"/certificates/{number}.pdf")
    assert answer.status_code == 200
    body: bytes = answer.data
    return body


def says(visitor: Visitor, number: str) -> str:
    return visitor.get(f"/verify/{number}").text


def test_revoking_says_so_to_everybody_and_keeps_the_record(tiny: Cast, number: str) -> None:
    assert flask(tiny.app, "revoke", number.lower(), "--reason", " given\nin error ")[0] == 0
    assert "later took it back" in says(tiny.visitor(), number)
    assert rows(tiny.app, "SELECT reason, actor FROM revocation") == [("given in error", "system")]
    assert actions(tiny.app)[-2:] == ["certificates:revoked", "tutoring:reminded"]
    with ledger(tiny.app) as watching:
        code, output = flask(tiny.app, "revoke", number, "--reason", "again")
        assert (code, "withdrawn already" in output) == (1, True)
        assert flask(tiny.app, "revoke", number, "--reason", " ")[0] == 1
        assert not watching.changed()


def test_t31_a_command_is_neither_the_first_nor_the_second_of_two_people(
    tiny: Cast, number: str
) -> None:
    with tiny.app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"two_people": True})
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    at = f"/compliance/certificates/{number}/revoke"

    def refused() -> bool:
        with ledger(tiny.app) as watching:
            code, output = flask(tiny.app, "revoke", number, "--reason", "by a shell")
            return (
                code == 1 and "takes two compliance officers" in output and not watching.changed()
            )

    assert refused(), "an officer could confirm what they have asked for themselves"
    form = officer.read(at).form("reason")
    assert officer.send(form, {"reason": "A mistake"}, at=at).status_code == 303
    assert refused(), "an officer could confirm what they have asked for themselves"
    assert "Genuine and current" in says(tiny.visitor(), number)


def test_issuing_anew_supersedes_and_both_stay(tiny: Cast, holder: Account, number: str) -> None:
    me = tiny.signed_in(holder)
    before = pdf_of(me, number)
    code, output = flask(
        tiny.app, "reissue", number, "--name", "Amina  Yusuf-Özil", "--reason", "misspelt"
    )
    assert code == 0
    new = output.split(" supersedes ")[0]
    assert "replaced by a newer one" in says(tiny.visitor(), number)
    assert "Genuine and current" in says(tiny.visitor(), new)
    assert "Amina Yusuf-Özil" in says(tiny.visitor(), new)
    assert pdf_of(me, number) == before
    text = squeezed(text_of(pdf_of(me, new)))
    assert squeezed("Amina Yusuf-Özil") in text
    assert squeezed(f"replaces {number}") in text
    assert count(tiny.app, "certificate") == 2


def test_a_former_name_stands_on_nothing_that_others_see(tiny: Cast, number: str) -> None:
    """Whoever is given the corrected certificate learns the new name alone, from it and from us."""
    _, output = flask(tiny.app, "reissue", number, "--name", "Robin Yusuf", "--reason", "deed poll")
    new = output.split(" supersedes ")[0]
    anyone = tiny.visitor()
    json = {"Accept": "application/json"}
    told = {at: anyone.get(f"/verify/{at}", headers=json).text for at in (new, number)}
    for at, text in told.items():
        assert "Amina" not in says(anyone, at) + text
    assert '"superseded"' in told[number]
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    text = squeezed(text_of(pdf_of(officer, new)))
    assert squeezed("Robin Yusuf") in text
    assert "amina" not in text.lower()


@pytest.mark.parametrize("name", ["", "A\x01B", "W" * 201, "\u202e", "😀 Smith", "1234"])
def test_t16_what_is_no_name_is_never_put_on_a_certificate(
    tiny: Cast, number: str, name: str
) -> None:
    with ledger(tiny.app) as watching:
        assert flask(tiny.app, "reissue", number, "--name", name, "--reason", "why")[0] == 1
        assert not watching.changed()


def test_t16_hidden_characters_in_a_cohorts_name_keep_nobody_from_their_certificate(
    tiny: Cast,
) -> None:
    holder = tiny.learner(cohort=tiny.cohort("Level\u202e 3\x7f, \u2066September"))
    text = text_of(pdf_of(tiny.signed_in(holder), tiny.graduate(holder)))
    assert "Level 3, September" in text


def test_a_new_key_leaves_old_files_valid_and_signs_the_next(
    tiny: Cast, holder: Account, number: str
) -> None:
    me, folder = tiny.signed_in(holder), Path(tiny.app.instance_path) / "keys"
    old = pdf_of(me, number)
    first = tiny.app.extensions["signer"].fingerprint
    assert flask(tiny.app, "rotate-key")[0] == 0
    assert actions(tiny.app)[-1] == "certificates:key-rotated"
    assert stat.S_IMODE((folder / "signing-key.pem").stat().st_mode) == 0o600
    signer = Signer.from_settings(folder)
    tiny.app.extensions["signer"] = signer  # as after a restart
    assert signer.fingerprint != first
    assert pdf_of(me, number) == old
    _, output = flask(tiny.app, "reissue", number, "--name", "Amina Yildiz", "--reason", "married")
    new = pdf_of(me, output.split(" supersedes ")[0])
    assert [inspect(pdf, signer.known()).key_fingerprint for pdf in (old, new)] == [
        first,
        signer.fingerprint,
    ]
    assert inspect(old, signer.known()).faults == inspect(new, signer.known()).faults == ()


@pytest.mark.parametrize("few", [backlog.FEW, 0], ids=["a few here", "many by processes"])
def test_a_backlog_is_drawn_once(
    few: int, tiny: Cast, holder: Account, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "FEW", few)
    assert flask(tiny.app, "render", "--missing")[0] == 0
    ((stored,),) = rows(tiny.app, "SELECT pdf FROM certificate_file")
    assert pdf_of(tiny.signed_in(holder), number) == stored
    with ledger(tiny.app) as watching:
        assert flask(tiny.app, "render", "--missing")[0] == 0
        assert not watching.changed()


def test_a_stolen_key_makes_no_certificate(
    tiny: Cast, holder: Account, number: str, tmp_path: Path
) -> None:
    """Its signature holds; the register knows better, and every key stands on the check page."""
    genuine, forged = tmp_path / "genuine.pdf", tmp_path / "forged.pdf"
    genuine.write_bytes(pdf_of(tiny.signed_in(holder), number))
    with tiny.app.app_context():
        held = by_number(db.session(), number)
        assert held is not None
        assert held.record is not None
        held.record["learner"]["name"] = "Eve Forger"
        forged.write_bytes(drawn(held.record, look(), signer()))
        stolen = signer().fingerprint
    why = "A laptop was lost"
    rotate = ["rotate-key", "--compromised-since", "2026-11-01", "--reason", why]
    assert flask(tiny.app, *rotate)[0] == 0
    tiny.app.extensions["signer"] = new = Signer.from_settings(
        Path(tiny.app.instance_path) / "keys"
    )
    code, said = flask(tiny.app, "verify", str(forged))
    assert (code, "another record under this number" in said) == (1, True)
    code, said = flask(tiny.app, "verify", str(genuine))
    assert (code, "is in the register" in said) == (0, True), said
    page = says(tiny.visitor(), number)
    for told in (stolen, new.fingerprint, why, "in the wrong hands from 1 November 2026"):
        assert told in page, told
    for key in (stolen, new.fingerprint):
        pem = tiny.visitor().get(f"/verify/keys/{key}.pem").data
        public = serialization.load_pem_public_key(pem)
        assert isinstance(public, rsa.RSAPublicKey)
        assert public.key_size == 3072
    assert tiny.visitor().get("/verify/keys/ab.pem").status_code == 404
