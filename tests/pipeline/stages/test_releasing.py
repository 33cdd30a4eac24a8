"""Releases: whole, fixed, made again to the byte, told apart from the one before, and readable by others."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Project
from annotate.readings import Reading
from pipeline.inline import work_off
from tests import factories as make
from verify.actions import record_judgement
from verify.actions.releases import ReleaseRefused, plan_release, withdraw_release
from verify.models import Decision, Judgement, Release
from verify.releasing import ReleaseScope, obstacles

TEXTS = 6


def task(project: Project, ident: str) -> None:
    """A text of this id with a proposal and an open seat."""
    rendition = make.make_rendition(project, external_id=ident)
    make.make_consensus(rendition)
    make.make_seats(rendition)


@pytest.fixture
def ready(project: Project, settings: Any, tmp_path: Path) -> Project:
    """A documented project with six judged texts."""
    settings.MEDIA_ROOT = tmp_path
    project.description, project.guidelines = "News with names.", "Mark names of people."
    project.licence = "cc-by-4.0"
    project.save()
    project.labels.update(definition="What is meant.")
    rater = make.make_rater(project, name="ana")
    for number in range(TEXTS):
        task(project, f"item-{number}")
        seat = make.claim(project, rater, "review:es")
        assert seat is not None
        record_judgement(seat, rater=rater, submission=make.accepted())
    return project


def release(project: Project, version: str = "1.0.0", **scope: Any) -> Release:
    made = plan_release(
        project=project, version=version, licence="cc-by-4.0", scope=ReleaseScope(**scope)
    )
    made.refresh_from_db()
    assert made.run is not None
    run = work_off(made.run)
    made.refresh_from_db()
    assert made.state == "ready", run.message
    return made


def unpacked(made: Release, folder: Path) -> Path:
    with made.file.open("rb") as stream:
        raw = stream.read()
    assert hashlib.sha256(raw).hexdigest() == made.sha256
    zipfile.ZipFile(io.BytesIO(raw)).extractall(folder)
    return folder


def test_a_release_holds_what_was_decided_and_its_checksums(ready: Project, tmp_path: Path) -> None:
    made = release(ready)
    folder = unpacked(made, tmp_path / "out")
    assert made.body["items"] == {"es": TEXTS}
    sums = dict(
        reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines()
    )
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert set(sums) == files - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    card = (folder / "README.md").read_text()
    assert 'license: "cc-by-4.0"' in card
    assert "Version 1.0.0." in card
    assert "fewer than 5 people" in card


def test_others_read_it(ready: Project, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = unpacked(release(ready), tmp_path / "out")
    found = datasets.load_dataset(
        str(folder), "es", split="train", cache_dir=str(tmp_path / "cache")
    )
    assert len(found) == TEXTS
    row = found[0]
    assert [row["text"][s["start"] : s["end"]] for s in row["spans"]] == [
        s["surface"] for s in row["spans"]
    ]
    judged = datasets.load_dataset(
        str(folder), "judgements", split="train", cache_dir=str(tmp_path / "cache")
    )
    assert len(judged) == TEXTS


def test_its_description_is_croissant(ready: Project, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    folder = unpacked(release(ready), tmp_path / "out")
    found = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    issues = found.metadata.ctx.issues
    assert not issues.errors, issues.report()
    raw = json.loads((folder / "croissant.json").read_text())
    assert raw["rai:dataAnnotationPlatform"] == "Vouch"
    assert raw["rai:dataAnnotationProtocol"] == "Mark names of people."
    name = next(one["name"] for one in raw["recordSet"] if one["name"].startswith("data-es"))
    rows = list(found.records(record_set=name))
    assert len(rows) == TEXTS
    assert rows[0][f"{name}/text"].decode().startswith(make.TARGET[:10])


def test_it_is_made_again_to_the_byte_whatever_came_since(ready: Project, tmp_path: Path) -> None:
    """Later texts, people, labels and words change nothing; another split does."""
    made = release(ready)
    for number in range(6):
        rater = make.make_rater(ready, name=f"later-{number}")
        task(ready, f"later-{number}")
        seat = make.claim(ready, rater, "review:es")
        assert seat is not None
        record_judgement(seat, rater=rater, submission=make.accepted())
    Decision.objects.filter(rendition__item__external_id="item-0").update(
        is_current=False,
        ended_at=Judgement.objects.latest("pk").submitted_at,
        ended_because="redone",
    )
    ready.description, ready.guidelines = "Other words.", "Other rules."
    ready.save()
    ready.labels.update(definition="Something else.")
    call_command("release", ready.slug, "1.0.0", check=True)
    second = release(ready, "1.1.0")
    assert second.body["items"] == {"es": TEXTS + 5}
    assert second.sha256 != made.sha256
    ready.items.filter(external_id="item-1").update(split="test")
    with pytest.raises(CommandError, match="Written again"):
        call_command("release", ready.slug, "1.0.0", check=True)


def test_its_documentation_is_counted(ready: Project, tmp_path: Path) -> None:
    Decision.objects.filter(rendition__item__external_id="item-0").update(origin="accepted")
    folder = unpacked(release(ready), tmp_path / "out")
    told = json.loads((folder / "croissant.json").read_text())
    assert told["rai:annotationsPerItem"] == f"es: {TEXTS} judgements, {TEXTS} texts decided"
    assert told["rai:dataLimitations"].startswith(f"es: 1 of {TEXTS} texts have labels")
    assert f"es: {TEXTS} came with the data" in told["rai:dataCollection"]
    assert told["rai:dataBiases"].startswith(f"0 of {TEXTS} judgements")
    card = (folder / "README.md").read_text()
    assert '- "expert-generated"' in card
    assert '- "machine-generated"' in card


def test_the_next_one_tells_what_changed(ready: Project, tmp_path: Path) -> None:
    release(ready)
    rater = make.make_rater(ready, name="bo")
    task(ready, "later")
    seat = make.claim(ready, rater, "review:es")
    assert seat is not None
    record_judgement(seat, rater=rater, submission=make.accepted())
    old = Decision.objects.get(rendition__item__external_id="item-0")
    Decision.objects.filter(pk=old.pk).update(is_current=False, ended_at=old.made_at)
    gone = Decision.objects.get(rendition__item__external_id="item-1")
    Decision.objects.filter(pk=gone.pk).update(is_current=False, ended_at=gone.made_at)
    other = make.make_reading(old.rendition, make.TARGET_SPANS[:1])
    Decision.objects.create(project=ready, rendition=old.rendition, reading=other, origin="single")
    second = release(ready, "1.1.0")
    assert second.body["difference"] == {
        "since": "1.0.0",
        "languages": {"es": {"added": 1, "removed": 1, "changed": 1, "same": TEXTS - 2}},
    }


def test_pseudonyms_of_two_releases_cannot_be_joined(ready: Project, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    names = []
    for version in ("1.0.0", "1.1.0"):
        folder = unpacked(release(ready, version), tmp_path / version)
        (file,) = (folder / "judgements" / "es").glob("*.parquet")
        names.append(set(pq.read_table(file).column("rater").to_pylist()))
    stored = set(Judgement.objects.values_list("rater__pseudonym", flat=True))
    assert [len(found) for found in names] == [1, 1]
    assert not names[0] & names[1]
    assert not stored & (names[0] | names[1])


def test_a_ready_release_cannot_be_changed_or_removed(ready: Project) -> None:
    made = release(ready)
    for deed in (
        lambda: Release.objects.filter(pk=made.pk).update(sha256="x"),
        lambda: Release.objects.filter(pk=made.pk).update(version="9.9.9"),
        lambda: Release.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()
    withdraw_release(release=made, because="Two labels were swapped.")
    made.refresh_from_db()
    assert made.withdrawn_because
    with pytest.raises(ReleaseRefused, match="already"):
        plan_release(project=ready, version="1.0.0", licence="cc-by-4.0", scope=ReleaseScope())


def test_only_what_is_asked_for_is_in_it(ready: Project, tmp_path: Path) -> None:
    Decision.objects.filter(rendition__item__external_id="item-0").update(origin="accepted")
    made = release(ready, origins=("single",))
    assert made.body["items"] == {"es": TEXTS - 1}
    with pytest.raises(ReleaseRefused, match="certificate"):
        plan_release(
            project=ready, version="2.0.0", licence="cc-by-4.0", scope=ReleaseScope(certified=True)
        )


def test_what_is_missing_and_what_terms_forbid_block_it(project: Project) -> None:
    reasons = " ".join(obstacles(project, ReleaseScope(), "cc-by-4.0"))
    for part in (
        "no description",
        "no guidelines",
        "no definition",
        "Nothing is decided",
        "not stated",
    ):
        assert part in reasons
    machine = add_annotator(
        project, name="gpt", kind="labeller", backend="llm",
        settings={"base_url": "https://models.example/v1", "model": "x"},
    )  # fmt: skip
    version = make_version(machine)
    rendition = make.make_rendition(project)
    save_candidates(project, [NewCandidate(rendition.pk, version.pk, reading=Reading())])
    assert "output of gpt is not stated" in " ".join(
        obstacles(project, ReleaseScope(), "cc-by-4.0")
    )
    links = add_annotator(project, name="own-links", kind="projector", backend="links")
    save_candidates(
        project, [NewCandidate(rendition.pk, make_version(links).pk, reading=Reading())]
    )
    assert "own-links" not in " ".join(obstacles(project, ReleaseScope(), "cc-by-4.0"))


def test_a_release_that_fails_frees_its_version(ready: Project, monkeypatch: Any) -> None:
    from pipeline.stages import releasing

    def broken(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(releasing, "pack", broken)
    made = plan_release(project=ready, version="1.0.0", licence="cc-by-4.0", scope=ReleaseScope())
    made.refresh_from_db()
    assert made.run is not None
    assert work_off(made.run).state == "failed"
    made.refresh_from_db()
    assert made.state == "failed"
    monkeypatch.undo()
    assert release(ready).version == "1.0.0"


def test_the_pages(ready: Project) -> None:
    client = Client()
    client.force_login(make.make_member(ready, role="manager", name="chief"))
    index = reverse("verify:releases", args=[ready.slug])
    assert "What stands in the way" not in client.get(index).content.decode()
    form = {"version": "1.0.0", "licence": "cc-by-4.0", "judgements": "on", "notes": "The first."}
    answer = client.post(index, form)
    assert answer.status_code == 302
    made = Release.objects.get()
    assert made.run is not None
    work_off(made.run)
    page = client.get(answer["Location"]).content.decode()
    made.refresh_from_db()
    assert made.sha256 in page
    fetched = client.get(reverse("verify:release-file", args=[ready.slug, made.pk]))
    assert hashlib.sha256(b"".join(fetched.streaming_content)).hexdigest() == made.sha256
    page = client.post(index, form).content.decode()
    assert "There is a release 1.0.0 already." in page
    withdraw = reverse("verify:release-withdraw", args=[ready.slug, made.pk])
    page = client.post(withdraw, {"because": "Wrong split."}, follow=True).content.decode()
    assert "Withdrawn: Wrong split." in page
    reader = Client()
    reader.force_login(make.make_member(ready, name="reader"))
    for url in (index, answer["Location"]):
        assert reader.get(url).status_code == 403


def test_by_program(ready: Project) -> None:
    client = Client()
    client.force_login(make.make_member(ready, role="manager", name="chief"))
    url = reverse("verify:api-releases", args=[ready.slug])
    body = {"version": "1.0.0", "licence": "cc-by-4.0", "origins": ["single"]}
    answer = client.post(url, body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    made = Release.objects.get()
    assert made.run is not None
    work_off(made.run)
    told = client.get(reverse("verify:api-release", args=[ready.slug, made.pk])).json()
    assert (told["state"], told["items"]) == ("ready", {"es": TEXTS})
    fetched = client.get(reverse("verify:api-release-file", args=[ready.slug, made.pk]))
    assert hashlib.sha256(b"".join(fetched.streaming_content)).hexdigest() == told["sha256"]
    assert client.post(url, body, content_type="application/json").status_code == 409
