"""How far we agree with feedparser's own test documents, and that what they expect is only parsed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agreement import Expectation, expectations, outcomes


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("not bozo and entries[0]['title'] == 'a'", [Expectation(0, "title", "a")]),
        ("entries[1].link == 'a' + 'b'", [Expectation(1, "link", "ab")]),
        ("entries[0]['content'][0]['value'] == u'a'", [Expectation(0, "text", "a")]),
        ("entries[0]['guid'] == 'a' and len(entries) == 1", [Expectation(0, "id", "a")]),
        (
            "not bozo and entries[0]['published_parsed'] == (2004, 1, 1, 19, 48, 21, 3, 1, 0)",
            [Expectation(0, "date", (2004, 1, 1, 19, 48, 21, 3, 1, 0))],
        ),
        ("feed['title'] == 'a'", []),
        ("entries[0]['tags'][0]['term'] == 'a'", []),
        ("entries[0]['title'] == open('/etc/passwd').read()", []),
        ("entries[__import__('os').getpid()]['title'] == 'a'", []),
        ("__import__('os').abort()", []),
        ("entries[0]['title'] ==", []),
    ],
)
def test_an_expectation_is_parsed_and_never_run(expression: str, expected: list[Expectation]) -> None:
    assert expectations(f"<!--\nDescription: x\nExpect:  {expression}\n-->\n<rss/>") == expected


def test_our_entries_agree_with_the_suite_but_for_known_reasons(shared: Path) -> None:
    found = list(outcomes(shared / "real" / "feeds_edge" / "feedparser-tests.tar.gz"))
    assert [one for one in found if one.reason in ("differs", "not read", "no entry")] == []
    assert len(found) > 800
    agreed = [one for one in found if not one.reason]
    assert len(agreed) >= 0.98 * len(found)
    assert {one.expected.part for one in agreed} == {"title", "link", "id", "date", "other date", "text"}
