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
    return _load(slug, {path: _tidy(text) for path, text in files.items()}, [])


def read_texts(root: Path, slug: str) -> dict[str, str]:
    r"""The texts of a policy's files by path, as ``load_texts`` and ``digest_of`` take them.

    Line endings become ``\n`` and a byte-order mark goes, so that a copy made on another system
    has the same digest. Raises CurriculumError for a file that is not UTF-8.
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


def _read(root: Path, slug: str) -> tuple[dict[str, str], list[Fault]]:
    """Every text, also of a file that is not UTF-8, so that its other faults are told as well."""
    files: dict[str, str] = {}
    unreadable: list[Fault] = []
    folders = [(top, root / top / slug) for top in _TOPS] if is_kebab(slug) else []
    for top, folder in folders:
        for file in sorted(folder.glob("*")):
            if file.name.startswith(".") or not file.is_file():
                continue
            path, raw = f"{top}/{slug}/{file.name}", file.read_bytes()
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                line = raw.count(b"\n", 0, error.start) + 1
                message = "this line is not in UTF-8; save the file as UTF-8"
                unreadable.append(Fault(path, line, message))
                text = raw.decode("utf-8", errors="replace")
            files[path] = _tidy(text)
    return files, unreadable


def _tidy(text: str) -> str:
    return text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
