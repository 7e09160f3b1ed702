"""What all pages share: layout, errors, headers, logs, static files, and the public pages."""

from datetime import timedelta
from typing import Any

from flask import Flask

from induction.config import Settings
from induction.failures import tell_sentry
from induction.people.sessions import ON_OWN_DEVICE
from induction.postgresql import engine_options
from induction.site import assets, compression, errors, headers, intake, layout, logs
from induction.site.addresses import Route, WholeNumber
from induction.site.intake import LARGEST_REQUEST, MOST_PARTS, MOST_TYPED

__all__ = ["Route", "WholeNumber", "configuration", "init_app"]


def configuration(settings: Settings) -> dict[str, Any]:
    """Flask's own settings, from ours."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        # A browser takes a __Host- cookie from this very host alone, over TLS.
        "SESSION_COOKIE_NAME": "__Host-induction" if settings.over_https else "induction",
        "SESSION_COOKIE_SECURE": settings.over_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": ON_OWN_DEVICE + timedelta(days=1),
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": MOST_TYPED,
        "MAX_FORM_PARTS": MOST_PARTS,
        "WTF_CSRF_TIME_LIMIT": None,  # an answer after an hour's reading is welcome
        "TEMPLATES_AUTO_RELOAD": False,
    }


def init_app(app: Flask) -> None:
    """Everything around the pages."""
    assets.init_app(app)
    layout.init_app(app)
    intake.init_app(app)
    errors.init_app(app)
    headers.init_app(app)
    compression.init_app(app)
    logs.init_app(app)
    tell_sentry(app.extensions["settings"].sentry_dsn)
