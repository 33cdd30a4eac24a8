"""Splits by rule: shares are met, an item's place is its own, groups stay together, old splits stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scope

from annotate.actions import splits
from annotate.models import Item, Project
from annotate.splitting import BadRule, Rule, parse_rule
from tests import factories as make


@pytest.fixture
def project(db: None) -> Iterator[Project]:
    made = make.make_project()
    with scope(project=made):
        yield made


def test_shares_are_met_and_the_seed_draws() -> None:
    rule = parse_rule("train 80, dev=10, test: 10%", "a")
    drawn = [rule.split_of(f"item-{n}") for n in range(20_000)]
    count = Counter(drawn)
    # Five standard deviations of a binomial count.
    assert abs(count["train"] - 16_000) < 5 * (20_000 * 0.8 * 0.2) ** 0.5
    assert abs(count["dev"] - 2_000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5
    assert drawn == [
        parse_rule("train 8, dev 1, test 1", "a").split_of(f"item-{n}") for n in range(20_000)
    ]
    assert drawn != [
        parse_rule("train 8, dev 1, test 1", "b").split_of(f"item-{n}") for n in range(20_000)
    ]


def test_the_last_place_of_all_has_a_split(monkeypatch: Any) -> None:
    class Highest:
        def __init__(self, _: bytes) -> None: ...

        def digest(self) -> bytes:
            return b"\xff" * 32

    monkeypatch.setattr("annotate.splitting.hashlib.sha256", Highest)
    assert Rule((("a", 1), ("b", 2))).split_of("x") == "b"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no share"), ("train", "no share"), ("a 1, a 2", "twice"), ("a 0", "between 1"),
     ("a -1", "no share"), ("a 1.5", "no share"), ("x" * 41 + " 1", "40"), ("a 1\x00", "no share"),
     (", ".join(f"s{n} 1" for n in range(21)), "20 splits")],
)  # fmt: skip
def test_a_bad_rule_is_told(text: str, said: str) -> None:
    with pytest.raises(BadRule, match=said):
        parse_rule(text)


def _items(project: Project, **more: Any) -> None:
    Item.objects.bulk_create(
        Item(project=project, external_id=f"i{n}", group=more.get("group", lambda _: "")(n))
        for n in range(60)
    )


def test_what_has_a_split_keeps_it_and_a_second_run_changes_nothing(
    project: Project, monkeypatch: Any
) -> None:
    monkeypatch.setattr(splits, "STRETCH", 7)
    _items(project)
    Item.objects.filter(external_id="i3").update(split="held")
    rule = parse_rule("train 1, test 1")
    first = list(splits.assign_splits(project=project, rule=rule))
    assert sum(len(ids) for one in first for ids in one.values()) == 59
    stored = dict(Item.objects.values_list("external_id", "split"))
    assert stored["i3"] == "held"
    assert set(stored.values()) == {"train", "test", "held"}
    assert list(splits.assign_splits(project=project, rule=parse_rule("other 1"))) == []
    assert dict(Item.objects.values_list("external_id", "split")) == stored


def test_groups_stay_together_and_follow_the_member_that_is_placed(
    project: Project, monkeypatch: Any
) -> None:
    monkeypatch.setattr(splits, "STRETCH", 7)
    _items(project, group=lambda n: f"g{n % 12}")
    Item.objects.filter(external_id="i40").update(split="held")
    list(splits.assign_splits(project=project, rule=parse_rule("train 1, test 1")))
    by_group: dict[str, set[str]] = {}
    for group, split in Item.objects.values_list("group", "split"):
        by_group.setdefault(group, set()).add(split)
    assert all(len(found) == 1 for found in by_group.values())
    assert by_group["g4"] == {"held"}
    assert {next(iter(found)) for found in by_group.values()} == {"held", "train", "test"}


def test_the_command_assigns_and_refuses(project: Project) -> None:
    _items(project)
    out = StringIO()
    call_command("split", project.slug, "train 1", stdout=out)
    assert out.getvalue() == "train: 60\n"
    with pytest.raises(CommandError, match="no share"):
        call_command("split", project.slug, "nonsense")
    with pytest.raises(CommandError, match="no project"):
        call_command("split", "nowhere", "train 1")
