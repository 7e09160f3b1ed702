"""The audit pack: complete, checked with public tools as its README says, and off-line by ours."""

import csv
import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from induction.audit_pack.opened import NotAPack
from induction.audit_pack.verification import inspect_pack
from tests.support.client import Visitor
from tests.support.record import actions, rows

Files = dict[str, bytes]


@pytest.fixture
def made(runner: FlaskCliRunner, tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"
    result = runner.invoke(args=["certificates", "export", "--out", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def verify(runner: FlaskCliRunner, instance: Path) -> Callable[[Path], Result]:
    """Checks without a database: only the keys of the installation are left."""

    def check(path: Path) -> Result:
        for file in instance.glob("induction.sqlite*"):
            file.rename(file.with_suffix(".away"))
        return runner.invoke(args=["certificates", "verify", str(path)])

    return check


def contents(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_a_pack_is_whole_and_says_so(
    made: Path, verify: Callable[[Path], Result], numbers: list[str]
) -> None:
    files = contents(made)
    manifest = json.loads(files["manifest.json"])
    assert [entry["number"] for entry in manifest["certificates"]] == numbers
    for entry in manifest["certificates"]:
        assert hashlib.sha256(files[entry["file"]]).hexdigest() == entry["sha256"]
        assert entry["file"] == f"certificates/{entry['learner_ref']}-{entry['number']}.pdf"
    gaps = csv.DictReader(files["gaps.csv"].decode("utf-8-sig").splitlines())
    reasons = [line["Why no certificate"] for line in gaps]
    assert reasons
    assert all(reasons)
    assert b"<script" not in files["trace.html"]
    result = verify(made)
    assert result.exit_code == 0, result.output
    assert "Sound:" in result.output


def test_a_key_out_of_the_same_pack_vouches_for_nobody_and_the_command_says_so(
    app: Flask, made: Path, verify: Callable[[Path], Result], tmp_path: Path
) -> None:
    key = tmp_path / "signing-certificate.pem"
    key.write_bytes(contents(made)["signing-certificate.pem"])
    runner = app.test_cli_runner()
    result = runner.invoke(args=["certificates", "verify", str(made), "--certificate", str(key)])
    assert result.exit_code == 0, result.output
    assert "NOT compared with any" in result.output
    assert "NOT compared" not in verify(made).output, "our own key was known before"


@dataclass
class Auditor:
    """Follows the README, with nothing but the tools that it names."""

    folder: Path
    tools: Path

    def follow(self) -> list[tuple[int, str]]:
        """Give each command as it stands; what it says, and whether it is content."""
        readme = (self.folder / "README.txt").read_text()
        answers = [
            subprocess.run(  # noqa: PLW1510
                ["/bin/sh", "-c", command], cwd=self.folder, env={"PATH": str(self.tools)},
                capture_output=True, text=True,
            )
            for command in re.findall(r"^\$ (.*)$", readme, re.MULTILINE)
        ]  # fmt: skip
        return [(answer.returncode, answer.stdout + answer.stderr) for answer in answers]


@pytest.fixture
def auditor(made: Path, tmp_path: Path) -> Auditor:
    """Somebody with the unpacked pack and the tools that its README names."""
    folder, tools = tmp_path / "auditor" / "pack", tmp_path / "auditor" / "tools"
    tools.mkdir(parents=True)
    for tool in ("openssl", "perl", "pdfsig"):
        found = shutil.which(tool)
        assert found, f"{tool} is needed to check a pack as an auditor does"
        (tools / tool).symlink_to(found)
    with zipfile.ZipFile(made) as archive:
        archive.extractall(folder)
    return Auditor(folder, tools)


def test_the_readme_works_as_written_with_the_tools_that_it_names(auditor: Auditor) -> None:
    first, again = auditor.follow(), auditor.follow()
    assert first == again
    assert [code for code, _ in first] == [0, 0, 0, 0]
    key, manifest, checkpoint, everything = (said.strip() for _, said in first)
    assert key.split()[-1] in (auditor.folder / "README.txt").read_text()
    assert (manifest, checkpoint) == ("Verified OK", "Verified OK")
    assert everything.endswith("EVERYTHING HOLDS")
    assert "looked at the signature in each file" in everything


@pytest.mark.parametrize(
    ("name", "old", "new", "named"),
    [
        ("gaps.csv", b"Why", b"why", "gaps.csv is as listed: it was changed"),
        ("audit-chain.jsonl", b'"actor":"', b'"actor":"x', "the entries are those that the signed"),
        ("audit-personal.tsv", b"name", b"Name", "are what it was bound to"),
        ("audit-proof.txt", b"\n", b"", "the entries are those that the signed"),
        ("extra.txt", b"", b"x", "extra.txt is in the manifest"),
    ],
)
def test_the_readmes_commands_name_what_was_changed(
    auditor: Auditor, name: str, old: bytes, new: bytes, named: str
) -> None:
    path = auditor.folder / name
    before = path.read_bytes() if path.exists() else b""
    path.write_bytes(before.replace(old, new, 1) if old else new)
    code, said = auditor.follow()[-1]
    assert code == 1
    assert f"NOT SO: {named}" in said or named in said
    assert "FAULTS" in said


def test_t22_a_byte_flipped_in_any_file_is_named(
    made: Path, tmp_path: Path, verify: Callable[[Path], Result]
) -> None:
    data, path = made.read_bytes(), tmp_path / "changed.zip"
    for name, content in contents(made).items():
        changed = bytearray(data)
        changed[data.index(content) + len(content) // 2] ^= 4
        path.write_bytes(changed)
        result = verify(path)
        assert result.exit_code == 1
        assert name in result.output, name


def test_t22_no_flipped_byte_of_the_zip_changes_what_unpacking_gives_unseen(
    made: Path, tmp_path: Path
) -> None:
    sound, path = made.read_bytes(), tmp_path / "changed.zip"
    files = contents(made)
    first = sound.index(files["README.txt"]) - 60  # the frame around a file, and the table's parts
    table = sound.index(b"PK\1\2")
    for at in [*range(first, first + 60, 2), *range(table, table + 60), *range(-22, 0)]:
        changed = bytearray(sound)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        try:
            faults = inspect_pack(path).faults
        except NotAPack:
            continue
        assert faults or contents(path) == files, f"byte {at}"


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_t22_what_is_cut_off_or_added_shows(made: Path, tmp_path: Path, cut: int) -> None:
    sound, path = made.read_bytes(), tmp_path / "changed.zip"
    path.write_bytes(sound[:-cut])
    with pytest.raises(NotAPack):
        inspect_pack(path)
    for longer in (sound + b"x" * cut, b"x" * cut + sound):
        path.write_bytes(longer)
        assert inspect_pack(path).faults


def test_a_pack_unpacked_and_packed_again_is_still_sound(made: Path, tmp_path: Path) -> None:
    assert inspect_pack(packed(tmp_path / "again.zip", contents(made))).faults == []


def test_packs_of_earlier_releases_stay_sound() -> None:
    for pack in (Path(__file__).parent / "packs").glob("*.zip"):
        found = inspect_pack(pack)
        assert (found.faults, found.certificates) == ([], 3)


@pytest.mark.parametrize("tampering", ["swap", "drop line", "extra", "missing", "cut", "other key"])
def test_t22_what_was_tampered_with_is_named(
    tampering: str, made: Path, tmp_path: Path, verify: Callable[[Path], Result]
) -> None:
    files = contents(made)
    first, second = [name for name in files if name.endswith(".pdf")][:2]
    named = [first]
    match tampering:
        case "swap":
            files[first], files[second] = files[second], files[first]
            named = [f"{first}: changed: it holds what belongs in {second}", f"{second}: changed"]
        case "drop line":
            lines = files["manifest.json"].split(b"\n")
            files["manifest.json"] = b"\n".join(x for x in lines if first.encode() not in x)
            named = ["manifest.json: changed since it was signed", f"{first}: not in the manifest"]
        case "extra":
            files["certificates/extra.pdf"] = b"%PDF"
            named = ["certificates/extra.pdf: not in the manifest"]
        case "missing":
            del files[first]
            named = [f"{first}: missing"]
        case "cut":
            lines = files["audit-chain.jsonl"].splitlines(keepends=True)
            files["audit-chain.jsonl"] = b"".join(lines[:-3])
            named = ["audit-proof.txt: it proves nothing"]
        case _:
            key = subprocess.run(
                ["openssl", "genpkey", "-algorithm", "RSA"], check=True, capture_output=True
            ).stdout
            files["public-key.pem"] = subprocess.run(
                ["openssl", "pkey", "-pubout"], input=key, check=True, capture_output=True
            ).stdout
            named = ["public-key.pem: not the key that is expected", "manifest.json: changed"]
    result = verify(packed(tmp_path / "changed.zip", files))
    assert result.exit_code == 1
    for words in named:
        assert words in result.output


def test_a_single_certificate_is_checked_too(
    made: Path, tmp_path: Path, verify: Callable[[Path], Result], numbers: list[str]
) -> None:
    name, pdf = next((n, d) for n, d in contents(made).items() if n.endswith(".pdf"))
    path = tmp_path / "one.pdf"
    path.write_bytes(pdf)
    result = verify(path)
    assert result.exit_code == 0, result.output
    assert any(number in result.output and number in name for number in numbers)
    path.write_bytes(pdf[:900] + bytes([pdf[900] ^ 1]) + pdf[901:])
    assert verify(path).exit_code == 1


def test_only_what_is_asked_for_is_packed(
    runner: FlaskCliRunner, app: Flask, tmp_path: Path, numbers: list[str]
) -> None:
    [(cohort,)] = rows(
        app,
        "SELECT cohort.name FROM cohort JOIN membership ON cohort.id = cohort_id JOIN certificate "
        "ON certificate.account_id = membership.account_id WHERE number = :number",
        number=numbers[0],
    )
    path = str(tmp_path / "some.zip")
    runner.invoke(args=["certificates", "export", "--out", path, "--cohort", cohort])
    entries = json.loads(contents(Path(path))["manifest.json"])["certificates"]
    assert 0 < len(entries) < len(numbers)
    assert {entry["cohort"] for entry in entries} == {cohort}
    runner.invoke(args=["certificates", "export", "--out", path, "--status", "revoked"])
    assert json.loads(contents(Path(path))["manifest.json"])["certificates"] == []
    nowhere = runner.invoke(args=["certificates", "export", "--out", f"{path}-no/pack.zip"])
    assert "Nothing can be written at" in nowhere.output
    unknown = runner.invoke(args=["certificates", "export", "--out", path, "--cohort", "Nobody"])
    assert unknown.exit_code == 1
    assert cohort in unknown.output


def test_t31_the_page_says_what_will_be_in_it_and_sends_it(
    officer: Visitor, app: Flask, tmp_path: Path, verify: Callable[[Path], Result]
) -> None:
    page = officer.read("/compliance/certificates/export")
    assert "Make and download the pack" in page.text
    form = next(f for f in page.forms if f.method == "post" and "out" not in f.action)
    response = officer.send(form, at="/compliance/certificates/export")
    assert response.mimetype == "application/zip"
    path = tmp_path / "sent.zip"
    path.write_bytes(response.data)
    assert "compliance:pack-exported" in actions(app)
    result = verify(path)
    assert result.exit_code == 0, result.output
