"""Files of other tools go through the same run as all imports, archives included."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django_scopes import scope

from annotate.actions import runs
from annotate.formats.catalog import detect
from annotate.models import Item, Span
from pipeline.inline import work_off
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def brat_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("c/a.txt", "😀 Ada left Kisumu.")
        archive.writestr("c/a.ann", "T1\tPER 2 5\tAda\nT2\tLOC 11 17\tKisumu\n")
    return made.getvalue()


TASK = {
    "text": "😀 Ada left Kisumu.", "answer": "accept", "meta": {"id": "a"},
    "spans": [{"start": 2, "end": 5, "label": "PER"}, {"start": 11, "end": 17, "label": "LOC"}],
}  # fmt: skip


@pytest.mark.parametrize(("name", "filename", "content"), [
    ("brat", "corpus.zip", brat_zip()),
    ("prodigy", "tasks.jsonl", json.dumps(TASK).encode()),
])  # fmt: skip
def test_a_foreign_file_is_detected_and_stored(
    name: str, filename: str, content: bytes
) -> None:  # fmt: skip
    project = factories.make_project()
    assert detect(filename, content) == name
    fields = {"format": name, "unit": "codepoint", "name": filename, "all_or_nothing": True,
              "create_labels": True, "annotator": "imported"}  # fmt: skip
    run = runs.queue_run(
        project, "import", scope=fields, upload=ContentFile(content, filename)
    )  # fmt: skip
    work_off(run)
    run.refresh_from_db()
    with scope(project=project):
        assert run.state == "done", run.message
        assert Item.objects.get(external_id="a")
        assert set(Span.objects.values_list("surface", flat=True)) == {"Ada", "Kisumu"}
