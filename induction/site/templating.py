"""What we do in Jinja’s place, since every page pays for it.

None of it is promised by Jinja or MarkupSafe: tests/integration/site/test_templating.py fails, and
says what is lost, where one of them does not ask us any more.
"""

from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any

from jinja2 import Environment, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import _escape_inner  # type: ignore[attr-defined]

_escaped: Callable[[str], str] = _escape_inner


def printed(value: Any) -> str:
    """A value as it stands on a page: as MarkupSafe’s ``escape`` has it, but as plain text.

    Marking each as safe takes longer than making it so, and is for nothing: it is printed and gone.
    """
    if type(value) is str:
        return _escaped(value)
    if hasattr(value, "__html__"):
        safe: str = value.__html__()
        return safe
    return _escaped(str(value))


class PageTemplate(Template):
    """A template that prints by ``printed``, and whose macros are made once."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  Jinja's name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """The template of this code, which calls ``escape`` for whatever it prints."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = printed
        return made

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """The macros for an import. None is ever given globals of its own.

        Jinja would compare all globals at each import, some eight times a page.
        """
        del ctx
        return super()._get_default_module()
