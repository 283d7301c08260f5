"""A value -> as a YAML text writes it, so that it reads as itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from monitor.yamlnodes import compose

Scalar = str | int | float | bool
_TEXT = "tag:yaml.org,2002:str"


def scalar(value: Scalar, quote: str = "") -> str:
    """A value as YAML has it, quoted where it has to be, and where it starts or ends with a sign of ours."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote == '"' or re.search(r"^[=@*]|[*~]$", value) or not _reads_as_itself(value):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    return value


def flow(value: Scalar | Sequence[str] | Mapping[str, Sequence[str]]) -> str:
    if isinstance(value, str | int | float):
        return scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    return f"[{', '.join(scalar(one) for one in value)}]"


def _reads_as_itself(value: str) -> bool:
    """Whether a text means itself without quotes, in a list in brackets and after a key."""
    try:
        listed, keyed = compose(f"[{value}]"), compose(f"a: {value}")
    except (YAMLError, ValueError):
        return False
    if not isinstance(listed, SequenceNode) or not isinstance(keyed, MappingNode):
        return False
    found = [*listed.value, *(node for _, node in keyed.value)]
    return len(found) == 2 and all(
        isinstance(one, ScalarNode) and one.value == value and one.tag == _TEXT for one in found
    )
