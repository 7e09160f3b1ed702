"""One key and one signed certificate for all of these tests: making them is the slow part."""

from pathlib import Path

import pytest

from induction.certificates.pdf.render import render
from induction.signing.signer import Signer
from tests.support.certificates import a_record


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.from_settings(tmp_path_factory.mktemp("keys"), organisation=lambda: "Institute")


@pytest.fixture(scope="session")
def unsigned() -> bytes:
    return render(a_record())


@pytest.fixture(scope="session")
def signed(signer: Signer, unsigned: bytes) -> bytes:
    return signer.sign(unsigned)


@pytest.fixture(scope="session")
def signed_file(signed: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("certificate") / "certificate.pdf"
    path.write_bytes(signed)
    return path
