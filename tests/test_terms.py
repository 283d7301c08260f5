"""Single written terms: what they look for, and what each mistake is told with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from monitor.rule import Money, Number, Phrase, Span
from monitor.terms import Unresolved, days, money, number, pattern, term
from tests.language import met

# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("rare earth", Phrase("rare earth")),
        ("=EXIM", Phrase("EXIM", exact=True)),
        ("approv*", Phrase("approv", prefix=True)),
        ("=Dy*", Phrase("Dy", exact=True, prefix=True)),
        ("= EXIM ", Phrase("EXIM", exact=True)),
        ("approve~ loan", Phrase("approve~ loan")),
        ("稀土*", Phrase("稀土", prefix=True)),
    ],
)
def test_a_written_phrase_says_how_it_is_looked_for(written: str, expected: Phrase) -> None:
    assert term(written) == expected


@pytest.mark.parametrize("written", ["=EXIM", "approv*", "*magnet", "a*b*c*d", "approve~", "稀土"])
def test_a_term_is_shown_as_it_was_written(written: str) -> None:
    assert term(written).written == written


@pytest.mark.parametrize(
    ("written", "title", "words"),
    [
        pytest.param("*magnet", "ferromagnet", ["ferromagnet"], id="beginning"),
        pytest.param("*magnet", "magnet", ["magnet"], id="nothing before it"),
        pytest.param("*magnet", "ferromagnets", None, id="the end is an end"),
        pytest.param("*magnet*", "ferromagnetic", ["ferromagnetic"], id="both sides"),
        pytest.param("p*d", "plated, pod, pad", ["plated", "pod", "pad"], id="middle"),
        pytest.param("p*d", "paved pod", ["paved", "pod"], id="one space between two"),
        pytest.param("p*d", "p d", None, id="not over a space"),
        pytest.param("seltene* erd*", "seltenen Erden", ["seltenen Erden"], id="in each word"),
        pytest.param("rare * magnet", "rare earth magnet", ["rare earth magnet"], id="a whole word"),
        pytest.param("редк*земельн*", "редкоземельных", ["редкоземельных"], id="Cyrillic"),
        pytest.param("*magnet*", "公司ferromagnetics表示", ["ferromagnetics"], id="between Chinese"),
        pytest.param("稀*铁", "稀土铁", None, id="a star takes no Chinese"),
        pytest.param("r*e-earth", "Rare-Earth", ["Rare-Earth"], id="case and hyphen as ever"),
        pytest.param("p*d", "p" + "a" * 40 + "d", None, id="bounded"),
    ],
)
def test_a_star_stands_for_the_rest_of_a_word(written: str, title: str, words: list[str] | None) -> None:
    assert met(f"{{any: ['{written}']}}", title) == words


def test_hundreds_of_wildcards_are_found_one_and_all() -> None:
    stems = [f"{a}{b}{c}" for a in "abcde" for b in "abcdefgh" for c in "abcdefgh"]
    listed = ", ".join(f"'{stem}*x*z'" for stem in stems)
    title = " ".join(f"{stem}1x2z" for stem in stems)
    assert len(met(f"{{any: [{listed}]}}", title) or ()) == 320


def test_patterns_that_no_set_has_room_for_are_found_all_the_same() -> None:
    large = [rf"'{letter}[\pL\pN]{{1,100}}[\pL\pN]{{1,100}}z'" for letter in "abcdefghijklmnop"]
    listed = ", ".join(f"{{regex: {one}}}" for one in large)
    assert met(f"{{any: [{listed}]}}", "aéz payz") == ["payz"]


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("at least USD 50m", Money("USD", Decimal(50_000_000))),
        ("at least USD 1.5bn", Money("USD", Decimal(1_500_000_000))),
        ("at least JPY 2tn", Money("JPY", Decimal(2 * 10**12))),
        ("USD 50,000k", Money("USD", Decimal(50_000_000))),
        ("from EUR 100m", Money("EUR", Decimal(10**8))),
        ("at most EUR 2bn", Money("EUR", Decimal(0), Decimal(2 * 10**9))),
        ("USD 5m to 50m", Money("USD", Decimal(5 * 10**6), Decimal(5 * 10**7))),
        ("USD 5 to 50m", Money("USD", Decimal(5 * 10**6), Decimal(5 * 10**7))),
        ("USD 5m - USD 1bn", Money("USD", Decimal(5 * 10**6), Decimal(10**9))),
        (" at least USD50m ", Money("USD", Decimal(5 * 10**7))),
    ],
)
def test_an_amount_has_its_bounds(written: str, expected: Money) -> None:
    assert money(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-10", Span((2026, 11, 10), (2026, 11, 10))),
        ("2026-11", Span((2026, 11, 0), (2026, 11, 31))),
        ("2026-11-01 to 2026-11-30", Span((2026, 11, 1), (2026, 11, 30))),
        ("2026-11 to 2027-01", Span((2026, 11, 0), (2027, 1, 31))),
        ("from 2026-11-10", Span((2026, 11, 10), (9999, 12, 31))),
        ("until 2026-11-10", Span((0, 0, 0), (2026, 11, 10))),
    ],
)
def test_days_have_a_first_and_a_last(written: str, expected: Span) -> None:
    assert days(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [("61/2025", Number(61, 2025)), ("61", Number(61)), ("any", Number()), (" 61 ", Number(61))],
)
def test_a_number_may_have_a_year(written: str, expected: Number) -> None:
    assert number(written) == expected


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("read", "written", "message", "remedy"),
    [
        pytest.param(term, "*", "no letters", "write words", id="only a star"),
        pytest.param(term, "=", "no letters", "write words", id="only an equals sign"),
        pytest.param(term, "~", "no letters", "write words", id="only a wave"),
        pytest.param(term, "--", "no letters", "write words", id="only signs"),
        pytest.param(term, "_", "no letters", "write words", id="only a line"),
        pytest.param(term, "=Approve~", "exact case and for other forms", "choose = or ~", id="= and ~"),
        pytest.param(
            term, "=a*b", "stars that cannot stand there", "without = and ~", id="= and a star inside"
        ),
        pytest.param(
            term, "a*b~", "stars that cannot stand there", "without = and ~", id="~ and a star inside"
        ),
        pytest.param(term, "approve~*", "other forms and for any ending", "choose ~ or *", id="~ and a star"),
        pytest.param(term, "a*b*c*d*e", "stars that cannot stand there", "at most three", id="four stars"),
        pytest.param(pattern, "(", "is not a pattern: missing )", "RE2", id="bracket"),
        pytest.param(pattern, "(?=a)", "is not a pattern", "no look-around", id="look-ahead"),
        pytest.param(pattern, r"(a)\1", "is not a pattern", "no back-references", id="back-reference"),
        pytest.param(pattern, "a{1,5000}", "is not a pattern", "RE2", id="too many times"),
        pytest.param(pattern, "x*", "matches nothing at all", "ask for a letter", id="empty match"),
        pytest.param(money, "50m", "is not an amount", "at least USD 50m", id="no currency"),
        pytest.param(money, "at least USD", "is not an amount", "at least USD 50m", id="no number"),
        pytest.param(money, "at least USD 5.0.0m", "is not an amount", "at least USD 50m", id="two points"),
        pytest.param(money, "at least USD .", "is not an amount", "at least USD 50m", id="a point alone"),
        pytest.param(
            money, "USD 50m to 5m", "ends before it begins", "smaller one first", id="bounds turned round"
        ),
        pytest.param(money, "at least XXQ 5m", "is no currency", "USD", id="unknown currency"),
        pytest.param(money, "at most USD 5m to 6m", "is not an amount", "'USD 5m to 50m'", id="two bounds"),
        pytest.param(days, "10 November", "names no days", "2026-11-10", id="words"),
        pytest.param(days, "2026-13", "names no days", "2026-11-10", id="month"),
        pytest.param(days, "2026-11-32", "names no days", "2026-11-10", id="day"),
        pytest.param(
            days, "from 2026-01-01 to 2026-02-01", "names no days", "2026-11-01 to", id="from and to"
        ),
        pytest.param(
            days, "2026-12 to 2026-11", "ends before it begins", "earlier one first", id="turned round"
        ),
        pytest.param(number, "No. 61", "is not the number", "61/2025", id="words"),
        pytest.param(number, "61/25", "is not the number", "61/2025", id="short year"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(
    read: Callable[[str], object], written: str, message: str, remedy: str
) -> None:
    with pytest.raises(Unresolved) as caught:
        read(written)
    assert message in caught.value.message
    assert repr(written)[1:-1].replace("\\\\", "\\") in caught.value.message
    assert remedy in caught.value.remedy
