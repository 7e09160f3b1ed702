"""What an institute calls its own people and papers: ``{leaders}`` in the authors' files.

``called:`` in the policy's file says what each name stands for, unless the institute says otherwise
in its settings. The words are put in before anything is read. So a content's digest is that of what
people read, and its archived copy needs no settings to be shown again.
"""

import re
from collections.abc import Mapping

from induction.curriculum.faults import Ledger, Source
from induction.curriculum.yaml_source import Scalar, Table, read_yaml

PLACE = re.compile(r"\{([A-Za-z][a-z]*(?:-[a-z]+)*)\}")
LONGEST = 100
# Words that cannot be taken for YAML, Markdown or HTML, wherever an author puts them.
USABLE = re.compile(r"[^\W_][\w ’&.,()/-]*")
ORGANISATION = "organisation"  # the legal name, which stands in quotes; any name fits there


def in_own_words(files: Mapping[str, str], slug: str, own: Mapping[str, str]) -> dict[str, str]:
    """The texts with every known name filled in; ``own`` counts before what the files say.

    Texts that are filled in already stay as they are.
    """
    path = f"content/{slug}/policy.yaml"
    rows = files.get(path, "").split("\n")
    called = _called(rows)
    if not called:
        return dict(files)
    words = {name: str(scalar.value) for name, scalar in called.items()}
    for name in words.keys() & own.keys():
        words[name] = _usable(own[name])
        row = rows[called[name].line - 1]
        rows[called[name].line - 1] = f'{row.partition(":")[0]}: "{words[name]}"'
    texts = {**files, path: "\n".join(rows)}
    return {name: PLACE.sub(lambda found: _put(found, words), text) for name, text in texts.items()}


def names_in(files: Mapping[str, str], slug: str) -> dict[str, str]:
    """What these files say that each name stands for."""
    called = _called(files.get(f"content/{slug}/policy.yaml", "").split("\n"))
    return {name: str(scalar.value) for name, scalar in called.items()}


def _put(found: re.Match[str], words: Mapping[str, str]) -> str:
    """The words for a name; with a capital where the name has one; the name where none is known."""
    name = found[1]
    known = words.get(name[0].lower() + name[1:], found[0])
    return known[0].upper() + known[1:] if name[0].isupper() else known


def _called(rows: list[str]) -> dict[str, Scalar]:
    """Each name that the policy's file explains; none where that cannot be read."""
    start = next((n for n, row in enumerate(rows) if row.rstrip() == "called:"), None)
    if start is None:
        return {}
    end = next((n for n, row in enumerate(rows[start + 1 :], start + 1) if row[:1].strip()), None)
    source = Source("", Ledger())  # its faults are told when the file itself is read
    table = read_yaml("\n".join(rows[start:end]), source, first_line=start + 1)
    block = table.entries.get("called") if table else None
    if not isinstance(block, Table):
        return {}
    return {
        name: value
        for name, value in block.entries.items()
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value.strip()
    }


def _usable(words: str) -> str:
    """Words as they can stand in quotes."""
    return " ".join(words.replace("\\", "/").replace('"', "”").split())
