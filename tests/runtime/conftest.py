"""Installations for the runtime tests, removed with all they left at the end of a module."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.services.paths import Paths, digest
from tests.runtime.installations import Installation, clone_into, environment, python_for

Install = Callable[..., Installation]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that everybody may enter."""
    folder = Path(tempfile.mkdtemp(prefix="vouch-runtime-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def install(place: Path) -> Iterator[Install]:
    """Make an installation in `folder` under the place; `home` is VOUCH_HOME if given."""
    made: list[Installation] = []

    def make(folder: str, *, home: str | None = None) -> Installation:
        clone = clone_into(place / folder)
        env = environment(**({"VOUCH_HOME": str(place / home)} if home else {}))
        asked = subprocess.run(
            [sys.executable, "-c", "from config.services import paths; print(paths().home)"],
            cwd=clone,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        state = Path(asked.stdout.strip())
        sockets = Path("/run") if os.geteuid() == 0 else Path("/nowhere")
        own = Paths(state, sockets / f"vouch-{digest(state)}")
        made.append(Installation(clone, own, [sys.executable], env))
        return made[-1]

    yield make
    for installation in made:
        installation.remove()


@pytest.fixture(scope="module")
def ordinary(place: Path) -> Iterator[Installation]:
    """An installation of the user `nobody`, with its clone in a home that only it may enter."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user; the other cases run as an ordinary one")
    person = pwd.getpwnam("nobody")
    home = place / "home"
    home.mkdir(mode=0o700)
    clone = clone_into(home / "clone")
    for path in [home, clone, *clone.rglob("*")]:
        os.chown(path, person.pw_uid, person.pw_gid)
    python, more = python_for(person.pw_uid, place / "python")
    state = clone / "var"
    sockets = Path("/tmp") / f"vouch-{person.pw_uid}-{digest(state)}"
    installation = Installation(
        clone, Paths(state, sockets), [python], environment(HOME=str(home), **more), person.pw_uid
    )
    yield installation
    installation.remove()
