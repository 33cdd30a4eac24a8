"""Give a person the pseudonym under which they judge in a project."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from annotate.models import Project
from verify.models import Rater

# Steps of the golden ratio spread any number of entry points evenly over the ring (Vogel 1979).
STEP = 0.6180339887498949


def rater_for(*, project: Project, user: AbstractBaseUser) -> Rater:
    """The person's rater in the project, made at their first seat; one query afterwards."""
    found = Rater.objects.filter(project=project, user_id=user.pk).first()
    return found or _make(project, user)


@transaction.atomic
def _make(project: Project, user: AbstractBaseUser) -> Rater:
    # The project's row is the lock under which numbers are given out.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = Rater.objects.filter(project=project, user_id=user.pk).first()
    if found:
        return found
    last = Rater.objects.filter(project=project).aggregate(last=Max("pk"))["last"]
    earlier = Rater.objects.filter(pk=last).first()
    number = int(earlier.pseudonym.removeprefix("R")) + 1 if earlier else 1
    return Rater.objects.create(
        project=project, user_id=user.pk, pseudonym=f"R{number}", cursor=number * STEP % 1
    )
