"""Waiting one's turn: between tasks, threads and processes, and who is left alone meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import HostWaits, MonitorError, Refused
from monitor.fetch import Fetcher, HttpSettings, turns
from monitor.guard import Guard
from monitor.manners import BackOff, Rule
from monitor.model import Validators
from monitor.request import Request
from monitor.storage import Storage
from monitor.turns import PATIENCE, Queue, Turns
from tests.fakes import NOON, Answer, Web
from tests.webs import HERE, always

ORDINARY = Rule("example.com", "example.com")


def port(web: Web) -> int:
    return int(web.base.rsplit(":", 1)[1])


def get(urls: list[str], shared: Turns, **settings: object) -> list[BaseException | object]:
    """Fetch all at once in a loop of its own, every name being this machine."""
    checked = HttpSettings.model_validate({"allow_private": HERE, "deadline": 5.0} | settings)
    guard = Guard(HERE, lambda host, port: ["127.0.0.1"])

    async def go() -> list[BaseException | object]:
        async with Fetcher(checked, guard=guard, shared=shared) as http:
            asked = (http.fetch(Request(url), Validators()) for url in urls)
            return list(await asyncio.gather(*asked, return_exceptions=True))

    return asyncio.run(go())


# ------------------------------------------------------------------ queues


def test_threads_with_loops_of_their_own_ask_a_host_one_at_a_time() -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def handle(path: str, headers: dict[str, str]) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
        return 200, {}, b"body"

    with Web(handle) as web, ThreadPoolExecutor(4) as threads:
        shared = turns(HttpSettings(allow_private=HERE))
        urls = [f"{web.base}/{n}" for n in range(5)]
        found = [f.result() for f in [threads.submit(get, urls, shared) for _ in range(4)]]
        assert not [one for answers in found for one in answers if isinstance(one, BaseException)]
        assert len(web.asked) == 20
    assert most == 1


def test_a_turn_that_is_given_up_goes_to_the_next() -> None:
    async def go() -> None:
        queue = Queue(ORDINARY, None)
        await queue.enter()
        second, third = asyncio.create_task(queue.enter()), asyncio.create_task(queue.enter())
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        queue.leave()
        await asyncio.wait_for(third, 1)
        queue.leave()
        await asyncio.wait_for(queue.enter(), 1)

    asyncio.run(go())


def test_a_turn_that_was_on_its_way_to_one_who_gave_up_goes_to_the_next() -> None:
    async def go() -> None:
        queue = Queue(ORDINARY, None)
        await queue.enter()
        second, third = asyncio.create_task(queue.enter()), asyncio.create_task(queue.enter())
        await asyncio.sleep(0)
        queue.leave()
        second.cancel()
        await asyncio.wait_for(third, 1)

    asyncio.run(go())


def test_a_turn_does_not_go_to_a_loop_that_has_ended() -> None:
    queue = Queue(ORDINARY, None)

    async def wait_and_end() -> None:
        loop = asyncio.get_running_loop()
        queue._waiting.append((loop, loop.create_future()))

    async def go() -> None:
        await queue.enter()
        await asyncio.to_thread(lambda: asyncio.run(wait_and_end()))
        mine = asyncio.create_task(queue.enter())
        await asyncio.sleep(0)
        queue.leave()
        await asyncio.wait_for(mine, 1)

    asyncio.run(go())


def test_whoever_would_wait_too_long_is_told_to_come_back() -> None:
    rule = Rule("slow.test", "slow.test", every=60.0)

    async def go() -> None:
        queue = Queue(rule, None)
        await queue.enter()
        waiting = [asyncio.create_task(queue.enter()) for _ in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(HostWaits, match=r"too many requests are waiting for slow\.test") as caught:
            await queue.enter()
        assert caught.value.wait > PATIENCE
        assert not caught.value.asked
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(go())


# ------------------------------------------------------------------ rates


def test_requests_to_one_host_are_a_pause_apart_and_other_hosts_do_not_wait() -> None:
    starts: list[tuple[str, float]] = []

    def handle(path: str, headers: dict[str, str]) -> Answer:
        starts.append((headers["host"].partition(":")[0], time.monotonic()))
        return 200, {}, b"body"

    with Web(handle) as web:
        urls = [f"http://{name}.test:{port(web)}/{n}" for n in range(3) for name in "ab"]
        get(urls, Turns(pause=0.2))
    for name in ("a.test", "b.test"):
        first, second, third = (at for host, at in starts if host == name)
        assert second - first > 0.15
        assert third - second > 0.15
    assert starts[-1][1] - starts[0][1] < 0.9


def test_waiting_for_a_turn_counts_for_nothing_and_takes_nobodys_place() -> None:
    """Five requests a pause apart take longer than the deadline, with room for one at a time."""
    with Web(always()) as web:
        slow = [f"http://slow.test:{port(web)}/{n}" for n in range(5)]
        quick = [f"http://quick-{n}.test:{port(web)}/" for n in range(5)]
        started = time.monotonic()
        found = get([*slow, *quick], Turns(pauses={"slow.test": 0.3}), deadline=0.8, concurrency=1)
        assert not [one for one in found if isinstance(one, BaseException)]
        assert time.monotonic() - started > 1.1
        assert sum(headers["host"].startswith("quick") for _, headers in web.asked[:7]) == 5


def test_two_processes_on_one_database_share_a_declared_rate(tmp_path: Path) -> None:
    starts: list[float] = []

    def handle(path: str, headers: dict[str, str]) -> Answer:
        starts.append(time.monotonic())
        return 200, {}, b"body"

    settings = HttpSettings(allow_private=HERE, hosts={"slow.test": 0.2})

    def process(web: Web) -> None:
        with Storage(tmp_path / "db") as storage:
            shared = turns(settings, open_book=lambda: storage)
            get([f"http://{n}.slow.test:{port(web)}/" for n in range(3)], shared)

    with Web(handle) as web, ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(process, web) for _ in range(2)]:
            done.result()
    starts.sort()
    assert len(starts) == 6
    assert starts[-1] - starts[0] > 4.5 * 0.2


def test_a_rate_that_is_not_declared_does_not_touch_the_database(tmp_path: Path) -> None:
    def open_book() -> Storage:
        raise AssertionError("the database was opened")

    with Web(always()) as web:
        shared = turns(HttpSettings(allow_private=HERE), open_book=open_book)
        assert not [one for one in get([f"{web.base}/"], shared) if isinstance(one, BaseException)]


# ------------------------------------------------------------------ who is left alone


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_host_that_refuses_is_left_alone_and_asked_again_when_the_time_is_over() -> None:
    answers: list[Answer] = [(429, {}, b""), (200, {}, b"body")]
    clock = Clock()
    with Web(lambda path, headers: answers[min(len(web.asked), 2) - 1]) as web:
        shared = turns(HttpSettings(allow_private=HERE), clock=clock)
        first, second = get([f"{web.base}/1", f"{web.base}/2"], shared)
        assert isinstance(first, HostWaits)
        assert first.asked
        assert isinstance(second, HostWaits)
        assert not second.asked
        assert "until 02 Mar 12:01 UTC: answered 429" in str(second)
        assert len(web.asked) == 1
        clock.now += timedelta(minutes=2)
        assert not isinstance(get([f"{web.base}/2"], shared)[0], BaseException)


def test_pauses_grow_while_a_host_goes_on_refusing_and_are_forgotten_when_it_answers() -> None:
    clock, status = Clock(), 503
    with Web(lambda path, headers: (status, {}, b"body")) as web:
        shared, waits = turns(HttpSettings(allow_private=HERE), clock=clock), []

        def ask() -> object:
            clock.now += timedelta(days=1)
            return get([f"{web.base}/"], shared)[0]

        for _ in range(3):
            refused = ask()
            assert isinstance(refused, HostWaits)
            waits.append(refused.wait)
        assert waits[0] * 3 < waits[2]
        status = 404
        assert isinstance(ask(), Refused)
        status = 503
        again = ask()
        assert isinstance(again, HostWaits)
        assert again.wait == waits[0]


def test_another_process_knows_who_is_left_alone(tmp_path: Path) -> None:
    clock = Clock()
    with Web(always(503)) as web, Storage(tmp_path / "db") as storage:
        settings = HttpSettings(allow_private=HERE)
        get([f"{web.base}/"], turns(settings, clock=clock, open_book=lambda: storage))
        other = turns(settings, clock=clock, open_book=lambda: storage)
        other.recall(storage.hosts.left_alone())
        (refused,) = get([f"{web.base}/"], other)
        assert isinstance(refused, HostWaits)
        assert len(web.asked) == 1


def test_hosts_that_are_left_alone_are_kept_and_forgotten(tmp_path: Path) -> None:
    found = BackOff("example.com", NOON, 2, "answered 503")
    with Storage(tmp_path / "db") as storage:
        storage.hosts.keep(BackOff("example.com", NOON, 1, "answered 429"))
        storage.hosts.keep(found)
        assert storage.hosts.left_alone() == [found]
        storage.hosts.forget("example.com")
        assert storage.hosts.left_alone() == []


def test_a_host_that_wants_a_contact_is_not_asked_without_one() -> None:
    with Web(always()) as web:
        url = f"http://www.sec.gov:{port(web)}/"
        (refused,) = get([url], Turns())
        assert isinstance(refused, MonitorError)
        assert "set http.contact" in str(refused)
        assert not web.asked
        assert not isinstance(get([url], Turns(), contact="desk@example.com")[0], BaseException)
        assert web.asked[0][1]["user-agent"].endswith("(+desk@example.com)")
