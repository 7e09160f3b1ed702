import asyncio
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto.keys import RSAPrivateKey  # type: ignore[import-untyped]
from asn1crypto.pem import armor  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from induction.signing import keys
from induction.signing.pades import Stamp, _pades_signer, validate
from induction.signing.signer import Signer, verify_bytes
from tests.support.pdf import read, run, text_of, xmp

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


# ---- the signature ---------------------------------------------------------------------------


def test_our_own_check_says_valid_and_by_whom_and_when(signer: Signer, signed: bytes) -> None:
    report = validate(signed, signer.known())
    assert report.valid
    assert report.fingerprint == signer.fingerprint
    assert report.signed_at == datetime(2026, 11, 23, 14, 7, 31, tzinfo=UTC)


def test_pdfsig_says_valid_over_the_whole_document(signed_file: Path) -> None:
    said = run("pdfsig", "-nocert", signed_file)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "SHA-256" in said


def test_other_tools_find_the_file_sound_and_the_record_in_it(signed_file: Path) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", signed_file)
    assert "certificate-MY2M-VEGA-JKAY-RTJ9.json" in run("pdfdetach", "-list", signed_file)
    assert re.search(r"Pages:\s+1\b", run("pdfinfo", signed_file))


def test_signing_changes_neither_page_nor_metadata(signed: bytes, unsigned: bytes) -> None:
    assert signed.startswith(unsigned)
    assert text_of(signed) == text_of(unsigned)
    assert xmp(signed) == xmp(unsigned)
    assert read(signed).metadata == read(unsigned).metadata
    assert read(signed).pdf_header == "%PDF-1.7"


def test_the_signature_field_suits_pdf_a_and_pdf_ua(signed: bytes) -> None:
    root = read(signed).trailer["/Root"]
    (field,) = root["/AcroForm"]["/Fields"]
    widget = field.get_object()
    assert widget["/F"] & 4  # printed, as PDF/A asks
    assert not widget["/F"] & 2  # not hidden
    assert all(float(corner) < 0 for corner in widget["/Rect"])  # off the page, as PDF/UA asks
    assert widget["/TU"]
    assert root["/Perms"]["/DocMDP"]["/Reference"][0]["/TransformParams"]["/P"] == 1


def test_the_same_file_signed_again_is_the_same(signer: Signer, unsigned: bytes) -> None:
    assert signer.sign(unsigned) == signer.sign(unsigned)


def test_the_container_is_what_the_library_itself_would_make(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    held = keys.bring_keys(tmp_path, p12(tmp_path / "own.p12", key)[0], "secret")
    digest = bytes(range(32))
    theirs = asyncio.run(_pades_signer(held).async_sign(digest, "sha256", use_pades=True))
    assert Stamp(held).container(digest) == theirs.dump()


def test_an_unsigned_file_is_not_valid(signer: Signer, unsigned: bytes) -> None:
    assert validate(unsigned, signer.known()).faults == ("not signed",)


def test_a_file_signed_by_a_stranger_is_not_valid(
    signer: Signer, unsigned: bytes, tmp_path: Path
) -> None:
    stranger = Signer.from_settings(tmp_path, organisation=lambda: "Institute")
    report = validate(stranger.sign(unsigned), signer.known())
    assert report.faults == ("signed with a certificate that is not one of ours",)


@pytest.mark.parametrize("more", [b"\n", b"%", b"\n1 0 obj\n<<>>\nendobj\n"])
def test_anything_added_after_signing_is_found(signer: Signer, signed: bytes, more: bytes) -> None:
    assert not validate(signed + more, signer.known()).valid


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04", b"%PDF-1.7\n%%EOF\n" * 9])
def test_anything_else_than_a_pdf_is_a_fault_and_no_crash(signer: Signer, data: bytes) -> None:
    assert not validate(data, signer.known()).valid


# ---- bytes -----------------------------------------------------------------------------------


def test_detached_signatures_are_those_that_openssl_checks(signer: Signer, tmp_path: Path) -> None:
    data, signature, key = tmp_path / "data", tmp_path / "signature", tmp_path / "key"
    data.write_bytes(b"manifest")
    signature.write_bytes(signer.sign_bytes(b"manifest"))
    key.write_bytes(signer.public_key_pem)
    check: list[str | Path] = ["dgst", "-sha256", "-verify", key, "-signature", signature, data]
    assert "Verified OK" in run("openssl", *check)
    data.write_bytes(b"manifesT")
    assert "Verified OK" not in run("openssl", *check)


def test_detached_signatures_name_the_key_that_made_them(signer: Signer) -> None:
    signature = signer.sign_bytes(b"manifest")
    assert verify_bytes(b"manifest", signature, signer.known()) == signer.fingerprint
    assert verify_bytes(b"manifesT", signature, signer.known()) is None
    assert verify_bytes(b"manifest", b"", signer.known()) is None


def test_the_fingerprint_is_that_of_the_public_key(signer: Signer, tmp_path: Path) -> None:
    key, der = tmp_path / "key.pem", tmp_path / "key.der"
    key.write_bytes(signer.public_key_pem)
    run("openssl", "pkey", "-pubin", "-in", key, "-outform", "DER", "-out", der)
    assert signer.fingerprint in run("openssl", "dgst", "-sha256", der)


# ---- the key ---------------------------------------------------------------------------------


def test_the_private_key_is_readable_by_the_service_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.open_keys(folder, lambda: "Institute", NOW)
    assert stat.S_IMODE((folder / "signing-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_key_is_made_once(tmp_path: Path) -> None:
    first = keys.open_keys(tmp_path, lambda: "Institute", NOW)
    again = keys.open_keys(tmp_path, lambda: "Institute", NOW + timedelta(days=1))
    assert first.certificate == again.certificate
    assert first.private.key_size == 3072


def test_two_that_start_at_once_use_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(
            pool.map(
                lambda _: keys.open_keys(tmp_path, lambda: "Institute", NOW).certificate, range(4)
            )
        )
    assert len(set(opened)) == 1


def test_the_certificate_names_the_institute_and_is_for_signing_only(tmp_path: Path) -> None:
    certificate = keys.open_keys(tmp_path, lambda: "Bradford & Sons" * 9, NOW).certificate
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert str(name.value).startswith("Bradford & Sons")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert keys.may_sign(certificate)


def test_after_a_new_key_old_files_still_validate(unsigned: bytes, tmp_path: Path) -> None:
    before = Signer.from_settings(tmp_path)
    old = before.sign(unsigned)
    keys.rotate(tmp_path, "Institute", NOW)
    after = Signer.from_settings(tmp_path)
    assert after.fingerprint != before.fingerprint
    assert validate(old, after.known()).fingerprint == before.fingerprint
    assert validate(after.sign(unsigned), after.known()).fingerprint == after.fingerprint
    assert stat.S_IMODE((tmp_path / "signing-key.pem").stat().st_mode) == 0o600


def test_a_passphrase_keeps_the_key_from_whoever_reads_the_file(tmp_path: Path) -> None:
    path, words = tmp_path / "signing-key.pem", "seven quiet otters"
    plain = keys.open_keys(tmp_path, lambda: "Institute", NOW)
    assert b"ENCRYPTED" not in path.read_bytes()
    assert plain.private.key_size == 3072
    sealed = keys.open_keys(tmp_path, lambda: "Institute", NOW, words)
    assert b"ENCRYPTED" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sealed.certificate == plain.certificate
    for wrong in ("", "six quiet otters"):
        with pytest.raises(keys.KeyFault, match="INDUCTION_KEY_PASSPHRASE") as refused:
            keys.open_keys(tmp_path, lambda: "Institute", NOW, wrong)
        assert "\n" not in str(refused.value)
    made = keys.rotate(tmp_path, "Institute", NOW, words)
    assert b"ENCRYPTED" in path.read_bytes()
    assert keys.open_keys(tmp_path, lambda: "Institute", NOW, words).certificate == made.certificate


NUMBERS = (
    "modulus", "public_exponent", "private_exponent", "prime1", "prime2", "exponent1", "exponent2",
    "coefficient",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_a_key_with_a_damaged_number_is_refused_in_one_line(tmp_path: Path, number: str) -> None:
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    sound = keys.open_keys(tmp_path, lambda: "Institute", NOW).private.private_bytes(
        serialization.Encoding.DER, kind, serialization.NoEncryption()
    )
    damaged = RSAPrivateKey.load(sound)
    damaged[number] = damaged[number].native + 2
    pem = armor("RSA PRIVATE KEY", damaged.dump(force=True))
    (tmp_path / "signing-key.pem").write_bytes(pem)
    with pytest.raises(keys.KeyFault, match=r"does not open signing-key\.pem$"):
        keys.open_keys(tmp_path, lambda: "Institute", NOW)


# ---- a provider's own key --------------------------------------------------------------------


def certified(
    name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, by: tuple[str, object] | None
) -> x509.Certificate:
    """A certificate for this key: an authority's own, or a signer's made by that authority."""
    issuer, authority = by or (name, key)
    named = x509.NameAttribute(NameOID.COMMON_NAME, name)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([named]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    assert isinstance(authority, rsa.RSAPrivateKey)
    return made.sign(authority, hashes.SHA256())


def p12(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[Path, bytes]:
    """A PKCS#12 file with the chain of two authorities, and the first one's certificate."""
    authority = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = certified("Authority", authority, None)
    chain = [root, certified("Other authority", authority, None)]
    own = certified("Provider", key, ("Authority", authority))
    lock = serialization.BestAvailableEncryption(b"secret")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"key", key, own, chain, lock))
    return path, root.public_bytes(serialization.Encoding.PEM)


def test_a_provider_s_own_key_signs_and_its_authorities_do_not(
    unsigned: bytes, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    file, root = p12(tmp_path / "own.p12", key)
    folder = tmp_path / "keys"
    signer = Signer.from_settings(folder, file, "secret")
    signed = signer.sign(unsigned)
    report = validate(signed, signer.known())
    assert report.faults == ()
    assert report.fingerprint == signer.fingerprint
    assert signer.sign(unsigned) == signed
    assert sum(keys.may_sign(certificate) for certificate in signer.known()) == 1
    trusted, chained, pdf = tmp_path / "root.pem", tmp_path / "own.pem", tmp_path / "own.pdf"
    pdf.write_bytes(signed)
    trusted.write_bytes(root)
    chained.write_bytes(signer.certificate_pem)
    assert "Signature is Valid" in run("pdfsig", "-nocert", pdf)
    assert "OK" in run("openssl", "verify", "-no_check_time", "-CAfile", trusted, chained)


def test_files_signed_before_the_provider_brought_a_key_still_validate(
    unsigned: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    old = Signer.from_settings(folder).sign(unsigned)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signer = Signer.from_settings(folder, p12(tmp_path / "own.p12", key)[0], "secret")
    assert validate(old, signer.known()).valid
    assert Signer.from_settings(folder).fingerprint != signer.fingerprint


def test_a_key_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path) -> None:
    good, _ = p12(tmp_path / "good.p12", rsa.generate_private_key(65537, 2048))
    curve, _ = p12(tmp_path / "curve.p12", ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "text.p12").write_text("hello")
    for path, password, why in (
        (good, "wrong", "wrong password"),
        (tmp_path / "text.p12", "secret", "not a PKCS#12 file"),
        (tmp_path / "none.p12", "secret", "cannot read none.p12"),
        (curve, "secret", "must be RSA"),
    ):
        with pytest.raises(keys.KeyFault, match=why) as refused:
            Signer.from_settings(tmp_path / "keys", path, password)
        assert "\n" not in str(refused.value)
