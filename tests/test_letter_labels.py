"""The words of the digest in every language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest

from monitor.labels import Labels, labels, languages

MONITOR = Path(__file__).parent.parent / "monitor"
OTHERS = [language for language in languages() if language != "en"]
# Names that are put together where they are used.
BUILT = ("tier.", "head.", "stuck.", "moved.", "subject.", "trends.")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def own(language: str) -> dict[str, set[str]]:
    """The names that the file itself has, with the placeholders of each."""
    lines = (MONITOR / "labels" / f"{language}.toml").read_text("utf-8").splitlines()
    section, found = "", {}
    for written in lines:
        if header := re.fullmatch(r"\[(\w+)\]", written):
            section = header[1] + "."
        elif entry := re.match(r"(\w+) = (.*)", written):
            found[section + entry[1]] = set(re.findall(r"\{(\w+)\}", entry[2]))
    return found


def test_there_are_english_and_chinese() -> None:
    assert {"en", "zh"} <= set(languages())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_labels_with_the_same_placeholders(language: str) -> None:
    assert own(language) == own("en")


@pytest.mark.parametrize("language", languages())
def test_every_count_has_the_plurals_of_its_language_each_with_the_same_placeholders(language: str) -> None:
    say = labels(language)
    wanted = {*say.locale.plural_form.tags, "other"}
    for name, forms in say.texts.items():
        assert set(forms) in ({"other"}, wanted), name
        assert {frozenset(placeholders(text) - {"count"}) for text in forms.values()} == {
            frozenset(placeholders(forms["other"]) - {"count"})
        }, name


def test_every_label_is_used() -> None:
    used = "".join(
        path.read_text("utf-8")
        for path in (*MONITOR.glob("templates/digest*"), *MONITOR.glob("*.py"))
        if path.name.startswith(("digest", "letter", "headline", "labels"))
    )
    unused = [
        name
        for name in labels("en").texts
        if f'"{name}"' not in used and f"'{name}'" not in used and not name.startswith(BUILT)
    ]
    assert unused == []


def test_what_a_language_lacks_is_said_in_english() -> None:
    english = labels("en")
    bare = Labels("zh", labels("zh").locale, english.texts)
    assert bare("coverage.read", count=2) == "2 items read"
    assert labels("xx")("coverage.read", count=2) == "2 items read"
    assert labels("xx").language == "en"


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 1, "and 1 story"),
        ("en", 0, "and 0 stories"),
        ("en", 1234, "and 1,234 stories"),
        ("zh", 1, "另有 1 条报道"),
    ],
)
def test_a_count_chooses_the_plural_and_is_written_as_the_language_does(
    language: str, count: int, expected: str
) -> None:
    assert labels(language)("subject.stories", count=count) == expected


def test_a_value_with_braces_is_only_a_value() -> None:
    assert labels("en")("footer.change", name="{count} {0.__class__}") == (
        "To change it, edit subscriber “{count} {0.__class__}” in the monitor's settings."
    )


@pytest.mark.parametrize(
    ("share", "english"),
    [
        (None, "–"),
        (0.0512, "+5.1%"),
        (-0.034, "−3.4%"),
        (0.0, "0.0%"),
        (-0.0004, "0.0%"),
        (12.5, "+1,250%"),
    ],
)
def test_a_change_has_its_sign(share: float | None, english: str) -> None:
    assert labels("en").percent(share) == english


@pytest.mark.parametrize(
    ("language", "moment", "expected"),
    [
        pytest.param("en", datetime(2026, 3, 2, 12, 5, tzinfo=UTC), "07:05", id="that day"),
        pytest.param(
            "en", datetime(2026, 3, 2, 3, tzinfo=UTC), "1 Mar 22:00", id="the day before in the zone"
        ),
        pytest.param("en", datetime(2026, 3, 2, tzinfo=UTC), "2 Mar", id="a day alone"),
        pytest.param("en", datetime(2025, 12, 2, tzinfo=UTC), "2 Dec 2025", id="another year"),
        pytest.param("zh", datetime(2026, 3, 2, 3, tzinfo=UTC), "3月1日 22:00", id="Chinese"),
    ],
)
def test_a_moment_is_as_short_as_it_can_be(language: str, moment: datetime, expected: str) -> None:
    assert labels(language).moment(moment, "America/New_York", date(2026, 3, 2)) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=3, minutes=10), "3 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_duration_is_said_in_its_largest_unit(length: timedelta, expected: str) -> None:
    assert labels("en").duration(length) == expected


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("number", [1e27, 1.7e308, -1.7e308, float("inf")])
def test_what_no_reader_can_grasp_is_written_all_the_same(language: str, number: float) -> None:
    """A series says what it likes, and one number must not cost its readers the digest."""
    say = labels(language)
    assert 0 < len(say.number(number)) < 20
    assert 0 < len(say.percent(number)) < 20
