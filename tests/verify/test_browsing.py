"""The browser of texts: each filter finds what it says, pages hold together, deeds can be taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Item, Project, Question, Rendition
from annotate.readings import Answer, Reading
from tests import factories as make
from verify import browsing
from verify.actions import record_judgement
from verify.actions.bulk import send_to_people, set_split, undo_bulk
from verify.browsing import every, find
from verify.filters import Asked, Unknown
from verify.models import Assignment, Decision, SavedView
from verify.submission import SubmittedAnswer

SPANS = make.TARGET_SPANS


@pytest.fixture
def texts(project: Project) -> dict[str, Rendition]:
    """Four texts: one judged, one accepted, one that machines answered otherwise, one plain."""
    Question.objects.create(
        project=project, key="topic", kind="choice", scope="rendition", wording={"en": "Topic?"},
        options=[{"key": "travel"}, {"key": "work"}], required=False,
    )  # fmt: skip
    found = {}
    for name in ("judged", "accepted", "split", "plain"):
        found[name] = make.make_rendition(
            project, external_id=f"{name}-1", split="train" if name == "plain" else "",
            texts={"en": f"{name} {make.SOURCE}", "es": make.TARGET + (" 我住在北京市" if name == "plain" else "")},
        )  # fmt: skip
    rater = make.make_rater(project, name="ana")
    make.make_consensus(found["judged"])
    make.make_seats(found["judged"])
    seat = make.claim(project, rater, "review:es")
    assert seat is not None
    said = replace(make.shortened(), answers=(SubmittedAnswer("topic", "travel", "rendition"),))
    record_judgement(seat, rater=rater, submission=said)
    reading = make.make_reading(found["accepted"], SPANS[:1])
    Decision.objects.create(
        project=project, rendition=found["accepted"], reading=reading, origin="accepted"
    )
    consensus = make.make_consensus(found["split"])
    consensus.route = "person"
    consensus.save()
    machine = make_version(add_annotator(project, name="m", kind="labeller", backend="llm"))
    save_candidates(
        project,
        [
            NewCandidate(found["split"].pk, machine.pk, reading=Reading(spans=(SPANS[0],))),
            NewCandidate(found["plain"].pk, machine.pk, state="refused", reason="no"),
            NewCandidate(
                found["accepted"].pk, machine.pk,
                reading=Reading((Answer("topic", "rendition", "work"),), (SPANS[0],)),
            ),
        ],
    )  # fmt: skip
    return found


def names(project: Project, **asked: str) -> set[str]:
    found = find(project, Asked.of({"language": "es", **asked}))
    return {
        name.removesuffix("-1")
        for name in Rendition.objects.filter(pk__in=found.ids).values_list(
            "item__external_id", flat=True
        )
    }


@pytest.mark.parametrize("few", [0, 5000])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"judged", "accepted", "split", "plain"}),
        ({"text": "北京"}, {"plain"}),
        ({"text": "DAKAR"}, {"judged", "accepted", "split", "plain"}),
        ({"text": "100%"}, set()),
        ({"item": "pl"}, {"plain"}),
        ({"label": "LOC"}, {"judged", "split"}),
        ({"label": "PER"}, {"judged", "accepted", "split"}),
        ({"answer": "topic=travel"}, {"judged"}),
        ({"answer": "topic=work"}, set()),
        ({"route": "person"}, {"split"}),
        ({"annotator": "m"}, {"split", "accepted"}),
        ({"annotator": "m", "vote": "failed"}, {"plain"}),
        ({"annotator": "m", "vote": "differs"}, {"split", "accepted"}),
        ({"verdict": "boundary"}, {"judged"}),
        ({"verdict": "unsure"}, set()),
        ({"origin": "accepted"}, {"accepted"}),
        ({"origin": "single"}, {"judged"}),
        ({"origin": "none"}, {"split", "plain"}),
        ({"split": "train"}, {"plain"}),
        ({"everywhere": "yes"}, {"judged", "accepted"}),
        ({"everywhere": "yes", "label": "LOC"}, {"judged"}),
        ({"origin": "none", "text": "北京"}, {"plain"}),
    ],
)
def test_each_filter_finds_what_it_says(
    project: Project,
    texts: Any,
    asked: dict[str, str],
    expected: set[str],
    few: int,
    monkeypatch: Any,
) -> None:
    """Whether a filter leads or texts are walked, the outcome is the same."""
    monkeypatch.setattr(browsing, "FEW", few)
    assert names(project, **asked) == expected
    assert {
        name.removesuffix("-1")
        for name in Rendition.objects.filter(
            pk__in=every(project, Asked.of({"language": "es", **asked}), most=10)
        ).values_list("item__external_id", flat=True)
    } == expected


def test_a_reviewer_is_found_by_pseudonym_and_the_unknown_are_told(
    project: Project, texts: Any
) -> None:
    from verify.models import Rater

    assert names(project, reviewer=Rater.objects.get().pseudonym) == {"judged"}
    for name in ("label", "annotator", "reviewer"):
        with pytest.raises(Unknown, match=name):
            find(project, Asked.of({"language": "es", name: "nobody"}))


@pytest.mark.parametrize("few", [0, 5000])
def test_pages_hold_together_both_ways(project: Project, few: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(browsing, "PAGE", 3)
    monkeypatch.setattr(browsing, "STRETCH", 2)
    monkeypatch.setattr(browsing, "FEW", few)
    rows = [make.make_rendition(project).pk for _ in range(8)]
    asked = Asked.of({"language": "es", "text": "Amina"})
    pages, after = [], None
    while True:
        found = find(project, asked, after=after)
        pages.append(found.ids)
        if found.after is None:
            break
        after = found.after
    assert [pk for page in pages for pk in page] == rows
    assert [len(page) for page in pages] == [3, 3, 2]
    back = find(project, asked, before=pages[2][0])
    assert back.ids == pages[1]
    assert find(project, asked, before=back.before).ids == pages[0]
    assert find(project, asked, before=back.before).before is None
    assert find(project, asked, after=back.after).ids == pages[2]


def test_a_walk_stops_in_time_and_goes_on_where_it_was(project: Project, monkeypatch: Any) -> None:
    monkeypatch.setattr(browsing, "STRETCH", 2)
    monkeypatch.setattr(browsing, "PATIENCE", 0.0)
    monkeypatch.setattr(browsing, "FEW", 0)
    for _ in range(5):
        make.make_rendition(project)
    last = make.make_rendition(project, texts={"en": "x", "es": "al fin"}, source_spans=())
    asked = Asked.of({"language": "es", "text": "al fin"})
    found = find(project, asked)
    assert (found.ids, found.is_cut) == ((), True)
    pages = [found]
    while pages[-1].is_cut:
        pages.append(find(project, asked, after=pages[-1].after))
    assert [pk for page in pages for pk in page.ids] == [last.pk]
    assert len(pages) > 2


def test_what_is_asked_never_becomes_sql(project: Project, texts: Any) -> None:
    nasty = "x'); DROP TABLE annotate_item; --%_\\"
    for name in ("text", "item", "answer", "route", "origin", "split", "verdict"):
        assert names(project, **{name: nasty}) == set()
    assert Item.objects.count() == 4


def test_people_are_asked_and_that_is_taken_back(project: Project, texts: Any) -> None:
    pks = [row.pk for row in texts.values()]
    decided = Decision.objects.count()
    done = send_to_people(project=project, renditions=pks)
    assert done.count == 4
    assert Decision.objects.count() == decided
    assert Assignment.objects.get(rendition=texts["judged"], state="open").round == 2
    assert send_to_people(project=project, renditions=pks).count == 0
    rater = make.make_rater(project, name="bo")
    taken = make.claim(project, rater, "review:es")
    assert taken is not None
    assert undo_bulk(project=project, undo=done.undo) == 3
    taken.refresh_from_db()
    assert taken.state == "leased"


def test_splits_are_set_and_set_back(project: Project, texts: Any) -> None:
    done = set_split(project=project, renditions=[row.pk for row in texts.values()], split="test")
    assert done.count == 4
    Item.objects.filter(external_id="judged-1").update(split="dev")
    assert undo_bulk(project=project, undo=done.undo) == 3
    splits = dict(Item.objects.values_list("external_id", "split"))
    assert splits == {"judged-1": "dev", "accepted-1": "", "split-1": "", "plain-1": "train"}


@pytest.fixture
def manager(project: Project) -> Client:
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    return client


def test_the_page_shows_texts_with_what_stands(
    project: Project, texts: Any, manager: Client
) -> None:
    url = reverse("verify:browse", args=[project.slug])
    page = manager.get(url, {"language": "es", "origin": "accepted"}).content.decode()
    assert "accepted-1" in page
    assert "judged-1" not in page
    assert "Amina Diallo" in page
    assert "1 text" in page
    assert 'lang="es" dir="ltr"' in page
    page = manager.get(url, {"language": "es", "label": "NONE"}).content.decode()
    assert "no such label" in page


def test_the_page_costs_the_same_whatever_is_on_it(
    project: Project, texts: Any, manager: Client, django_assert_max_num_queries: Any
) -> None:
    url = reverse("verify:browse", args=[project.slug])
    for _ in range(8):
        make.make_consensus(make.make_rendition(project))
    with django_assert_max_num_queries(36):
        assert manager.get(url, {"language": "es", "label": "PER"}).status_code == 200


def test_deeds_on_the_page_and_their_undoing(project: Project, texts: Any, manager: Client) -> None:
    url = reverse("verify:browse-bulk", args=[project.slug])
    asked = "language=es&origin=none"
    answer = manager.post(
        url, {"asked": asked, "all": "yes", "deed": "split", "split": "dev"}, follow=True
    )
    page = answer.content.decode()
    assert "The split of 2 items was set." in page
    assert Item.objects.filter(split="dev").count() == 2
    undo = answer.redirect_chain[0][0].split("undo=")[1]
    back = reverse("verify:browse-undo", args=[project.slug])
    page = manager.post(back, {"asked": asked, "undo": undo}, follow=True).content.decode()
    assert "Taken back for 2 texts." in page
    assert Item.objects.filter(split="dev").count() == 0
    page = manager.post(back, {"asked": asked, "undo": undo}, follow=True).content.decode()
    assert "can no longer be taken back" in page
    page = manager.post(url, {"asked": asked, "deed": "send"}, follow=True).content.decode()
    assert "Choose some texts first." in page


def test_views_are_kept_shared_and_forgotten(project: Project, texts: Any, manager: Client) -> None:
    url, keep = (reverse(f"verify:{n}", args=[project.slug]) for n in ("browse", "browse-view"))
    manager.post(keep, {"asked": "language=es&label=PER", "name": "People", "shared": "yes"})
    manager.post(keep, {"asked": "language=es&label=LOC", "name": "Mine"})
    assert SavedView.objects.get(name="People").query == "language=es&label=PER"
    other = Client()
    other.force_login(make.make_member(project, role="manager", name="second"))
    page = other.get(url).content.decode()
    assert "People" in page
    assert "Mine" not in page
    other.post(keep, {"asked": "", "drop": SavedView.objects.get(name="People").pk})
    assert SavedView.objects.count() == 2
    manager.post(keep, {"asked": "", "drop": SavedView.objects.get(name="People").pk})
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]


@pytest.mark.parametrize("name", ["browse", "browse-view", "browse-bulk", "browse-undo"])
def test_only_managers_browse(project: Project, name: str) -> None:
    client = Client()
    client.force_login(make.make_member(project, name="reader"))
    url = reverse(f"verify:{name}", args=[project.slug])
    answer = client.get(url) if name == "browse" else client.post(url)
    assert answer.status_code == 403


def test_the_same_by_program(project: Project, texts: Any, manager: Client) -> None:
    url = reverse("verify:api-texts", args=[project.slug])
    answer = manager.get(url, {"language": "es", "origin": "accepted"})
    (row,) = answer.json()["results"]
    assert (row["item"], row["origin"], row["judgements"]) == ("accepted-1", "accepted", 0)
    assert [s["surface"] for s in row["spans"]] == ["Amina Diallo"]
    assert manager.get(url, {"language": "es", "label": "NONE"}).status_code == 400
    assert manager.get(url, {"language": "es", "vote": "odd"}).status_code == 400
    reader = Client()
    reader.force_login(make.make_member(project, name="reader"))
    assert reader.get(url, {"language": "es"}).status_code == 403
