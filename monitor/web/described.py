"""Tables -> what is said of them: their columns for people, and OpenAPI for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from monitor.web.tables import Table

# No table has more rows than the last.
ROWS, MOST_ROWS, FURTHEST = 100, 1000, 999_999_999
PAGING = {
    "limit": f"How many rows, {MOST_ROWS} at most. In JSON {ROWS} where nothing is said, in CSV all.",
    "offset": "How many rows to leave out first. What comes meanwhile moves those after it on.",
}
_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_FORMATS = {"date-time": "moment", "date": "day", "duration": "duration"}
_REFS = "#/components/schemas/"
_REFUSED = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "What is wrong, and the remedy."},
        "known": {"type": "array", "items": {"type": "string"}, "description": "What there is instead."},
    },
    "required": ["error", "known"],
}


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` says in words what stands in it: "text", "moment or null", "list of text"."""

    name: str
    kind: str
    says: str


def columns(table: Table) -> list[Column]:
    """The columns of a table, in their order."""
    schema = TypeAdapter(table.row).json_schema(mode="serialization")
    known = schema.get("$defs", {})
    return [
        Column(name, _kind(one, known), str(one.get("description", "")))
        for name, one in schema["properties"].items()
    ]


def openapi(tables: Iterable[Table], version: str) -> Mapping[str, Any]:
    """A description as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.1.html); addresses are seen
    from where it stands itself."""
    tables = tuple(tables)
    adapters = [(table.name, "serialization", TypeAdapter(table.row)) for table in tables]
    rows, definitions = TypeAdapter.json_schemas(
        [(name, "serialization", adapter) for name, _, adapter in adapters], ref_template=_REFS + "{model}"
    )
    schemas = {**definitions.get("$defs", {}), "Refused": _REFUSED}
    paths = dict(path for table in tables for path in _paths(table, rows[table.name, "serialization"]))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Signal Monitor",
            "version": version,
            "description": "What the desk shows, in rows. Moments are ISO 8601 in UTC. Nothing is changed.",
        },
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _paths(table: Table, row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    asked = [_parameter(name, says, {"type": "string"}) for name, says in table.filters.items()]
    asked += [
        _parameter("limit", PAGING["limit"], {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}),
        _parameter("offset", PAGING["offset"], {"type": "integer", "minimum": 0, "maximum": FURTHEST}),
    ]
    page = {
        "type": "object",
        "properties": {
            "table": {"const": table.name},
            "rows": {"type": "array", "items": row},
            "next": {
                "type": ["string", "null"],
                "description": "The rows that follow, seen from this address; null at the end.",
            },
        },
        "required": ["table", "rows", "next"],
    }
    for form, media, schema in (
        ("json", "application/json", page),
        ("csv", "text/csv", {"type": "string"}),
    ):
        yield (
            f"/{table.name}.{form}",
            {
                "get": {
                    "operationId": f"{table.name}-{form}",
                    "summary": table.says,
                    "parameters": asked,
                    "responses": {
                        "200": {"description": "The rows.", "content": {media: {"schema": schema}}},
                        "400": _refused("What was asked for makes no sense."),
                        "503": _refused("The database cannot be read just now."),
                    },
                }
            },
        )


def _parameter(name: str, says: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": says, "schema": schema}


def _refused(says: str) -> Mapping[str, Any]:
    content = {"application/json": {"schema": {"$ref": _REFS + "Refused"}}}
    return {"description": says, "content": content}


def _kind(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """What stands in a column, in words."""
    if "$ref" in schema:
        return _kind(known[schema["$ref"].rpartition("/")[2]], known)
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, known) for one in schema["anyOf"]))
    kind = schema.get("type", "")
    if kind == "array":
        inside: Mapping[str, Any] = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
        return f"list of {_kind(inside, known)}"
    return _FORMATS.get(schema.get("format", "")) or _KINDS.get(kind, str(kind) or "anything")
