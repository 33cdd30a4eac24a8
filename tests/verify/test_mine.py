"""A person's own figures: what stands counts, what was taken back is told apart, others see nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.models import Project
from tests import factories as make
from verify.actions import mend, record_judgement, undo_last
from verify.mending import MendedText, Mending
from verify.mine import Work, work_of


def test_only_what_stands_is_counted(project: Project) -> None:
    user = make.make_member(project)
    rater = make.rater_for(project=project, user=user)
    now = timezone.now()
    for seconds in (10, 30, 20):
        make.make_task(project)
        said = make.accepted(shown_at=now - timedelta(seconds=seconds + 5), hidden_seconds=5.0)
        record_judgement(make.claim(project, rater), rater=rater, submission=said)
    undo_last(rater)
    seat = make.claim(project, rater)
    text = MendedText("text", make.TARGET, "Amina Diallo reside en Dakar.")
    mend(seat.pk, rater=rater, mending=Mending(uuid.uuid4(), (text,)))
    work = work_of(rater, day=now - timedelta(hours=1))
    assert (work.judged, work.today, work.undone, work.mended) == (2, 2, 1, 1)
    assert work.pace is not None
    assert 20 <= work.pace < 25
    tomorrow = work_of(rater, day=now + timedelta(days=1))
    assert (tomorrow.today, tomorrow.pace_today) == (0, None)
    assert work_of(make.make_rater(project), day=now) == Work(0, 0, 0, 0, None, None)

    client = Client()
    client.force_login(user)
    page = client.get(reverse("verify:mine", args=[project.slug]))
    assert page.context["work"].judged == 2
    assert rater.pseudonym in page.content.decode()
    client.force_login(make.make_user())
    assert client.get(reverse("verify:mine", args=[project.slug])).status_code == 404
