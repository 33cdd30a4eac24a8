"""The whole journey: the demo sample always, and a part of Europarl where the data is at hand."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pandas
import pytest
from django.db.models import Count
from django_scopes import scope

from annotate.actions.projects import create_project
from annotate.models import (
    Annotator,
    AnnotatorVersion,
    Candidate,
    Consensus,
    Project,
    Rendition,
)
from bench.simulated import exact_f1
from pipeline.inline import drain
from tests.walking import (
    Polyglot,
    final_spans,
    json_lines,
    judge_all,
    member,
    row_counts,
    take_in,
    take_out,
)
from verify.models import Assignment, Decision, Judgement, Report

SAMPLE = Path(__file__).resolve().parents[1] / "pipeline" / "demo"
EUROPARL = Path(os.environ.get("VOUCH_DATA", "../shared/data")) / "europarl-ner"
LANGUAGES = ("es", "ar")
ITEMS = 40
SENTENCES = 150
# A classifier of few steps: what it is worth is measured elsewhere.
QUICK = {"folds": 2, "steps": 40, "hidden": 32, "layers": 1}

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def journey(name, targets, *, overlap=2):
    project = create_project(name=name, source="en", targets=targets)
    project.policy |= {"overlap": overlap, "audit_share": 0.2, "audit_seats": overlap}
    project.save(update_fields=["policy"])
    return project


def demo():
    """The first rows of the sample in two languages, and what is right of them."""
    rows = json_lines(SAMPLE / "sample.jsonl", ITEMS)
    for row in rows:
        row["translations"] = {tag: row["translations"][tag] for tag in LANGUAGES}
    gold = {
        tag: {
            row["id"]: [tuple(span[:3]) for span in row["targets"][tag]["spans"]]
            for row in json_lines(SAMPLE / "gold.jsonl", ITEMS)
        }
        for tag in LANGUAGES
    }
    return "".join(json.dumps(row) + "\n" for row in rows).encode(), gold


def test_the_demo_sample_walks_the_whole_journey():
    content, gold = demo()
    project = journey("The sample", LANGUAGES)
    with scope(project=project):
        Annotator.objects.filter(backend="classifier").update(settings=QUICK)
        run = take_in(project, content, format="native", language="en")
        assert (run.state, run.report["items"], run.report["errors"]) == ("done", ITEMS, 0)
        the_machines_do_their_part(project)
        people_judge(project, gold)
        agreement_is_measured(project)
        found = everything_comes_out(project)
        for tag in LANGUAGES:
            assert exact_f1(found[tag], gold[tag]) >= 0.95
        doing_it_again_changes_nothing(project, content)


def the_machines_do_their_part(project: Project) -> None:
    done = drain(project)
    assert {run.state for run in done} == {"done"}
    assert [run.stage for run in done if run.stage != "label"][:2] == ["prepare", "fit"]
    assert {"prepare", "fit", "projection", "label", "aggregate", "route"} == {
        r.stage for r in done
    }
    assert not project.run_errors.exists()
    for name in ("links", "candidates", "similarity", "gazetteer", "classifier"):
        seen = Candidate.objects.filter(version__annotator__name=name)
        assert seen.values("rendition").distinct().count() == ITEMS * len(LANGUAGES), name
    assert AnnotatorVersion.objects.exclude(artifact="").count() == 5 * len(LANGUAGES)
    routes = dict(Consensus.objects.values_list("route").annotate(Count("pk")))
    assert sum(routes.values()) == ITEMS * len(LANGUAGES)
    assert routes["accept"]
    assert routes["person"]
    accepted = Decision.objects.filter(origin="accepted", is_current=True)
    assert accepted.count() == routes["accept"]
    asked = Assignment.objects.values("rendition").distinct()
    assert asked.filter(round=1).count() == sum(routes.values()) - routes["accept"]
    assert asked.filter(mode="audit").count() == asked.filter(round=2).count() > 0


def people_judge(project: Project, gold: dict) -> None:
    """Two people who sometimes err judge all that is asked, and a third settles where they differ."""
    cards = []
    for number, errors in enumerate((0.02, 0.15), 1):
        client = member(project, f"reviewer{number}", "reviewer", LANGUAGES)
        cards += judge_all(client, project, "review", Polyglot(gold, number, errors))
    shown = json.dumps(cards)
    assert "gold" not in shown
    assert not any(card["spans"] for card in cards if card["mode"] == "blind")
    seats = Assignment.objects.filter(kind="review")
    assert set(seats.values_list("state", flat=True)) == {"done"}
    assert len(cards) == seats.count()
    twice = Judgement.objects.values("rendition", "rater", "assignment__round")
    assert not twice.annotate(count=Count("pk")).filter(count__gt=1).exists()
    judge = member(project, "judge", "adjudicator", LANGUAGES)
    settled = judge_all(judge, project, "adjudicate", Polyglot(gold, 3, 0.0))
    assert settled
    assert Decision.objects.filter(origin="adjudicated", is_current=True).count() == len(settled)
    assert Decision.objects.filter(origin="agreed", is_current=True).exists()
    target = Rendition.objects.filter(language__in=LANGUAGES, is_current=True)
    assert not target.exclude(decisions__is_current=True).exists()


def agreement_is_measured(project: Project) -> None:
    done = drain(project)
    # What people decided also teaches the projectors and both labellers.
    assert [run.stage for run in done] == ["fit", "fit", "fit", "agree"]
    for tag in LANGUAGES:
        report = Report.objects.get(kind="agreement", language=tag, is_stale=False)
        answered = Judgement.objects.filter(
            rendition__language=tag, outcome="answered", assignment__kind="review"
        )
        assert report.body["judgements"] == answered.count()
        assert "people" in report.body
        assert "links" in json.dumps(report.body["with_machines"])


def everything_comes_out(project: Project) -> dict:
    """The three formats hold what the database holds."""
    decided = Decision.objects.filter(is_current=True, rendition__language__in=LANGUAGES)
    native = take_out(project, "native", languages=list(LANGUAGES))
    found = {tag: final_spans(native["items.jsonl"].splitlines(), tag) for tag in LANGUAGES}
    assert sum(map(len, found.values())) == decided.count()
    conll = take_out(project, "conll", languages=list(LANGUAGES))
    sentences = [
        sum(bool(block.strip()) for block in content.decode().split("\n\n"))
        for name, content in conll.items()
        if name.endswith(".conll") and not name.endswith(".en.conll")
    ]
    assert sum(sentences) == decided.count()
    begun = sum(c.decode().count("\tB-") for n, c in conll.items() if not n.endswith(".en.conll"))
    spans = sum(len(set(spans)) for tag in LANGUAGES for spans in found[tag].values())
    assert begun <= spans <= begun + 3  # word edges may swallow a span that ends inside a word
    parquet = take_out(project, "parquet", languages=list(LANGUAGES))
    tables = {n: pandas.read_parquet(io.BytesIO(c)) for n, c in parquet.items() if "parquet" in n}
    rows = pandas.concat([t for n, t in tables.items() if n.startswith("data/")])
    judged = pandas.concat([t for n, t in tables.items() if n.startswith("judgements/")])
    assert len(rows) == decided.count()
    assert dict(rows.groupby("lang").size()) == {tag: len(found[tag]) for tag in LANGUAGES}
    assert len(judged) == Judgement.objects.count()
    for row in rows.itertuples():
        assert [(s["start"], s["end"], s["label"]) for s in row.spans] == found[row.lang][row.id]
        assert all(row.text[s["start"] : s["end"]] == s["surface"] for s in row.spans)
    assert "# " in parquet["README.md"].decode()
    return found


def doing_it_again_changes_nothing(project: Project, content: bytes) -> None:
    before = row_counts()
    assert drain(project) == []
    assert row_counts() == before
    again = take_in(project, content, format="native", language="en")
    assert (again.report["items"], again.report["unchanged"]) == (0, ITEMS)
    assert drain(project) == []
    assert row_counts() == {**before, "Run": before["Run"] + 1}


def europarl(language: str) -> bytes:
    text = (EUROPARL / f"{language}-europarl.test.conll02").read_text(encoding="utf-8")
    return ("\n\n".join(text.strip().split("\n\n")[:SENTENCES]) + "\n").encode()


@pytest.mark.skipif(
    not EUROPARL.is_dir(), reason=f"no Europarl data in {EUROPARL}; name its place in VOUCH_DATA"
)
def test_a_part_of_europarl_reaches_its_gold_labels():
    project = journey("Europarl", ["es"])
    with scope(project=project):
        Annotator.objects.filter(backend="classifier").update(is_enabled=False)
        pair = (europarl("en"), europarl("es"))
        marks = {
            "format": "conll",
            "language": "en",
            "target_language": "es",
            "create_labels": True,
        }
        run = take_in(project, *pair, target_labels="ignore", **marks)
        assert (run.state, run.report["items"]) == ("done", SENTENCES), run.message
        gold = gold_of_europarl(pair, marks)
        assert {run.state for run in drain(project)} == {"done"}
        for number in (1, 2):
            client = member(project, f"person{number}", "reviewer", ["es"])
            judge_all(client, project, "review", Polyglot({"es": gold}, number))
        judge = member(project, "judge", "adjudicator", ["es"])
        judge_all(judge, project, "adjudicate", Polyglot({"es": gold}, 3))
        drain(project)
        native = take_out(project, "native", languages=["es"])
        found = final_spans(native["items.jsonl"].splitlines(), "es")
        assert len(found) == SENTENCES
        assert exact_f1(found, gold) >= 0.95
        judged = Judgement.objects.values("rendition").distinct().count()
        assert judged < SENTENCES


def gold_of_europarl(pair: tuple[bytes, bytes], marks: dict) -> dict:
    """The labels of the Spanish file, read apart from the import by the tags alone."""
    gold = {}
    for number, block in enumerate(pair[1].decode().strip().split("\n\n"), 1):
        spans, at = [], 0
        for line in block.split("\n"):
            token, tag = line.split()[0], line.split()[-1]
            kind, _, label = tag.partition("-")
            if kind == "I" and spans and spans[-1][2] == label and spans[-1][1] == at - 1:
                spans[-1] = (spans[-1][0], at + len(token), label)
            elif kind in ("B", "I"):
                spans.append((at, at + len(token), label))
            at += len(token) + 1
        gold[f"s{number}"] = spans
    return gold
