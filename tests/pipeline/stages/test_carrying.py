"""A language model as the project's projector, from the queue to candidates, over a real connection."""

from __future__ import annotations

import json

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Candidate, Spending
from pipeline.inline import work_off
from tests import factories
from tests.chat_server import chat_server


def carry(project, settings, reply):
    """The candidates that come of asking about one item, and the run."""
    with chat_server(lambda body: reply) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        annotator = add_annotator(
            project, name="quoter", kind="projector", backend="llm",
            settings={"base_url": server.url, "model": "tiny"},
            price={"input_per_million": 1_000_000},
        )  # fmt: skip
        make_version(annotator)
        run = work_off(runs.queue_run(project, "projection", annotator=annotator))
    return Candidate.objects.filter(version__annotator=annotator), run, annotator


def spent(annotator):
    return float(Spending.objects.get(annotator=annotator).cost)


def quoted(*quotes):
    return json.dumps(
        {"spans": [{"label": str(n), "quote": q, "occurrence": 1} for n, q in enumerate(quotes, 1)]}
    )


def test_quotes_become_a_candidate_with_its_reply_and_cost(project, settings):
    factories.make_item(project)
    reply = quoted(*(factories.TARGET[span.start : span.end] for span in factories.TARGET_SPANS))
    found, run, annotator = carry(project, settings, reply)
    candidate = found.get()
    assert (run.state, run.failed, candidate.state) == ("done", 0, "ok")
    spans = {
        (s.start, s.end, s.label.key, s.source is not None) for s in candidate.reading.spans.all()
    }
    assert spans == {(s.start, s.end, s.label, True) for s in factories.TARGET_SPANS}
    assert candidate.raw_reply == reply
    assert len(candidate.prompt_hash) == 64
    assert float(candidate.cost) == spent(annotator) == 11
    assert (run.tokens_in, run.tokens_out) == (11, 7)


def test_a_quote_that_is_not_in_the_text_is_a_candidate_that_says_so(project, settings):
    factories.make_item(project)
    found, _, _ = carry(project, settings, quoted("Nobody", "Nowhere"))
    candidate = found.get()
    assert candidate.state == "unsupported"
    assert "is not in the text" in candidate.reason


def test_a_model_that_was_not_named_fails_the_run_at_once(project):
    factories.make_item(project)
    annotator = add_annotator(
        project, name="far", kind="projector", backend="constrained", settings={}
    )
    make_version(annotator)
    run = work_off(runs.queue_run(project, "projection", annotator=annotator))
    assert run.state == "failed"
    assert "needs a setting 'model'" in run.message


def test_a_program_that_is_missing_fails_its_own_fit_only(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for number in range(3):
        factories.make_item(project, external_id=f"i{number}")
    add_annotator(project, name="linker", kind="projector", backend="links", settings={})
    outside = add_annotator(
        project, name="outside", kind="projector", backend="eflomal", settings={}
    )
    run = work_off(runs.queue_run(project, "fit"))
    assert run.state == "done"
    assert not outside.versions.exists()
    assert project.annotators.get(name="linker").versions.filter(is_current=True).exists()
    error = project.run_errors.get()
    assert error.where == "es outside"
    assert "not installed" in error.message


def test_a_projector_is_tried_without_keeping_anything(project, settings):
    for number in range(7):
        factories.make_item(project, external_id=f"i{number}")
    replies = iter([quoted(*(factories.TARGET[s.start : s.end] for s in factories.TARGET_SPANS))])
    with chat_server(lambda body: next(replies, "no JSON")) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        annotator = add_annotator(
            project, name="quoter", kind="projector", backend="llm",
            settings={"base_url": server.url, "model": "tiny", "parallel": 1},
            price={"input_per_million": 1_000_000},
        )  # fmt: skip
        make_version(annotator)
        run = runs.queue_run(
            project, "projection", annotator=annotator, scope={"trial": 5}, is_trial=True
        )
        run = work_off(run)
    assert (run.state, run.message) == ("done", "")
    rows = run.report["rows"]
    assert len(rows) == 5
    assert rows[0]["state"] == "ok"
    assert rows[0]["source"] == factories.SOURCE
    for name in ("asked", "reading"):
        assert "Amina Diallo (PER)" in rows[0][name]
    assert [row["state"] for row in rows[1:]] == ["unparseable"] * 4
    assert [row["reply"] for row in rows[1:]] == ["no JSON"] * 4
    assert not Candidate.objects.filter(version__annotator=annotator).exists()
    assert spent(annotator) == float(run.cost) == 55


def test_a_projector_without_anything_to_carry_says_so(project):
    annotator = add_annotator(project, name="near", kind="projector", backend="markers")
    make_version(annotator)
    run = runs.queue_run(
        project, "projection", annotator=annotator, scope={"trial": 5}, is_trial=True
    )
    run = work_off(run)
    assert run.state == "failed"
    assert "no text in es has a labelled source yet" in run.message
