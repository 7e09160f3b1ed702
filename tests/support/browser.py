"""Windows of a real browser, which report what went wrong in them."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.support.chromium import arguments

PICTURES = Path("test-results")
NO_WORKER = "Service Worker registration blocked by Playwright"
PATIENCE = 30_000  # milliseconds for what should be there at once: a busy machine is slow


@contextmanager
def chromium_at(path: str) -> Iterator[Browser]:
    """A Chromium without a window.

    Playwright keeps an event loop running in this thread, beside which ``asyncio.run`` refuses to
    work. The application calls it when it signs, so until the browser ends it gets a thread.
    """
    real_run: Callable[..., Any] = asyncio.run

    def run(*args: Any, **kwargs: Any) -> Any:
        context = contextvars.copy_context()
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(context.run, real_run, *args, **kwargs).result()

    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "run", run)
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()


def follow(leading: Locator) -> None:
    """Press what leads to another page, and return when that one is there, scripts and all.

    After a click alone the page before may still stand: whatever is done next is then done to it.
    """
    with leading.page.expect_navigation():
        leading.click()


class Visits:
    """Several people, or several devices of one: each page has cookies of its own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []  # of the browser; empty it where one is expected

    def phone(self, **options: Any) -> Page:
        """A small phone in the hand."""
        size = {"width": 360, "height": 740}
        return self.open(viewport=size, is_mobile=True, has_touch=True, **options)

    def desktop(self, **options: Any) -> Page:
        """A laptop."""
        return self.open(viewport={"width": 1280, "height": 800}, **options)

    def open(self, **options: Any) -> Page:
        """A window with Playwright's options for a context, such as ``java_script_enabled``.

        No service worker stands between it and the server, unless a test asks for it.
        """
        context = self._browser.new_context(
            base_url=self.url,
            locale="en-GB",
            timezone_id="Europe/London",
            **{"service_workers": "block", **options},
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("requestfailed", self._failed)
        return context.new_page()

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and NO_WORKER not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A download ends as a request that was broken off.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"request: {request.url}: {request.failure}")

    def picture(self, name: str) -> None:
        """Keep what every window shows, for whoever looks into a failure."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages, start=1):
            page.screenshot(path=PICTURES / f"{name}-{number}.png", full_page=True)

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()
