"""What answers and views are made of beyond single blocks: many lines in few blocks, within a limit.

Limits: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/views
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor import blockkit
from monitor.talk import Block

MESSAGE_BLOCKS, VIEW_BLOCKS = blockkit.BLOCKS, 100
LINE = 300


def line(text: str, limit: int = LINE) -> str:
    """Somebody else's words as one line of text that is nothing but text."""
    return blockkit.label(text, limit, blockkit.NOTHING)


def sections(lines: Iterable[str]) -> Iterator[Block]:
    """Lines in as few blocks as hold them; each fits into one."""
    block = ""
    for one in lines:
        more = f"{block}\n{one}" if block else one
        if block and blockkit.size(more) > blockkit.SECTION:
            yield blockkit.section(block)
            more = one
        block = more
    if block:
        yield blockkit.section(block)


def fitted(blocks: Sequence[Block], most: int) -> list[Block]:
    """At most so many blocks; where there are more, the last says so."""
    if len(blocks) <= most:
        return list(blocks)
    return [*blocks[: most - 1], blockkit.context(f"and {len(blocks) - most + 1} more")]
