"""Buttons pressed: one change whoever presses how often, and a sentence for each press."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.edit import Editor
from monitor.feedback import Fate, Opinion, Person, Proposal, Scope
from monitor.message import compose
from monitor.pressing import STRANGE, UNKNOWN, lift
from monitor.proposing import notice
from monitor.storage import Storage
from monitor.talk import Press
from monitor.working import LIMIT
from tests.fakes import NOON
from tests.presses import ALICE, BOB, CAROL, DEALS, SIGNALS, Club

OFFER = Proposal(
    "p1", "magnets", "7 of 9 noise clicks name 'magnet school': add a not-group?", NOON,
    "noise: magnet school", ("magnet school",),
)  # fmt: skip


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Club]:
    made = Club(tmp_path)
    with made.storage:
        yield made


def opinion(club: Club, number: int = 1) -> Opinion | None:
    mark = club.storage.feedback.mark_of(f"alert-{number}")
    return mark.opinion if mark else None


# ------------------------------------------------------------------ useful, noise, undo


def test_a_mark_is_noted_and_every_message_of_the_alert_shows_it(club: Club) -> None:
    club.tell(to=(SIGNALS, DEALS))
    club.tell(2)
    assert club.press("noise") == "Noted as noise. Undo takes it back."
    assert opinion(club) is Opinion.NOISE
    assert club.stale() == [str(DEALS), str(SIGNALS)]


@pytest.mark.parametrize(
    ("action", "who", "told"),
    [
        ("noise", ALICE, "You marked this as noise already, 2 Mar 2026 12:01 UTC."),
        ("noise", BOB, "alice marked this as noise already, 2 Mar 2026 12:01 UTC."),
        (
            "useful",
            BOB,
            "alice marked this as noise already, 2 Mar 2026 12:01 UTC; to say otherwise, undo that first.",
        ),
    ],
)
def test_the_second_press_changes_nothing_and_says_who_was_first(
    club: Club, action: str, who: Person, told: str
) -> None:
    club.tell()
    club.press("noise")
    club.drawn()
    assert club.press(action, who=who) == told
    assert opinion(club) is Opinion.NOISE
    assert club.stale() == []


def test_undo_takes_back_the_mark_of_anybody_and_says_so(club: Club) -> None:
    club.tell()
    assert club.press("undo") == "Nobody has marked this: there is nothing to take back."
    club.press("noise")
    club.drawn()
    assert club.press("undo", who=BOB) == "Taken back: alice's mark as noise. It can be marked anew."
    assert opinion(club) is None
    assert club.stale() == [str(SIGNALS)]
    assert club.press("undo") == "bob took the mark back already, 2 Mar 2026 12:03 UTC."
    assert club.press("useful") == "Noted as useful. Undo takes it back."


def test_two_processes_that_are_told_of_presses_at_once_make_one_change(club: Club) -> None:
    club.tell()
    start = threading.Barrier(2)

    def press(who: Person) -> str:
        with Storage(club.path) as storage:
            start.wait()
            return club.press("noise", who=who, storage=storage)

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(press, (ALICE, BOB)))
    mark = club.storage.feedback.last_mark("alert-1")
    assert mark is not None
    assert sorted(one.startswith("Noted") for one in told) == [False, True]
    assert any(f"{mark.who.name} marked this as noise already" in one for one in told)


# ------------------------------------------------------------------ mute, unmute


def test_a_mute_is_filed_at_the_destination_of_the_message(club: Club) -> None:
    club.tell(to=(SIGNALS, DEALS))
    told = club.press("mute", chosen="source:7", channel="C2")
    assert told == (
        'Muted in #deals until 9 Mar 2026 12:01 UTC: the source "Source 1". '
        "It is filed all the same, for the digest and the ledgers; Unmute takes it back."
    )
    (quiet,) = club.storage.feedback.quiets(club.now)
    assert (quiet.scope, quiet.value, quiet.destination) == (Scope.SOURCE, "source-1", str(DEALS))
    assert club.stale() == [str(DEALS)]


def test_a_shorter_mute_is_told_of_the_one_that_stands_and_a_longer_one_replaces_it(club: Club) -> None:
    club.tell()
    club.press("mute", chosen="story:7")
    told = club.press("mute", chosen="story:1", who=BOB)
    assert told.startswith("alice muted the story")
    assert told.endswith("already, 2 Mar 2026 12:01 UTC, until 9 Mar 2026 12:01 UTC.")
    assert club.press("mute", chosen="story:30", who=BOB).startswith("Muted in #signals until 1 Apr 2026")
    assert len(club.storage.feedback.quiets(club.now)) == 1


def test_a_mute_is_taken_back_by_its_number_once(club: Club) -> None:
    club.tell()
    club.press("mute", chosen="watchlist:7")
    club.drawn()
    assert club.press("unmute", value="1", who=BOB) == (
        'Told again from now on: the watchlist "Rare earth magnets".'
    )
    assert club.storage.feedback.quiets(club.now) == []
    assert club.stale() == [str(SIGNALS)]
    assert club.press("unmute", value="1") == "bob took that mute back already, 2 Mar 2026 12:02 UTC."


def test_a_mute_that_is_over_says_when_it_was(club: Club) -> None:
    club.tell()
    club.press("mute", chosen="source:1")
    club.now += timedelta(days=2)
    assert club.press("unmute", value="1") == "That mute was over on 3 Mar 2026 12:01 UTC."


def test_only_a_mute_of_this_message_is_taken_back_under_it(club: Club) -> None:
    club.tell(1, to=(SIGNALS, DEALS), source="source-1")
    club.tell(2, source="source-2", story="other")
    club.press("mute", chosen="source:7")
    for elsewhere in ({"number": 2}, {"channel": "C2"}):
        assert club.press("unmute", value="1", **elsewhere) == STRANGE
    assert len(club.storage.feedback.quiets(club.now)) == 1


def test_where_no_message_shows_it_only_ones_own_mute_is_taken_back(club: Club) -> None:
    club.tell()
    club.press("mute", chosen="source:7")
    assert lift(club.room(), Press(BOB, "unmute", value="1")) == STRANGE
    assert lift(club.room(), Press(ALICE, "unmute", value="1")).startswith("Told again")
    assert club.storage.feedback.quiets(club.now) == []


# ------------------------------------------------------------------ what is not to be believed


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("explode", {}),
        ("", {}),
        ("accept", {"value": "p1"}),
        ("mute", {"chosen": "entity:0:7"}),
        ("mute", {"chosen": "source:3650"}),
        ("mute", {"value": "source:7"}),
        ("unmute", {"value": "99"}),
        ("unmute", {"value": "1; DROP TABLE quiets"}),
        ("unmute", {"value": "9" * 400}),
        ("unmute", {"value": "١"}),
    ],
)
def test_what_is_unknown_or_forged_changes_nothing(club: Club, action: str, more: dict[str, str]) -> None:
    club.tell()
    before = dump(club)
    assert club.press(action, **more) == STRANGE  # type: ignore[arg-type]
    assert dump(club) == before


@pytest.mark.parametrize(("channel", "number"), [("C1", 2), ("C2", 1), ("", 1), ("C1:1.0", 1)])
def test_a_message_that_is_not_in_our_records_changes_nothing(club: Club, channel: str, number: int) -> None:
    club.tell()
    before = dump(club)
    assert club.press("noise", number, channel=channel) == UNKNOWN
    assert dump(club) == before


def test_the_value_of_a_mark_is_not_looked_at(club: Club) -> None:
    club.tell(1)
    club.tell(2)
    club.press("noise", 1, value="alert-2", chosen="alert-2")
    assert (opinion(club, 1), opinion(club, 2)) == (Opinion.NOISE, None)


def dump(club: Club) -> list[str]:
    return list(club.storage.db.conn.iterdump())


# ------------------------------------------------------------------ why


def test_why_gives_every_step(club: Club) -> None:
    club.tell(1, score=68, parts=(("rare earths or magnets", 60), ("tier 1 source", 8)), hits=("rare earth",))
    told = club.press("why")
    for line in (
        "EXIM approves loan for rare earth magnet plant",
        "First report · board approval",
        "Score 68 of 100, alert from 60:",
        "+60  rare earths or magnets",
        "Words: rare earth",
    ):
        assert line in told


def test_why_has_the_words_of_each_part_while_the_rules_give_the_same_and_says_where_they_do_not(
    club: Club,
) -> None:
    club.tell(1, score=88)
    assert "+60  rare earths or magnets: “rare earth” in the title, “magnet” in the title" in club.press(
        "why"
    )
    club.tell(2, score=70, parts=(("an older part", 70),))
    told = club.press("why", 2)
    assert "+70  an older part" in told
    assert "By the rules and the text of now it scores 88." in told


def test_why_names_the_other_outlets_and_why_it_joined(club: Club) -> None:
    club.tell(1)
    club.tell(2, source="one")
    for item, because in ((1, ""), (2, "both name EXIM")):
        club.storage.db.execute(
            "INSERT INTO members (item, story, like, because, joined) VALUES (?, 's1', 0, ?, ?)",
            [item, because, NOON.isoformat()],
        )
    told = club.press("why", 2)
    assert "Story s1: it joined because both name EXIM" in told
    assert "Also told by: Source-1 News" in told


def test_why_fits_whatever_the_alert_holds(club: Club) -> None:
    parts = tuple((f"part {number} " + "x" * 300, 1) for number in range(200))
    club.tell(1, "<!channel> " * 900, parts=parts, news=("y" * 5000,))
    assert len(club.press("why")) <= LIMIT


def test_why_changes_nothing(club: Club) -> None:
    club.tell()
    before = dump(club)
    club.press("why")
    assert dump(club) == before


# ------------------------------------------------------------------ accept, dismiss


def offered(club: Club) -> None:
    with club.storage.write():
        club.storage.feedback.propose(OFFER)
    club.notice(notice(OFFER, "Rare earth magnets"))


def test_an_editor_accepts_and_it_can_be_taken_back(club: Club) -> None:
    offered(club)
    before = (club.folder / "magnets.yaml").read_text("utf-8")
    told = club.press("accept", "proposal-p1", value="p1")
    assert told == "Changed magnets.yaml. To take it back: monitor watchlists revert 1"
    assert "magnet school" in (club.folder / "magnets.yaml").read_text("utf-8")
    (edit,) = Editor(club.folder, club.storage).history(club.now, 10)
    assert (edit.who, edit.why) == ("alice in Slack", OFFER.says)
    assert club.stale() == [str(SIGNALS)]
    Editor(club.folder, club.storage).revert(edit.id, "bob", "", club.now)
    assert (club.folder / "magnets.yaml").read_text("utf-8") == before


@pytest.mark.parametrize(("first", "fate"), [("accept", Fate.ACCEPTED), ("dismiss", Fate.DISMISSED)])
@pytest.mark.parametrize("second", ["accept", "dismiss"])
def test_a_proposal_is_answered_once_and_the_second_is_told_by_whom(
    club: Club, first: str, fate: Fate, second: str
) -> None:
    club.editors |= {BOB.id}
    offered(club)
    club.press(first, "proposal-p1")
    body = (club.folder / "magnets.yaml").read_bytes()
    told = club.press(second, "proposal-p1", who=BOB)
    assert told == f"Not changed: that was {fate.value} by alice, 2 Mar 2026 12:01 UTC."
    assert (club.folder / "magnets.yaml").read_bytes() == body


@pytest.mark.parametrize("action", ["accept", "dismiss"])
def test_who_is_no_editor_is_told_how_to_become_one(club: Club, action: str) -> None:
    offered(club)
    before = dump(club)
    told = club.press(action, "proposal-p1", who=BOB)
    assert 'have "U1" added to slack.editors' in told
    assert dump(club) == before
    assert "magnet school" not in (club.folder / "magnets.yaml").read_text("utf-8")


def test_what_the_button_carries_chooses_no_proposal(club: Club) -> None:
    offered(club)
    with club.storage.write():
        club.storage.feedback.propose(Proposal("p2", "magnets", "?", NOON, "g", ("loan",)))
    club.press("accept", "proposal-p1", value="p2")
    assert [one.id for one in club.storage.feedback.open_proposals()] == ["p2"]


def test_a_change_that_cannot_be_made_is_told_in_words_and_can_be_tried_again(club: Club) -> None:
    offered(club)
    good = (club.folder / "magnets.yaml").read_text("utf-8")
    (club.folder / "magnets.yaml").write_text(good.replace("alert: 60", "alret: 60"), "utf-8")
    told = club.press("accept", "proposal-p1")
    assert told.startswith("Not changed: with it the file would have a mistake: magnets.yaml:")
    (club.folder / "magnets.yaml").unlink()
    assert club.press("accept", "proposal-p1").startswith("Not changed: no watchlist is called 'magnets'")
    (club.folder / "magnets.yaml").write_text(good, "utf-8")
    assert club.press("accept", "proposal-p1").startswith("Changed magnets.yaml.")


def test_a_process_that_ended_between_the_change_and_its_note_leaves_it_to_be_accepted(club: Club) -> None:
    offered(club)
    club.press("accept", "proposal-p1")
    club.storage.db.execute("UPDATE proposals SET state = 'open'")
    assert club.press("accept", "proposal-p1") == "Noted: the watchlist says so already."
    assert club.storage.feedback.open_proposals() == []


def test_of_two_editors_that_accept_at_once_one_makes_the_change(club: Club) -> None:
    club.editors |= {BOB.id}
    offered(club)
    start = threading.Barrier(2)

    def accept(who: Person) -> str:
        with Storage(club.path) as storage:
            start.wait()
            return club.press("accept", "proposal-p1", who=who, storage=storage)

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(accept, (ALICE, BOB)))
    assert sum(one.startswith("Changed") for one in told) == 1
    assert len(Editor(club.folder, club.storage).history(club.now, 10)) == 1
    assert (club.folder / "magnets.yaml").read_text("utf-8").count("magnet school") == 2


# ------------------------------------------------------------------ what the message offers


def drawn(club: Club, number: int | str = 1) -> list[dict[str, Any]]:
    """The elements that somebody can press in a message as it is drawn now."""
    (delivery,) = (one for one in club.storage.deliveries.latest(100) if one.receipt == f"C1:{number}.0")
    made = compose(club.storage.threads.placed(delivery, club.now)).blocks
    rows = [element for block in made for element in (*block.get("elements", ()), block.get("accessory", {}))]
    return [element for element in rows if "action_id" in element and "url" not in element]


def test_every_button_and_entry_that_a_message_offers_is_understood(club: Club) -> None:
    alert = club.tell(entities=("mp-materials",), who=("MP Materials",))
    pressed = set()
    for element in drawn(club):
        groups = element.get("option_groups") or [{"options": element.get("options", ())}]
        choices = [option["value"] for group in groups for option in group["options"]]
        for chosen in choices or [""]:
            told = club.press(element["action_id"], chosen=chosen, value=element.get("value", ""))
            assert told not in (STRANGE, UNKNOWN)
            pressed.add(chosen.partition(":")[0] or element["action_id"])
    assert pressed >= {"useful", "noise", "why", "entity", "source", "watchlist", "story"}
    quiets = club.storage.feedback.quiets(club.now)
    assert {(one.scope, one.value) for one in quiets} == {
        (Scope.ENTITY, "mp-materials"),
        (Scope.SOURCE, alert.source),
        (Scope.WATCHLIST, alert.watchlist),
        (Scope.STORY, alert.story),
    }


def test_the_message_shows_the_mark_and_the_mutes_with_what_takes_them_back(club: Club) -> None:
    club.tell()
    club.press("noise")
    club.press("mute", chosen="source:7")
    offered = {element["action_id"]: element.get("value", "") for element in drawn(club)}
    assert {"undo", "unmute"} <= offered.keys()
    assert club.press("undo").startswith("Taken back")
    assert club.press("unmute", value=offered["unmute"]).startswith("Told again")
    assert {"undo", "unmute"}.isdisjoint(element["action_id"] for element in drawn(club))


def test_an_offer_that_is_answered_offers_nothing_any_more(club: Club) -> None:
    offered(club)
    assert {element["action_id"] for element in drawn(club, "proposal-p1")} == {"accept", "dismiss"}
    club.press("dismiss", "proposal-p1")
    assert drawn(club, "proposal-p1") == []


# ------------------------------------------------------------------ any sequence

_PRESSES = st.lists(
    st.tuples(st.sampled_from(["useful", "noise", "undo"]), st.sampled_from([ALICE, BOB, CAROL])), max_size=12
)
_MUTES = st.lists(
    st.tuples(st.sampled_from(["source:1", "source:7", "source:30", "undo"]), st.sampled_from([ALICE, BOB])),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(_PRESSES)
def test_any_sequence_of_presses_leaves_one_opinion_that_undo_takes_back(
    presses: list[tuple[str, Person]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        club = Club(Path(folder))
        with club.storage:
            club.tell()
            expected: tuple[str, Person] | None = None
            for action, who in presses:
                told = club.press(action, who=who)
                assert told.startswith(("Noted", "Taken back")) == ((action == "undo") == bool(expected))
                expected = None if action == "undo" else expected or (action, who)
            mark = club.storage.feedback.mark_of("alert-1")
            assert (mark and (mark.opinion.value, mark.who)) == expected
            assert len(club.storage.feedback.marked(NOON)) == bool(expected)
            club.press("undo")
            assert club.storage.feedback.mark_of("alert-1") is None


@settings(max_examples=25, deadline=None)
@given(_MUTES)
def test_any_sequence_of_mutes_leaves_the_longest_since_it_was_last_taken_back(
    presses: list[tuple[str, Person]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        club = Club(Path(folder))
        with club.storage:
            club.tell()
            ends: list[object] = []
            for choice, who in presses:
                holding = club.storage.feedback.quiets(club.now)
                if choice == "undo":
                    club.press("unmute", value=str(holding[0].number if holding else 0), who=who)
                    ends = []
                else:
                    club.press("mute", chosen=choice, who=who)
                    ends.append(club.now + timedelta(days=int(choice.removeprefix("source:"))))
            assert [one.until for one in club.storage.feedback.quiets(club.now)] == sorted(ends)[-1:]  # type: ignore[type-var]
