"""Files → Policy. Reads and fingerprints the files; ``assembly`` makes the policy of them.

A content's digest is that of its texts with every name in braces filled in (``own_words``).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import rfc8785

from induction.curriculum.assembly import Assembly
from induction.curriculum.faults import CurriculumError, Fault
from induction.curriculum.fields import is_kebab
from induction.curriculum.media import faults_of, in_words, kind_of
from induction.curriculum.model import Policy
from induction.curriculum.own_words import in_own_words

_TOPS = ("content", "quizzes")
_BYTE_ORDER_MARK = "\ufeff"


def policy_slugs(root: Path) -> tuple[str, ...]:
    """The policies under ``root``: every folder in ``content/`` or ``quizzes/``, by name."""
    names = {f.name for top in _TOPS for f in (root / top).glob("*") if f.is_dir()}
    return tuple(sorted(name for name in names if not name.startswith((".", "_"))))


def load_folder(root: Path, slug: str) -> Policy:
    """The policy in ``content/<slug>/`` and ``quizzes/<slug>/``; CurriculumError where faulty."""
    return _load(slug, *_read(root, slug))


def load_texts(slug: str, files: Mapping[str, str]) -> Policy:
    """The policy in these texts, by path relative to the root; CurriculumError where faulty."""
    return _load(slug, {path: tidy(text) for path, text in files.items()}, [])


def read_texts(root: Path, slug: str) -> dict[str, str]:
    r"""The texts of a policy's files by path, as ``load_texts`` and ``digest_of`` take them.

    Line endings become ``\n`` and a byte-order mark goes, so that a copy made on another system
    has the same digest. Of a picture, sound or film it is the line that says its SHA-256. Raises
    CurriculumError for a file that is not what its name says, such as a text that is not UTF-8.
    """
    files, unreadable = _read(root, slug)
    if unreadable:
        raise CurriculumError(unreadable)
    return files


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256 (hex) of the canonical JSON (RFC 8785) of path → text: the content version."""
    return hashlib.sha256(rfc8785.dumps(dict(files))).hexdigest()


def _load(slug: str, files: dict[str, str], unreadable: list[Fault]) -> Policy:
    assembly = Assembly(slug, in_own_words(files, slug, {}), unreadable)
    policy = assembly.policy(digest_of)
    if policy is None or assembly.ledger.faults:
        raise CurriculumError(assembly.ledger.faults)
    return policy


def read_bytes(files: Mapping[str, bytes]) -> tuple[dict[str, str], list[Fault]]:
    """The texts of these files as ``read_texts`` has them, and what is wrong with any of them.

    A file that is not UTF-8 has a text too, so that its other faults are told as well.
    """
    texts: dict[str, str] = {}
    unreadable: list[Fault] = []
    for path, raw in files.items():
        if kind_of(path):
            texts[path] = in_words(raw)
            unreadable += [Fault(path, 1, message) for message in faults_of(path, raw)]
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            message = "this line is not in UTF-8; save the file as UTF-8"
            unreadable.append(Fault(path, line, message))
            text = raw.decode("utf-8", errors="replace")
        texts[path] = tidy(text)
    return texts, unreadable


def tidy(text: str) -> str:
    r"""A text with ``\n`` at the end of its lines, and no byte-order mark."""
    return text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")


def _read(root: Path, slug: str) -> tuple[dict[str, str], list[Fault]]:
    folders = [(top, root / top / slug) for top in _TOPS] if is_kebab(slug) else []
    return read_bytes(
        {
            f"{top}/{slug}/{file.name}": file.read_bytes()
            for top, folder in folders
            for file in sorted(folder.glob("*"))
            if not file.name.startswith(".") and file.is_file()
        }
    )
