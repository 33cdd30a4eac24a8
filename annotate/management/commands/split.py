"""Put items into splits by a rule, by command; any number of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from annotate.actions.splits import assign_splits
from annotate.models import Project
from annotate.splitting import BadRule, parse_rule


class Command(BaseCommand):
    """``manage.py split PROJECT "train 80, dev 10, test 10" --seed S``."""

    help = "Put items that have no split into one, by shares and a seed; groups stay together."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("shares", help="names and shares, such as: train 80, dev 10, test 10")
        parser.add_argument("--seed", default="", help="another seed, another draw")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        try:
            rule = parse_rule(options["shares"], options["seed"])
        except BadRule as error:
            raise CommandError(str(error)) from error
        count: Counter[str] = Counter()
        with scope(project=project):
            for chosen in assign_splits(project=project, rule=rule):
                count.update({name: len(items) for name, items in chosen.items()})
        for name, items in sorted(count.items()):
            self.stdout.write(f"{name}: {items:,}")
        if not count:
            self.stdout.write("Every item has a split.")
