"""``scripts/setup.sh`` where somebody may not install the system's packages."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.server import PROJECT

SETUP = PROJECT / "scripts" / "setup.sh"
A_BARE_MACHINE = {  # a Debian without any of our packages, and somebody who is not let to be root
    "apt-get": "exit 1",
    "dpkg-query": "exit 1",
    "id": "echo 1000",
    "sudo": "exit 1",
}


def asked_for(level: str, folder: Path) -> set[str]:
    """The packages that setup asks somebody else to install, all of them in one command."""
    programs, scripts = folder / "programs", folder / "clone" / "scripts"
    programs.mkdir(parents=True)
    for name, does in A_BARE_MACHINE.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    scripts.mkdir(parents=True)
    shutil.copy(SETUP, scripts)
    ended = subprocess.run(
        [scripts / SETUP.name, level],
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert not (scripts.parent / ".venv").exists()
    (command,) = re.findall("as root, run: (.*)", ended.stderr)
    update, install = command.split(" && ")
    assert update == "apt-get update"
    assert install.startswith("apt-get install --yes --no-install-recommends ")
    return set(install.split()[4:])


def listed(name: str) -> set[str]:
    (packages,) = re.findall(f'^{name}="([^"]+)"', SETUP.read_text(), re.MULTILINE)
    return set(packages.split())


def test_whoever_may_not_install_is_told_once_of_all_that_is_missing(tmp_path: Path) -> None:
    to_run, to_test = asked_for("run", tmp_path / "run"), asked_for("test", tmp_path / "test")
    assert listed("RUN_DEBIAN") <= to_run
    assert not to_run & listed("TEST_DEBIAN")
    assert to_run | listed("TEST_DEBIAN") <= to_test
