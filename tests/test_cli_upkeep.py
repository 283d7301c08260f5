"""The commands that keep it running: sources, watchlists, deliveries, doctor, backup."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor import storage as storage_module
from monitor.batching import release
from monitor.commands import doctor
from monitor.holding import Hold
from monitor.outbox import Delivery
from monitor.storage import Storage
from tests import rules
from tests.desk import NEWS, OLD, SETTINGS, Desk
from tests.mailserver import MailServer

BROKEN = rules.MAGNETS.replace("weight: 60", "wieght: 60")


def settings(more: str) -> None:
    Path("monitor.toml").write_text(SETTINGS + more, "utf-8")


# ------------------------------------------------------------------ sources


def test_sources_list_shows_how_each_is_doing(desk: Desk) -> None:
    assert {s["status"] for s in desk.json("sources", "list")} == {"new"}
    desk.broken = {"press"}
    desk.run("poll")
    shown = {s["source"]["id"]: s for s in desk.json("sources", "list")}
    assert (shown["wire"]["status"], shown["wire"]["state"]["items"]) == ("ok", 1)
    assert (shown["press"]["status"], shown["press"]["detail"]) == (
        "failing", "answered 500 Internal Server Error (once)",
    )  # fmt: skip
    text = desk.run("sources", "list").stdout
    assert text.splitlines()[1].startswith("press"), "what needs a look comes first"
    assert text.rstrip().endswith("1 of 2 sources healthy; Press News refused 0 min.")


def test_disabled_sources_are_shown_on_demand_with_the_reason(desk: Desk) -> None:
    with Path("watchlists/sources.yaml").open("a", encoding="utf-8") as file:
        file.write("  - id: off\n    url: https://example.com/\n    disabled: no feed any more\n")
    assert "no feed any more" not in desk.run("sources", "list").stdout
    assert "no feed any more" in desk.run("sources", "list", "--all").stdout
    assert "off is disabled: no feed any more" in desk.run("poll", "off", code=1).stderr


def test_sources_check_tries_live_and_files_nothing(desk: Desk) -> None:
    found = {c["source"]: c for c in desk.json("sources", "check")}
    assert (found["wire"]["ok"], found["wire"]["status"], found["wire"]["items"]) == (True, "ok", 1)
    assert (found["wire"]["code"], found["wire"]["bytes"] > 100) == (200, True)
    desk.broken = {"press"}
    (failed,) = desk.json("sources", "check", "press", code=1)
    assert (failed["ok"], failed["status"], failed["code"]) == (False, "fails", 500)
    assert failed["said"] == "answered 500 Internal Server Error"
    assert "FAILS" in desk.run("sources", "check", code=1).stdout
    with desk.storage() as storage:
        assert storage.items.began() is None
        assert all(state.last_poll is None for state in storage.sources.states().values())


def test_sources_check_follows_an_index_to_its_list(desk: Desk) -> None:
    text = f"""\
  - id: indexed
    kind: json
    url: {desk.base}/index
    follow: files[].url
    entry: {{title: title, link: link}}
"""
    with Path("watchlists/sources.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    desk.answers["index"] = f'{{"files": [{{"url": "{desk.base}/table.json"}}]}}'.encode()
    desk.answers["table.json"] = b'[{"title": "One", "link": "/1"}, {"title": "Two", "link": "/2"}]'
    (found,) = desk.json("sources", "check", "indexed")
    assert (found["status"], found["items"]) == ("ok", 2)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(b'<?xml version="1.0" encoding="GB2312"?>', "gb2312", id="its own word"),
        pytest.param(b"", "", id="none"),
    ],
)
def test_sources_check_says_what_encoding_is_declared(desk: Desk, body: bytes, encoding: str) -> None:
    desk.answers["wire"] = body + rules.rss(*OLD)
    (found,) = desk.json("sources", "check", "wire")
    assert found["encoding"] == encoding


@pytest.mark.parametrize(("days", "status"), [(6, "ok"), (8, "stale")])
def test_sources_check_tells_a_feed_that_has_frozen(desk: Desk, days: int, status: str) -> None:
    date = format_datetime(datetime.now(UTC) - timedelta(days=days))
    desk.answers["wire"] = rules.rss(*OLD, date=date)
    (found,) = desk.json("sources", "check", "wire")
    assert (found["ok"], found["status"]) == (True, status)
    assert found["said"] == ("answers, but nothing newer than 8 days" if status == "stale" else "")
    assert status in desk.run("sources", "check", "wire").stdout


def test_a_paused_source_is_left_alone_until_it_is_resumed(desk: Desk) -> None:
    assert desk.run("sources", "pause", "press").stdout == "press is paused.\n"
    assert {s["source"]["id"]: s["status"] for s in desk.json("sources", "list")}["press"] == "paused"
    assert "1 sources answered" in desk.run("run", "--once").stdout
    assert desk.run("sources", "resume", "press").stdout == "press is polled again.\n"
    assert "1 looked at for the first time" in desk.run("run", "--once").stdout


# ------------------------------------------------------------------ watchlists


def test_watchlists_list_and_show(desk: Desk) -> None:
    desk.filled()
    (row,) = desk.json("watchlists", "list")
    assert row == {
        "watchlist": "magnets", "title": "Rare earth magnets", "alert": 60, "digest": 40,
        "terms": 6, "signals": 4,
    }  # fmt: skip
    assert "Rare earth magnets" in desk.run("watchlists", "list").stdout
    text = desk.run("watchlists", "show", "magnets").stdout
    assert "must: rare earths or magnets (+60)\n  magnet, rare earth, 稀土" in text
    assert "stage 2: approved" in text
    (shown,) = desk.json("watchlists", "show", "magnets")
    assert shown["must"] == [
        {"name": "rare earths or magnets", "weight": 60, "asks": ["magnet, rare earth, 稀土"]}
    ]


def test_watchlists_check_names_file_line_and_remedy(desk: Desk) -> None:
    assert desk.run("watchlists", "check").stdout == "1 watchlists and 2 sources, no problem found.\n"
    assert desk.json("watchlists", "check") == []
    Path("watchlists/magnets.yaml").write_text(BROKEN, "utf-8")
    Path("watchlists/other.yaml").write_text("watchlist: other\n\ttitle: x\n", "utf-8")
    Path("watchlists/sources.yaml").write_text("sources:\n  - id: one\n    ulr: http://x\n", "utf-8")
    result = desk.run("watchlists", "check", code=1)
    assert "watchlists/magnets.yaml:6: unknown key 'wieght' (did you mean 'weight'?)" in result.stdout
    assert "watchlists/other.yaml:2: " in result.stdout
    assert "watchlists/sources.yaml:3: unknown key 'ulr' (did you mean 'url'?)" in result.stdout
    found = desk.json("watchlists", "check", code=1)
    assert {(p["file"], p["line"]) for p in found} >= {("magnets.yaml", 6), ("sources.yaml", 3)}


def test_the_last_good_rules_stay_in_force_across_a_restart(desk: Desk) -> None:
    desk.run("poll")
    Path("watchlists/magnets.yaml").write_text(BROKEN, "utf-8")
    desk.entries["wire"] = NEWS + OLD
    result = desk.run("run", "--once")
    assert "magnets.yaml:6: unknown key 'wieght'" in result.stderr
    assert "What was good before stays in force." in result.stderr
    assert desk.run("poll").stdout.count("▲") + result.stdout.count("▲") == 2


# ------------------------------------------------------------------ deliveries


def begin(storage: Storage, *deliveries: Delivery) -> None:
    """Begin an attempt of each."""
    for delivery in deliveries:
        assert storage.deliveries.claim(delivery, datetime.now(UTC), timedelta(minutes=1))


def test_a_failed_delivery_is_shown_with_its_reason_and_goes_out_on_request(desk: Desk) -> None:
    desk.filled()
    with desk.storage() as storage, storage.write():
        first, second = reversed(list(storage.deliveries.latest(9)))
        begin(storage, first, second)
        storage.deliveries.dead(first, "Slack: not_in_channel: invite the app", datetime.now(UTC))
        storage.deliveries.failed(second, "Slack: ratelimited", datetime.now(UTC) + timedelta(days=1))
    assert {d["error"] for d in desk.json("deliveries", "--failed")} == {
        "Slack: not_in_channel: invite the app", "Slack: ratelimited",
    }  # fmt: skip
    assert "not_in_channel" in desk.run("deliveries", "--failed").stdout
    assert "▲" not in desk.run("poll").stdout
    for delivery in (first, second):
        assert "goes out again" in desk.run("deliveries", "retry", delivery.id).stdout
    assert desk.run("poll").stdout.count("▲") == 2
    assert desk.run("deliveries", "--failed").stdout == "Nothing has failed.\n"
    assert "no failed delivery" in desk.run("deliveries", "retry", first.id, code=1).stderr


def test_all_that_was_given_up_goes_out_again_or_what_is_for_one_destination(desk: Desk) -> None:
    desk.filled()
    with desk.storage() as storage, storage.write():
        for delivery in list(storage.deliveries.latest(9)):
            begin(storage, delivery)
            storage.deliveries.dead(delivery, "no such channel", datetime.now(UTC))
    assert len(desk.json("deliveries", "--dead")) == 2
    nothing = desk.run("deliveries", "retry", "--all", "--to", "slack:#x", code=1).stderr
    assert "nothing to slack:#x was given up: see monitor deliveries --dead" in nothing
    said = desk.run("deliveries", "retry", "--all", "--to", "console:").stdout
    assert said == "2 deliveries go out again with the next delivery rounds.\n"
    assert desk.run("deliveries", "--dead").stdout == "Nothing has failed.\n"
    assert desk.run("poll").stdout.count("▲") == 2


@pytest.mark.parametrize(
    "words", [("x", "--all"), ("x", "--to", "console:"), ("--to", "console:")], ids=" ".join
)
def test_one_delivery_is_retried_or_all(desk: Desk, words: tuple[str, ...]) -> None:
    assert "name one delivery, or give --all" in desk.run("deliveries", "retry", *words, code=2).stderr


def held(storage: Storage) -> None:
    """Hold what waits, of two alerts."""
    until = Hold(datetime(2030, 1, 1, tzinfo=UTC), "quiet hours until 07:00 EST")
    for delivery in list(storage.deliveries.latest(9)):
        assert storage.batches.hold(delivery, until, datetime.now(UTC))


def test_what_is_held_is_shown_with_what_holds_it_and_then_as_told_with_others(desk: Desk) -> None:
    desk.filled()
    with desk.storage() as storage:
        with storage.write():
            held(storage)
        shown = desk.run("deliveries").stdout
        assert shown.count("held") == shown.count("quiet hours until 07:00 EST") == 2
        release(storage, datetime(2030, 1, 1, tzinfo=UTC))
    shown = " ".join(desk.run("deliveries").stdout.split())
    assert shown.count("batched") == 2
    assert "2 alerts since" in shown
    assert "told with others" in shown
    assert [len(d["message"].get("alerts", ())) for d in desk.json("deliveries")] == [2, 0, 0]


# ------------------------------------------------------------------ doctor


def test_doctor_finds_all_in_order(desk: Desk) -> None:
    found = {f["subject"]: f for f in desk.json("doctor")}
    assert {f["status"] for f in found.values()} <= {"ok", "note"}
    assert found["watchlists"]["detail"] == "magnets"
    assert "off: set slack.token" in found["slack"]["detail"]
    text = desk.run("doctor").stdout
    assert "ok     database: monitor.db, SQLite" in text


def test_doctor_notes_what_is_held(desk: Desk) -> None:
    desk.filled()
    with desk.storage() as storage, storage.write():
        held(storage)
    assert {"status": "note", "subject": "held", "detail": "2 to console: (quiet hours until 07:00 EST)"} in (
        desk.json("doctor")
    )


def test_doctor_names_every_trouble_and_ends_with_1(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.filled()
    with desk.storage() as storage, storage.write():
        (first, *_) = storage.deliveries.latest(9)
        begin(storage, first)
        storage.deliveries.dead(first, "no", datetime.now(UTC))
    settings(
        '[slack]\ntoken = "xoxb-1"\napi_url = "http://127.0.0.1:1/"\n[email]\nsmtp = "smtp://127.0.0.1:1"\n'
    )
    Path("watchlists/magnets.yaml").write_text(BROKEN, "utf-8")
    monkeypatch.setattr(doctor, "LOW_DISK", 10**18)
    found = desk.json("doctor", code=1)
    wrong = {f["subject"]: f["detail"] for f in found if f["status"] == "WRONG"}
    assert sorted(wrong) == ["deliveries", "disk", "email", "files", "slack"]
    assert "magnets.yaml:6" in wrong["files"]
    assert wrong["deliveries"] == "1 refused: monitor deliveries --failed"
    assert "cannot be reached" in wrong["slack"]
    assert "refuses the connection: is its port" in wrong["email"]


def test_doctor_names_the_sources_that_want_a_contact(desk: Desk) -> None:
    with Path("watchlists/sources.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {id: edgar-one, kind: edgar, url: 'https://data.sec.gov/submissions/CIK1.json'}\n")
    found = {f["subject"]: f for f in desk.json("doctor")}
    assert found["http.contact"]["status"] == "note"
    assert "1 source is off (edgar-one)" in found["http.contact"]["detail"]


def test_doctor_sees_a_mail_server_that_takes_us(desk: Desk) -> None:
    with MailServer() as server:
        settings(f'[email]\nsmtp = "{server.url()}"\n')
        found = {f["subject"]: f for f in desk.json("doctor")}
    assert (found["email"]["status"], found["email"]["detail"]) == ("ok", "the server accepts us")


# ------------------------------------------------------------------ backup


def test_a_backup_is_whole_and_can_take_the_databases_place(desk: Desk) -> None:
    desk.filled()
    assert "checked." in desk.run("backup", "copy.db").stdout
    raw = sqlite3.connect("copy.db")
    assert raw.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
    before = desk.json("alerts")
    for name in ("monitor.db", "monitor.db-wal", "monitor.db-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.move("copy.db", "monitor.db")
    assert desk.json("alerts") == before
    assert len(desk.json("search", "稀土")) == 1
    assert desk.run("poll").stdout.count("▲") == 2, "what waited still waits, and goes out once"


def test_a_backup_never_replaces_the_database_itself(desk: Desk) -> None:
    desk.filled()
    for name in ("monitor.db", "./monitor.db", str(desk.folder / "monitor.db")):
        assert "that is the database itself" in desk.run("backup", name, code=1).stderr
    Path("link.db").symlink_to("monitor.db")
    desk.run("backup", "link.db", code=1)
    assert len(desk.json("alerts")) == 2


def test_a_backup_that_fails_leaves_the_old_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.filled()
    Path("copy.db").write_text("the old one")
    with monkeypatch.context() as patched:
        patched.setattr(Storage, "check", lambda self: "malformed page")
        assert "the copy is damaged" in desk.run("backup", "copy.db", code=1).stderr
    assert Path("copy.db").read_text() == "the old one"
    assert "the backup failed" in desk.run("backup", "no/such/folder/copy.db", code=1).stderr


def test_a_backup_while_somebody_writes_is_a_whole_one(desk: Desk) -> None:
    """Of a pair of rows written together, never one alone."""
    desk.filled()
    stop = threading.Event()

    def write() -> None:
        with desk.storage() as storage:
            number = 0
            while not stop.is_set():
                number += 1
                texts = {f"{number}-a": "x" * 5000, f"{number}-b": "x" * 5000}
                with storage.write():
                    storage.rules.keep(texts, datetime.now(UTC))
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            desk.run("backup", "copy.db")
            with Storage(Path("copy.db")) as copy:
                assert copy.check() == "ok"
                kept = sorted(copy.rules.last_good())
            assert [name.partition("-")[2] for name in kept] in (["a", "b"], ["", ""])
    finally:
        stop.set()
        writer.join()


def test_a_database_that_stays_locked_is_a_line_not_a_traceback(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.filled()
    monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.1)
    with desk.storage() as storage, storage.write():
        assert desk.run("poll", code=1).stderr == "error: the database cannot be used: database is locked\n"
