"""A project's policy by program: read, and changed key by key, checked as its page checks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.actions.project_settings import save_policy
from annotate.forms.policy import DEFAULTS, PolicyForm
from annotate.models import Project

from .described import FAULTY, FORBIDDEN
from .gate import ProjectView


class PolicyShown(serializers.Serializer):
    """All keys of a policy, those that are not set with what counts then: docs/pipeline.md."""

    policy = serializers.DictField()


def changes_in(project: Project, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a policy that were sent, as they would be stored.

    Raises ValidationError that says of each key what is wrong.
    """
    shown = PolicyForm(project=project)
    unknown = sorted(set(sent) - set(DEFAULTS))
    if unknown:
        raise serializers.ValidationError({key: ["There is no such key."] for key in unknown})
    languages = sent.get("by_language")
    if isinstance(languages, Mapping) and not all(isinstance(v, dict) for v in languages.values()):
        raise serializers.ValidationError({"by_language": ["Give an object for each language."]})
    values = {**shown.stored, **sent}
    data = {name: shown.fields[name].prepare_value(value) for name, value in values.items()}
    form = PolicyForm({**data, "seen": shown.token}, project=project)
    if not form.is_valid():
        raise serializers.ValidationError(
            {key: [str(fault) for fault in found] for key, found in form.errors.items()}
        )
    return {key: form.cleaned_data[key] for key in sent}


class PolicyView(ProjectView):
    """What a project decides about its machines' votes and its people's time."""

    @extend_schema(
        tags=["projects"], operation_id="policy_read", responses={200: PolicyShown, **FORBIDDEN}
    )
    def get(self, request: Request, slug: str) -> Response:
        """The policy, with what counts where nothing is set."""
        return Response({"policy": {**DEFAULTS, **self.project.policy}})

    @extend_schema(
        tags=["projects"], operation_id="policy_change", request=PolicyShown,
        responses={200: PolicyShown, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def patch(self, request: Request, slug: str) -> Response:
        """Set the keys that are sent; the others stay. It counts for what is routed from now on."""
        sent = PolicyShown(data=request.data)
        sent.is_valid(raise_exception=True)
        save_policy(self.project, changes_in(self.project, sent.validated_data["policy"]))
        return Response({"policy": {**DEFAULTS, **self.project.policy}})
