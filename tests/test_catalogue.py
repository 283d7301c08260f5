"""`sources.yaml`: the smallest form, what is said of a bad entry, and the shipped catalogue."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.catalogue import CONTACT, parse
from monitor.errors import Invalid, Problem
from monitor.model import Source
from monitor.section import known_zone
from monitor.sourcefile import SourceFile
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

KEYS = ("congress_gov", "regulations_gov", "sam_gov")
# What a new installation is to watch without any key or decision of its user.
DEFAULT_SET = """
exim-news dfc-press-releases
fr-exim fr-dfc fr-bis fr-ustr fr-defense fr-interior fr-rare-earth fr-critical-minerals
fr-public-inspection ustr whitehouse-actions whitehouse-fact-sheets war-contracts
edgar-current-8k edgar-mp edgar-energy-fuels edgar-text-rare-earth-exim edgar-text-rare-earth-dfc
newsfile-rare-earths gnw-general-mining prn-mining-metals mp-materials usa-rare-earth vulcan-elements
asx-today mofcom-export-control ndrc-policies china-customs-monthly
bernama malay-mail bangkok-post-business vnexpress-news khmer-times
eu-press-corner korea-motie mining-com gdelt
"""
OPT_IN = ("google-news-", "bing-news-")
KEYED = {
    "sam-opportunities",
    "regulations-rare-earth",
    "regulations-critical-minerals",
    "congress-bills",
    "congress-meetings",
}


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Source]:
    """The shipped catalogue, with every key set."""
    sources, problems = parse("sources.yaml", SHIPPED.read_text("utf-8"), [*KEYS, CONTACT])
    assert problems == ()
    return {source.id: source for source in sources}


def written(source: Source) -> SourceFile:
    return source.options_as(SourceFile)


def test_the_shipped_catalogue_has_no_problem_and_no_id_twice(catalogue: dict[str, Source]) -> None:
    entries = SHIPPED.read_text("utf-8").count("\n  - id: ")
    assert len(catalogue) == entries > 200


def test_every_kind_that_is_polled_is_known(catalogue: dict[str, Source]) -> None:
    assert {s.kind for s in catalogue.values() if not s.disabled} <= set(KINDS)


def test_every_kind_but_the_mailbox_of_a_user_is_in_use(catalogue: dict[str, Source]) -> None:
    used = {s.kind for s in catalogue.values()}
    assert set(KINDS) <= used
    polled = {s.kind for s in catalogue.values() if not s.disabled}
    assert set(KINDS) - polled == {"mailbox", "sitemap"}


def test_the_shipped_catalogue_names_every_source_and_asks_none_too_often(
    catalogue: dict[str, Source],
) -> None:
    for source in catalogue.values():
        assert source.name != source.id
        assert source.every >= timedelta(minutes=5)
        assert source.quiet_after >= 2 * source.every


def test_no_two_entries_are_the_same(catalogue: dict[str, Source]) -> None:
    what = [written(s).model_dump_json(exclude={"id", "name", "note"}) for s in catalogue.values()]
    assert len(set(what)) == len(what)


def test_of_every_address_it_is_said_what_is_known(catalogue: dict[str, Source]) -> None:
    assert [s.id for s in catalogue.values() if not written(s).status] == []


def test_what_is_dead_is_not_polled(catalogue: dict[str, Source]) -> None:
    dead = [s for s in catalogue.values() if written(s).status == "dead"]
    assert dead
    assert [s.id for s in dead if not s.disabled] == []


def test_a_reason_for_being_off_is_a_sentence_with_a_date(catalogue: dict[str, Source]) -> None:
    off = [s for s in catalogue.values() if s.disabled]
    dated = [s for s in off if re.search(r"20\d\d", f"{s.disabled} {written(s).checked}")]
    assert {s.id for s in off} - {s.id for s in dated} == {"press-mailbox"}
    assert all(s.disabled.endswith(".") and len(s.disabled.split()) > 4 for s in off)


@pytest.mark.parametrize("kind", [*KINDS, "feed", "site-map", "HTML", "web page"])
def test_nothing_waits_for_a_reader_that_there_is(kind: str) -> None:
    text = SHIPPED.read_text("utf-8")
    assert not re.search(rf"needs? (the|a) {kind.replace('-', '.')} reader", text, re.IGNORECASE)


def test_what_everybody_needs_is_on(catalogue: dict[str, Source]) -> None:
    assert [name for name in DEFAULT_SET.split() if name not in catalogue or catalogue[name].disabled] == []


def test_what_has_terms_of_its_own_is_off(catalogue: dict[str, Source]) -> None:
    named = [s for s in catalogue.values() if s.id.startswith(OPT_IN)]
    assert len(named) > 5
    assert all(s.disabled for s in named)


def test_what_needs_a_key_waits_for_it(catalogue: dict[str, Source]) -> None:
    sources, _ = parsed(SHIPPED.read_text("utf-8"))
    waiting = {s.id for s in sources if s.disabled.startswith("needs a key: set keys.")}
    assert waiting - {"press-mailbox"} == KEYED
    assert {s.id for s in catalogue.values() if s.key and not s.disabled} == KEYED


def test_without_a_contact_what_the_sec_publishes_is_off_and_says_what_to_set(
    catalogue: dict[str, Source],
) -> None:
    without, _ = parse("sources.yaml", SHIPPED.read_text("utf-8"), KEYS)
    off = {source.id for source in without if "set http.contact" in source.disabled}
    assert off == {s.id for s in catalogue.values() if ".sec.gov/" in s.url and not s.disabled}
    assert off
