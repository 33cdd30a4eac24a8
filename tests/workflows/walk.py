"""A workflow as a test walks it: made from a preset, imported, worked off, judged and exported over HTTP."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.forms.projects import preset_labels
from annotate.models import Annotator, Project, Run
from bench.simulated import SHOWN_AT
from pipeline.certify.bounds import interval
from pipeline.inline import drain, work_off
from tests.chat_server import Answer, chat_server
from tests.walking import judge_all, member

SAMPLES = Path(__file__).parent / "samples"
Row = dict[str, Any]
Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A way of making data that somebody published: what it is called, what it needs, what it shows.

    ``figure`` is what the walk must come to, word for word; ``source`` is where it is described.
    """

    name: str
    preset: str
    source: str
    shows: str
    figure: str

    def comes_to(self, figure: str) -> None:
        """Fail unless the walk came to the figure that the document prints."""
        assert figure == self.figure


class Person:
    """Someone who answers each card as told, and calls every shown span right.

    ``says`` gives the answers of a card by question, or by ``question@target``, and None where the
    person is unsure; ``marks`` the spans that the person adds, as (field, surface, label).
    """

    def __init__(
        self, says: Callable[[Row], Said | None], marks: Callable[[Row], Sequence[Sequence[str]]] | None = None
    ) -> None:  # fmt: skip
        self.says, self.marks = says, marks or (lambda card: ())

    def judgement(self, card: Row) -> Row:
        """What is sent for a card."""
        said = self.says(card)
        answers = [
            {"question": key.partition("@")[0], "target": key.partition("@")[2] or "rendition",
             "value": value}
            for key, value in (said or {}).items()
        ]  # fmt: skip
        return {
            "seat": card["seat"], "client_id": str(uuid.uuid4()), "outcome": "unsure" if said is None else "answered",
            "spans": [*map(_right, card["spans"]), *self._added(card)], "answers": answers,
            "comment": "", "shown_at": SHOWN_AT, "first_input_at": None, "hidden_seconds": 0.0,
        }  # fmt: skip

    def _added(self, card: Row) -> list[Row]:
        texts = {field["name"]: field["text"] for field in card["target"]["fields"]}
        rows = []
        for number, (field, surface, label) in enumerate(self.marks(card), 1):
            start = texts[field].index(surface)
            rows.append(
                {"key": f"mine{number}", "shown": None, "verdict": "added", "cause": "",
                 "label": label, "field": field, "start": start, "end": start + len(surface),
                 "surface": surface, "source": None}
            )  # fmt: skip
        return rows


def _right(span: Row) -> Row:
    kept = {key: span.get(key) for key in ("label", "field", "start", "end", "surface", "source")}
    return {"key": span["key"], "shown": span["key"], "verdict": "right", "cause": "", **kept}


class Walk:
    """One project from a preset, with its manager signed in. Used inside ``walking``."""

    def __init__(self, project: Project, manager: Client) -> None:
        self.project, self.manager = project, manager
        self.at = f"/p/{project.slug}"

    def set_policy(self, **policy: Any) -> None:
        """Change keys of the project's policy."""
        self.project.policy |= policy
        self.project.save(update_fields=["policy"])

    def add_machine(self, name: str, kind: str, backend: str, **settings: Any) -> Annotator:
        """Add an annotator that is not fitted."""
        made = add_annotator(self.project, name=name, kind=kind, backend=backend, settings=settings)
        make_version(made)
        return made

    def take_in(
        self, sample: str, format: str = "native", *, language: str = "", **files: bytes
    ) -> Run:
        """Import a sample through the page; every row must be good.

        ``files`` stand in place of the sample and beside it, as the form calls them.
        """
        content = files.pop("upload", b"") or (SAMPLES / sample).read_bytes()
        answer = self.manager.post(
            f"{self.at}/import/",
            {"format": format, "upload": SimpleUploadedFile(sample, content),
             "language": language or self.project.source_language, "unit": "codepoint",
             "all_or_nothing": "on",
             **{key: SimpleUploadedFile(key, value) for key, value in files.items()}},
        )  # fmt: skip
        assert answer.status_code == 302, answer.content.decode()
        run = work_off(Run.objects.get(pk=answer.url.strip("/").rpartition("/")[2]))
        faults = list(run.errors.values_list("message", flat=True))
        assert not faults, faults
        assert run.state == "done", run.message
        return run

    def work(self) -> list[Run]:
        """Let the stages do all that is pending."""
        done = drain(self.project)
        assert {run.state for run in done} <= {"done"}, [run.message for run in done]
        return done

    def judge(
        self, name: str, languages: Sequence[str], person: Person, *, role: str = "reviewer"
    ) -> list[Row]:
        """A new member judges all that the desk offers; the cards that were seen."""
        path = "adjudicate" if role == "adjudicator" else "review"
        client = member(self.project, name, role, languages)
        assert client.get(f"{self.at}/{path}/").status_code == 200
        cards = judge_all(client, self.project, path, person)
        assert cards, f"{name} was asked nothing"
        return cards

    def take_out(self, format: str = "native", **asked: Any) -> dict[str, bytes]:
        """Export through the page; the files of the download by name."""
        answer = self.manager.post(
            f"{self.at}/export/",
            {"format": format, "decided_only": "no", "judgements": "on", **asked},
        )
        run = work_off(Run.objects.get(pk=answer.url.strip("/").rpartition("/")[2]))
        assert run.state == "done", run.message
        sent = self.manager.get(f"{self.at}/runs/{run.pk}/result/")
        with zipfile.ZipFile(io.BytesIO(b"".join(sent.streaming_content))) as packed:
            return {name: packed.read(name) for name in packed.namelist()}

    def quality(self) -> Row:
        """The report on quality, as its page shows it to the manager."""
        answer = self.manager.get(f"{self.at}/quality/")
        assert answer.status_code == 200
        report = answer.context["report"]
        assert report is not None, "nothing was measured yet"
        return dict(report.body)

    def renditions(self) -> dict[tuple[str, str], Row]:
        """The native export by (item, language)."""
        rows = map(json.loads, self.take_out()["items.jsonl"].splitlines())
        return {
            (row["id"], rendition["language"]): {**rendition, "item": row}
            for row in rows for rendition in row["renditions"]
        }  # fmt: skip


@contextmanager
def walking(
    workflow: Workflow, targets: Sequence[str], *, source: str = "en", **policy: Any
) -> Iterator[Walk]:
    """A project made from the workflow's preset on the page for new projects."""
    user, _new = get_user_model().objects.get_or_create(username="manager")
    manager = Client()
    manager.force_login(user)
    answer = manager.post(
        "/projects/new/",
        {"preset": workflow.preset, "name": workflow.name, "source": source,
         "targets": ", ".join(targets), "labels": preset_labels(workflow.preset)},
    )  # fmt: skip
    assert answer.status_code == 302, answer.content
    project = Project.objects.get(slug=answer.url.strip("/").split("/")[1])
    with scope(project=project):
        walk = Walk(project, manager)
        walk.set_policy(**policy)
        yield walk


@contextmanager
def model_server(settings: Any, answer: Answer) -> Iterator[str]:
    """The address of a model server that answers as told."""
    with chat_server(answer) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        yield server.url


def answers(rendition: Mapping[str, Any]) -> dict[str, Any]:
    """What was decided of a rendition, by ``question`` or ``question@target``."""
    found = {}
    for row in rendition["reading"].get("answers", []):
        target = row.get("target", "rendition")
        found[row["question"] if target == "rendition" else f"{row['question']}@{target}"] = row[
            "value"
        ]
    return found


def share(values: Sequence[Any], wanted: Any) -> str:
    """How many of the values are the wanted one, with the exact interval of the share at 95 %."""
    right = sum(value == wanted for value in values)
    found = interval(len(values), right)
    return f"{right} of {len(values)}, 95 % CI {100 * found.low:.1f}–{100 * found.high:.1f}"
