"""The API's own description: the OpenAPI schema, and a page of its operations for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@login_required
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with what it takes and answers, read from the schema."""
    return render(request, "annotate/api.html", {"groups": groups()})


@cache
def groups() -> list[tuple[str, list[dict[str, Any]]]]:
    """The operations by tag, as the page lists them."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                one = _operation(path, method, methods[method], schema["components"]["schemas"])
                found.setdefault(methods[method]["tags"][0], []).append(one)
    return list(found.items())


def _operation(
    path: str, method: str, described: dict[str, Any], known: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": described["operationId"],
        "method": method.upper(),
        "path": path,
        "text": described.get("description", ""),
        "inputs": [*_parameters(described), *_body(described, known)],
        "answers": [
            (status, _shape(answer), answer.get("description", ""))
            for status, answer in sorted(described["responses"].items())
        ],
    }


def _parameters(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": one["name"], "place": one["in"], **_value(one["schema"])}
        | {"required": one.get("required", False), "text": one.get("description", "")}
        for one in described.get("parameters", [])
    ]


def _body(described: dict[str, Any], known: dict[str, Any]) -> list[dict[str, Any]]:
    content = described.get("requestBody", {}).get("content", {})
    for kind in ("application/json", "multipart/form-data"):
        name = content.get(kind, {}).get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if name:
            shape = known[name]
            return [
                {"name": field, "place": kind, **_value(one)}
                | {
                    "required": field in shape.get("required", ()),
                    "text": one.get("description", ""),
                }
                for field, one in shape["properties"].items()
            ]
    return []


def _value(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type", "")
    if kind == "array":
        kind = "list of " + str(schema["items"].get("type", "values"))
    return {"type": kind, "default": schema.get("default")}


def _shape(answer: dict[str, Any]) -> str:
    for content in answer.get("content", {}).values():
        schema = content.get("schema", {})
        many = schema.get("type") == "array"
        name = (schema["items"] if many else schema).get("$ref", "").rsplit("/", 1)[-1]
        return f"list of {name}" if many else name
    return ""
