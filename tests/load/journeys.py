"""Whole journeys over HTTP, as fast as the server answers: sign in, read, answer, declare, PDF."""

import http.client
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from induction.curriculum.model import Policy
from tests.bench.visitor import Answer, Visitor
from tests.support.page import Form, Page
from tests.support.solver import right_choice

HUB = "/induction"
LONG_ENOUGH = 1_000  # presses
PAUSE = 0.2  # seconds before somebody who got no answer tries again
BROKEN = (OSError, http.client.HTTPException, ValueError, IndexError)  # an answer cut short, too
REDIRECTS = frozenset({301, 302, 303, 308})


class LostError(Exception):
    """Somebody could not go on. The message says where."""


@dataclass(frozen=True)
class Address:
    """Where the servers are, of which the next request goes to any, as behind a proxy."""

    urls: tuple[str, ...]

    @property
    def url(self) -> str:
        """Of one of them."""
        return random.choice(self.urls)

    @property
    def port(self) -> int:
        """Of 127.0.0.1."""
        return urlsplit(self.url).port or 0

    def processor_time(self) -> float:
        """Not asked for here."""
        return 0.0


@dataclass(frozen=True)
class Deed:
    """One request: which step it was, what it took, its status (0: no answer), when it ended."""

    step: str
    seconds: float
    status: int
    at: float  # by the monotonic clock, which all processes of a machine share


@dataclass
class Journey:
    """One learner from the sign-in to the file of their certificate."""

    visitor: Visitor
    policy: Policy
    email: str
    password: str
    name: str
    patience: float = 0.0  # seconds that a request is tried again where the server fails
    stop: Callable[[], bool] = lambda: False
    deeds: list[Deed] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)  # scenarios whose answer was confirmed
    certificate: str = ""  # its number, once that was confirmed
    path: str = HUB
    page: Page = field(default_factory=lambda: Page(""))

    def run(self) -> None:
        """All of it, or until told to stop. Raises LostError."""
        self._sign_in()
        self._open(HUB)
        for _ in range(LONG_ENOUGH):
            if self.stop():
                return
            if self.path.startswith("/sign-in"):  # the session ended meanwhile
                self._sign_in()
                self._open(HUB)
            elif self.path.startswith("/certificates/"):
                self._ask("fetch the PDF", "GET", f"{self.path}.pdf")
                return
            else:
                self._press()
        raise LostError(f"{self.email} never got to the end; now at {self.path}")

    def _sign_in(self) -> None:
        page = self._ask("open the sign-in", "GET", "/sign-in").page
        form = page.form("password").filled(email=self.email, password=self.password)
        answer = self._ask("sign in", "POST", "/sign-in", form)
        if answer.status != 303:
            raise LostError(f"the sign-in of {self.email} was refused: {answer.status}")

    def _press(self) -> None:
        """Take the one next step of this page, whatever it is."""
        element = self.page.next_step
        inside = element.inside("form")
        if inside is None:
            self._open(element["href"])
            return
        form = Form.of(inside)
        if "full_name" in form.fields:
            self._declare(form)
        elif scenario := form.fields.get("scenario", [""])[0]:
            self._answer(form, scenario)
        else:
            self._send("send another form", form)

    def _answer(self, form: Form, scenario: str) -> None:
        choice = right_choice(self.policy, scenario, form.fields.get("scene", [""])[0])
        answer = self._send("answer", form, option=choice)
        if answer.status == 303 and "/feedback/" in answer.location:
            self.acknowledged.append(scenario)

    def _declare(self, form: Form) -> None:
        answer = self._send("declare", form, full_name=self.name, accept="y")
        where = urlsplit(answer.location).path
        if answer.status == 303 and where.startswith("/certificates/"):
            self.certificate = where.removeprefix("/certificates/")

    def _send(self, step: str, form: Form, **values: str | list[str]) -> Answer:
        answer = self._ask(step, "POST", form.action or self.path, form.filled(**values))
        # A form that was not taken is looked at again from the hub, as people do.
        self._open(answer.location if answer.status in REDIRECTS else HUB)
        return answer

    def _open(self, path: str) -> None:
        for _ in range(10):
            self.path = urlsplit(urljoin(self.visitor.url, path)).path
            answer = self._ask(_kind(self.path), "GET", self.path)
            if answer.status not in REDIRECTS:
                self.page = answer.page
                return
            path = answer.location
        raise LostError(f"{self.path} leads round in a circle")

    def _ask(
        self, step: str, method: str, path: str, form: dict[str, list[str]] | None = None
    ) -> Answer:
        """Ask until there is an answer that is none of the server's failures."""
        until = time.monotonic() + self.patience
        while True:
            begun, answer = time.perf_counter(), None
            try:
                answer = (
                    self.visitor.get(path)
                    if method == "GET"
                    else self.visitor.post(path, form or {})
                )
                status = answer.status
            except BROKEN:
                status = 0
            took = time.perf_counter() - begun
            self.deeds.append(Deed(step, took, status, time.monotonic()))
            if answer is not None and status < 500:
                return answer
            if time.monotonic() > until:
                raise LostError(f"{method} {path} of {self.email} ended with {status or 'nothing'}")
            time.sleep(PAUSE)


def _kind(path: str) -> str:
    """In which line of the table a page is counted."""
    if path == HUB:
        return "open the hub"
    if "/feedback/" in path or path.endswith(("/done", "/result")):
        return "read the feedback"
    if "/quiz" in path or "/look-back" in path:
        return "open a situation"
    if path.startswith("/certificates"):
        return "open the certificate"
    return "read a page"


@dataclass
class Ended:
    """One journey as the process that made it hands it back."""

    deeds: list[Deed]
    seconds: float
    lost: str = ""  # where it could not go on


# ---- in the processes of a crowd ----

RESTS = 20.0  # seconds that a request is tried again: no journey is lost to one failure
_given: list[tuple[Address, Policy, str]] = []


def begin(url: str, policy: Policy, password: str) -> None:
    """Called in each once: where the server is, what is taught, and everybody's password."""
    _given.append((Address((url,)), policy, password))


def one_whole(email: str) -> Ended:
    """A whole journey, in a process of its own: reading pages costs the visitor time as well."""
    where, policy, password = _given[0]
    name = f"Learner {email.partition('@')[0].title()}"
    journey = Journey(Visitor(where), policy, email, password, name, patience=RESTS)
    begun, lost = time.monotonic(), ""
    try:
        journey.run()
    except LostError as error:
        lost = str(error)
    return Ended(journey.deeds, time.monotonic() - begun, lost)
