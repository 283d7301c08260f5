"""What a digest is made of, from a whole installation: its numbers, its signals, and how it is doing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import gathering, wording
from monitor.digest import Coverage, Material
from monitor.fact import Fact, Facts, Kind
from monitor.feedback import Mark, Opinion, Person
from monitor.gathering import ACTIVE_DAYS
from monitor.holding import Hold
from monitor.live import InForce
from monitor.model import Signal, Verdict
from monitor.outbox import Destination
from monitor.precision import Week, monday
from monitor.storage import Storage
from monitor.subscriber import Subscriber
from tests.fakes import NOON, an_item
from tests.outbox import Bench
from tests.webs import WATCHLIST, World, post, rss

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLANTS = WATCHLIST.replace("magnets", "plants").replace("Magnet money", "Plants")
SOURCES = """\
sources:
  - {{id: one, url: '{base}/one'}}
  - id: prices
    name: Price desk
    kind: series
    url: '{base}/prices'
    link: https://prices.example.com/
    series:
      - {{id: ndpr, name: NdPr oxide, unit: CNY/t, value: NdPr, date: Day, tell: [magnets]}}
      - {{id: dy, name: "=Dy oxide", value: Dy, date: Day}}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path, watchlists=(("magnets", WATCHLIST), ("plants", PLANTS))) as made:
        made.answers["one"] = rss()
        yield made


def gathered(world: World, since: datetime, until: datetime | None = None) -> Material:
    """What happened from then until now."""
    return gathering.gather(world.app.storage, world.app.in_force, since, until or world.now)


# ------------------------------------------------------------------ series


class Prices:
    """A CSV that grows by a day at each poll."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[tuple[object, object]] = []
        world.write("sources", SOURCES.format(base=world.web.base))
        world.restart()

    def serve(self, *rows: tuple[object, object]) -> list[tuple[str, str]]:
        """A day later there are more rows; answers the series that the digest of the day shows."""
        self.rows += rows
        days = (datetime(2026, 2, 20, tzinfo=UTC) + n * DAY for n in range(len(self.rows)))
        lines = [f"{day:%Y-%m-%d},{ndpr},{dy}" for day, (ndpr, dy) in zip(days, self.rows, strict=True)]
        self.world.answers["prices"] = "\n".join(["Day,NdPr,Dy", *lines]).encode()
        before = self.world.now
        assert not self.world.poll(DAY).failed
        found = gathered(self.world, before + HOUR, self.world.now + HOUR).trends
        return [(trend.id, trend.value) for trend in found]


def test_a_series_is_in_the_digest_of_the_day_on_which_its_number_came(world: World) -> None:
    prices = Prices(world)
    assert prices.serve((500_000, 1900), (505_000, 1900)) == [
        ("prices/ndpr", "505,000"), ("prices/dy", "1,900"),
    ]  # fmt: skip
    assert prices.serve() == []
    assert prices.serve((510_000, "")) == [("prices/ndpr", "510,000")]
    assert prices.serve((510_500, 2000)) == [("prices/dy", "2,000"), ("prices/ndpr", "510,500")]


def test_a_number_that_is_corrected_is_shown_with_what_it_was(world: World) -> None:
    prices = Prices(world)
    prices.serve((500_000, 1900), (505_000, 1900))
    prices.rows[-1] = (506_000, 1900)
    assert prices.serve() == [("prices/ndpr", "506,000")]
    (trend,) = gathered(world, world.now - HOUR, world.now + HOUR).trends
    assert trend.was == "505,000"


def test_a_series_that_no_watchlist_is_told_of_is_for_those_who_read_everything(world: World) -> None:
    Prices(world).serve((500_000, 1900))
    ndpr, dy = sorted(gathered(world, NOON, world.now + HOUR).trends, key=lambda t: t.id, reverse=True)
    readers = {name: Subscriber("x", "", "07:00", "UTC", (name,)) for name in ("*", "magnets", "plants")}
    assert [name for name, one in readers.items() if one.follows(*ndpr.watchlists)] == ["*", "magnets"]
    assert [name for name, one in readers.items() if one.follows(*dy.watchlists)] == ["*"]


def test_a_digest_that_is_late_tells_nothing_that_came_after_its_hour(world: World) -> None:
    prices = Prices(world)
    prices.serve((500_000, 1900))
    until = world.now + HOUR
    prices.serve((510_000, 1900))
    assert [t.value for t in gathered(world, NOON, until).trends if t.id == "prices/ndpr"] == ["500,000"]


def test_a_series_that_is_followed_no_more_is_not_shown(world: World) -> None:
    Prices(world).serve((500_000, 1900))
    world.list_sources(["one"])
    world.restart()
    assert gathered(world, NOON, world.now + HOUR).trends == ()


# ------------------------------------------------------------------ signals


def file(
    world: World, when: datetime, *, baseline: bool = False, watchlist: str = "magnets", count: int = 1
) -> None:
    storage = world.app.storage
    with storage.write():
        for _ in range(count):
            number = world.count("items") + 1
            storage.db.execute(
                """INSERT INTO items (id, source, key, alias, link, title, text, lang, first_seen)
                   VALUES (?, 'one', ?, '', '', 'A title', '', 'en', ?)""",
                [number, str(number), NOON.isoformat()],
            )
            verdict = Verdict(watchlist, 50, (), "", 60, 30)
            storage.signals.save(Signal(an_item(number), verdict, f"s{number}", baseline, when))


def test_signals_are_counted_by_watchlist_and_day_up_to_the_end_of_the_span(world: World) -> None:
    start = NOON - ACTIVE_DAYS * DAY
    second = timedelta(seconds=1)
    file(world, start - second)
    file(world, start, count=2)
    file(world, NOON - DAY - second, count=3)
    file(world, NOON - DAY, count=4)
    file(world, NOON - second, watchlist="plants")
    file(world, NOON)
    file(world, NOON - HOUR, baseline=True)
    file(world, NOON - HOUR, watchlist="given-up")
    magnets, plants = gathered(world, NOON - DAY, NOON).activity
    assert (magnets.watchlist, magnets.title) == ("magnets", "Magnet money")
    assert magnets.days == (2, *[0] * 27, 3, 4)
    assert plants.days == (*[0] * 29, 1)


def test_a_watchlist_that_found_nothing_is_shown_too(world: World) -> None:
    assert [sum(one.days) for one in gathered(world, NOON - DAY, NOON).activity] == [0, 0]


@pytest.mark.parametrize("late", [0, 1, 999_999])
def test_a_day_begins_at_a_second_whatever_is_left_of_it(world: World, late: int) -> None:
    until = NOON + timedelta(microseconds=late)
    file(world, until - timedelta(microseconds=1))
    file(world, until - ACTIVE_DAYS * DAY)
    days = gathered(world, NOON - DAY, until).activity[0].days
    assert (days[0], days[-1], sum(days)) == (1, 1, 2)


def test_activity_is_read_from_an_index_alone(world: World) -> None:
    asked: list[str] = []
    connection = world.app.storage.db.conn
    connection.set_trace_callback(asked.append)
    list(world.app.storage.signals.by_day(NOON - DAY, NOON))
    world.app.storage.points.filed(NOON - DAY, NOON)
    world.app.storage.points.lately("prices", "ndpr", NOON, 10)
    connection.set_trace_callback(None)
    plans = [row[3] for sql in asked for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    assert [plan for plan in plans if "TEMP B-TREE" not in plan] == [
        "SEARCH signals USING COVERING INDEX signals_decided (decided>? AND decided<?)",
        "SEARCH points USING COVERING INDEX points_seen (seen>? AND seen<?)",
        "SEARCH points USING PRIMARY KEY (source=? AND series=?)",
    ]


def test_a_signal_without_an_alert_says_the_same_facts_as_an_alert(world: World) -> None:
    text = "EXIM approved a $1.25 billion loan to MP Materials on 2 March 2026 in the United States."
    world.serve(post(1, title="Old"))
    world.write("plants", PLANTS.replace("alert: 60", "alert: 99"))
    world.restart()
    before = world.now
    world.serve(post(2, text=text))
    alerted, quiet = sorted(
        gathered(world, before, world.now + HOUR).candidates, key=lambda one: one.alert is None
    )
    assert (alerted.watchlist, quiet.watchlist) == ("magnets", "plants")
    assert alerted.alert is not None
    assert quiet.alert is None
    assert "$1.25bn loan" in quiet.facts
    assert quiet.facts == alerted.facts == wording.facts(alerted.alert)


def test_what_others_of_its_story_state_is_shown_of_an_item_that_does_not(world: World) -> None:
    file(world, NOON, count=2)
    storage = world.app.storage
    loan = Fact(Kind.AMOUNT, "USD 1250000000", "$1.25bn loan", "title", 0, 5, "words")
    deadline = Fact(Kind.DATE, "2026-12-01", "deadline 2026-12-01", "title", 0, 5, "words")
    with storage.write():
        storage.facts.save(1, Facts((loan,)))
        storage.facts.save(2, Facts((deadline,)))
        storage.db.execute("INSERT INTO members (item, story, joined) SELECT id, 'same', '' FROM items")
        storage.db.execute("UPDATE signals SET story = 'same'")
    found = {one.item.id: one.facts for one in gathered(world, NOON, NOON + DAY).candidates}
    assert found == {1: "$1.25bn loan", 2: "$1.25bn loan · deadline 1 Dec 2026"}


def test_the_facts_of_a_story_are_read_once_however_many_carry_it(world: World) -> None:
    file(world, NOON, count=20)
    with world.app.storage.write():
        world.app.storage.db.execute("UPDATE signals SET story = 'same'")
    asked: list[str] = []
    world.app.storage.db.conn.set_trace_callback(asked.append)
    assert len(gathered(world, NOON, NOON + DAY).candidates) == 20
    world.app.storage.db.conn.set_trace_callback(None)
    assert sum("FROM facts f JOIN members" in sql for sql in asked) == 1


# ------------------------------------------------------------------ how it is doing


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "bench.db")
    yield made
    made.storage.close()


def taken(storage: Storage, until: datetime) -> Material:
    """The day up to then, of an outbox without watchlists and sources."""
    return gathering.gather(storage, InForce({}, {}), until - DAY, until)


def test_what_is_stuck_is_in_the_material(bench: Bench) -> None:
    bench.file_held(Hold(NOON + 2 * HOUR, "quiet hours until 14:00 UTC"), 1, 2)
    (one,) = taken(bench.storage, NOON + HOUR).stuck
    assert (one.how, one.count, one.until) == ("held", 2, NOON + 2 * HOUR)
    assert one.why == "quiet hours until 14:00 UTC"


def tell(bench: Bench, *numbers: int, at: datetime, useful: int = 0, watchlist: str = "loans") -> None:
    """Alerts that are told at a time, of which the first so many are found useful at once."""
    bench.now = at
    bench.file(*numbers, to=(Destination("fake", str(at)),), watchlist=watchlist)
    for _ in numbers:
        bench.run()
    with bench.storage.write():
        for number in numbers[:useful]:
            mark = Mark(f"alert-{number}", Opinion.USEFUL, Person("U1", "Ann"), at)
            assert bench.storage.feedback.mark(mark) == mark


def test_the_week_is_told_and_the_one_before_where_nobody_said_anything_of_it_yet(bench: Bench) -> None:
    this = monday(NOON)
    last = this - timedelta(weeks=1)
    tell(bench, 1, 2, at=NOON - 14 * DAY, useful=2)
    tell(bench, 3, 4, at=NOON - 7 * DAY, useful=1)
    tell(bench, 5, at=NOON - 7 * DAY + HOUR, useful=1, watchlist="plants")
    tell(bench, 6, at=NOON - HOUR)
    assert taken(bench.storage, NOON).weeks == (
        Week("loans", this, 0, 0, 1), Week("loans", last, 1, 0, 1), Week("plants", last, 1, 0, 0),
    )  # fmt: skip
    tell(bench, 7, at=NOON + HOUR, useful=1)
    assert taken(bench.storage, NOON).weeks[0] == Week("loans", this, 0, 0, 1), "not what came after"
    assert taken(bench.storage, NOON + DAY).weeks == (
        Week("loans", this, 1, 0, 1), Week("plants", last, 1, 0, 0),
    )  # fmt: skip


def test_coverage_is_what_the_commands_say(world: World) -> None:
    world.list_sources(["one", "two", "three"])
    world.restart()
    world.answers["two"] = (500, {}, b"")
    world.poll()
    found = gathered(world, NOON).coverage
    assert (found.healthy, found.watched, found.blind) == (1, 3, True)
    assert [one.name for one in found.ill] == ["three", "two"]
    assert found.line.startswith("1 of 3 sources healthy; three ")
    assert found == Coverage.of(gathering.healths(world.app.storage, world.app.in_force, world.now))
