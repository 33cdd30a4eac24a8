"""What can be marked, linked, replaced and archived."""

from __future__ import annotations

import pytest
from django_scopes import scope
from walks import (
    given,
    labels,
    machine,
    mark,
    new_project,
    person,
    question,
    reading_of,
    rendition,
    seats,
    store,
    submit,
    text,
    there_and_back,
    vote,
    work,
)

from annotate.actions.texts import write_rendition
from annotate.actions.versions import make_version
from annotate.models import (
    Candidate,
    Concept,
    Project,
    Rendition,
    Span,
)
from annotate.readings import Reading
from annotate.records import ItemRecord
from annotate.spans import Span as Mark
from verify.actions.raters import rater_for
from verify.actions.undo import undo_last
from verify.errors import SubmissionError
from verify.models import Assignment, Decision, Judgement
from verify.submission import SubmittedAnswer, SubmittedSpan


class TestEntityLinking:
    """(f) Entity linking with concepts and "none of these"."""

    def test_walk(self, tmp_path):
        project = new_project("f")
        with scope(project=project):
            labels(project, "mention")
            question(project, "spans", "spans", scope="field")
            question(project, "concept", "link", scope="span")
            for key, name in (("Q1", "Nile"), ("Q2", "Nile, Sudan")):
                Concept.objects.create(
                    project=project, key=key, names={"en": name}, aliases={"en": ["river Nile"]}
                )
            words = "Der Nil und der Foo."
            store(
                project, ItemRecord("f1", (text("en", "The Nile and the Foo."), text("de", words)))
            )
            where = rendition(project, "f1", "de")
            seats(project, where, mode="blind")
            user = person(project, "linker")
            spans = (
                SubmittedSpan("1", None, "added", "", "mention", "text", 4, 7, "Nil"),
                SubmittedSpan("2", None, "added", "", "mention", "text", 16, 19, "Foo"),
            )
            answers = (
                SubmittedAnswer("concept", "Q1", "span:1"),
                SubmittedAnswer("concept", "none", "span:2"),
            )
            judgement = submit(project, user, spans=spans, answers=answers)
            said = {a.target: a.value for a in reading_of(judgement.reading_id).answers}
            assert said == {"span:1": "Q1", "span:2": "none"}
            bad = (SubmittedAnswer("concept", "Q9", "span:1"), answers[1])
            undo_last(rater_for(project=project, user=user))
            with pytest.raises(SubmissionError, match="Q9"):
                submit(project, user, spans=spans, answers=bad)
            submit(project, user, spans=spans, answers=answers)
            there_and_back(project, tmp_path)


class TestErrorSpans:
    """(g) Error spans with severity on target and source, and an omission."""

    def test_walk(self, tmp_path):
        project = new_project("g")
        with scope(project=project):
            labels(project, "error")
            question(project, "spans", "spans", scope="field")
            english, german = "The red house burnt.", "Das Haus brannte ab."
            store(project, ItemRecord("g1", (text("en", english), text("de", german))))
            where = rendition(project, "g1", "de")
            version = machine(project, "judge", "judge", "llm")
            reading = Reading(
                (),
                (
                    mark("brannte ab", "error", german, "1", attributes={"severity": "minor"}),
                    mark(
                        "red",
                        "error",
                        english,
                        "2",
                        side="source",
                        attributes={"severity": "major"},
                    ),
                    Mark("error", anchor="missing", key="3", attributes={"severity": "major"}),
                ),
            )
            vote(project, version, where, reading)
            back = reading_of(Candidate.objects.get().reading_id)
            assert back.units() == reading.units()
            assert {s.side for s in back.spans} == {"target", "source"}
            assert Span.objects.get(anchor="missing").start is None
            there_and_back(project, tmp_path)


class TestNewTranslationAfterJudgements:
    """(i) A new translation after judgements: seats void, decision superseded, old reading offered."""

    def test_walk(self, tmp_path):
        project = new_project("i")
        with scope(project=project):
            labels(project, "LOC")
            question(project, "spans", "spans", scope="field")
            words = "Ich ging nach Bonn."
            store(
                project,
                ItemRecord(
                    "i1",
                    (
                        text(
                            "en",
                            "I went to Bonn.",
                            given(mark("Bonn", "LOC", "I went to Bonn.", "1")),
                        ),
                        text("de", words),
                    ),
                ),
            )
            where = rendition(project, "i1", "de")
            seats(project, where, mode="blind")
            submit(
                project,
                person(project, "i"),
                spans=(SubmittedSpan("1", None, "added", "", "LOC", "text", 14, 18, "Bonn", "1"),),
            )
            assert Decision.objects.get(rendition=where, is_current=True).origin == "single"
            from verify.actions.replace import replace_rendition

            new = replace_rendition(
                project=project,
                rendition=where,
                texts={"text": "Nach Bonn ging ich."},
                origin="machine",
            )
            assert not Decision.objects.filter(
                rendition__item=where.item, rendition__language="de", is_current=True
            ).exists()
            assert Rendition.objects.filter(item=where.item, language="de").count() == 2
            assert rendition(project, "i1", "de") == new
            offered = Candidate.objects.get(rendition=new)
            assert [s.surface for s in reading_of(offered.reading_id).voted()] == ["Bonn"]
            assert not Assignment.objects.filter(
                rendition=where, state__in=["open", "leased"]
            ).exists()
            there_and_back(project, tmp_path)


class TestPostEdit:
    """(j) A reviewer's post-edit: a successor rendition with re-anchored spans, unsure ones marked."""

    def test_walk(self, tmp_path):
        project = new_project("j")
        with scope(project=project):
            labels(project, "LOC", "PER")
            question(project, "spans", "spans", scope="field")
            words = "Ana fährt mit dem Zug nach Bonn."
            reading = given(mark("Ana", "PER", words, "1"), mark("Bonn", "LOC", words, "2"), by="m")
            store(
                project,
                ItemRecord(
                    "j1", (text("en", "Ana goes to Bonn by train."), text("de", words, reading))
                ),
            )
            where = rendition(project, "j1", "de")
            work(project, "aggregate")
            from verify.actions.replace import replace_rendition

            new = replace_rendition(
                project=project,
                rendition=where,
                origin="person",
                texts={"text": "Mit dem Zug fährt Ana nach Köln."},
            )
            assert new.origin == "person"
            spans = reading_of(Candidate.objects.get(rendition=new).reading_id).voted()
            assert [(s.surface, s.score) for s in spans] == [("Ana", 1.0), ("Köln", 0.5)], (
                "unsure is marked"
            )
            with pytest.raises(ValueError, match="empty"):
                write_rendition(new, {"text": " "})
            there_and_back(project, tmp_path)


class TestArchive:
    """(m) A project archive into an empty instance and back, equal byte for byte."""

    def test_walk(self, tmp_path):
        project = new_project("m", targets=("de", "ar"))
        with scope(project=project):
            labels(project, "PER", "LOC")
            question(project, "spans", "spans", scope="field", wording={"en": "Right?"})
            arabic = "ذهبت منى إلى القاهرة 😀."
            store(
                project,
                ItemRecord(
                    "m1",
                    (
                        text(
                            "en",
                            "Mona went to Cairo.",
                            given(mark("Mona", "PER", "Mona went to Cairo.", "1")),
                        ),
                        text(
                            "ar",
                            arabic,
                            given(
                                mark("منى", "PER", arabic, "x"),
                                mark("القاهرة", "LOC", arabic, "y"),
                                by="m",
                            ),
                        ),
                    ),
                    metadata={"url": "x"},
                    split="test",
                ),
            )
            where = self.worked_on(project, arabic)
            copy = there_and_back(project, tmp_path)
        with scope(project=copy):
            twin = rendition(copy, "m1", "ar")
            assert twin.pk != where.pk
            assert [
                s.surface
                for s in reading_of(
                    Candidate.objects.get(rendition=twin, version__annotator__name="m").reading_id
                ).voted()
            ] == ["منى", "القاهرة"]
            assert Judgement.objects.get().rater.user is None
        assert Project.objects.filter(pk__in=[project.pk, copy.pk]).count() == 2

    def worked_on(self, project, arabic):
        version = machine(project, "p", "projector", "answers")
        version = make_version(
            version.annotator, language="ar", artifact=b"fitted", settings={"k": 1}
        )
        where = rendition(project, "m1", "ar")
        vote(
            project,
            version,
            where,
            Reading((), (mark("منى", "PER", arabic, "1", source="1"),)),
            basis=rendition(project, "m1", "en").standing_id,
        )
        work(project, "aggregate")
        work(project, "route")
        submit(
            project,
            person(project, "m", languages=("ar",)),
            language="ar",
            outcome="unsure",
            comment="?",
        )
        return where
