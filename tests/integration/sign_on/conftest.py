"""A provider for the tests of this folder, and an installation that uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from induction.config import Settings
from tests.support.cast import Cast
from tests.support.openid import OpenIdProvider, Traveller, provider_for

HERE = "http://127.0.0.1:8000"  # what the application takes for its own address


@pytest.fixture(scope="session")
def _openid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdProvider]:
    with provider_for(HERE, tmp_path_factory.mktemp("openid") / "provider.log") as provider:
        yield provider


@pytest.fixture
def openid(_openid: OpenIdProvider) -> OpenIdProvider:
    """The provider, at which nobody has an account yet."""
    _openid.tell()
    return _openid


@pytest.fixture
def settings(instance: Path, openid: OpenIdProvider) -> Settings:
    return Settings.from_environment({"INDUCTION_INSTANCE": str(instance), **openid.environ()})


@pytest.fixture
def traveller(cast: Cast) -> Traveller:
    """A browser that has not been anywhere yet."""
    return Traveller(cast.visitor())
