"""How the schema speaks of refusals: the same words for every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from .shapes import ProblemSerializer

UNKNOWN = {404: OpenApiResponse(ProblemSerializer, "There is no such thing for you.")}
FORBIDDEN = {403: OpenApiResponse(ProblemSerializer, "Your role does not reach this."), **UNKNOWN}
CONFLICT = {409: OpenApiResponse(ProblemSerializer, "Not now: the cause is in the detail.")}
FAULTY: dict[int, Any] = {
    400: OpenApiResponse(
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "What is wrong, by the name of the field at fault.",
    )
}
