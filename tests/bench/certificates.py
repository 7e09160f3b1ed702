"""What a certificate costs, as ratios to a naive rendering built beside it in the same run.

Naive is what one would write first: a flex column for the page, so that the foot stands at the
bottom, a grid for its two columns, a row of flex boxes at the head and one for the milestones, and
WeasyPrint called with its defaults: nothing tagged, nothing attached, fonts of the system. What it
costs depends on how deep such boxes are nested. So that nobody has to take our word for it, three
more are drawn: the page as a grid instead, which WeasyPrint lays out faster; no box around the page
at all; and our placed page by default, which took 0.28 of naive where the goals were set.

Times are processor time of this process, the median of rounds in which each variant is drawn once.

    python -m tests.bench.certificates [--rounds N]
"""

import argparse
import base64
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import jinja2
import segno
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from induction.certificates.pdf import fonts, render
from induction.certificates.pdf.layout import heading, sizes
from induction.certificates.pdf.look import OURS
from induction.certificates.pdf.printed import Printed, printed
from induction.certificates.record import fingerprint
from induction.signing.signer import Signer
from tests.support.certificates import a_record

PROJECT = Path(__file__).resolve().parents[2]
GOALS = {"rendered, tagged, attached": 0.20, "… and signed": 0.25}
NAIVE = "naive: page flex, columns grid"
_here = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True)


def _words() -> Printed:
    record = a_record()
    return printed(record, fingerprint(record))


def _mark() -> str:
    svg = (PROJECT / "static" / "img" / "mark.svg").read_bytes()
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


def naive(page_is: str) -> bytes:
    words = _words()
    page = _here.get_template("certificate_naive.html").render(
        words=words,
        mark=_mark(),
        qr=segno.make_qr(words.status_url, error="m").svg_data_uri(),
        page_is=page_is,
    )
    pdf: bytes = HTML(string=page).write_pdf()
    return pdf


def placed_by_default() -> bytes:
    """Our own page and sheet, with none of what makes them quick but the placing."""
    words = _words()
    page = render._templates.get_template(render._TEMPLATE).render(
        words=words,
        head=heading(None),
        size=sizes(words, heading(None)),
        title="Certificate of induction",
        description="",
        issued_at=a_record()["issued_at"],
        mark=_mark(),
        mark_says="",
        qr=segno.make_qr(words.status_url, error="m").svg_data_uri(),
    )
    sheet = (PROJECT / "static" / "certificate" / "certificate.css").read_text(encoding="utf-8")
    plain = sheet.replace("SCRIPTS", "").replace("ACCENT", OURS.accent)
    config = FontConfiguration()
    bundled = render._Bundled({name: (fonts.FOLDER / name).read_bytes() for name in fonts.BUNDLED})
    css = CSS(string=plain, font_config=config, url_fetcher=bundled)
    pdf: bytes = HTML(string=page).write_pdf(stylesheets=[css], font_config=config)
    return pdf


def floor() -> bytes:
    pdf: bytes = HTML(string="<p>x").write_pdf()
    return pdf


def variants(signer: Signer) -> dict[str, Callable[[], object]]:
    return {
        NAIVE: lambda: naive("flex"),
        "the page a grid as well": lambda: naive("grid"),
        "columns grid only": lambda: naive("plain"),
        "placed, otherwise by default": placed_by_default,
        "rendered, tagged, attached": lambda: render.render(a_record()),
        "… and signed": lambda: signer.sign(render.render(a_record())),
        "an almost empty page": floor,
    }


def measure(drawn: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time, for each variant one a round; the first round is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in drawn}
    for at in range(rounds + 1):
        for name, draw in drawn.items():
            before = time.process_time()
            draw()
            if at:
                spent[name].append(time.process_time() - before)
    return spent


def table(spent: dict[str, list[float]]) -> tuple[str, bool]:
    """The table in Markdown, and whether every goal is met."""
    lines = ["| certificate | ms | ratio to naive | goal |", "| --- | --: | --: | --: |"]
    met = True
    for name, times in spent.items():
        ratio = statistics.median(
            own / whole for own, whole in zip(times, spent[NAIVE], strict=True)
        )
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"≤ {goal} {'met' if ratio <= goal else 'MISSED'}"
        met = met and (goal is None or ratio <= goal)
        lines.append(
            f"| {name} | {statistics.median(times) * 1000:.1f} | {ratio:.3f} | {verdict} |"
        )
    return "\n".join(lines), met


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="What a certificate costs.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds: int = parser.parse_args(arguments).rounds
    with tempfile.TemporaryDirectory() as folder:
        signer = Signer.from_settings(Path(folder))
        text, met = table(measure(variants(signer), rounds))
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
