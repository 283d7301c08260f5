"""What is kept in memory while rules are tried: bounded, fresh, and the same as without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.history import Past
from monitor.model import Content, Entry
from monitor.recall import FRESH, LASTS, Lately, Recall, resting
from monitor.rehearsal import Rehearsed, rehearsed
from monitor.storage import Storage
from monitor.watchlists import Rulebook, build
from tests.fakes import NOON
from tests.rules import MAGNETS


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "monitor.db") as made:
        yield made


def file(storage: Storage, *numbers: int, text: str = "", at: datetime = NOON) -> None:
    with storage.write():
        for number in numbers:
            entry = Entry(
                f"k{number}", f"a{number}", f"https://e.example/{number}", f"Title {number}", text, None
            )
            storage.items.add("one", entry, "en", at + timedelta(seconds=number))


def rulebook(*, money: str = "loan") -> Rulebook:
    concepts = f"concepts:\n  money:\n    terms: {{en: [{money}]}}\n"
    return build({"concepts.yaml": concepts, "magnets.yaml": MAGNETS})[0]


class Counted:
    """Rehearses, and counts how often."""

    def __init__(self, book: Rulebook) -> None:
        self.times = 0
        self._book = book

    def __call__(self) -> Rehearsed:
        self.times += 1
        return rehearsed(self._book.watchlists[0], [])


# ------------------------------------------------------------------ the items


def numbers(lately: Lately) -> list[int]:
    return list(lately.pasts)


def test_of_more_than_can_be_tried_the_newest_are_and_all_are_counted(storage: Storage) -> None:
    file(storage, *range(1, 11))
    found = Recall(most_items=4).lately(storage, {}, NOON)
    assert (numbers(found), found.of, found.all) == ([7, 8, 9, 10], 10, False)


def test_texts_are_bounded_whatever_their_number(storage: Storage) -> None:
    file(storage, *range(1, 11), text="x" * 1000)
    found = Recall(most_text=3500).lately(storage, {}, NOON)
    assert (numbers(found), found.of) == ([8, 9, 10], 10)


def test_what_came_before_the_last_thirty_days_is_left_out(storage: Storage) -> None:
    file(storage, 1, at=NOON - timedelta(days=31))
    file(storage, 2)
    found = Recall().lately(storage, {}, NOON)
    assert (numbers(found), found.of, found.all) == ([2], 1, True)


def test_an_empty_database_has_none(storage: Storage) -> None:
    found = Recall().lately(storage, {}, NOON)
    assert (found.pasts, found.of, found.days, found.newest) == ({}, 0, 0, None)


@pytest.mark.parametrize(
    ("later", "seen"),
    [(FRESH / 2, [1]), (FRESH * 2, [1, 2]), (LASTS * 2, [1, 2]), (-FRESH, [1, 2])],
    ids=["while somebody writes", "a minute later", "much later", "before"],
)
def test_what_is_new_is_seen_after_a_minute(storage: Storage, later: timedelta, seen: list[int]) -> None:
    recall = Recall()
    file(storage, 1)
    recall.lately(storage, {}, NOON)
    file(storage, 2)
    assert numbers(recall.lately(storage, {}, NOON + later)) == seen


def test_the_first_item_of_all_is_seen_at_once(storage: Storage) -> None:
    recall = Recall()
    recall.lately(storage, {}, NOON)
    file(storage, 1)
    assert numbers(recall.lately(storage, {}, NOON)) == [1]


@given(st.lists(st.builds(Past, st.integers(), st.none(), st.builds(Content, st.text())), max_size=50))
def test_to_rest_changes_nothing(some: list[Past]) -> None:
    assert list(resting(some)) == some


# ------------------------------------------------------------------ the rules


def test_the_same_rules_are_tried_once(storage: Storage) -> None:
    recall, book = Recall(), rulebook()
    lately, made = recall.lately(storage, {}, NOON), Counted(book)
    first, second = (recall.rehearsed(lately, "rules", book.vocabulary, made) for _ in range(2))
    assert first is second
    assert made.times == 1


def test_what_a_name_stands_for_is_part_of_the_rules(storage: Storage) -> None:
    recall, made = Recall(), Counted(rulebook())
    lately = recall.lately(storage, {}, NOON)
    for book in (rulebook(), rulebook(money="grant")):
        recall.rehearsed(lately, "rules", book.vocabulary, made)
    assert made.times == 2


def test_new_items_are_tried_anew(storage: Storage) -> None:
    recall, book = Recall(), rulebook()
    made = Counted(book)
    file(storage, 1)
    for later in (timedelta(0), LASTS):
        lately = recall.lately(storage, {}, NOON + later)
        recall.rehearsed(lately, "rules", book.vocabulary, made)
    assert made.times == 2


def test_only_the_last_rules_are_kept(storage: Storage) -> None:
    recall, book = Recall(), rulebook()
    lately, made = recall.lately(storage, {}, NOON), Counted(book)
    for number in (*range(20), 19, 0):
        recall.rehearsed(lately, f"rules {number}", book.vocabulary, made)
    assert made.times == 21
