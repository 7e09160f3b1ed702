"""t12: the server is killed at random moments while people complete. All of it, or none of it."""

import contextlib
import http.client
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from induction.people.models import Account
from tests.support.house import Answer, House, house
from tests.support.learner import Learner
from tests.support.thorough import times

MOMENTS = times(8)
AT_ONCE = 3  # people who sign when the lights go out
LONGEST = 0.08  # seconds until they do; signing takes less
TOGETHER = ("declarations", "certificates", "current", "records", "complete")


@pytest.fixture
def power(tmp_path: Path, migrated_instance: Path) -> Iterator[House]:
    with house(tmp_path / "house", migrated_instance, "--workers=1") as started:
        yield started


def about_to_sign(power: House) -> tuple[Account, Learner, dict[str, list[str]]]:
    """Somebody with everything passed and the declaration open, filled in."""
    account = power.cast.learner()
    power.cast.advance(account)
    learner = power.cast.taking(account)
    learner.open("/induction/declaration")
    return account, learner, learner.form.filled(full_name=learner.name, accept="y")


def sign(power: House, learner: Learner, form: dict[str, list[str]]) -> Answer | None:
    """Send the declaration; None where the connection was cut."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return power.request(learner, "POST", "/induction/declaration", form)
    return None


def state(power: House, account: Account) -> set[int]:
    """How often each thing that belongs together is there: {0} or {1} where all is well."""
    counts = {power.count(account, what) for what in TOGETHER}
    actions = ("journey:declared", "certificates:issued")
    return counts | {power.acts(account, action) for action in actions}


def cut(power: House, *, whole: bool) -> None:
    """Kill the worker, whom the server replaces, or the whole server, and start it again."""
    if whole:
        power.server.kill()
        power.server.restart()
        return
    for worker in power.workers():
        os.kill(worker, signal.SIGKILL)


def test_t12_killed_at_any_moment_it_is_all_or_nothing(power: House) -> None:
    done = {"before": 0, "after": 0}
    for moment in range(MOMENTS):
        signers = [about_to_sign(power) for _ in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            sent = [
                threads.submit(partial(sign, power, learner, form)) for _, learner, form in signers
            ]
            time.sleep(random.uniform(0, LONGEST))
            cut(power, whole=moment == 0)
        answers = [one.result() for one in sent]
        for (account, learner, form), answer in zip(signers, answers, strict=True):
            found = state(power, account)
            assert found in ({0}, {1}), f"by halves: {account.id}, {found}"
            if answer is not None and answer[0] == 303:
                assert found == {1}, "what was confirmed is there"
            done["after" if found == {1} else "before"] += 1
            again = sign_until_heard(power, learner, form)
            assert again[0] == 303
            assert again[1].startswith("/certificates/")
            assert state(power, account) == {1}
    checked = power.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert checked.exit_code == 0, checked.output
    assert sum(done.values()) == MOMENTS * AT_ONCE


def sign_until_heard(power: House, learner: Learner, form: dict[str, list[str]]) -> Answer:
    """Send again, as people do, until the server is back."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = sign(power, learner, form)
        if answer is not None:
            return answer
        time.sleep(0.05)
    raise AssertionError("the server did not come back")
