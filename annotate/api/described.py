"""How the schema speaks of refusals: the same words for every operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from .shapes import ProblemSerializer

UNKNOWN = {404: OpenApiResponse(ProblemSerializer, "There is no such thing for you.")}
FORBIDDEN = {403: OpenApiResponse(ProblemSerializer, "Your role does not reach this."), **UNKNOWN}
CONFLICT = {409: OpenApiResponse(ProblemSerializer, "Not now: the cause is in the detail.")}
FAULTS = {
    "type": "object",
    "additionalProperties": {
        "description": "What is wrong; of a list or an object, by place or key.",
        "type": ["array", "object", "string"],
    },
}
FAULTY: dict[int, Any] = {
    400: OpenApiResponse(FAULTS, "What is wrong, by the name of the field at fault.")
}
PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
# What any operation may be answered, beside what it says itself: asked by whom, and for what.
SIGNED_OUT = {"description": "Nobody is signed in, or the token does not hold.", "content": PROBLEM}
NOT_YOURS = {"description": "Your role does not reach this.", "content": PROBLEM}
NOT_THERE = {"description": "There is no such thing for you.", "content": PROBLEM}
TOO_OFTEN = {"description": "Too many passwords were tried for this name.", "content": PROBLEM}
NOT_NOW = {"description": "Not now: the cause is in the detail.", "content": PROBLEM}
NOT_DONE = {"description": "The Idempotency-Key came with another request.", "content": PROBLEM}
MALFORMED = {
    "description": "What is wrong, by the name of the field at fault.",
    "content": {"application/json": {"schema": FAULTS}},
}
KEY = {
    "in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 200},
    "description": "Sent again with the same key within a day, the request is not done again: it gets the "
    "same answer, with `Idempotent-Replayed: true`. A key for another request is refused with 422.",
}  # fmt: skip


def add_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Have every operation of the schema say how it refuses, and which may be repeated by a key."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            answers = operation.setdefault("responses", {})
            if operation.get("security"):
                answers.setdefault("401", SIGNED_OUT)
            if operation.get("parameters") or operation.get("requestBody"):
                answers.setdefault("400", MALFORMED)
            if "{" in path:
                answers.setdefault("403", NOT_YOURS)
                answers.setdefault("404", NOT_THERE)
                if method != "get":
                    answers.setdefault("409", NOT_NOW)
            if path.startswith("/api/v1/tokens/"):
                answers.setdefault("429", TOO_OFTEN)
            if method == "post" and path.startswith(("/api/v1/projects/", "/api/v1/setups/")):
                operation.setdefault("parameters", []).append(KEY)
                answers.setdefault("422", NOT_DONE)
    return result
