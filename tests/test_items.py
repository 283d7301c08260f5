"""What is filed of a document: new, edited, the same under another guid, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.items import MAX_REVISIONS, decide
from monitor.model import Entry, Item
from tests.fakes import NOON, an_item

FILED = Entry(
    key="guid-1",
    alias="alias-1",
    link="https://example.com/1",
    title="EXIM approves a loan",
    text="The board approved a loan.",
    published=NOON,
)
ITEM = an_item(1, title=FILED.title, text=FILED.text)
KNOWN = {"guid-1": ITEM, "alias:alias-1": ITEM}
OTHER = replace(FILED, key="guid-2", alias="alias-2", title="DFC signs a loan")


@pytest.mark.parametrize(
    ("entry", "kinds"),
    [
        pytest.param(OTHER, ["new"], id="never seen"),
        pytest.param(FILED, [], id="the same"),
        pytest.param(
            replace(FILED, title="EXIM approves two loans", alias="alias-9"), ["edited"], id="title"
        ),
        pytest.param(replace(FILED, text="The board approved two."), ["edited"], id="text"),
        pytest.param(replace(FILED, published=None), [], id="date gone"),
        pytest.param(replace(FILED, link="https://example.com/1?utm_source=x"), [], id="link"),
        pytest.param(replace(FILED, key="guid-9"), [], id="guid under the same link and title"),
        pytest.param(replace(FILED, key="guid-9", text="Now more."), ["edited"], id="guid and text"),
        pytest.param(replace(FILED, key="guid-9", alias="alias-9"), ["new"], id="guid and link"),
    ],
)
def test_one_entry_is_new_edited_or_the_same(entry: Entry, kinds: list[str]) -> None:
    assert [f.kind for f in decide([entry], KNOWN)] == kinds


def test_an_edit_carries_the_item_as_it_was_filed() -> None:
    edit = replace(FILED, text="The board approved two.")
    (filing,) = decide([edit], KNOWN)
    assert (filing.entry, filing.old) == (edit, ITEM)


def test_something_new_has_nothing_filed_before() -> None:
    (filing,) = decide([OTHER], KNOWN)
    assert filing.old is None


def test_the_order_of_the_document_is_kept() -> None:
    entries = [replace(FILED, key=f"guid-{n}", alias=f"alias-{n}") for n in (5, 3, 4)]
    assert [f.entry.key for f in decide(entries, {})] == ["guid-5", "guid-3", "guid-4"]


def test_an_empty_document_files_nothing() -> None:
    assert decide([], KNOWN) == []


@pytest.mark.parametrize(
    ("second", "count"),
    [
        pytest.param(replace(FILED, key="guid-2"), 2, id="same words under two guids"),
        pytest.param(replace(FILED, key="guid-2", text="Another meeting."), 2, id="same title, other text"),
        pytest.param(replace(FILED, key="guid-2", alias="alias-2"), 2, id="another link"),
    ],
)
def test_a_guid_of_its_own_makes_an_item_of_its_own(second: Entry, count: int) -> None:
    assert len(decide([FILED, second], {})) == count


def test_a_known_entry_beside_its_copy_under_a_new_guid_files_nothing() -> None:
    assert decide([FILED, replace(FILED, key="guid-2")], KNOWN) == []


def test_entries_that_share_link_and_title_but_not_text_are_different_items() -> None:
    """A page of notices, all with the page's own link and one heading."""
    second = replace(FILED, key="guid-2", text="Another notice.")
    assert [(f.kind, f.entry.key) for f in decide([FILED, second], KNOWN)] == [("new", "guid-2")]


def test_two_new_guids_cannot_both_take_the_place_of_one_item() -> None:
    """The first is the item that moved, the second something new."""
    moved = [replace(FILED, key="guid-8"), replace(FILED, key="guid-9", text="Another notice.")]
    assert [(f.kind, f.entry.key) for f in decide(moved, KNOWN)] == [("new", "guid-9")]


def test_a_page_that_alternates_between_two_titles_stops_being_filed() -> None:
    """Each poll shows the other title: the revisions are bounded, so the disk is not filled."""
    item: Item = ITEM
    filed = 0
    for poll in range(100):
        entry = replace(FILED, title=f"Title {poll % 2}")
        for filing in decide([entry], {"guid-1": item}):
            filed += 1
            item = replace(item, title=filing.entry.title, revision=item.revision + 1)
    assert filed == MAX_REVISIONS - 1
