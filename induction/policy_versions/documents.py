"""The institute's own signed-off document: what it may be, checked by content, and attaching it."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath, PureWindowsPath

from sqlalchemy import insert

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.policy.editions import InForce
from induction.policy.models import PolicyDocument
from induction.policy.store import Content
from induction.refusals import InvalidInput

LARGEST = 5 * 1024 * 1024  # bytes
_MOST_PARTS = 5_000  # of a DOCX
_MARKDOWN = (".md", ".markdown")


class NotADocument(InvalidInput):
    """Bytes that cannot be attached. The message says what would do."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that may be attached."""

    name: str
    kind: str  # pdf | docx | markdown | text
    data: bytes

    @property
    def sha256(self) -> str:
        """Of the bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()


def checked(name: str, data: bytes) -> Checked:
    """The document, if its bytes are of a kind that we take. Raises NotADocument.

    The name decides nothing but whether plain text is called Markdown.
    """
    if not data:
        raise NotADocument("The file is empty.")
    if len(data) > LARGEST:
        raise NotADocument(f"The file is larger than {LARGEST // 1024**2} MiB.")
    return Checked(_plain(name), _kind(name, data), data)


def attach(act: Act, content: Content, document: Checked, version_date: date | None = None) -> date:
    """Attach a document to a version of the policy; returns that version's date.

    The version in force unless given. Raises NotADocument for a date that no version has. A
    document is never replaced: the newest of a version counts, the others stay.
    """
    held = content.look(act.session)
    policy = held.policy
    day = version_date or policy.version_date
    if day not in dates(held):
        raise NotADocument(f"The policy has no version of {day.isoformat()}.")
    document_id = act.session.execute(
        insert(PolicyDocument)
        .values(
            policy=policy.slug, version_date=day, name=document.name, kind=document.kind,
            sha256=document.sha256, size=len(document.data), data=document.data,
            by_id=act.account_id, at=act.now,
        )
        .returning(PolicyDocument.id)
    ).scalar_one()  # fmt: skip
    act.record(
        Action.POLICY_DOCUMENT_ATTACHED,
        f"policy-document:{document_id}",
        policy=policy.slug,
        version_date=day.isoformat(),
        kind=document.kind,
        sha256=document.sha256,
    )
    return day


def dates(held: InForce) -> list[date]:
    """The versions that a document can be of: those of the history, newest first."""
    known = {held.policy.version_date, *(note.date for note in held.policy.versions)}
    known |= {edition.version_date for edition in held.all}
    return sorted(known, reverse=True)


def _plain(name: str) -> str:
    """The file's own name: no folders, no control characters, not endless."""
    base = PureWindowsPath(PurePath(name).name).name
    kept = "".join(c for c in base if c.isprintable()).strip() or "policy"
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: 110 - len(ending)]}.{ending}" if dot and len(ending) < 10 else kept[:110]


def _kind(name: str, data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise NotADocument("This PDF is not whole. Save it again and attach that.")
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _docx(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotADocument("Attach a PDF, a Word document (DOCX), Markdown or text.") from error
    if any(not c.isprintable() and c not in "\n\r\t\f" and ord(c) < 0xA0 for c in text):
        raise NotADocument("Attach a PDF, a Word document (DOCX), Markdown or text.")
    return "markdown" if name.lower().endswith(_MARKDOWN) else "text"


def _docx(data: bytes) -> str:
    """A Word document by its table of contents; nothing in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise NotADocument("This Word document is not whole. Save it again.") from error
    if not {"[Content_Types].xml", "word/document.xml"} <= names or len(names) > _MOST_PARTS:
        raise NotADocument("Attach a PDF, a Word document (DOCX), Markdown or text.")
    if "word/vbaProject.bin" in names:
        raise NotADocument("This Word document has macros in it. Attach one without.")
    return "docx"
