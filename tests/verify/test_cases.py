"""Why people differed: said by adjudicators with a decision, and listed for the guidelines."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Project
from tests import factories as make
from verify.actions import SubmissionError, record_judgement
from verify.models import Judgement


def disputed(project: Project) -> Any:
    """An adjudicator's seat over two readings that differ."""
    make.make_task(project, overlap=2)
    for said in (make.accepted, make.shortened):
        rater = make.make_rater(project)
        record_judgement(make.claim(project, rater), rater=rater, submission=said())
    chief = make.make_rater(project, role="adjudicator")
    return make.claim(project, chief, "adjudicate:es"), chief


def test_a_case_is_kept_and_listed(project: Project) -> None:
    seat, chief = disputed(project)
    answer = make.submission(
        outcome="bad_sentence", fault="guideline_gap", comment="Are titles part of a name?"
    )
    record_judgement(seat, rater=chief, submission=answer)
    assert Judgement.objects.get(assignment=seat).fault == "guideline_gap"
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    address = reverse("verify:cases", args=[project.slug])
    assert "Are titles part of a name?" in client.get(address).content.decode()
    assert "Are titles" not in client.get(address, {"fault": "ambiguous"}).content.decode()
    client.force_login(make.make_member(project))
    assert client.get(address).status_code == 403


def test_only_adjudicators_say_it_and_in_known_words(project: Project) -> None:
    seat, chief = disputed(project)
    with pytest.raises(SubmissionError, match="laziness"):
        record_judgement(seat, rater=chief, submission=make.accepted(fault="laziness"))
    make.make_task(project)
    rater = make.make_rater(project)
    own = make.claim(project, rater)
    with pytest.raises(SubmissionError, match="adjudicator"):
        record_judgement(own, rater=rater, submission=make.accepted(fault="ambiguous"))
    assert not Judgement.objects.exclude(fault="").exists()
