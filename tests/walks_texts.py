"""Texts, translations and labels that travel: the walks of machines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone
from django_scopes import scope
from walks import (
    all_right,
    client_id,
    given,
    labels,
    machine,
    mark,
    new_project,
    pending,
    person,
    question,
    reading_of,
    rendition,
    seats,
    store,
    text,
    there_and_back,
    vote,
    work,
)

from annotate.actions.projects import add_annotator
from annotate.actions.texts import NewTranslation, save_translations
from annotate.actions.versions import make_version
from annotate.models import (
    Candidate,
    Consensus,
    Passage,
    Rendition,
    Span,
    Translation,
)
from annotate.readings import Answer, Reading, Relation
from annotate.records import CandidateRecord, FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Span as Mark
from verify.actions.claim import claim_next
from verify.actions.decide import decide
from verify.actions.judge import record_judgement
from verify.actions.raters import rater_for
from verify.models import Decision
from verify.submission import Submission, SubmittedSpan


class TestRelationInTwoLanguages:
    """(a) A relation item en→de, two translators, three projectors, two reviewers, an adjudicator."""

    def test_walk(self, tmp_path):
        project = new_project("a")
        with scope(project=project):
            labels(project, "PER", "ORG")
            labels(project, "works_for", kind="relation")
            question(project, "spans", "spans", scope="field")
            target, basis = self.translated(project)
            german = target.fields.get().passage.text
            projectors = [machine(project, f"p{n}", "projector", "answers") for n in (1, 2, 3)]
            assert pending(project, "projection", projectors[0].annotator) == [target.pk]
            carried = Reading(
                (),
                (
                    mark("Ada Byron", "PER", german, "1", source="1", method="p"),
                    mark("Acme", "ORG", german, "2", source="2", method="p"),
                ),
                (Relation("works_for", "1", "2", "1", "1"),),
            )
            short = replace(
                carried, spans=(mark("Ada", "PER", german, "1", source="1"), carried.spans[1])
            )
            for version, reading in zip(projectors, (carried, carried, short), strict=True):
                vote(project, version, target, reading, basis=basis.pk)
            assert not pending(project, "projection", projectors[0].annotator)

            work(project, "aggregate")
            consensus = Consensus.objects.get(rendition=target, of="machines")
            assert consensus.route == "person"
            proposal = reading_of(consensus.reading_id)
            assert [s.surface for s in proposal.voted()] == ["Ada Byron", "Acme"]
            assert [s.source for s in proposal.voted()] == ["1", "2"]
            assert proposal.relations[0].source == "1"
            assert (
                Span.objects.get(reading=consensus.reading, key="1", rank=1).source.reading == basis
            )
            work(project, "route")
            seats(project, target, 2)

            self.judge(project, target)
            there_and_back(project, tmp_path)

    def translated(self, project):
        english = "Ada Byron works for Acme."
        head, tail = mark("Ada Byron", "PER", english, "1"), mark("Acme", "ORG", english, "2")
        link = Relation("works_for", "1", "2", "1")
        store(
            project,
            ItemRecord("a1", (text("en", english, given(head, tail, relations=(link,))),)),
        )
        source = rendition(project, "a1", "en")
        translators = [machine(project, name, "translator", "llm") for name in ("one", "two")]
        assert pending(project, "translate", translators[0].annotator)
        passage = source.fields.get().passage_id
        german = "Ada Byron arbeitet für Acme."
        for version, words in zip(
            translators, (german, "Ada Byron schafft bei Acme."), strict=True
        ):
            save_translations(project, [NewTranslation(passage, "de", version.pk, words)])
        assert not pending(project, "translate", translators[0].annotator)
        work(project, "choose")
        target = rendition(project, "a1", "de")
        assert target.fields.get().passage.text == german
        assert Translation.objects.count() == 2

        basis = source.standing
        assert basis is not None
        return target, basis

    def judge(self, project, target):
        one, two = person(project, "one"), person(project, "two")
        over = person(project, "over", "adjudicator")
        rater = rater_for(project=project, user=one)
        seat = claim_next(project, rater, ["review:de"], timezone.now())
        record_judgement(
            seat, rater=rater, submission=Submission(client_id(), spans=all_right(seat))
        )
        assert not Decision.objects.filter(rendition=target, is_current=True).exists()
        rater = rater_for(project=project, user=two)
        seat = claim_next(project, rater, ["review:de"], timezone.now())
        first, second = all_right(seat)
        first = replace(first, verdict="boundary", end=3, surface="Ada")
        record_judgement(
            seat, rater=rater, submission=Submission(client_id(), spans=(first, second))
        )
        people = Consensus.objects.get(rendition=target, of="people")
        assert [s.surface for s in reading_of(people.reading_id).voted()] == ["Acme"]
        rater = rater_for(project=project, user=over)
        seat = claim_next(project, rater, ["adjudicate:de"], timezone.now())
        spans = (
            SubmittedSpan("1", None, "added", "", "PER", "text", 0, 9, "Ada Byron", "1"),
            SubmittedSpan("2", None, "added", "", "ORG", "text", 23, 27, "Acme", "2"),
        )
        record_judgement(seat, rater=rater, submission=Submission(client_id(), spans=spans))
        decision = Decision.objects.get(rendition=target, is_current=True)
        assert decision.origin == "adjudicated"
        assert [s.surface for s in reading_of(decision.reading_id).voted()] == ["Ada Byron", "Acme"]


class TestQuestionsOnOneContext:
    """(b) Five questions share one context that is translated once; answers lie inside their field."""

    def test_walk(self, tmp_path):
        project = new_project("b")
        context = "Lagos is a port. It has 15 million people. It lies by the sea."
        with scope(project=project):
            labels(project, "answer")
            question(project, "spans", "spans", scope="field")
            rows = []
            for number in range(5):
                answer = mark("Lagos", "answer", context, "1", field="context")
                fields = (
                    FieldRecord("context", context, "labelled", 0),
                    FieldRecord("question", f"Question {number}?", "context", 1),
                )
                rows.append(
                    ItemRecord(
                        f"b{number}",
                        (RenditionRecord("en", fields, (given(answer),)),),
                        group="paragraph",
                        position=number,
                    )
                )
            store(project, *rows)
            version = machine(project, "mt", "translator", "llm")
            assert Passage.objects.count() == 6
            lacking = pending(project, "translate", version.annotator)
            assert len(lacking) == 6, "the shared context is asked once"
            save_translations(
                project,
                [
                    NewTranslation(pk, "de", version.pk, words.replace("Lagos is", "Lagos ist"))
                    for pk, words in Passage.objects.filter(pk__in=lacking).values_list(
                        "pk", "text"
                    )
                ],
            )
            work(project, "choose")
            targets = Rendition.objects.filter(language="de", is_current=True)
            assert targets.count() == 5
            shared = {r.fields.get(name="context").passage_id for r in targets}
            assert len(shared) == 1
            target = rendition(project, "b3", "de")
            wrong = Reading((), (Mark("answer", 0, 5, "question", "Lagos", key="1"),))
            with pytest.raises(ValueError, match="hold 'Quest', not 'Lagos'"):
                vote(project, version, target, wrong)
            assert not Candidate.objects.filter(rendition=target).exists()
            there_and_back(project, tmp_path)


class TestRelevanceByBallots:
    """(d) Query and documents in two languages; three labellers, three ballots, rotated options."""

    def test_walk(self, tmp_path):
        project = new_project("d")
        with scope(project=project):
            options = [{"key": key, "wording": {"en": key}} for key in ("no", "partly", "yes")]
            question(project, "relevance", "choice", options=options)
            fields = (
                FieldRecord("query", "harbour fees", "context"),
                FieldRecord("document", "Die Hafengebühren steigen.", "labelled", 1, language="de"),
            )
            store(
                project,
                *[
                    ItemRecord(f"d{n}", (RenditionRecord("en", fields),), group="q1", position=n)
                    for n in range(3)
                ],
            )
            assert Passage.objects.count() == 2
            assert set(Passage.objects.values_list("language", flat=True)) == {"en", "de"}
            where = rendition(project, "d0", "en")
            says = {"a": ("yes", "yes", "no"), "b": ("yes", "yes", "yes"), "c": ("no", "no", "no")}
            for name, ballots in says.items():
                version = machine(project, name, "labeller", "llm", ballots=3)
                assert len(pending(project, "label", version.annotator)) == 3
                for number, value in enumerate(ballots, 1):
                    order = ("no", "partly", "yes")
                    vote(
                        project,
                        version,
                        where,
                        Reading((Answer("relevance", "rendition", value),)),
                        ballot=number,
                        option_order=order[number - 1 :] + order[: number - 1],
                        seed=number,
                    )
                assert len(pending(project, "label", version.annotator)) == 2
            assert Candidate.objects.filter(rendition=where).count() == 9
            assert Candidate.objects.get(
                rendition=where, version__annotator__name="a", ballot=2
            ).option_order == ["partly", "yes", "no"]
            work(project, "aggregate")
            consensus = Consensus.objects.get(rendition=where)
            assert reading_of(consensus.reading_id).answers[0].value == "yes", (
                "annotators, not ballots, vote"
            )
            assert consensus.voters == 3
            assert consensus.route == "person"
            there_and_back(project, tmp_path)


class TestOneLabelCarriedFar:
    """(e) One label carried to 200 renditions; then the source decision changes."""

    def test_walk(self, tmp_path):
        tags = tuple(f"de-x-v{n}" for n in range(200))
        project = new_project("e", targets=("de",))
        with scope(project=project):
            from annotate.models import ProjectLanguage

            ProjectLanguage.objects.bulk_create(
                ProjectLanguage(project=project, tag=tag, role="target") for tag in tags
            )
            options = [{"key": key, "wording": {"en": key}} for key in ("sport", "travel")]
            question(project, "topic", "choice", options=options)
            given_topic = CandidateRecord(
                "imported", Reading((Answer("topic", "rendition", "sport"),))
            )
            store(
                project,
                ItemRecord(
                    "e1",
                    (
                        text("en", "A race", given_topic),
                        *[text(tag, f"Lauf {tag}") for tag in tags],
                    ),
                ),
            )
            source = rendition(project, "e1", "en")
            carrier = add_annotator(project, name="carry", kind="projector", backend="answers")
            make_version(carrier)
            assert len(pending(project, "projection", carrier)) == 200
            work(project, "projection", carrier)
            project.policy["single_source"] = "accept"
            project.policy["audit_share"] = 0
            project.save()
            work(project, "aggregate")
            work(project, "route")
            assert Decision.objects.filter(is_current=True, origin="accepted").count() == 200
            assert pending(project, "projection", carrier) == []

            again = vote(
                project,
                machine(project, "reader", "labeller", "llm"),
                source,
                Reading((Answer("topic", "rendition", "travel"),)),
            )
            assert again == 1
            other = Candidate.objects.get(version__annotator__name="reader").reading
            decide(project=project, rendition=source, reading=other, origin="adjudicated")
            assert len(pending(project, "projection", carrier)) == 200, (
                "carried again to every language"
            )
            work(project, "projection", carrier)
            work(project, "aggregate")
            work(project, "route")
            assert Decision.objects.filter(is_current=False).count() == 200, "superseded"
            values = {
                reading_of(d.reading_id).answers[0].value
                for d in Decision.objects.filter(is_current=True, origin="accepted")
            }
            assert values <= {"travel"}
            there_and_back(project, tmp_path)
