"""Every place and every accident that an installation has to survive.

After each: it starts again, the data is there, no folder's mode has changed, no process is left.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.installations import Installation, modes_above, wait_for

pytestmark = pytest.mark.runtime
PROGRAMS = ("postgres", "redis", "web", "worker", "interactive")
RESTART_SECONDS = 60.0

Install = Callable[..., Installation]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="this case is about running as root")


def answers(address: str) -> bool:
    """Does the web server reply, whatever the status?"""
    try:
        urllib.request.urlopen(address, timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def survives(installation: Installation) -> None:
    """Start, write, stop, start again, read, stop; the folders above stay as they were."""
    above = (installation.clone, installation.paths.home, Path("/run"), Path("/tmp"))
    before = modes_above(*above)
    assert answers(installation.start())
    installation.write()
    assert set(installation.children()) == set(PROGRAMS)
    installation.stop()
    assert answers(installation.start())
    installation.check_data()
    installation.stop()
    after = modes_above(*above)
    assert {folder: after[folder] for folder in before} == before


@needs_root
def test_root_with_the_clone_in_a_closed_home(install: Install, place: Path) -> None:
    closed = place / "root-home"
    closed.mkdir(mode=0o700)
    installation = install("root-home/vouch")
    assert installation.paths.home.is_relative_to("/var/lib/vouch")
    survives(installation)
    assert (installation.paths.postgres / "PG_VERSION").stat().st_uid != 0


@needs_root
def test_root_with_its_state_in_a_closed_home(install: Install, place: Path) -> None:
    closed = place / "closed-home"
    closed.mkdir(mode=0o700)
    installation = install("closed-home/vouch", home="closed-home/state")
    refused = subprocess.run(
        [*installation.argv, "-m", "config.services", "run"],
        cwd=installation.clone, env=installation.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=RESTART_SECONDS, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert f"cannot enter {installation.paths.home}: unset VOUCH_HOME" in refused.stderr
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_ordinary_user(ordinary: Installation) -> None:
    survives(ordinary)
    assert (ordinary.paths.postgres / "PG_VERSION").stat().st_uid == ordinary.uid


def test_path_with_spaces_and_too_long_for_a_socket(install: Install) -> None:
    deep = "/".join(("my projects " + "d" * 40, "e" * 50, "f" * 50))
    installation = install(f"{deep}/vouch", home=f"{deep}/my state")
    assert len(str(installation.paths.home)) > 150
    assert len(str(installation.paths.sockets)) < 60
    survives(installation)


def test_two_clones_at_once(install: Install) -> None:
    first, second = install("first"), install("second")
    first.begin()
    second.begin()
    addresses = {first.address(), second.address()}
    assert len(addresses) == 2
    assert all(map(answers, addresses))
    first.write()
    second.write()
    first.write()
    first.stop()
    assert set(second.children()) == set(PROGRAMS)
    second.check_data()
    second.stop()


@pytest.fixture(scope="module")
def running(install: Install) -> Iterator[Installation]:
    """One installation for all accidents, each of which leaves it running."""
    installation = install("accidents")
    installation.start()
    installation.write()
    yield installation
    installation.stop()


@pytest.mark.parametrize("program", PROGRAMS)
def test_killed_program_comes_back(running: Installation, program: str) -> None:
    before = running.children()
    os.kill(before[program], signal.SIGKILL)
    wait_for(
        lambda: running.children().get(program, before[program]) != before[program],
        RESTART_SECONDS,
        f"another {program}",
    )
    wait_for(lambda: answers(running.address()), RESTART_SECONDS, "a page")
    running.check_data()
    others = set(PROGRAMS) - {program}
    assert {name: running.children()[name] for name in others} == {
        name: before[name] for name in others
    }


def test_killed_supervisor_takes_everything_along(running: Installation) -> None:
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    running.start()
    running.check_data()
    assert set(running.children()) == set(PROGRAMS)


def test_second_start_is_refused(running: Installation) -> None:
    second = subprocess.run(
        [*running.argv, "-m", "config.services", "run"],
        cwd=running.clone,
        env=running.env,
        capture_output=True,
        text=True,
        timeout=RESTART_SECONDS,
        check=False,
    )
    assert running.process is not None
    assert second.returncode == 1
    assert f"already runs on {running.paths.home} (process {running.process.pid})" in second.stderr
    running.check_data()


def test_stale_pid_file_of_a_living_stranger(running: Installation) -> None:
    """After a crash the number in the pid file may belong to another process of the same user."""
    pid_file = running.paths.postgres / "postmaster.pid"
    old, owner = pid_file.read_text(), pid_file.stat()
    running.stop()
    with subprocess.Popen(
        [shutil.which("sleep") or "/bin/sleep", "300"],
        cwd="/",
        **({"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}),
    ) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *old.split("\n")[1:]]))
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        running.start()
        running.check_data()
        assert stranger.poll() is None
        stranger.kill()
