"""Bench: of simulated projects, how many are certified although more is wrong than the bound says?

    .venv/bin/python bench/coverage.py --projects 500 --json

Each project's decisions are wrong at a rate just above the bound. The app plans the certificate, draws
the sample, opens the seats, takes a person's judgements in, counts and ends it: plan, stage and
actions as they are. At most 5 % may be issued, at 95 % confidence.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import scratch

FRAME, RATE = 40, 0.1
LIMIT = 0.05


def certified(number: int, design: str) -> bool:
    """One project with one wrong text more than the bound allows; whether it is certified."""
    from django_scopes import scope

    from annotate.models import Run
    from pipeline.stages import certifying
    from tests import factories as make
    from tests.pipeline.stages.answers import blind
    from verify.actions import Accepted, accept, record_judgement
    from verify.actions.certificates import plan_certificate

    project = make.make_project(slug=f"coverage-{number}")
    draw = random.Random(number)
    with scope(project=project):
        made = [make.make_rendition(project) for _ in range(FRAME)]
        accept(project, [Accepted(r.pk, make.make_consensus(r).reading_id) for r in made])
        bad = {r.pk for r in draw.sample(made, round(RATE * FRAME) + 1)}
        row = plan_certificate(
            project, language="es", rate=RATE, design=design, seed=f"draw {number}"
        )
        rater = make.make_rater(project)
        while row.state in ("planned", "judging"):
            certifying.whole(Run(project=project, stage="certify"))
            while seat := make.claim(project, rater):
                is_bad = seat.rendition_id in bad
                answer = make.submission() if is_bad else blind()
                record_judgement(seat, rater=rater, submission=answer)
                if is_bad and design == "fixed":
                    break  # no error is allowed, so the plan cannot pass any more
            row.refresh_from_db()
        return bool(row.state == "issued")


def main() -> None:
    """Simulate and print a line for each design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch.served(web=False) as site:
        site.setup_django()
        from pipeline.certify import interval

        for place, design in enumerate(("fixed", "sequential")):
            began = time.perf_counter()
            wrongly = sum(certified(place * 100_000 + n, design) for n in range(chosen.projects))
            found = interval(chosen.projects, wrongly)
            row: dict[str, Any] = {
                "design": design, "projects": chosen.projects, "wrongly_certified": wrongly,
                "share": round(found.rate, 4), "interval": [round(found.low, 4), round(found.high, 4)],
                "seconds": round(time.perf_counter() - began, 1), "limit": LIMIT,
            }  # fmt: skip
            print(json.dumps(row) if chosen.json else
                  "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
