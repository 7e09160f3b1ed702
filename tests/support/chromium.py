"""Where the browser for the tests is. ``python -m tests.support.chromium`` prints it, or fails."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The one without windows takes a sixth to a third less time for the same pages.
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# A browser in the tests talks to our server and to nobody else, and keeps nothing.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """The path of a Chromium: $CHROMIUM, the system's, or the one that Playwright installed."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    # Ubuntu's is a small script that starts a snap, which cannot be driven everywhere.
    for found in filter(None, map(shutil.which, NAMES)):
        if "snap" not in str(Path(found).resolve()):
            return found
    if MAC.exists():
        return str(MAC)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def arguments() -> list[str]:
    """Flags for a quiet start; root may not use the sandbox."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


if __name__ == "__main__":
    found = find_chromium()
    if found is None:
        sys.exit("no Chromium was found; set CHROMIUM to its path")
    sys.stdout.write(f"{found}\n")
