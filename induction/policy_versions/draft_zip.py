"""A draft's files as a ZIP: taken away, worked on elsewhere, and brought back."""

import io
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from induction.curriculum.loader import read_bytes
from induction.curriculum.media import kind_of, written
from induction.curriculum.yaml_source import odd_character
from induction.refusals import InvalidInput

MOST_FILES = 500
MOST_BYTES = 60_000_000  # of all files together, unpacked
LONGEST_TEXT = 200_000  # bytes; a longer one could not be sent by a form
_AT_ONCE = 1 << 18
_IN_MEMORY = 8 << 20
# What zipfile raises for what is damaged, or locked with a password.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class NotADraft(InvalidInput):
    """A file that no draft can be made of. The message says what to mend."""


def packed(
    texts: Mapping[str, str], file_of: Callable[[str], bytes | None], now: datetime
) -> Iterator[bytes]:
    """The files as a ZIP, in pieces. ``file_of`` gives a picture, sound or film by its SHA-256.

    One that is gone, since its draft was discarded, is left out.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in sorted(texts.items()):
                media = written(path, text) if kind_of(path) else None
                data = file_of(media.sha256) if media else text.encode()
                if data is None:
                    continue
                info = zipfile.ZipInfo(path, now.timetuple()[:6])
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        whole.seek(0)
        yield from iter(lambda: whole.read(_AT_ONCE), b"")


def unpacked(data: bytes, slug: str) -> dict[str, bytes]:
    """The policy's files in a ZIP, by path. Raises NotADraft; nothing is written anywhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not _is_left_out(info)]
            _refuse(infos)
            names = _without_a_folder_around([info.filename for info in infos])
            _refuse_names(names, slug)
            found = zip(names, infos, strict=True)
            return {name: _read(archive, info) for name, info in found}
    except _UNREADABLE as error:
        if isinstance(error, NotADraft):
            raise
        raise NotADraft(
            "This is no whole ZIP file. Pack the folders content and quizzes again, without a "
            "password."
        ) from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A file of at most the size that it says it has: without one, zipfile unpacks all there is."""
    with archive.open(info) as file:
        return file.read(info.file_size)


def texts_in(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts of these files as a draft keeps them. Raises NotADraft with every fault."""
    texts, faults = read_bytes(files)
    said = [f"{fault.path}, line {fault.line}: {fault.message}" for fault in faults]
    for path, text in texts.items():
        if len(files[path]) > LONGEST_TEXT and not kind_of(path):
            said.append(f"{path} has more than {LONGEST_TEXT:,} bytes. Make two of it.")
        if odd_character(text):
            at = next(n for n, row in enumerate(text.split("\n"), 1) if odd_character(row))
            said.append(f"{path}, line {at}: this line holds an invisible character; delete it")
    if said:
        raise NotADraft(" ".join(said[:5]))
    return texts


def _is_left_out(info: zipfile.ZipInfo) -> bool:
    """Folders, and what some systems add by themselves."""
    name = info.filename.rpartition("/")[2]
    return info.is_dir() or name.startswith(".") or info.filename.startswith("__MACOSX/")


def _refuse(infos: list[zipfile.ZipInfo]) -> None:
    """What is looked at before anything is unpacked."""
    if len(infos) > MOST_FILES:
        raise NotADraft(f"It holds {len(infos):,} files; {MOST_FILES} at most.")
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise NotADraft(f"Its files have more than {MOST_BYTES // 1_000_000} MB together.")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise NotADraft(f"{_shown(info.filename)} is no file but a link. Put the file there.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotADraft(
                f"{_shown(info.filename)} is packed in a rare way. Pack the folders content and "
                "quizzes again as an ordinary ZIP."
            )


def _without_a_folder_around(names: list[str]) -> list[str]:
    """Whoever packs a folder has it around everything."""
    tops = {name.partition("/")[0] for name in names}
    around = tops.pop() if len(tops) == 1 else ""
    if around in ("", "content", "quizzes", "..", "."):
        return names
    return [name.partition("/")[2] or name for name in names]


def _refuse_names(names: list[str], slug: str) -> None:
    known = re.compile(rf"(content|quizzes)/{re.escape(slug)}/[a-z0-9][a-z0-9.-]{{0,79}}")
    if not names:
        raise NotADraft(f"It holds no file. Put content/{slug}/ and quizzes/{slug}/ into it.")
    for name in names:
        if not known.fullmatch(name):
            raise NotADraft(
                f"{_shown(name)} is in no place of this policy. Files belong into content/{slug}/ "
                f"and quizzes/{slug}/, with names in small letters, digits and hyphens."
            )
    twice = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if twice:
        raise NotADraft(f"{twice} is in it twice. Keep one.")


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:120]
