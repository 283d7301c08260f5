"""`sources.yaml`: the smallest form, what is said of a bad entry, and the shipped catalogue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.catalogue import parse
from monitor.errors import Invalid, Problem
from monitor.model import Source
from monitor.sourcefile import SourceFile, known_zone
from monitor.sources import KINDS

SHIPPED = Path(__file__).parent.parent / "watchlists" / "sources.yaml"
SMALLEST = """\
sources:
  - id: exim
    url: https://www.exim.gov/rss.xml
"""


def parsed(text: str) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    return parse("sources.yaml", text)


def test_the_smallest_entry_is_an_id_and_a_url() -> None:
    sources, problems = parsed(SMALLEST)
    assert problems == ()
    assert sources == (
        Source(
            id="exim",
            name="exim",
            kind="feed",
            url="https://www.exim.gov/rss.xml",
            tier=3,
            lang="en",
            zone="UTC",
            every=timedelta(minutes=30),
            quiet_after=timedelta(days=7),
        ),
    )


def test_every_key_is_read() -> None:
    (source,), problems = parsed(
        SMALLEST
        + "    name: EXIM newsroom\n    kind: feed\n    tier: 1\n    lang: zh\n    zone: Asia/Shanghai\n"
        + "    country: CN\n    every: 90s\n    quiet_after: 2d\n    disabled: gone\n    note: watch it\n"
    )
    assert problems == ()
    assert (source.name, source.tier, source.lang, source.country) == ("EXIM newsroom", 1, "zh", "CN")
    assert (source.zone, source.every) == ("Asia/Shanghai", timedelta(seconds=90))
    assert (source.quiet_after, source.disabled, source.note) == (timedelta(days=2), "gone", "watch it")


@pytest.mark.parametrize(
    ("entry", "line", "message"),
    [
        pytest.param("url: file:///etc/passwd", 5, "only http and https", id="a file for an address"),
        pytest.param("url: ftp://example.com/a", 5, "only http and https", id="another scheme"),
        pytest.param("url: example.com/feed", 5, "only http and https", id="no scheme"),
        pytest.param("url: https://u:p@example.com/", 5, "user name or password", id="credentials"),
        pytest.param("url: 'https://example.com/a b'", 5, "space", id="space in the address"),
        pytest.param("url: 'https://example.com\\@evil.com'", 5, "backslash", id="disguise"),
        pytest.param("url: http://", 5, "only http and https", id="no host"),
        pytest.param("name: B", 4, "'url' is missing", id="no address"),
        pytest.param("url: http://b.example\n    kind: carrier-pigeon", 6, "not one of: feed", id="kind"),
        pytest.param("url: http://b.example\n    every: soon", 6, "'soon' is not a duration", id="a word"),
        pytest.param("url: http://b.example\n    every: 30", 6, "'30' is not a duration", id="no unit"),
        pytest.param("url: http://b.example\n    every: -5m", 6, "not a duration", id="below zero"),
        pytest.param("url: http://b.example\n    every: 0m", 6, "without a pause", id="without pause"),
        pytest.param("url: http://b.example\n    quiet_after: 7w", 6, "not a duration", id="weeks"),
        pytest.param("url: http://b.example\n    zone: Mars/Base", 6, "not a time zone", id="zone"),
        pytest.param(
            "url: http://b.example\n    zone: ../../etc/passwd", 6, "not a time zone", id="zone path"
        ),
        pytest.param("url: http://b.example\n    tier: 5", 6, "tier: ", id="tier"),
        pytest.param("url: http://b.example\n    lang: english", 6, "lang: ", id="language"),
        pytest.param("url: http://b.example\n    lang: NO", 6, "lang: ", id="language in capitals"),
        pytest.param("url: http://b.example\n    uurl: x", 6, "unknown key 'uurl'", id="key misspelt"),
        pytest.param(
            "url: http://b.example\n    name: 2026", 6, "'2026' is not text", id="number for a name"
        ),
    ],
)
def test_one_bad_entry_is_told_with_its_line_and_the_others_stay(entry: str, line: int, message: str) -> None:
    last = "  - id: last\n    url: http://c.example\n"
    sources, (problem,) = parsed(f"{SMALLEST}  - id: bad\n    {entry}\n{last}")
    assert [s.id for s in sources] == ["exim", "last"]
    assert (problem.file, problem.line) == ("sources.yaml", line)
    assert message in problem.message


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        pytest.param("just words", 4, id="a sentence for an entry"),
        pytest.param("[a, b]", 4, id="a list for an entry"),
        pytest.param("", 4, id="nothing for an entry"),
        pytest.param("id: B C\n    url: http://b.example", 4, id="space in the id"),
        pytest.param("id: exim\n    url: http://b.example", 4, id="id that another has"),
    ],
)
def test_an_entry_without_an_id_of_its_own_is_left_out(entry: str, line: int) -> None:
    sources, (problem,) = parsed(f"{SMALLEST}  - {entry}\n")
    assert [s.url for s in sources] == ["https://www.exim.gov/rss.xml"]
    assert problem.line == line


def test_a_kind_of_a_later_release_may_stand_in_the_file_when_disabled() -> None:
    sources, problems = parsed(SMALLEST + "    kind: carrier-pigeon\n    disabled: waits for a reader\n")
    assert problems == ()
    assert [(s.kind, s.disabled) for s in sources] == [("carrier-pigeon", "waits for a reader")]


def test_all_problems_of_all_entries_are_told_in_the_order_of_the_lines() -> None:
    _, problems = parsed(SMALLEST + "    tier: 9\n    every: soon\n  - id: b\n")
    assert [p.line for p in problems] == [4, 5, 6]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", 1, id="empty"),
        pytest.param("sources:\n  - id: [a\n", 3, id="half-written"),
        pytest.param("sorces: []\n", 1, id="key misspelt"),
        pytest.param("sources: &a []\n", 1, id="anchor"),
    ],
)
def test_a_file_that_is_no_catalogue_at_all_is_refused(text: str, line: int) -> None:
    with pytest.raises(Invalid) as caught:
        parsed(text)
    assert {p.line for p in caught.value.problems} == {line}


def test_a_known_zone_is_returned_as_it_is() -> None:
    assert known_zone("America/New_York") == "America/New_York"


# ------------------------------------------------------------------ the shipped catalogue


def test_the_shipped_catalogue_has_no_problem() -> None:
    sources, problems = parsed(SHIPPED.read_text("utf-8"))
    assert problems == ()
    assert len(sources) > 200
    assert all(s.kind in KINDS for s in sources if not s.disabled)


def test_the_shipped_catalogue_names_every_source_and_asks_none_too_often() -> None:
    sources, _ = parsed(SHIPPED.read_text("utf-8"))
    assert all(s.name != s.id for s in sources)
    assert all(s.every >= timedelta(minutes=5) for s in sources)
    assert all(s.quiet_after >= 2 * s.every for s in sources)


def test_the_shipped_pages_and_site_maps_that_are_polled_were_seen_to_answer() -> None:
    sources, _ = parsed(SHIPPED.read_text("utf-8"))
    pages = [source for source in sources if source.kind in {"listing", "sitemap"}]
    assert len([source for source in pages if not source.disabled]) > 40
    for source in pages:
        status = source.options_as(SourceFile).status
        assert status in {"tested", "seen"} if not source.disabled else status, source.id
