"""A PDF as a reader sees it, for tests: its text, its structure, its metadata."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from tests.support.abilities import cannot_run


def read(pdf: bytes) -> Any:
    """The file as pypdf reads it; untyped, since tests look at what types do not know."""
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All the text of the first page, with every run of white space as one space."""
    return " ".join(read(pdf).pages[0].extract_text().split())


def squeezed(text: str) -> str:
    """Without white space: how lines are broken does not matter."""
    return re.sub(r"\s+", "", text)


def xmp(pdf: bytes) -> str:
    data: bytes = read(pdf).trailer["/Root"]["/Metadata"].get_data()
    return data.decode()


def elements(pdf: bytes) -> Iterator[Any]:
    """Every element of the structure tree, in reading order."""
    yield from _walk(read(pdf).trailer["/Root"]["/StructTreeRoot"])


def _walk(node: Any) -> Iterator[Any]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        element = kid.get_object()
        if hasattr(element, "get") and element.get("/Type") == "/StructElem":
            yield element
            yield from _walk(element)


def run(tool: str, *arguments: str | Path) -> str:
    """What a PDF tool of the system says, on both channels."""
    if shutil.which(tool) is None:
        cannot_run(f"{tool} is not installed: make test installs it")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
