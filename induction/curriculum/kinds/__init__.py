"""The kinds of scenario: one file each, with everything that depends on the kind.

A file called ``single`` holds a class ``Single``; authors write ``kind: single``. It is found here
because it is there. Its part of the question page is ``templates/journey/kinds/single.html``.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from induction.curriculum.scenario_kind import ScenarioKind

KINDS: Mapping[str, type[ScenarioKind]] = {
    name: getattr(import_module(f"{__name__}.{name}"), name.capitalize())
    for name in sorted(module.name for module in iter_modules(__path__))
}
