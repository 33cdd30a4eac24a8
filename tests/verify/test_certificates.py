"""Samples, certificates, reports, bulk decisions and erasure."""

from __future__ import annotations

import pytest

from annotate.models import Project
from tests import factories as make
from verify.actions import (
    Accepted,
    accept,
    decide,
    draw_sample,
    erase_person,
    import_decisions,
    record_judgement,
    save_certificate,
    save_report,
    supersede,
)
from verify.models import Assignment, Decision, Judgement, Rater, Report


def accepted_ones(project: Project, count: int) -> list:
    made = [make.make_rendition(project) for _ in range(count)]
    rows = [Accepted(r.pk, make.make_consensus(r).reading_id) for r in made]
    assert accept(project, rows) == count
    assert accept(project, rows) == 0
    return made


def certified(project: Project, **frame):
    sample, members = draw_sample(
        project=project, purpose="certificate", frame={"language": "es", **frame}, seed="a", size=2
    )
    certificate = save_certificate(sample=sample, judged=2, errors=0, bound=0.8, method="exact")
    return sample, members, certificate


def test_accepting_in_bulk_is_idempotent_and_lets_the_readings_stand(project: Project) -> None:
    made = accepted_ones(project, 3)
    for rendition in made:
        rendition.refresh_from_db()
        decision = Decision.objects.get(rendition=rendition, is_current=True)
        assert decision.origin == "accepted"
        assert rendition.standing_id == decision.reading_id


def test_imported_labels_of_the_source_are_decisions(project: Project) -> None:
    rendition = make.make_rendition(project)
    assert import_decisions(project) == 1
    assert import_decisions(project) == 0
    assert Decision.objects.get().rendition_id == rendition.made_from_id


def test_a_sample_is_drawn_alike_twice_and_from_its_frame(project: Project) -> None:
    made = accepted_ones(project, 6)
    gold = made[0]
    decide(project, gold, make.make_reading(gold), origin="imported", gold=True)
    frame = {"language": "es"}
    first = draw_sample(project=project, purpose="audit", frame=frame, seed="x", size=3)
    second = draw_sample(project=project, purpose="audit", frame=frame, seed="x", size=3)
    assert first[1] == second[1]
    assert len(set(first[1])) == 3
    assert first[0].frame_size == 5
    assert gold.pk not in first[1]
    everyone = draw_sample(project=project, purpose="audit", frame=frame, seed="x", probability=1.0)
    assert len(everyone[1]) == 5
    with pytest.raises(ValueError, match="5 decisions"):
        draw_sample(project=project, purpose="audit", frame=frame, seed="x", size=6)
    with pytest.raises(ValueError, match="size or a probability"):
        draw_sample(project=project, purpose="audit", frame=frame, seed="x")


def test_a_certificate_goes_stale_when_its_frame_changes_or_grows(project: Project) -> None:
    made = accepted_ones(project, 4)
    _, members, certificate = certified(project)
    other = next(r for r in made if r.pk not in members)
    decide(project, other, make.make_reading(other), origin="adjudicated")
    certificate.refresh_from_db()
    assert certificate.is_stale
    assert "changed" in certificate.stale_because

    _, _, certificate = certified(project)
    accepted_ones(project, 1)
    certificate.refresh_from_db()
    assert certificate.is_stale
    assert "grew" in certificate.stale_because


def test_correcting_what_the_sample_found_does_not_stale_it(project: Project) -> None:
    made = accepted_ones(project, 4)
    sample, members, certificate = certified(project)
    found = next(r for r in made if r.pk in members)
    make.make_seats(found, round=2, mode="audit", sample=sample.pk)
    decide(project, found, make.make_reading(found, ()), origin="adjudicated")
    certificate.refresh_from_db()
    assert not certificate.is_stale


def test_gold_other_languages_and_other_origins_leave_it_alone(project: Project) -> None:
    made = accepted_ones(project, 4)
    _, _, certificate = certified(project, origins=["accepted"])
    fresh = make.make_rendition(project)
    decide(project, fresh, make.make_reading(fresh), origin="imported", gold=True)
    decide(project, made[0].made_from, made[0].made_from.standing, origin="adjudicated")
    single = make.make_rendition(project)
    decide(project, single, make.make_reading(single), origin="single")
    certificate.refresh_from_db()
    assert not certificate.is_stale


def test_superseding_ends_all_but_gold_and_falls_back_to_what_was_imported(project) -> None:
    rendition = make.make_rendition(project)
    source = rendition.made_from
    imported = source.standing_id
    decide(project, source, make.make_reading(source, ()), origin="single")
    assert supersede(project, [source.pk], "new text") == 1
    source.refresh_from_db()
    assert source.standing_id == imported
    decide(project, rendition, make.make_reading(rendition), origin="imported", gold=True)
    assert supersede(project, [rendition.pk], "new text") == 0


def test_a_judgement_makes_reports_stale(project: Project) -> None:
    for language in ("", "es", "de"):
        save_report(project, kind="agreement", body={"alpha": 1}, language=language)
    make.make_task(project)
    rater = make.make_rater(project)
    record_judgement(make.claim(project, rater), rater=rater, submission=make.accepted())
    stale = dict(Report.objects.values_list("language", "is_stale"))
    assert stale == {"": True, "es": True, "de": False}
    assert not save_report(project, kind="agreement", body={"alpha": 0}, language="es").is_stale


def test_erasing_a_person_keeps_the_judgements_and_nothing_of_the_person(project: Project) -> None:
    make.make_task(project)
    make.make_task(project)
    rater = make.make_rater(project)
    user = rater.user
    sent = make.accepted(comment="I am from Lamu")
    record_judgement(make.claim(project, rater), rater=rater, submission=sent)
    make.claim(project, rater)
    assert erase_person(user=user) == 1
    judgement = Judgement.objects.get()
    assert judgement.rater.user is None
    assert judgement.comment == ""
    assert judgement.rater.pseudonym == rater.pseudonym
    assert Rater.objects.get().user_id is None
    assert Assignment.objects.filter(state="open").count() == 1
    user.delete()
    assert Judgement.objects.count() == 1
