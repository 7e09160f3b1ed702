"""Names of files and lines of the manifest: safe whatever people are called."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.audit_pack.manifest import ManifestEntry, certificate_line, file_name

NUMBER = "MY2M-VEGA-JKAY-RTJ9"
HARD = ["../../etc/passwd", "a/b\\c", "", None, "ż" * 200, "..", "-x"]


@pytest.mark.parametrize("reference", HARD)
def test_t16_a_files_name_is_safe_on_every_file_system(reference: str | None) -> None:
    name = file_name(reference, NUMBER)
    folder, _, file = name.partition("/")
    assert folder == "certificates"
    assert file.endswith(f"-{NUMBER}.pdf")
    assert file.isascii()
    assert not set(file) & set('/\\:*?"<>| ')
    assert not file.startswith((".", "-"))
    assert len(file) < 80


def test_two_people_of_one_reference_never_collide() -> None:
    assert file_name("L1", NUMBER) != file_name("L1", "0000-0000-0000-0000")


words = st.none() | st.text()


@given(
    st.builds(
        ManifestEntry, number=st.just("AB12"),
        learner_ref=words, name=words, cohort=words, audience=words,
        policy_reference=st.text(), version_date=st.just("2026-01-02"),
        issued_at=st.just("2026-01-02T03:04:05Z"), valid_until=st.none() | st.just("2027-01-02"),
        status=st.just("current"), superseded_by=st.none() | st.just("CD34"),
        sha256=st.just("0f" * 32), file=st.none() | st.text(min_size=1),
        record_sha256=st.just("1e" * 32), note=st.none() | st.text(min_size=1),
    )
)  # fmt: skip
def test_a_certificate_of_any_words_is_one_line_of_json(entry: ManifestEntry) -> None:
    line = certificate_line(entry)
    assert b"\n" not in line
    read = json.loads(line)
    optional = ["sha256", "file"] if entry.file else []
    optional += ["note"] if entry.note else []
    told = [name for name in ManifestEntry._fields if name not in ("sha256", "file", "note")]
    assert read == {name: getattr(entry, name) for name in told + optional}
    assert not entry.file or list(read)[:2] == ["sha256", "file"], "as the README's sed reads it"
