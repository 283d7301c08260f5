"""Faults of sources that show over several polls: floods, new identities, silence; and who is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts import MAX_PER_HOUR
from monitor.channels.slack import Slack
from monitor.config import OperatorSettings
from monitor.items import RENUMBERED_FROM
from monitor.outbox import Delivery, Destination, Notice, State
from monitor.watchdog import MAX_LINES
from tests.fakes import NOON
from tests.standin import ALERTS, StandIn
from tests.webs import World, post, rss

HOUR = timedelta(hours=1)
TITLES = [f"Rare earth plant {n} wins a loan" for n in range(30)]


def titled(base: str, titles: list[str]) -> bytes:
    return rss(*(post(0, t, link=f"{base}/{n}", guid=f"{base}/{n}") for n, t in enumerate(titles)))


# ------------------------------------------------------------------ new identities


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://old.example.com/a", "https://old.example.com/a"),
        ("https://old.example.com/a", "https://new.example.com/cms"),
    ],
    ids=["https", "another site"],
)
def test_fault_27_when_all_guids_change_at_once_nothing_is_told_twice(
    tmp_path: Path, before: str, after: str
) -> None:
    with World(tmp_path, "one") as world:
        world.answers["one"] = rss()
        world.poll()
        world.answers["one"] = titled(before, TITLES)
        assert world.poll().alerts == len(TITLES)
        world.answers["one"] = titled(after, TITLES)
        report = world.poll()
        assert (report.alerts, report.new, world.count("items")) == (0, 0, len(TITLES))
        world.answers["one"] = titled(
            after,
            [*TITLES, "Thornbury senators quarrel over kilns, dredgers, harbour dues and a rare earth loan"],
        )
        assert world.poll().alerts == 1, "what is new after it is told as ever"


def test_fault_27_the_change_is_noticed_once(tmp_path: Path) -> None:
    with World(tmp_path, "one") as world:
        world.answers["one"] = titled("https://old.example.com/a", TITLES)
        world.poll()
        world.answers["one"] = titled("https://new.example.com/cms", TITLES)
        world.poll()
        assert [alarm.trouble for alarm in noticed(world)] == ["renumbered"]
        world.poll()
        assert len(notices(world)) == 1


def test_a_small_document_with_old_titles_is_news(tmp_path: Path) -> None:
    """Weekly columns bear one title for years."""
    few = TITLES[: RENUMBERED_FROM - 1]
    with World(tmp_path, "one") as world:
        world.answers["one"] = titled("https://old.example.com/a", few)
        world.poll()
        world.answers["one"] = titled("https://new.example.com/b", few)
        assert world.poll().new == len(few)


# ------------------------------------------------------------------ floods


def test_fault_33_the_first_look_at_300_matching_entries_tells_nothing(tmp_path: Path) -> None:
    with World(tmp_path, "one") as world:
        report = world.serve(*(post(n) for n in range(300)))
        assert (report.new, report.alerts, report.first_looks) == (300, 0, 1)
        assert world.serve(*(post(n) for n in range(301))).alerts == 1


def test_fault_34_a_flood_is_told_up_to_a_limit_and_the_rest_is_filed_counted_and_shown(
    tmp_path: Path,
) -> None:
    with World(tmp_path, "flood", "calm") as world:
        world.answers |= {"flood": rss(), "calm": rss()}
        world.poll()
        world.answers["flood"] = rss(*(post(n) for n in range(500)))
        world.answers["calm"] = rss(post(1000))
        report = world.poll()
        assert report.alerts == MAX_PER_HOUR + 1, "the other source is told as ever"
        assert report.signals == 501, "everything is there for the digest"
        (alarm,) = noticed(world)
        assert (alarm.source, alarm.trouble) == ("flood", "held back")
        assert f"{500 - MAX_PER_HOUR} alerts were held back" in alarm.text
        world.answers["flood"] = rss(*(post(n) for n in range(2000, 2003)))
        assert world.poll(2 * HOUR).alerts == 3, "an hour later the source is told again"


# ------------------------------------------------------------------ who is told


def noticed(world: World) -> list:  # type: ignore[type-arg]
    """The alarms after the watchdog has looked, waited for company and looked again."""
    world.app.watch(world.app.storage)
    known = world.app.storage.alarms.known()
    world.now += timedelta(minutes=5)
    world.app.watch(world.app.storage)
    return known


def notices(world: World) -> list[Notice]:
    found = (d.message for d in world.app.storage.deliveries.latest(1000))
    return [message for message in found if isinstance(message, Notice)]


def test_a_failing_source_is_told_to_the_operator_and_so_is_its_recovery(tmp_path: Path) -> None:
    with World(tmp_path, "one", "two") as world:
        world.answers |= {"one": rss(post(1)), "two": rss(post(2))}
        world.poll()
        world.answers |= {"one": (403, {}, b""), "two": (410, {}, b"")}
        for _ in range(3):
            world.poll()
        noticed(world)
        (first,) = notices(world)
        assert first.title == "2 sources need a look"
        assert "answered 403" in first.lines[0]
        assert "monitor sources pause one" in first.lines[0]
        world.answers |= {"one": rss(post(1)), "two": rss(post(2))}
        world.poll()
        noticed(world)
        last = notices(world)[0]
        assert last.title == "2 well again"


def test_a_disabled_source_has_no_alarm(tmp_path: Path) -> None:
    with World(tmp_path, "one") as world:
        for _ in range(3):
            world.poll()
        world.app.watch(world.app.storage)
        assert [alarm.source for alarm in world.app.storage.alarms.known()] == ["one"]
        with world.app.storage.write():
            world.app.storage.sources.pause("one", paused=True)
        world.app.watch(world.app.storage)
        assert world.app.storage.alarms.known() == []


def test_without_an_operator_the_terminal_is_told(tmp_path: Path) -> None:
    with World(tmp_path, "one") as world:
        assert world.app.operator == Destination("console")
        said: list[str] = []
        world.app.channels["console"]._write = said.append  # type: ignore[attr-defined]
        for _ in range(3):
            world.poll()
        noticed(world)
        world.app.deliverer(world.app.storage)()
        assert said
        assert "1 source needs a look" in said[0]


@pytest.mark.parametrize("to", ["#ops", "slack:", "email:nobody", "pager:me", "slack:#a b"])
def test_an_operator_that_cannot_be_reached_is_an_error(to: str) -> None:
    with pytest.raises(ValueError, match="write slack:#channel or email:who"):
        OperatorSettings(to=to)


def test_a_notice_is_a_message_that_slack_takes_and_no_headline_can_break(
    shared: Path, tmp_path: Path
) -> None:
    lines = ("<!channel> " + "&" * 300 + "><https://evil.test|here>",) * MAX_LINES
    notice = Notice("n-1", "12 sources need a look", lines, NOON)
    with StandIn(shared, tmp_path / "journal") as slack:
        channel: Slack = slack.channel()
        delivery = Delivery("d-1", notice, Destination("slack", ALERTS), State.PENDING, 0, NOON)
        assert channel.send(delivery)
        found = slack.audit(["d-1"])
        assert (found["lost"], found["mentions"], found["posts"]) == ([], [], 1)
        assert found["links"] == []
