"""A learner at work: reads the page, decides, presses the one next step. Knows no addresses."""

from collections.abc import Callable

from induction.curriculum.model import Policy
from tests.support.client import Visitor
from tests.support.page import Form, Page, read
from tests.support.solver import right_choice, wrong_choice

START = "/induction"
LONG_ENOUGH = 1_000  # presses; nobody needs as many

Rightly = bool | Callable[[str], bool]  # whether to decide well; may depend on the scenario


class Learner:
    """Somebody taking the induction through the test client, at one page at a time."""

    def __init__(self, visitor: Visitor, policy: Policy, name: str) -> None:
        self.visitor, self.policy, self.name = visitor, policy, name
        self.path, self.page = START, Page("")

    def open(self, path: str = START) -> Page:
        """Go to an address, as by typing it."""
        response = self.visitor.get(path, follow_redirects=True)
        assert response.status_code == 200, f"{path}: {response.status}"
        self.path = response.request.path
        self.page = read(response.get_data(as_text=True))
        return self.page

    @property
    def form(self) -> Form:
        """The form whose button is the next step of this page."""
        element = self.page.next_step.inside("form")
        assert element is not None, f"the next step of {self.path} is not a button of a form"
        return Form.of(element)

    @property
    def asked(self) -> str:
        """The scenario that this page asks, or nothing."""
        scenario = [i for i in self.page.all("input") if i["name"] == "scenario"]
        return scenario[0]["value"] if scenario else ""

    @property
    def signing(self) -> bool:
        """Whether this page is the declaration."""
        return any(i["name"] == "full_name" for i in self.page.all("input"))

    def choice(self, *, rightly: bool = True) -> list[str]:
        """What to choose on this page: from the curriculum, never from the page."""
        scene = "".join(self.form.fields.get("scene", []))
        choose = right_choice if rightly else wrong_choice
        return choose(self.policy, self.asked, scene)

    def send(self, **values: str | list[str]) -> Page:
        """Fill in the form of this page, send it, and see where that leads."""
        response = self.visitor.send(self.form, values, at=self.path)
        assert response.status_code == 303, f"{self.path} was not taken: {response.status}"
        return self.open(response.location)

    def press(self, *, rightly: Rightly = True) -> Page:
        """Take the one next step of this page, whatever it is."""
        if self.signing:
            return self.send(full_name=self.name, accept="y")
        if self.asked:
            well = rightly if isinstance(rightly, bool) else rightly(self.asked)
            return self.send(option=self.choice(rightly=well))
        if self.page.next_step.inside("form"):
            return self.send()
        return self.open(self.page.next_step["href"])

    def walk(self, until: Callable[["Learner"], bool], *, rightly: Rightly = True) -> Page:
        """From the hub, press on until the page is the one that is looked for."""
        self.open()
        for _ in range(LONG_ENOUGH):
            if until(self):
                return self.page
            self.press(rightly=rightly)
        raise AssertionError(f"never got there; now at {self.path}")

    def to_question(self, slug: str = "", *, rightly: Rightly = True) -> Page:
        """To the next counted question, or to the first one of this section."""
        return self.walk(lambda me: bool(me.asked) and f"{slug}/quiz/" in me.path, rightly=rightly)

    def to_declaration(self) -> Page:
        """To the declaration, with everything passed."""
        return self.walk(lambda me: me.signing)

    def finish(self) -> str:
        """To the end; returns the certificate's number."""
        self.walk(lambda me: me.path.startswith("/certificates/"))
        return self.path.removeprefix("/certificates/")
