"""What a person has to mend: one destination waits, the operator is told the remedy, and it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.channels import PARKED
from monitor.config import OperatorSettings
from monitor.deliver import enqueue
from monitor.errors import DeliveryFailed
from monitor.outbox import Delivery, Destination, Notice
from tests.fakes import FakeChannel, an_alert
from tests.outbox import A, B, Bench
from tests.webs import World, post, rss

REFUSED = "Slack: not_in_channel: invite the app: /invite @Signal Monitor"
OPS, DESK = Destination("slack", "#ops"), Destination("slack", "#desk")
MINUTE = timedelta(minutes=1)


def refusal() -> DeliveryFailed:
    return DeliveryFailed(REFUSED, retry_after=PARKED, parks=True)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "monitor.db")
    yield made
    made.storage.close()


def test_one_destination_waits_and_says_since_when(bench: Bench) -> None:
    bench.channel.fail = [refusal()]
    bench.file(1, 2, to=(A, B))
    began = bench.now
    bench.run()
    assert [(d.destination, d.parked) for d in bench.storage.deliveries.parked()] == [(A, began)]
    assert bench.run(MINUTE).sent == 1, "the other goes on"
    bench.channel.fail = [refusal()]
    bench.run(PARKED)
    assert [d.parked for d in bench.storage.deliveries.parked()] == [began], "it is the same trouble"
    bench.run(PARKED)
    assert list(bench.storage.deliveries.parked()) == []
    bench.run()
    assert bench.states() == ["sent"] * 4


def test_a_passing_refusal_is_nothing_to_mend(bench: Bench) -> None:
    bench.channel.fail = [DeliveryFailed("Slack: ratelimited", retryable=True, retry_after=MINUTE)]
    bench.file(1)
    bench.run()
    assert list(bench.storage.deliveries.parked()) == []


def test_a_restart_tries_at_once_what_may_be_mended(bench: Bench) -> None:
    bench.channel.fail = [refusal()]
    bench.file(1)
    bench.run()
    with bench.storage.write():
        bench.storage.deliveries.unpark(bench.now)
    assert bench.run().sent == 1


# ------------------------------------------------------------------ the operator


class Slack(FakeChannel):
    """Takes nothing at the places in `shut`."""

    def __init__(self) -> None:
        super().__init__()
        self.shut: set[Destination] = set()
        self.told: list[Delivery] = []

    def send(self, delivery: Delivery):  # type: ignore[no-untyped-def]
        if delivery.destination in self.shut:
            raise refusal()
        self.told.append(delivery)
        return super().send(delivery)


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def world(tmp_path: Path, slack: Slack) -> Iterator[World]:
    with World(tmp_path, "one") as made:
        made.answers["one"] = rss(post(1))
        made.poll()
        made.answers["one"] = rss(post(1), post(2))
        made.poll()
        made.app.settings = made.settings.model_copy(update={"operator": OperatorSettings(to=str(OPS))})
        made.app.channels = {**made.app.channels, "slack": slack}
        yield made


def told(world: World, *to: Destination) -> None:
    """Send an alert to each place, look after it for an hour, and deliver what comes of that."""
    storage = world.app.storage
    (item,) = storage.items.search("rare", 1)
    with storage.write():
        enqueue(storage, an_alert(item=item.id, id=str(world.now)), to, world.now)
    deliver = world.app.deliverer(storage)
    for _ in range(3):
        deliver()
        world.now += 20 * MINUTE
        world.app.watch(storage)
        deliver()


def notices(channel: Slack) -> list[Notice]:
    return [d.message for d in channel.told if isinstance(d.message, Notice)]


def test_the_operator_is_told_once_with_the_remedy_and_when_it_is_over(world: World, slack: Slack) -> None:
    slack.shut = {DESK}
    told(world, DESK)
    (notice,) = notices(slack)
    assert notice.title == "1 destination takes nothing"
    assert "slack:#desk: nothing can be sent (not_in_channel); it is kept" in notice.lines[0]
    assert "Invite the app: /invite @Signal Monitor" in notice.lines[0]
    slack.shut = set()
    told(world, DESK)
    assert [n.title for n in notices(slack)] == ["1 destination takes nothing", "1 well again"]
    assert "slack:#desk: well again" in notices(slack)[1].lines[0]


def test_where_the_operator_cannot_be_reached_the_terminal_is_told(world: World, slack: Slack) -> None:
    said: list[str] = []
    world.app.channels["console"]._write = said.append  # type: ignore[attr-defined]
    slack.shut = {DESK, OPS}
    told(world, DESK, OPS)
    assert notices(slack) == []
    assert "2 destinations take nothing" in "".join(said)
