"""The database: migrations, transactions, search, claims, and what is kept across restarts."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import MonitorError
from monitor.model import Alert, Entry, SourceState, Validators
from monitor.outbox import Delivery, Destination, Receipt, State
from monitor.storage import Storage, journal_mode
from monitor.storage.database import MIGRATIONS
from monitor.storage.schema import FOLDER, migrate, migrations
from monitor.stories import Joined
from tests.conftest import ROOT
from tests.fakes import NOON, a_source, an_alert

MINUTE = timedelta(minutes=1)
FIRST = (FOLDER / "01-first.sql").read_text("utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "monitor.db"


def entry(number: int = 1, title: str = "A title", text: str = "A text") -> Entry:
    return Entry(f"key-{number}", f"alias-{number}", f"https://e.test/{number}", title, text, NOON)


def count(storage: Storage, table: str) -> int:
    return int(storage.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def file_alert(storage: Storage, to: Destination = Destination("console")) -> Delivery:  # noqa: B008 - frozen
    """An item, an alert about it and its one delivery."""
    with storage.write():
        item = storage.items.add("source-1", entry(), "en", NOON)
        assert item is not None
        alert = an_alert(1, item=item.id)
        assert storage.alerts.add(alert)
        storage.deliveries.add("d1", alert, to, NOON)
    return storage.deliveries.heads()[0]


# ------------------------------------------------------------------ the file


def test_an_empty_file_becomes_a_database_and_opens_again(path: Path) -> None:
    path.touch()
    for _ in range(2):
        with Storage(path) as storage:
            tables = {row["name"] for row in storage.db.query("SELECT name FROM sqlite_master")}
            assert {"sources", "items", "signals", "alerts", "deliveries", "digests", "rules"} <= tables
            assert storage.check() == "ok"
            assert storage.db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
            assert storage.db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_file_of_a_later_release_is_refused_and_left_as_it_is(path: Path) -> None:
    with Storage(path) as storage:
        storage.db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('monitor', 'next', '')"
        )
    before = path.read_bytes()
    with pytest.raises(MonitorError, match="later release"):
        Storage(path)
    assert path.read_bytes() == before


def test_a_file_with_as_many_migrations_as_there_are_is_up_to_date() -> None:
    assert len(migrations._migrations) == MIGRATIONS


@pytest.mark.parametrize("statement", range(1, FIRST.count(";\n") + 1, 4))
def test_a_migration_that_is_cut_off_leaves_the_old_schema(path: Path, statement: int) -> None:
    """The nth statement that makes something fails, as a full disk would have it."""
    made = 0

    def authorise(action: int, *_: object) -> int:
        nonlocal made
        creates = (sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VTABLE)
        made += action in creates
        return sqlite3.SQLITE_DENY if made > statement else sqlite3.SQLITE_OK

    connection = sqlite3.connect(path, isolation_level=None)
    connection.set_authorizer(authorise)
    with pytest.raises(sqlite3.Error):
        migrate(connection)
    connection.close()
    with sqlite3.connect(path) as again:
        tables = {row[0] for row in again.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    again.close()
    assert tables <= {"_sqlite_migrations"}
    with Storage(path) as storage:
        assert storage.check() == "ok"
        assert count(storage, "items") == 0


def test_many_openers_of_a_new_file_all_get_the_same_schema(path: Path) -> None:
    opened: list[int] = []

    def run() -> None:
        with Storage(path) as storage:
            opened.append(count(storage, "items"))

    at_once(*[run] * 6)
    assert opened == [0] * 6
    with Storage(path) as storage:
        assert storage.check() == "ok"


@pytest.mark.parametrize("body", [b"this is no database, it is a letter" * 100, b"SQLite format 3\0garbage"])
def test_what_is_no_database_is_told_and_left_alone(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    with pytest.raises(MonitorError, match=r"monitor\.db: cannot be opened"):
        Storage(path)
    assert path.read_bytes() == body


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(MonitorError, match="cannot be opened"):
        Storage(tmp_path / "nowhere" / "monitor.db")


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 51, 3), "WAL"), ((3, 52, 0), "WAL"), ((3, 51, 2), "DELETE"), ((3, 50, 7), "WAL"),
        ((3, 50, 6), "DELETE"), ((3, 44, 6), "WAL"), ((3, 44, 5), "DELETE"), ((3, 45, 9), "DELETE"),
        ((3, 40, 1), "DELETE"), ((4, 0, 0), "WAL"),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_it_is_safe(version: tuple[int, ...], mode: str) -> None:
    assert journal_mode(version) == mode


# ------------------------------------------------------------------ transactions


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    with Storage(path) as storage, Storage(path) as other:
        storage.sources.sync([a_source()], NOON)
        state = replace(storage.sources.state("source-1"), validators=Validators('"1"'), baseline=True)

        def interrupted() -> None:
            with storage.write():
                storage.items.add("source-1", entry(), "en", NOON)
                storage.sources.save(state)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        for seen in (storage, other):
            assert count(seen, "items") == 0
            assert seen.items.search("title", 5) == []
            assert seen.sources.state("source-1").validators == Validators()
        with storage.write():
            storage.items.add("source-1", entry(), "en", NOON)
        assert count(other, "items") == 1


def test_a_commit_that_fails_leaves_the_next_one_free(path: Path) -> None:
    with Storage(path) as storage, closing(sqlite3.connect(path)) as reader:
        storage.db.execute("PRAGMA journal_mode = DELETE")  # in which a reader holds up a commit
        storage.db.execute("PRAGMA busy_timeout = 50")
        with storage.write():
            assert [storage.talks.claim(key, NOON) for key in "ab"] == [True, True]
        reading = reader.execute("SELECT * FROM talks")
        reading.fetchone()
        with pytest.raises(sqlite3.OperationalError, match="locked"), storage.write():
            storage.talks.claim("c", NOON)
        reading.close()
        with storage.write():
            assert storage.talks.claim("c", NOON)


def test_a_process_killed_in_a_transaction_leaves_nothing(path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from monitor.storage import Storage
from tests.test_storage import entry, NOON
storage = Storage(Path(sys.argv[1]))
with storage.write():
    for number in range(2000):
        storage.items.add("source-1", entry(number, text="words " * 200), "en", NOON)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with Storage(path) as storage:
        assert storage.check() == "ok"
        assert count(storage, "items") == 0


def test_a_writer_waits_for_the_other_one(path: Path) -> None:
    with Storage(path) as one, Storage(path) as two:
        begun = threading.Event()

        def slow() -> None:
            with one.write():
                one.items.add("source-1", entry(1), "en", NOON)
                begun.set()
                threading.Event().wait(0.3)
                one.items.add("source-1", entry(2), "en", NOON)

        thread = threading.Thread(target=slow)
        thread.start()
        begun.wait(5)
        with two.write():
            assert count(two, "items") == 2
        thread.join()


# ------------------------------------------------------------------ items


def test_items_are_found_by_words_phrases_and_chinese_of_two_characters(path: Path) -> None:
    with Storage(path) as storage:
        with storage.write():
            storage.items.add("s", entry(1, "商务部宣布稀土出口管制", "公告全文"), "zh", NOON)
            storage.items.add("s", entry(2, "Rare-earth magnet plant", "A loan from EXIM"), "en", NOON)
            storage.items.add("s", entry(3, "Earth is rare among planets", "magnet"), "en", NOON)
            storage.items.add("s", entry(4, "出口商谈稀有土产，由管理制度说起", ""), "zh", NOON)

        def found(words: str) -> list[int]:
            return sorted(item.id for item in storage.items.search(words, 10))

        assert found("稀土") == [1]
        assert found("管制") == [1]
        assert found("稀土 管制 公告") == [1]
        assert found("管制稀土") == []
        assert found("出口") == [1, 4]
        assert found("magnet") == [2, 3]
        assert found("MAGNET Exim") == [2]
        assert found('"rare earth"') == [2]
        assert found("rare earth") == [2, 3]
        assert found("nothing") == []


@pytest.mark.parametrize("words", ["", '"', "*", "AND", "title:a", "a OR b", 'a" OR "b', "NEAR(a b)", "^a"])
def test_a_search_takes_any_text_as_words(path: Path, words: str) -> None:
    with Storage(path) as storage:
        storage.items.add("s", entry(1, "Something else", "entirely"), "en", NOON)
        assert storage.items.search(words, 10) == []


def test_an_edit_forgets_the_old_words_and_keeps_the_old_text(path: Path) -> None:
    with Storage(path) as storage:
        with storage.write():
            old = storage.items.add("s", entry(1, "稀土 quota", "unchanged"), "zh", NOON)
            assert old is not None
            new = storage.items.revise(old, entry(1, "镓 quota raised", "unchanged"), "zh", NOON)
        assert storage.items.search("稀土", 5) == []
        assert storage.items.search("raised unchanged", 5) == [storage.items.get(old.id)] == [new]
        assert new.revision == 2
        rows = storage.db.execute("SELECT number, title FROM revisions").fetchall()
        assert rows == [(1, "稀土 quota")]
        storage.db.execute("INSERT INTO items_search (items_search) VALUES ('integrity-check')")


def test_an_entry_is_filed_once_per_source(path: Path) -> None:
    with Storage(path) as storage:
        assert storage.items.add("s", entry(), "en", NOON) is not None
        assert storage.items.add("s", entry(title="Again"), "en", NOON) is None
        assert storage.items.add("other", entry(), "en", NOON) is not None
        assert [i.title for i in storage.items.search("title", 5)] == ["A title"] * 2


def test_thousands_of_entries_are_known_again_by_key_and_by_alias(path: Path) -> None:
    entries = [entry(n) for n in range(1000)]
    with Storage(path) as storage:
        with storage.write():
            for one in entries:
                storage.items.add("s", one, "en", NOON)
        known = storage.items.known("s", entries)
        assert all(known[e.key].id == known[f"alias:{e.alias}"].id for e in entries)
        assert storage.items.known("other", entries) == {}


# ------------------------------------------------------------------ who polls, who sends


def test_a_source_is_claimed_by_one_until_its_lease_is_over(path: Path) -> None:
    with Storage(path) as one, Storage(path) as two:
        one.sources.sync([a_source()], NOON)
        assert one.sources.claim(["source-1"], NOON, 5 * MINUTE, due=True) == ["source-1"]
        assert two.sources.claim(["source-1"], NOON + 4 * MINUTE, 5 * MINUTE, due=False) == []
        assert two.sources.claim(["source-1"], NOON + 5 * MINUTE, 5 * MINUTE, due=True) == ["source-1"]


def test_a_source_that_was_saved_or_released_is_free_and_due_when_it_says(path: Path) -> None:
    with Storage(path) as storage:
        storage.sources.sync([a_source()], NOON)
        storage.sources.claim(["source-1"], NOON, 5 * MINUTE, due=True)
        storage.sources.save(SourceState("source-1", next_poll=NOON + 30 * MINUTE))
        assert storage.sources.claim(["source-1"], NOON + 29 * MINUTE, MINUTE, due=True) == []
        assert storage.sources.claim(["source-1"], NOON + 29 * MINUTE, MINUTE, due=False) == ["source-1"]
        storage.sources.release(["source-1"])
        assert storage.sources.claim(["source-1"], NOON + 30 * MINUTE, MINUTE, due=True) == ["source-1"]


def test_a_paused_source_is_polled_by_hand_only(path: Path) -> None:
    with Storage(path) as storage:
        storage.sources.sync([a_source()], NOON)
        assert storage.sources.pause("source-1", paused=True)
        assert not storage.sources.pause("no-such", paused=True)
        assert storage.sources.due(NOON) == set()
        assert storage.sources.claim(["source-1"], NOON, MINUTE, due=True) == []
        assert storage.sources.claim(["source-1"], NOON, MINUTE, due=False) == ["source-1"]


def test_a_changed_address_starts_afresh_and_an_unchanged_one_does_not(path: Path) -> None:
    with Storage(path) as storage:
        storage.sources.sync([a_source()], NOON)
        known = SourceState("source-1", Validators('"1"', "x", "y"), NOON + MINUTE, baseline=True, failures=2)
        storage.sources.save(known)
        storage.sources.sync([a_source()], NOON)
        assert storage.sources.state("source-1") == known
        storage.sources.sync([a_source(url="http://127.0.0.1:1/moved")], NOON)
        assert storage.sources.state("source-1") == SourceState("source-1", next_poll=NOON)


def test_of_two_processes_exactly_one_gets_each_delivery(path: Path) -> None:
    with Storage(path) as storage:
        delivery = file_alert(storage)
    for _ in range(20):
        won: list[int] = []
        at_once(*(claimer(path, delivery, won, number) for number in range(4)))
        assert len(won) == 1
        with Storage(path) as storage:
            storage.deliveries.failed(delivery, "try again", NOON)
            delivery = storage.deliveries.heads()[0]


def claimer(path: Path, delivery: Delivery, won: list[int], number: int) -> Callable[[], None]:
    def run() -> None:
        with Storage(path) as storage, storage.write():
            if storage.deliveries.claim(delivery, NOON, MINUTE):
                won.append(number)

    return run


def test_an_open_attempt_is_nobody_elses_until_its_lease_is_over(path: Path) -> None:
    with Storage(path) as storage:
        delivery = file_alert(storage)
        assert storage.deliveries.claim(delivery, NOON, MINUTE)
        taken = storage.deliveries.heads()[0]
        assert (taken.state, taken.attempts, taken.attempted) == (State.SENDING, 1, NOON)
        assert not storage.deliveries.claim(delivery, NOON + 2 * MINUTE, MINUTE), "by an old look at it"
        assert not storage.deliveries.claim(taken, NOON + MINUTE / 2, MINUTE)
        assert storage.deliveries.claim(taken, NOON + MINUTE, MINUTE)
        again = storage.deliveries.heads()[0]
        assert again.attempted == NOON, "from here on the channel is searched for what may have arrived"


def test_a_destination_is_served_in_order_and_others_do_not_wait(path: Path) -> None:
    with Storage(path) as storage:
        first = file_alert(storage, Destination("slack", "#a"))
        storage.deliveries.add("d2", replace(first.message), Destination("slack", "#b"), NOON)
        assert isinstance(first.message, Alert)
        other = replace(first.message, id="alert-2")
        storage.alerts.add(other)
        storage.deliveries.add("d3", other, Destination("slack", "#a"), NOON)
        assert [d.id for d in storage.deliveries.heads()] == ["d1", "d2"]
        storage.deliveries.sent(first, Receipt("receipt"), NOON)
        assert [d.id for d in storage.deliveries.heads()] == ["d2", "d3"]
        assert storage.deliveries.counts() == {"sent": 1, "pending": 2}


def test_an_alert_is_filed_once_and_comes_back_as_it_was(path: Path) -> None:
    with Storage(path) as storage:
        alert = file_alert(storage).message
        assert isinstance(alert, Alert)
        assert not storage.alerts.add(replace(alert, title="Another"))
        assert list(storage.alerts.latest(5)) == [alert] == list(storage.alerts.of_item(alert.item))
        storage.stories.join(alert.item, Joined(alert.story), NOON)
        (told,) = storage.alerts.of_story(alert.story)
        assert (told.item, told.watchlist, told.tier) == (alert.item, alert.watchlist, alert.tier)
        assert str(told.to) == "console:"
        assert list(storage.alerts.of_story("another")) == []


# ------------------------------------------------------------------ the last good files


def test_the_last_good_files_are_kept_and_forgotten_together(path: Path) -> None:
    with Storage(path) as storage:
        assert storage.rules.last_good() == {}
        storage.rules.keep({"a.yaml": "one", "b.yaml": "稀土"}, NOON)
    with Storage(path) as storage:
        assert storage.rules.last_good() == {"a.yaml": "one", "b.yaml": "稀土"}
        storage.rules.keep({"a.yaml": "two"}, NOON)
        assert storage.rules.last_good() == {"a.yaml": "two"}


def at_once(*jobs: Callable[[], None]) -> None:
    """Run the jobs in threads that all start at the same moment."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        gate.wait()
        job()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
