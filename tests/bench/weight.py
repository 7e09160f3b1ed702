"""What a first visit weighs: measured in Chromium, with nothing in store."""

from dataclasses import dataclass

from playwright.sync_api import Request

from tests.bench.visitor import Visitor
from tests.support.browser import Visits, chromium_at
from tests.support.chromium import find_chromium

MOST_BYTES, MOST_REQUESTS = 40_000, 5
FIRST_FLIGHT = 14_000  # bytes that a new connection carries before it waits for a reply
BEFORE_SHOWN = {"document", "stylesheet"}


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes on the wire, headers included, and requests."""

    size: int
    requests: int
    before_shown: int  # bytes of what has to be there before anything is shown

    def rows(self) -> tuple[tuple[str, int, int], ...]:
        """What, how much, and how much it may be."""
        return (
            ("bytes", self.size, MOST_BYTES),
            ("requests", self.requests, MOST_REQUESTS),
            ("bytes of page and style sheet", self.before_shown, FIRST_FLIGHT),
        )


def weigh(visitor: Visitor, path: str) -> Weight:
    """Open this page in a new window of whoever the visitor is."""
    chromium = find_chromium()
    if chromium is None:
        raise RuntimeError("no Chromium: `make bench` installs it, or set CHROMIUM to its path")
    fetched: list[Request] = []
    with chromium_at(chromium) as browser:
        page = Visits(browser, visitor.url).phone()
        page.context.add_cookies(
            [{"name": n, "value": v, "url": visitor.url} for n, v in visitor.cookies.items()]
        )

        def note(request: Request) -> None:
            fetched.append(request)

        page.on("requestfinished", note)
        page.goto(path, wait_until="networkidle")
        shown_first = [request for request in fetched if request.resource_type in BEFORE_SHOWN]
        return Weight(_size(fetched), len(fetched), _size(shown_first))


def _size(requests: list[Request]) -> int:
    sizes = [request.sizes() for request in requests]
    return sum(size["responseHeadersSize"] + size["responseBodySize"] for size in sizes)
