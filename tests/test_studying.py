"""What was there at a first look: told to nobody, and studied after the poll."""

from __future__ import annotations

from pathlib import Path

from tests.webs import World, post, rss

COPY = "Cobre Metals Corp kiln in Port Ansel wins rare earth loan"


def test_what_was_there_before_is_put_into_stories_a_little_at_a_time(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.serve(*(post(n) for n in range(7)))
        assert world.count("members") == 0, "the poll does not wait for it"
        assert [world.app.study(world.app.storage, 5) for _ in range(3)] == [5, 2, 0]
        assert world.count("members") == world.count("traits") == 7
        assert world.alerts == []


def test_a_copy_of_what_was_there_before_is_told_and_joins_it(tmp_path: Path) -> None:
    with World(tmp_path, "one", "two") as world:
        world.answers["one"] = post_of(1, COPY)
        world.answers["two"] = post_of(2, "Quiet")
        world.poll()
        world.app.study(world.app.storage, 10)
        world.answers["two"] = post_of(3, f"{COPY} - The Ledger")
        world.poll()
        (alert,) = world.alerts
        members = world.app.storage.stories.members(alert.story)
        assert len(members) == 2


def post_of(number: int, title: str) -> bytes:
    return rss(post(number, title))
