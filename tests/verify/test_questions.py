"""Every kind and scope of question over HTTP: what the card asks, what is stored, what is refused."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.actions.concepts import NewConcept, save_concepts
from annotate.actions.labels import add_label
from annotate.models import Project, Question
from annotate.questions import Asked, Circumstance, holds, value_fault
from annotate.readings import Relation
from annotate.spans import Span
from tests import factories as make
from verify.answers import WORDED
from verify.models import Assignment, Judgement, SpanVerdict

FACTS = {"facts": ["born in Dakar", {"key": "f2", "text": "lives in Dakar"}],
         "candidates": [{"key": "a", "text": "Uno", "by": "engine"}, {"key": "b", "text": "Dos"}],
         "reference": "A good one.", "query": "Dakar?"}  # fmt: skip


@pytest.fixture
def client(project: Project) -> Client:
    client = Client()
    client.force_login(make.make_member(project))
    return client


def ask(project: Project, key: str, kind: str, **fields: Any) -> Question:
    fields.setdefault("wording", {"en": f"{key}?"})
    return Question.objects.create(
        project=project, key=key, kind=kind, position=Question.objects.count(), **fields
    )


def task(project: Project, count: int = 1, **item: Any) -> None:
    for _ in range(count):
        rendition = make.make_rendition(project, **item)
        make.make_consensus(rendition)
        make.make_seats(rendition)


def card_of(client: Client, project: Project) -> dict[str, Any]:
    return client.get(reverse("verify:next", args=[project.slug])).json()["card"]


def send(
    client: Client, project: Project, card: dict[str, Any], *answers: Any, **fields: Any
) -> Any:
    """Accept the spans and give answers: (question, value) or (question, target, value)."""
    spans = [{**s, "shown": s["key"], "verdict": "right"} for s in card["spans"]]
    rows = [
        {"question": a[0], "target": a[1] if len(a) == 3 else "rendition", "value": a[-1]}
        for a in answers
    ]
    body = {"seat": card["seat"], "client_id": str(uuid.uuid4()), "spans": spans, "answers": rows}
    return client.post(
        reverse("verify:submit", args=[project.slug]), json.dumps(body | fields), "application/json"
    )


def stored() -> list[Any]:
    reading = Judgement.objects.latest("pk").reading
    assert reading is not None
    return reading.answers


def question(kind: str, *options: Any, **settings: Any) -> Asked:
    return Asked("q", kind, "rendition", {}, options, None, True, settings)


OPTIONS = [{"key": "a"}, {"key": "b"}, {"key": "c"}]


@pytest.mark.parametrize(
    ("asked", "good", "bad"),
    [
        (question("choice"), ["a"], ["d", 1, None, ["a"]]),
        (question("pick"), ["b"], ["", {"key": "b"}]),
        (question("choices", least=1, most=2), [["a"], ["b", "a"]], [[], ["a", "a"], ["d"], ["a", "b", "c"], "a", [["a"]]]),
        (question("checklist"), [[], ["a", "b", "c"]], [["x"], None]),
        (question("ranking"), [["c", "a", "b"]], [["a", "b"], ["a", "b", "c", "c"], [["a", "b"], "c"]]),
        (question("ranking", ties=True), [["c", ["a", "b"]], ["a", "b", "c"]], [[["a"], "b"], ["a", [["b"]], "c"]]),
        (question("link"), ["Q1", "none"], ["", 3, "x" * 121]),
        (question("text", least=3, most=6), ["abc", " abcd "], ["", "  ", "ab", "abcdefg", 4]),
    ],
)  # fmt: skip
def test_what_answers_each_kind(asked: Asked, good: list[Any], bad: list[Any]) -> None:
    assert [value_fault(asked, OPTIONS, value) for value in good] == [None] * len(good)
    faults = [value_fault(asked, OPTIONS, value) for value in bad]
    assert all(fault and str(WORDED[fault.code]) % fault.values for fault in faults)


def test_what_answers_ratings_and_scores() -> None:
    levels = [{"key": "0"}, {"key": "1"}]
    assert not value_fault(question("rating"), levels, 1)
    assert not value_fault(question("rating"), levels, "0")
    assert not value_fault(question("rating", min=1, max=7), [], 7)
    assert not value_fault(question("score"), levels, 66)
    assert not value_fault(question("score", min=0, max=6), [], 2.5)
    for asked, options, value in [
        (question("rating"), levels, 2), (question("rating"), levels, True),
        (question("rating"), [], 6), (question("rating"), [], 1.5), (question("score"), [], 101),
        (question("score"), [], float("nan")), (question("score"), [], "50"), (question("score"), [], True),
    ]:  # fmt: skip
        assert value_fault(asked, options, value)


def test_conditions_look_at_answers_and_at_the_span() -> None:
    given = {"kept": "no", "score": 40, "tags": ["x", "y"], "note": ""}.get
    of = Circumstance("PER", {"severity": "major"})
    true = [
        None, {}, {"question": "kept"}, {"question": "kept", "is": "no"},
        {"question": "tags", "is": ["z", "y"]}, {"question": "score", "below": 50},
        {"question": "score", "at_least": 40}, {"label": ["PER", "ORG"]},
        {"attribute": "severity", "is": "major"}, {"not": {"label": "LOC"}},
        {"any": [{"question": "kept", "is": "yes"}, {"label": "PER"}]},
        {"all": [{"question": "kept"}, {"question": "score"}]},
    ]  # fmt: skip
    false = [
        {"question": "note"}, {"question": "unknown"}, {"question": "kept", "is": ["yes", "mostly"]},
        {"question": "score", "below": 40}, {"question": "kept", "below": 4}, {"label": "LOC"},
        {"attribute": "severity", "is": ["minor"]}, {"all": [{"question": "kept"}, {"label": "LOC"}]},
    ]  # fmt: skip
    assert all(holds(condition, given, of) for condition in true)
    assert not any(holds(condition, given, of) for condition in false)


def test_each_scope_is_asked_of_what_it_says(project: Project, client: Client) -> None:
    add_label(project, key="lives", kind="relation")
    yes = [{"key": "yes"}, {"key": "no"}]
    for scope in ("rendition", "field", "span", "relation", "basis"):
        ask(project, scope, "choice", scope=scope, options=yes)
    ask(project, "value", "choice", scope="option", options=yes, settings={"of": "facts"})
    rendition = make.make_rendition(project, inputs=FACTS)
    reading = make.make_reading(rendition, relations=[Relation("lives", "t1", "t2", "r1")])
    seat = make.make_seats(rendition)[0]
    Assignment.objects.filter(pk=seat.pk).update(shown={"preset": {"readings": [reading.pk]}})
    card = card_of(client, project)
    assert card["relations"] == [
        {"key": "r1", "label": "lives", "name": "lives", "head": "t1", "tail": "t2", "source": None}
    ]
    asked = {q["key"]: [t["target"] for t in q.get("targets", [])] for q in card["questions"]}
    assert asked["value"] == ["option:born in Dakar", "option:f2"]
    assert asked["field"] == ["field:text"]
    lacking = send(client, project, card)
    assert lacking.status_code == 422
    assert lacking.json()["rows"] == [
        "Answer rendition: it is still to be answered.",
        "Answer field: it is still to be answered for field:text.",
        "Answer span: it is still to be answered for span:t1, span:t2.",
        "Answer relation: it is still to be answered for relation:r1.",
        "Answer basis: it is still to be answered for basis.",
        "Answer value: it is still to be answered for option:born in Dakar, option:f2.",
    ]
    places = [("rendition", "rendition"), ("field", "field:text"), ("span", "span:t1"),
              ("span", "span:t2"), ("relation", "relation:r1"), ("basis", "basis"),
              ("value", "option:born in Dakar"), ("value", "option:f2")]  # fmt: skip
    wrong = send(client, project, card, *[(*p, "yes") for p in places], ("span", "span:t9", "yes"))
    assert wrong.json()["rows"] == ["Answer span: it is not asked of 'span:t9'."]
    assert send(client, project, card, *[(*p, "no") for p in places]).status_code == 200
    assert stored() == [[*place, "no"] for place in places]


def test_a_condition_is_checked_by_the_server_too(project: Project, client: Client) -> None:
    ask(project, "kept", "choice", options=[{"key": "yes"}, {"key": "no"}])
    ask(project, "why", "choices", options=["mt", "cut"], settings={"least": 1},
        condition={"question": "kept", "is": "no"})  # fmt: skip
    ask(project, "more", "text", required=False, condition={"question": "why", "is": "mt"})
    task(project)
    card = card_of(client, project)
    refused = send(client, project, card, ("kept", "no"))
    assert refused.json()["rows"] == ["Answer why: it is still to be answered."]
    refused = send(client, project, card, ("kept", "yes"), ("why", ["mt"]), ("more", "x"))
    assert refused.json()["rows"] == [
        "Answer why: under the other answers it is not asked.",
        "Answer more: under the other answers it is not asked.",
    ]
    assert send(client, project, card, ("kept", "no"), ("why", ["cut", "mt"])).status_code == 200
    assert stored()[1] == ["why", "rendition", ["mt", "cut"]]


def test_picks_are_shown_in_an_order_of_each_seat_that_is_kept(
    project: Project, client: Client
) -> None:
    ask(project, "better", "pick", options=[
        {"key": "tie", "wording": {"en": "No difference"}, "fixed": True},
        {"key": "cannot_tell", "wording": {"en": "Cannot tell"}, "fixed": True},
    ], settings={"from": "candidates"})  # fmt: skip
    ask(project, "plain", "choice", options=["x", "y"], required=False)
    orders = set()
    task(project, 20, inputs=FACTS)
    for _ in range(20):  # both orders, but for one time in half a million
        card = card_of(client, project)
        asked = card["questions"][0]
        order = [option["key"] for option in asked["options"]]
        orders.add(tuple(order))
        assert order[2:] == ["tie", "cannot_tell"]
        assert Assignment.objects.get(pk=card["seat"]).shown["options"] == {"better": order}
        assert "engine" not in json.dumps(card)
        assert {o.get("text") for o in asked["options"]} == {"Uno", "Dos", None}
        assert send(client, project, card, ("better", "a")).status_code == 200
    assert orders == {("a", "b", "tie", "cannot_tell"), ("b", "a", "tie", "cannot_tell")}


def test_an_item_without_what_a_question_needs_is_not_asked_it(
    project: Project, client: Client
) -> None:
    ask(
        project, "stated", "checklist", settings={"from": "facts", "show": [{"input": "reference"}]}
    )
    task(project)
    card = card_of(client, project)
    assert (card["questions"], card["notes"]) == ([], [])
    assert send(client, project, card).status_code == 200
    task(project, inputs=FACTS)
    card = card_of(client, project)
    assert [o["key"] for o in card["questions"][0]["options"]] == ["born in Dakar", "f2"]
    assert card["notes"][0]["lines"] == ["A good one."]
    assert send(client, project, card, ("stated", ["f2"])).status_code == 200


def test_texts_start_from_what_their_setting_names(project: Project, client: Client) -> None:
    ask(project, "query", "text", settings={"prefill": "query", "lang": "source"})
    ask(project, "post", "text", settings={"prefill": "target"}, required=False)
    task(project, inputs=FACTS)
    card = card_of(client, project)
    first, second = card["questions"]
    assert (first["prefill"], first["lang"], first["dir"]) == ({"rendition": "Dakar?"}, "en", "ltr")
    assert (second["prefill"], second["lang"]) == ({"rendition": make.TARGET}, "es")
    assert send(client, project, card, ("query", "Where is Dakar?")).status_code == 200


def test_concepts_are_found_in_any_script_and_checked(project: Project, client: Client) -> None:
    save_concepts(project, rows=[
        NewConcept("Q8889", {"en": "European Parliament", "th": "รัฐสภายุโรป", "ar": "البرلمان الأوروبي"},
                   {"es": ["Eurocámara", "Parlamento Europeo"]}, "A parliament."),
        NewConcept("Q1", {"en": "Parliament House"}),
        NewConcept("Q2", {"en": "O'Hara & \\ Sons"}),
    ])  # fmt: skip

    def found(text: str, **more: str) -> list[str]:
        answer = client.get(reverse("verify:concepts", args=[project.slug]), {"q": text, **more})
        return [row["key"] for row in answer.json()["concepts"]]

    assert found("parl") == ["Q1", "Q8889"]
    assert found("parlament euro") == ["Q8889"]
    assert found("EUROCAMARA") == found("ยุโรป") == found("الْبرلمان") == ["Q8889"]
    assert found("o'hara sons") == ["Q2"]
    assert found("'") == found("") == found("zzz") == []
    ask(project, "entity", "link", scope="span")
    task(project)
    card = card_of(client, project)
    refused = send(
        client, project, card, ("entity", "span:t1", "Q7"), ("entity", "span:t2", "none")
    )
    assert refused.json()["rows"][0].startswith("Answer entity: there is no concept Q7")
    answers = (("entity", "span:t1", "Q1"), ("entity", "span:t2", "none"))
    assert send(client, project, card, *answers).status_code == 200
    stranger = Client()
    stranger.force_login(make.make_user())
    assert (
        stranger.get(reverse("verify:concepts", args=[project.slug]), {"q": "parl"}).status_code
        == 404
    )


def mark(project: Project, **settings: Any) -> None:
    ask(project, "errors", "spans", settings={
        "severities": [{"key": "minor"}, {"key": "major"}], "missing": "LOC", **settings})  # fmt: skip


def span(key: str, label: str, start: int | None, end: int | None, **fields: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "start": start, "end": end, "verdict": "added", **fields}


def test_errors_carry_a_severity_on_both_sides_and_omissions(
    project: Project, client: Client
) -> None:
    mark(project, source=True, most=3)
    rendition = make.make_rendition(project)
    make.make_seats(rendition)
    card = card_of(client, project)
    assert card["marking"]["severities"][1]["key"] == "major"
    major, minor = {"attributes": {"severity": "major"}}, {"attributes": {"severity": "minor"}}
    gone = span("m1", "LOC", None, None, anchor="missing", **major)
    refused = send(client, project, card, spans=[span("e1", "PER", 0, 5), gone])
    assert refused.json()["rows"] == ["Span e1: give it a severity: minor, major."]
    spans = [
        span("e1", "PER", 0, 5, **minor),
        span("e2", "PER", 0, 5, side="source", **major),
        gone,
    ]
    refused = send(client, project, card, spans=[*spans, span("e3", "LOC", 6, 8, **minor)])
    assert refused.json()["rows"] == ["Spans: mark at most 3, the gravest; there are 4."]
    assert send(client, project, card, spans=spans).status_code == 200
    reading = Judgement.objects.get().reading
    assert reading is not None
    rows = reading.spans.order_by("key").values_list(
        "key", "anchor", "field__rendition__language", "attributes"
    )
    assert list(rows) == [
        ("e1", "text", "es", {"severity": "minor"}), ("e2", "text", "en", {"severity": "major"}),
        ("m1", "missing", None, {"severity": "major"}),
    ]  # fmt: skip


def test_the_source_and_omissions_are_marked_only_where_asked(
    project: Project, client: Client
) -> None:
    rendition = make.make_rendition(project)
    make.make_seats(rendition)
    card = card_of(client, project)
    spans = [
        span("e1", "PER", 0, 5, side="source"),
        span("m1", "LOC", None, None, anchor="missing"),
    ]
    assert send(client, project, card, spans=spans).json()["rows"] == [
        "Span e1: there is no field 'text' on the side 'source' to mark.",
        "Span m1: the project does not ask for omissions.",
    ]


def test_a_cause_goes_with_a_fault(project: Project, client: Client) -> None:
    ask(project, "spans", "spans", settings={"causes": [{"key": "alignment"}, {"key": "mt"}]})
    task(project)
    card = card_of(client, project)
    first, second = card["spans"]
    right = {**second, "shown": "t2", "verdict": "right"}
    moved = {
        **first,
        "shown": "t1",
        "verdict": "boundary",
        "end": 5,
        "surface": "",
        "cause": "alignment",
    }
    refused = send(
        client, project, card, spans=[{**moved, "cause": "bug"}, {**right, "cause": "mt"}]
    )
    assert refused.json()["rows"] == [
        "Span t1: 'bug' is no cause (there are alignment, mt).", "Span t2: right has no cause.",
    ]  # fmt: skip
    assert send(client, project, card, spans=[moved, right]).status_code == 200
    assert SpanVerdict.objects.get(verdict="boundary").cause == "alignment"


def test_a_changed_severity_is_no_agreement(project: Project, client: Client) -> None:
    mark(project)
    rendition = make.make_rendition(project)
    shown = Span("PER", 0, 12, key="t1", source="s1", attributes={"severity": "minor"})
    make.make_consensus(rendition, [shown])
    make.make_seats(rendition)
    card = card_of(client, project)
    changed = {**card["spans"][0], "shown": "t1", "attributes": {"severity": "major"}}
    refused = send(client, project, card, spans=[{**changed, "verdict": "right"}])
    assert refused.json()["rows"][0] == (
        "Span t1: it is called right but differs from what was shown."
    )
    assert send(client, project, card, spans=[{**changed, "verdict": "label"}]).status_code == 200


def test_who_saw_no_labels_is_not_asked_to_rate_them(client: Client, project: Project) -> None:
    ask(project, "faithful", "rating", scope="basis")
    ask(project, "fluent", "rating")
    make.make_task(project, mode="blind")
    card = card_of(client, project)
    assert [question["key"] for question in card["questions"]] == ["fluent"]
    refused = send(client, project, card, ("fluent", 4), ("faithful", "basis", 5))
    assert refused.status_code == 422
    assert send(client, project, card, ("fluent", 4)).status_code == 200
    assert stored() == [["fluent", "rendition", 4]]
