"""A whole data set by program: import, let the machines work, judge, release, download.

    python journey.py http://localhost:8000 TOKEN sentences.en.conll sentences.es.conll es out.zip

The first file has the labelled sentences, the second their translation, sentence by sentence, and
the language of the second follows. The judge here calls every proposal right: put a person there.
"""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any

from vouch_client import Vouch
from vouch_client.client import Project


def judgement(card: dict[str, Any]) -> dict[str, Any]:
    """What is sent of a card when every span that it shows is right."""
    spans = [
        {**span, "shown": span["key"], "verdict": "right", "cause": ""} for span in card["spans"]
    ]
    kept = (
        "key",
        "shown",
        "verdict",
        "cause",
        "label",
        "field",
        "start",
        "end",
        "surface",
        "source",
    )
    return {
        "seat": card["seat"], "client_id": str(uuid.uuid4()), "outcome": "answered",
        "spans": [{name: span.get(name) for name in kept} for span in spans],
    }  # fmt: skip


def judge_all(project: Project, language: str) -> int:
    """Judge until nothing is left for this person; how many texts that were."""
    count, card = 0, project.claim(language)["card"]
    while card is not None:
        asked = {"kind": "review", "language": language, **judgement(card)}
        card = project.submit(asked)["card"]
        count += 1
    return count


def journey(
    vouch: Vouch, source: Path, translation: Path, language: str, to: Path
) -> tuple[int, Path]:
    """The texts judged and the downloaded release."""
    project = vouch.create_project(
        source.stem, source="en", targets=[language], preset="ner-projection",
        description="Sentences with names, labelled in English and carried over.",
        guidelines="Mark each name whole, without its title.", licence="cc-by-4.0",
    )  # fmt: skip
    sentences = project.import_file(
        source, pair=translation, format="conll", target_language=language, target_labels="ignore"
    )
    project.wait(sentences)
    project.settle()
    judged = judge_all(project, language)
    release = project.release("1.0.0", "cc-by-4.0")
    project.wait(project.run(release["run"]))
    return judged, project.download_release(release["id"], to)


if __name__ == "__main__":
    address, token, source, translation, language, to = sys.argv[1:]
    server = Vouch(address, token)
    texts, file = journey(server, Path(source), Path(translation), language, Path(to))
    sys.stdout.write(f"{texts} texts judged; the release is in {file}\n")
