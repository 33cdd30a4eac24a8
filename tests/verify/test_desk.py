"""The desk over HTTP: cards, submissions, refusals, strangers, and how many queries it takes."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from annotate.actions.projects import add_language
from annotate.models import Project
from tests import factories as make
from verify.models import Assignment, Decision, Judgement

MOST_QUERIES = 8


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, name: str, project: Project, **body: Any) -> Any:
    return client.post(
        reverse(f"verify:{name}", args=[project.slug]), json.dumps(body), "application/json"
    )


def next_card(client: Client, project: Project, name: str = "next") -> dict[str, Any]:
    response = client.get(reverse(f"verify:{name}", args=[project.slug]))
    assert response.status_code == 200
    return response.json()["card"]


def said(card: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the page sends when all is accepted."""
    spans = [
        {**{k: s[k] for k in ("key", "label", "field", "start", "end", "surface", "source")},
         "shown": s["key"], "verdict": "right", "cause": ""}
        for s in card["spans"]
    ]  # fmt: skip
    return {
        "seat": card["seat"], "client_id": str(uuid.uuid4()), "outcome": "answered",
        "spans": spans, "answers": [], "comment": "", "shown_at": "2026-01-31T12:00:00.000Z",
        "first_input_at": None, "hidden_seconds": 0.5, **fields,
    }  # fmt: skip


def questions(caught: CaptureQueriesContext) -> list[str]:
    """The statements that ask or tell something: not those that begin and end transactions."""
    around = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [str(q["sql"])[:80] for q in caught if not str(q["sql"]).startswith(around)]


@pytest.fixture
def member(project: Project) -> Any:
    return make.make_member(project)


def test_the_card_says_all_that_the_page_needs(project: Project, member: Any) -> None:
    make.make_task(project)
    card = next_card(signed_in(member), project)
    assert card["mode"] == "assisted"
    assert card["source"]["lang"] == "en"
    field = card["target"]["fields"][0]
    assert field["text"] == make.TARGET
    assert field["clusters"] == list(range(len(make.TARGET) + 1))
    assert field["words"][:2] == [[0, 5], [6, 12]]
    assert [(s["key"], s["label"]) for s in card["source_spans"]] == [("s1", "PER"), ("s2", "LOC")]
    assert [(s["key"], s["start"], s["end"], s["surface"], s["source"]) for s in card["spans"]] == [
        ("t1", 0, 12, "Amina Diallo", "s1"),
        ("t2", 21, 26, "Dakar", "s2"),
    ]
    assert card["unplaced"] == []
    assert [label["letter"] for label in card["labels"]] == ["P", "L"]
    assert "votes" not in json.dumps(card)


def test_right_to_left_and_combining_marks(project: Project) -> None:
    add_language(project, "ar")
    text = "e\u0301 أمينة 👩🏽‍🚀"
    item = make.make_item(project, texts={"en": make.SOURCE, "ar": text})
    rendition = item.renditions.get(language="ar")
    make.make_seats(rendition)
    card = next_card(signed_in(make.make_member(project, languages=["ar"])), project)
    assert card["target"]["dir"] == "rtl"
    assert card["source"]["dir"] == "ltr"
    assert card["target"]["fields"][0]["clusters"] == [0, 2, 3, 4, 5, 6, 7, 8, 9, 13]
    assert card["unplaced"] == ["s1", "s2"]


def test_blind_pages_contain_nothing_proposed(project: Project, member: Any) -> None:
    rendition = make.make_rendition(project, texts={"en": make.SOURCE, "es": "Aquí no hay nadie."})
    make.make_consensus(rendition, [make.Span("PER", 5, 11, key="zz9", source="s1")])
    make.make_seats(rendition, mode="blind")
    client = signed_in(member)
    page = client.get(reverse("verify:desk", args=[project.slug])).content.decode()
    assert '"mode": "blind"' in page
    assert "zz9" not in page
    assert "no hay" in page
    assert '"no hay"' not in page
    card = next_card(client, project)
    assert card["spans"] == []
    assert card["unplaced"] == ["s1", "s2"]


def test_submitting_answers_with_the_next_card(project: Project, member: Any) -> None:
    make.make_task(project)
    make.make_task(project)
    client = signed_in(member)
    card = next_card(client, project)
    response = post(client, "submit", project, **said(card))
    body = response.json()
    assert response.status_code == 200
    assert body["saved"] == Judgement.objects.get().pk
    assert body["card"]["seat"] != card["seat"]
    assert body["progress"]["done"] == 1
    last = post(client, "submit", project, **said(body["card"])).json()
    assert last["card"] is None
    assert Decision.objects.filter(origin="single").count() == 2
    judgement = Judgement.objects.first()
    assert judgement.shown_at.isoformat() == "2026-01-31T12:00:00+00:00"
    assert judgement.hidden_seconds == 0.5


def test_the_same_request_again_saves_once(project: Project, member: Any) -> None:
    make.make_task(project)
    client = signed_in(member)
    body = said(next_card(client, project))
    first, second = (post(client, "submit", project, **body).json() for _ in range(2))
    assert first["saved"] == second["saved"]
    assert Judgement.objects.count() == 1


def test_undo_brings_the_persons_own_work_back(project: Project, member: Any) -> None:
    make.make_task(project)
    client = signed_in(member)
    body = said(next_card(client, project), comment="hm")
    body["spans"][0] |= {"verdict": "boundary", "end": 11, "surface": "Amina Diall"}
    gone = body["spans"][1]
    body["spans"][1] = {"key": "t2", "shown": "t2", "verdict": "no_equivalent", "source": "s2"}
    post(client, "submit", project, **body)
    card = post(client, "undo", project).json()["card"]
    assert card["seat"] == body["seat"]
    first, second = card["spans"]
    assert (first["end"], first["verdict"], first["shown"]) == (11, "boundary", "t1")
    assert first["original"]["end"] == 12
    assert (second["verdict"], second["shown"], second["start"]) == (
        "no_equivalent", "t2", gone["start"],
    )  # fmt: skip
    assert card["previous"]["verdicts"] == {"t1": "boundary", "t2": "no_equivalent"}
    assert card["previous"]["comment"] == "hm"
    again = post(client, "undo", project)
    assert again.status_code == 409
    assert "nothing left" in again.json()["error"]
    assert next_card(client, project) == card


def test_undo_brings_back_what_was_said_of_the_source(project: Project, member: Any) -> None:
    rendition = make.make_rendition(project)
    make.make_seats(rendition)
    client = signed_in(member)
    card = next_card(client, project)
    lack = {"shown": None, "source": "s2", "verdict": "wrong_translation", "cause": ""}
    own = {"key": "new-1", "shown": None, "verdict": "added", "label": "PER", "field": "text",
           "start": 0, "end": 12, "source": "s1"}  # fmt: skip
    assert post(client, "submit", project, **said(card, spans=[own, lack])).status_code == 200
    card = post(client, "undo", project).json()["card"]
    assert card["previous"]["lacks"] == {"s2": "wrong_translation"}
    assert [(s["key"], s["shown"], s["verdict"]) for s in card["spans"]] == [
        ("new-1", None, "added")
    ]


def test_skip_gives_another(project: Project, member: Any) -> None:
    make.make_task(project)
    client = signed_in(member)
    card = next_card(client, project)
    body = post(client, "skip", project, seat=card["seat"], reason="too_hard").json()
    assert body["card"] is None
    assert Assignment.objects.get(pk=card["seat"]).skip_reason == "too_hard"


def test_two_people_on_one_seat(project: Project, member: Any) -> None:
    make.make_task(project)
    first, second = signed_in(member), signed_in(make.make_member(project))
    card = next_card(first, project)
    response = post(second, "submit", project, **said(card))
    assert response.status_code == 409
    assert "somebody else" in response.json()["error"]
    assert response.json()["card"] is None
    assert post(second, "heartbeat", project, seat=card["seat"]).status_code == 409
    assert post(first, "heartbeat", project, seat=card["seat"]).json()["lease_seconds"] == 900
    assert post(first, "submit", project, **said(card)).status_code == 200


BAD_FORMS = {
    "client_id": ({"client_id": "7"}, "client_id"),
    "outcome": ({"outcome": 3}, "outcome"),
    "spans": ({"spans": "all"}, "spans"),
    "offset": ({"spans": [{"key": "t1", "start": -1, "end": 2}]}, "start is no offset"),
    "half": ({"spans": [{"key": "t1", "start": 1}]}, "both start and end"),
    "time": ({"shown_at": "yesterday"}, "shown_at"),
    "hidden": ({"hidden_seconds": -1}, "hidden_seconds"),
    "nul": ({"comment": "a\0b"}, "NUL"),
    "surrogate": ({"comment": "\ud83d"}, "surrogate"),
    "comment": ({"comment": "x" * 5001}, "comment"),
    "seat": ({"seat": "one"}, "seat"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_bad_form_is_named(project: Project, member: Any, name: str) -> None:
    make.make_task(project)
    client = signed_in(member)
    change, message = BAD_FORMS[name]
    response = post(client, "submit", project, **(said(next_card(client, project)) | change))
    assert response.status_code == 422
    assert any(message in row for row in response.json()["rows"])
    assert not Judgement.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(project: Project, member: Any, body: bytes) -> None:
    response = signed_in(member).post(
        reverse("verify:submit", args=[project.slug]), body, "application/json"
    )
    assert response.status_code == 422


ALL = ["desk", "next", "submit", "undo", "skip", "heartbeat", "adjudicate", "adjudicate-next",
       "adjudicate-submit", "progress"]  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_strangers_find_nothing_and_the_signed_out_sign_in(project: Project, name: str) -> None:
    make.make_task(project)
    url = reverse(f"verify:{name}", args=[project.slug])
    method = "post" if name.split("-")[-1] in ("submit", "undo", "skip", "heartbeat") else "get"
    stranger = signed_in(make.make_user())
    assert getattr(stranger, method)(url).status_code == 404
    assert getattr(Client(), method)(url).status_code == 302


def test_reviewers_do_not_adjudicate_and_languages_are_ones_own(project: Project, member) -> None:
    client = signed_in(member)
    assert client.get(reverse("verify:adjudicate", args=[project.slug])).status_code == 403
    assert client.get(reverse("verify:desk", args=[project.slug, "de"])).status_code == 404
    assert client.get(reverse("verify:desk", args=[project.slug, "es"])).status_code == 200


def test_seats_of_another_project_cannot_be_reached(project: Project, member: Any) -> None:
    make.make_task(project)
    elsewhere = make.make_project(slug="elsewhere")
    with scope(project=elsewhere):
        rendition = make.make_task(elsewhere)
        seat = Assignment.objects.get(rendition=rendition)
    client = signed_in(member)
    body = said(next_card(client, project)) | {"seat": seat.pk}
    assert post(client, "submit", project, **body).status_code == 409
    assert post(client, "skip", project, seat=seat.pk, reason="x").status_code == 409


def test_a_disagreement_is_adjudicated_on_its_page(project: Project) -> None:
    make.make_task(project, overlap=2)
    for shorter in (False, True):
        client = signed_in(make.make_member(project))
        body = said(next_card(client, project))
        if shorter:
            body["spans"][0] |= {"verdict": "boundary", "end": 11, "surface": "Amina Diall"}
        assert post(client, "submit", project, **body).status_code == 200
    manager = signed_in(make.make_member(project, role="manager", languages=()))
    page = manager.get(reverse("verify:adjudicate", args=[project.slug]))
    assert page.status_code == 200
    readings = page.context["readings"]
    assert [r["spans"][0]["end"] for r in readings] == [12, 11]
    card = next_card(manager, project, "adjudicate-next")
    spans = [{**s, "key": f"new-{n}", "shown": None, "verdict": "added"}
             for n, s in enumerate(readings[1]["spans"])]  # fmt: skip
    response = post(manager, "adjudicate-submit", project, **said(card, spans=spans))
    assert response.status_code == 200, response.json()
    assert Decision.objects.get(is_current=True).origin == "adjudicated"


def test_queries_of_the_next_card_and_of_a_submission(project: Project, member: Any) -> None:
    for _ in range(3):
        make.make_task(project)
    client = signed_in(member)
    card = next_card(client, project)
    post(client, "skip", project, seat=card["seat"], reason="warm")
    with CaptureQueriesContext(connection) as caught:
        card = next_card(client, project)
    assert len(questions(caught)) <= MOST_QUERIES, questions(caught)
    Assignment.objects.filter(pk=card["seat"]).update(state="done")
    with CaptureQueriesContext(connection) as caught:
        assert next_card(client, project)["seat"] != card["seat"]
    # The gate asks for the membership twice.
    assert len(questions(caught)) <= MOST_QUERIES + 1, questions(caught)


def test_questions_are_asked_and_checked(project: Project, member: Any) -> None:
    from annotate.models import Question

    Question.objects.create(
        project=project, key="relation", kind="choice", wording={"en": "Which?"},
        options=[{"key": "a", "wording": {"en": "A", "es": "Á"}}, {"key": "b"}],
    )  # fmt: skip
    Question.objects.create(project=project, key="spans", kind="spans", wording={"en": "?"})
    make.make_task(project)
    client = signed_in(member)
    card = next_card(client, project)
    assert [q["key"] for q in card["questions"]] == ["relation"]
    assert card["questions"][0]["options"] == [
        {"key": "a", "wording": "A"}, {"key": "b", "wording": "b"},
    ]  # fmt: skip
    lacking = post(client, "submit", project, **said(card))
    assert lacking.status_code == 422
    assert lacking.json()["rows"] == ["Answer relation: it is still to be answered."]
    wrong = {"question": "relation", "target": "rendition", "value": "c"}
    assert post(client, "submit", project, **said(card, answers=[wrong])).status_code == 422
    right = wrong | {"value": "b"}
    assert post(client, "submit", project, **said(card, answers=[right])).status_code == 200
    assert Judgement.objects.get().reading.answers == [["relation", "rendition", "b"]]


def test_progress_of_the_project(project: Project, member: Any) -> None:
    make.make_task(project)
    make.make_task(project)
    client = signed_in(member)
    post(client, "submit", project, **said(next_card(client, project)))
    response = client.get(reverse("verify:progress", args=[project.slug]))
    row = response.context["languages"][0]
    assert (row["tag"], row["judged"], row["open_seats"]) == ("es", 1, 0)
    assert row["decided_by_origin"] == {"single": 1}
