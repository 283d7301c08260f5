"""A small folder of watchlists and a catalogue, written for a test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MAGNETS = """\
watchlist: magnets
title: Rare earth magnets
must:
  - name: rare earths or magnets
    any: [rare earth, magnet, 稀土]
    weight: 60
any:
  - name: money
    any: [loan, billion, 贷款]
    weight: 20
stages:
  - id: proposed
    any: [proposed, proposal]
  - id: approved
    any: [approved, approves, 批准]
alert: 60
digest: 40
"""
# One whose every section is met or not by a word or two of a headline.
LENDERS = """\
watchlist: loans
title: Loans
must:
  - {name: lender, any: [EXIM, DFC], weight: 40}
any:
  - {name: money, any: [loan, grant], weight: 25}
less:
  - {name: opinion, any: [opinion], weight: 30}
not:
  - {name: students, any: [student]}
mute:
  - {any: [quarry], until: 2030-01-01}
alert: 60
digest: 40
"""
# With one stage, that of a loan which is won; an item of one word of each condition is alerted.
LOANS = """\
watchlist: magnets
title: Magnet money
must:
  - {name: subject, any: [rare earth], weight: 40}
any:
  - {name: money, any: [loan], weight: 40}
stages:
  - {id: won, any: [wins]}
tiers: {1: 0, 2: 0, 3: 0, 4: 0}
alert: 60
digest: 30
"""


def write(folder: Path, feeds: Mapping[str, str] | None = None, **more: str) -> Path:
    """`magnets.yaml` and what is in `more` (by name without ending), and `sources.yaml` for `feeds`: a
    source id each, and its address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "magnets.yaml").write_text(MAGNETS, "utf-8")
    for name, text in more.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    listed = [
        f"  - id: {name}\n    name: {name.title()} News\n    url: {url}\n    every: 1s\n    tier: 1\n"
        for name, url in (feeds or {"one": "http://127.0.0.1:1/one"}).items()
    ]
    (folder / "sources.yaml").write_text("sources:\n" + "".join(listed), "utf-8")
    return folder


def rss(*entries: tuple[str, str], text: str = "", date: str = "") -> bytes:
    """A feed of (guid, title), the newest first."""
    items = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title><link>https://example.com/{guid}</link>"
        f"<description>{text}</description>{f'<pubDate>{date}</pubDate>' if date else ''}</item>"
        for guid, title in entries
    )
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()
