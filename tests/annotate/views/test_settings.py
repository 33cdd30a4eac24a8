"""Settings: each form saves what it shows, says what is wrong, and loses nobody's change."""

from __future__ import annotations

import dataclasses

import pytest

from annotate.forms.policy import DEFAULTS, PolicyForm
from annotate.models import Label, Project

PAGE = "/p/news/settings/"


def shown(client, address):
    form = client.get(address).context["form"]
    return {name: "" if form[name].value() is None else form[name].value() for name in form.fields}


def test_details(project, manager):
    values = {**shown(manager, PAGE), "name": "Newer", "licence": "CC0-1.0"}
    assert manager.post(PAGE, values).url == PAGE
    project.refresh_from_db()
    assert (project.name, project.licence) == ("Newer", "CC0-1.0")


def test_two_who_save_at_once_see_both(project, manager, people):
    values = shown(manager, PAGE)
    Project.objects.update(name="Theirs")
    answer = manager.post(PAGE, {**values, "name": "Mine"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Theirs" in page
    assert "Mine" in page
    assert Project.objects.get(pk=project.pk).name == "Theirs"
    # Saving mine over it is a choice, made in sight of both.
    again = answer.context["form"]
    data = {name: again[name].value() or "" for name in again.fields}
    assert manager.post(PAGE, data).status_code == 302
    assert Project.objects.get(pk=project.pk).name == "Mine"


def test_guidelines_are_shown_escaped(project, manager):
    address = f"{PAGE}guidelines/"
    manager.post(address, {**shown(manager, address), "text": "One.\n\n<script>x</script>"})
    project.refresh_from_db()
    assert project.guidelines == "One.\n\n<script>x</script>"
    page = manager.get(address).content.decode()
    assert "<p>One.</p>" in page
    assert "<script>x" not in page


def test_policy(project, manager):
    address = f"{PAGE}policy/"
    values = {**shown(manager, address), "overlap": "2", "audit_share": "0.2",
              "advance": "manual", "bands": "2, 1, 0.5"}  # fmt: skip
    values.pop("accept_unanimous")
    assert manager.post(address, values).status_code == 302
    project.refresh_from_db()
    changed = {"overlap": 2, "audit_share": 0.2, "advance": "manual", "accept_unanimous": False,
               "bands": [2.0, 1.0, 0.5]}  # fmt: skip
    assert project.policy == {**DEFAULTS, **changed}


def test_routing_takes_what_the_policy_page_stores(project, manager):
    from pipeline.route import RoutingPolicy
    from pipeline.stages.aggregating import routing_settings

    address = f"{PAGE}policy/"
    manager.post(address, {**shown(manager, address), "disputed_overlap": "3"})
    project.refresh_from_db()
    policy = RoutingPolicy.from_mapping(routing_settings(project.policy))
    assert (policy.disputed_overlap, policy.bands) == (3, (1.5, 0.9, 1e-9))


def test_the_policy_form_has_routing_s_fields_and_defaults():
    from annotate.usefulness import DEFAULT_FLOOR as DEFAULT_USEFULNESS
    from annotate.usefulness import DEFAULT_KEPT
    from pipeline.route import RoutingPolicy
    from pipeline.stages.fitting import DEFAULT_FLOOR
    from verify.ahead import AHEAD, PACK_HOURS
    from verify.attention import REPEAT_AFTER

    names = {field.name for field in dataclasses.fields(RoutingPolicy)}
    assert set(PolicyForm.base_fields) - {"seen"} == names | {
        "advance", "floor", "learn", "ahead", "pack_hours", "mending", "repeat_after", "reveal",
        "pay_per_text", "wage_floor", "currency", "usefulness_floor", "usefulness_kept",
    }  # fmt: skip
    others = {
        "advance": "auto", "floor": DEFAULT_FLOOR, "learn": True, "ahead": AHEAD, "pack_hours": PACK_HOURS,
        "mending": True, "repeat_after": REPEAT_AFTER, "reveal": "nothing",
        "pay_per_text": 0.0, "wage_floor": 0.0, "currency": "",
        "usefulness_floor": DEFAULT_USEFULNESS, "usefulness_kept": DEFAULT_KEPT,
    }  # fmt: skip
    assert {**RoutingPolicy().as_dict(), **others} == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("audit_share", "1.5", "less than or equal to 1"),
        ("overlap", "0", "greater than or equal to 1"),
        ("bands", "1, 2, 3", "three falling numbers"),
        ("bands", "a", "three falling numbers"),
        ("planted_share", "0.9", "exceed 1 together"),
        ("disputed_overlap", "1", "at least as many"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(project, manager, name, value, words):
    address = f"{PAGE}policy/"
    values = {**shown(manager, address), "gold_share": "0.3", "overlap": "2", name: value}
    answer = manager.post(address, values)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    project.refresh_from_db()
    assert project.policy == {"advance": "auto"}


def test_labels_as_a_list(inside, manager):
    address = f"{PAGE}labels/"
    values = {**shown(manager, address), "labels": "LOC Where\nPER Who\nSHIP Ships"}
    assert manager.post(address, values).status_code == 302
    found = Label.objects.order_by("position")
    assert [(label.key, label.names["en"]) for label in found] == [
        ("LOC", "Where"), ("PER", "Who"), ("SHIP", "Ships"),
    ]  # fmt: skip


def test_a_label_that_spans_carry_stays(inside, items, manager):
    address = f"{PAGE}labels/"
    answer = manager.post(address, {**shown(manager, address), "labels": "LOC Place"})
    assert answer.status_code == 422
    assert "Spans carry the label PER" in answer.content.decode()
    assert Label.objects.filter(key="PER").exists()


def test_one_label(inside, manager):
    label = Label.objects.get(key="PER")
    address = f"{PAGE}labels/{label.pk}/"
    values = {**shown(manager, address), "name": "Who", "hotkey": "W", "colour": "7"}
    assert manager.post(address, values).status_code == 302
    label.refresh_from_db()
    assert (label.names["en"], label.hotkey, label.colour) == ("Who", "w", 7)
    assert label.names["sw"] == "Mtu"
    taken = manager.post(address, {**shown(manager, address), "hotkey": "l"})
    assert b"has this key already" in taken.content


def test_languages(inside, items, manager):
    address = f"{PAGE}languages/"
    values = {**shown(manager, address), "targets": "sw, es"}
    assert manager.post(address, values).status_code == 302
    rows = inside.languages.filter(role="target").order_by("-priority")
    assert [row.tag for row in rows] == ["sw", "es"]
    refused = manager.post(address, {**shown(manager, address), "targets": "sw"})
    assert "There are texts in es already" in refused.content.decode()
    assert inside.languages.filter(tag="es").exists()


def test_putting_away_and_taking_out(project, manager):
    manager.post(f"{PAGE}archive/", {"archived": "1"})
    project.refresh_from_db()
    assert project.is_archived
    assert b"archived" in manager.get("/").content
    manager.post(f"{PAGE}archive/", {"archived": "0"})
    project.refresh_from_db()
    assert not project.is_archived


def test_what_is_otherwise_in_a_language(project, manager):
    address = f"{PAGE}policy/"
    line = "es: overlap=2 min_voters=3 accept_unanimous=no max_entropy=0.5 person_labels=PER|LOC"
    values = {**shown(manager, address), "person_labels": "PER, LOC,PER", "by_language": line}
    assert manager.post(address, values).status_code == 302
    project.refresh_from_db()
    assert project.policy["person_labels"] == ["PER", "LOC"]
    assert project.policy["by_language"] == {
        "es": {"overlap": 2, "min_voters": 3, "accept_unanimous": False, "max_entropy": 0.5,
               "person_labels": ["PER", "LOC"]},
    }  # fmt: skip
    # What is shown is read back as it was.
    again = shown(manager, address)
    assert manager.post(address, again).status_code == 302
    before = project.policy
    project.refresh_from_db()
    assert project.policy == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("es overlap=2", "write a language once"),
        ("es: overlap=2\nes: overlap=3", "write a language once"),
        ("es: seed=x", "no setting of a language"),
        ("es: overlap=0", "cannot be"),
        ("es: trusted_from=many", "cannot be"),
        ("tlh: overlap=2", "not a language of this project"),
        ("es: overlap=3 disputed_overlap=2", "more people per text"),
    ],
)
def test_a_language_that_cannot_be_so_is_refused(project, manager, line, words):
    address = f"{PAGE}policy/"
    answer = manager.post(address, {**shown(manager, address), "by_language": line})
    assert words in answer.content.decode()
