"""`python -m config.services run | start-only`: the commands behind `make run`."""

from __future__ import annotations

import argparse
import sys

from config.services import supervisor
from config.services.paths import paths

COMMANDS = {"run": supervisor.run, "start-only": supervisor.start_only}


def main() -> int:
    """Read the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.services", description=__doc__)
    parser.add_argument(
        "command",
        choices=COMMANDS,
        help="run: servers, web and workers; start-only: PostgreSQL and Redis",
    )
    return supervisor.main(COMMANDS[parser.parse_args().command], paths())


if __name__ == "__main__":
    sys.exit(main())
