"""The interface described: as OpenAPI for programs, and as a page that needs no network."""

from __future__ import annotations

import html
import json
from typing import Any

from pinpoint_edge import __version__
from pinpoint_edge.commands.serve.uploads import MAX_FIELDS, MAX_FILES

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}
_NUMBERS = {"type": "array", "items": {"type": "number"}}
_FIELD = {
    "text": {
        "type": ["string", "null"],
        "description": "In the form's own words; null: not found.",
    },
    "found": {"type": "boolean"},
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "page": {"type": ["integer", "null"], "description": "From 0."},
    "boxes": {"type": "array", "items": _NUMBERS, "description": "x0, y0, x1, y1 in pixels."},
    "value": {
        "type": ["object", "null"],
        "description": "The words as a date, an amount or another typed value.",
    },
}
_ANSWER = {
    **_FIELD,
    "kind": {"enum": ["span", "yes", "no", "count", "free", "not-found", "unsure"]},
    "alternatives": {"type": "array", "items": {"type": "object"}},
    "warnings": {"type": "array", "items": {"type": "string"}},
    "quads": {"type": "array", "items": {"type": "array", "items": _NUMBERS}},
    "source": {"type": ["string", "null"], "description": "recogniser or text-layer."},
    "evidence": {"type": "array", "items": {"type": "object"}},
    "tokens": {"type": "object"},
    "timings": {"type": "object", "additionalProperties": {"type": "number"}},
}
_FAILURES = {
    "413": "More bytes than allowed.",
    "422": "A page, question or option that makes no sense.",
    "429": "All readers work and the queue is full; try again later.",
    "500": "The service failed.",
    "503": "The request took too long.",
}


def description(max_bytes: int) -> dict[str, Any]:
    """Return the OpenAPI document of the service."""
    page = {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_FILES,
        "items": {"type": "string", "format": "binary"},
        "description": f"Images or PDF files, one document, {max_bytes // 10**6} MB together.",
    }
    question = {
        "type": "string",
        "minLength": 1,
        "maxLength": 2000,
        "examples": ["What is the total?"],
    }
    fields = {
        "type": "string",
        "description": f'JSON: {{"name": "question"}}, up to {MAX_FIELDS}.',
        "contentMediaType": "application/json",
    }
    schema = {
        "type": "string",
        "description": "A JSON Schema of the data to take, instead of fields.",
        "contentMediaType": "application/json",
    }
    answer = {"type": "object", "required": list(_ANSWER), "properties": _ANSWER}
    one = {"type": "object", "required": list(_FIELD), "properties": _FIELD}
    extracted = {
        "type": "object",
        "required": ["fields"],
        "properties": {
            "fields": {"type": "object", "additionalProperties": one},
            "data": {"type": "object", "description": "The values of a schema."},
            "unfit": {"type": "object", "description": "What was found and does not fit."},
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PinPoint Edge",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
        },
        "paths": {
            "/v1/ask": _post(
                "Ask a document one question.", page, {"question": question}, {}, answer
            ),
            "/v1/extract": _post(
                "Read many fields of a document, or the data of a schema.",
                page,
                {},
                {"fields": fields, "schema": schema},
                extracted,
            ),
            "/health": _get("Whether the service runs, and how busy it is.", "application/json"),
            "/metrics": _get("Figures in the text format of Prometheus.", "text/plain"),
        },
    }


def _post(
    summary: str,
    page: dict[str, Any],
    wanted: dict[str, Any],
    one_of: dict[str, Any],
    answer: dict[str, Any],
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "required": ["page", *wanted],
        "properties": {
            "page": page,
            **wanted,
            **one_of,
            "coverage": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "token_budget": {"type": "integer", "minimum": 1},
            "password": {"type": "string", "description": "Opens encrypted PDFs."},
        },
    }
    if one_of:
        schema["oneOf"] = [{"required": [name]} for name in one_of]
    failed = {"application/json": {"schema": _ERROR}}
    return {
        "post": {
            "summary": summary,
            "requestBody": {
                "required": True,
                "content": {"multipart/form-data": {"schema": schema}},
            },
            "responses": {
                "200": {
                    "description": "The answer.",
                    "content": {"application/json": {"schema": answer}},
                },
                **{
                    code: {"description": text, "content": failed}
                    for code, text in _FAILURES.items()
                },
            },
        }
    }


def _get(summary: str, media: str) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            "responses": {"200": {"description": "OK", "content": {media: {}}}},
        }
    }


def as_html(document: dict[str, Any]) -> str:
    """Return the description as one page without scripts."""
    sections = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody")
            parts = "".join(
                f"<li><code>{name}</code> {html.escape(value.get('description', ''))}</li>"
                for name, value in _properties(body).items()
            )
            summary = html.escape(operation["summary"])
            sections.append(
                f"<h2><code>{method.upper()} {path}</code></h2><p>{summary}</p>"
                + (f"<ul>{parts}</ul><pre>{html.escape(_example(path))}</pre>" if body else "")
                + "<ul>"
                + "".join(
                    f"<li>{code}: {html.escape(answer['description'])}</li>"
                    for code, answer in operation["responses"].items()
                )
                + "</ul>"
            )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>PinPoint Edge</title>'
        "<body><h1>PinPoint Edge</h1><p>For programs: <a href='/openapi.json'>openapi.json</a>.</p>"
        + "".join(sections)
    )


def _properties(body: dict[str, Any] | None) -> dict[str, Any]:
    if body is None:
        return {}
    found: dict[str, Any] = body["content"]["multipart/form-data"]["schema"]["properties"]
    return found


def _example(path: str) -> str:
    asked = "question=What is the total?"
    if path.endswith("extract"):
        asked = "fields=" + json.dumps({"total": "What is the total?"})
    return f"curl -F page=@receipt.jpg -F '{asked}' http://127.0.0.1:8017{path}"
