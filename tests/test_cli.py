"""The commands, one by one: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from monitor import installation
from monitor.cli import main
from monitor.storage import Storage
from tests import rules
from tests.desk import NEWS, OLD, Desk


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


# ------------------------------------------------------------------ all of them


@pytest.mark.parametrize("command", sorted(commands()), ids=" ".join)
def test_help_says_what_it_does_with_an_example(desk: Desk, command: tuple[str, ...]) -> None:
    text = desk.run(*command, "--help").stdout
    assert f"Usage: main {' '.join(command)}" in text
    example = text.partition("Example:\n")[2].strip().splitlines()
    assert f"monitor {' '.join(command)}" in example[0]


def test_the_top_says_where_to_start(desk: Desk) -> None:
    assert "monitor demo" in desk.run("--help").stdout
    assert desk.run("--version").stdout.startswith("monitor, version ")
    assert "Usage" in desk.run(code=2).output


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("alerts", "--nonsense"),
        ("alerts", "--limit", "0"),
        ("search",),
        ("explain",),
        ("explain", "1", "--text", "-"),
        ("explain", "--text", "no-such-file"),
        ("backup",),
        ("digest", "--date", "yesterday"),
        ("digest", "--send"),
        ("digests", "show"),
        ("sources", "nonsense"),
        ("watchlists", "show"),
        ("deliveries", "retry"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(desk: Desk, words: tuple[str, ...]) -> None:
    assert "Error" in desk.run(*words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("poll", "nonsense"), "no source is called 'nonsense': see monitor sources list"),
        (("sources", "check", "nonsense"), "no source is called 'nonsense'"),
        (("sources", "pause", "nonsense"), "no source is called 'nonsense'"),
        (("sources", "resume", "nonsense"), "no source is called 'nonsense'"),
        (("watchlists", "show", "nonsense"), "no watchlist is called 'nonsense': there are magnets"),
        (("explain", "999"), "no stored item is '999'"),
        (("explain", "https://example.com/none"), "no stored item is"),
        (("deliveries", "retry", "nonsense"), "no failed delivery is 'nonsense'"),
        (("digest", "--to", "nonsense"), "no subscriber is called 'nonsense'"),
        (("digest", "--send", "--to", "guest@example.com"), "set email.smtp"),
        (("--config", "no.toml", "alerts"), "no.toml: there is no such file"),
    ],
)
def test_a_failure_is_1_with_a_line_on_stderr(desk: Desk, words: tuple[str, ...], said: str) -> None:
    result = desk.run(*words, code=1)
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["alerts", "run", "doctor", "watchlists list"])
def test_bad_settings_stop_any_command_with_file_and_line(desk: Desk, command: str) -> None:
    Path("monitor.toml").write_text("[http]\nconcurency = 3\n", "utf-8")
    result = desk.run(*command.split(), code=1)
    assert result.stderr == "monitor.toml:2: unknown key 'http.concurency' (did you mean 'concurrency'?)\n"


def test_a_file_that_is_no_database_is_told_and_left_alone(desk: Desk) -> None:
    Path("monitor.db").write_bytes(b"precious, but no database " * 100)
    assert "cannot be opened as a database" in desk.run("alerts", code=1).stderr
    assert Path("monitor.db").read_bytes().startswith(b"precious")


def test_json_is_lines_on_stdout_and_logs_are_on_stderr(desk: Desk) -> None:
    desk.filled()
    result = desk.run("-v", "poll", "--json")
    (report,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert report["polled"] == 2
    assert result.stderr.count("▲") == 2, "alerts for the terminal keep out of the machine's way"
    assert result.stderr.count("INFO sent to console") == 2


# ------------------------------------------------------------------ polling


def test_the_first_look_is_filed_and_not_told(desk: Desk) -> None:
    result = desk.run("poll")
    assert result.stdout == (
        "2 sources answered (0 unchanged); 2 new items; "
        "2 looked at for the first time: filed, not told; 0 alerts.\n"
    )
    assert desk.run("alerts").stdout == "No alerts yet.\n"
    assert desk.run("deliveries").stdout == "No deliveries yet.\n"


def test_news_are_told_on_the_terminal_once(desk: Desk) -> None:
    desk.run("poll")
    desk.entries["wire"] = NEWS + OLD
    text = desk.run("poll", "wire").stdout
    assert (
        "▲ Rare earth magnets · First report · approved\n  EXIM approves loan for rare earth magnet" in text
    )
    assert text.index("EXIM") < text.index("商务部"), "the older one first"
    assert "1 sources answered (0 unchanged); 3 new items; 2 alerts." in text
    desk.entries["press"] = [NEWS[1], *OLD]
    assert "▲" not in desk.run("poll").stdout, "neither what was told nor a copy of it"


def test_alerts_can_be_held_back(desk: Desk) -> None:
    desk.filled()
    assert [d["state"] for d in desk.json("deliveries")] == ["pending", "pending"]
    assert desk.run("poll").stdout.count("▲") == 2
    assert [d["state"] for d in desk.json("deliveries")] == ["sent", "sent"]


def test_a_source_that_fails_is_named_and_the_others_go_on(desk: Desk) -> None:
    desk.broken = {"press"}
    result = desk.run("poll")
    assert "1 sources answered" in result.stdout
    assert "press: answered 500" in result.stderr
    desk.run("poll", "press", code=1)


def test_offline_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_names(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    rules.write(Path("watchlists"), {f"s{n}": f"http://s{n}.example.com/feed" for n in range(20)})
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    for command in (("poll",), ("run", "--once")):
        with desk.storage() as storage, storage.write():
            storage.db.conn.execute("UPDATE sources SET next_poll = '2000-01-01'")
        result = desk.run(*command, code=1)
        (line,) = result.output.splitlines()
        assert line.startswith("No network: none of the sources could be reached. Nothing is lost")
    assert {s["status"] for s in desk.json("sources", "list")} == {"new"}, "no source is to blame"


def test_run_once_in_an_empty_folder(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is needed: the shipped ones are put there to be edited, and alerts come to the terminal."""
    monkeypatch.setattr(installation, "shipped", lambda: tmp_path / "watchlists")
    monkeypatch.setenv("MONITOR_HTTP__ALLOW_PRIVATE", '["127.0.0.0/8"]')
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    first = desk.run("run", "--once")
    assert "Wrote the shipped watchlists to watchlists/" in first.stdout
    assert "2 looked at for the first time" in first.stdout
    assert sorted(path.name for path in empty.iterdir()) == ["monitor.db", "monitor.db.lock", "watchlists"]
    desk.entries["wire"] = NEWS + OLD
    with Storage(empty / "monitor.db") as storage, storage.write():
        storage.db.conn.execute("UPDATE sources SET next_poll = '2000-01-01'")
    assert desk.run("run", "--once").stdout.count("▲") == 2
    assert "Wrote" not in desk.run("run", "--once").stdout


# ------------------------------------------------------------------ looking things up


def test_explain_by_number_link_and_text(desk: Desk) -> None:
    desk.filled()
    (found,) = desk.json("search", "EXIM")
    by_number, by_link = desk.run("explain", str(found["id"])), desk.run("explain", found["link"])
    assert by_number.stdout == by_link.stdout
    assert "EXIM approves loan for rare earth magnet plant\nhttps://example.com/loan" in by_number.stdout
    assert "Rare earth magnets (magnets): 88 of 100, alert: first report" in by_number.stdout
    assert (
        "  +60  rare earths or magnets: “rare earth” in the title, “magnet” in the title" in by_number.stdout
    )
    text = desk.run("explain", "--text", "-", stdin="Loan talks\nabout a rare earth mine\n").stdout
    assert "Rare earth magnets (magnets): 62 of 100, alert" in text
    assert "lacks" in desk.run("explain", "--text", "-", stdin="Cat show opens\n").stdout
    (said,) = desk.json("explain", found["link"], "--watchlist", "magnets")
    assert (said["score"], said["stage"]) == (88, "approved")
    desk.run("explain", found["link"], "--watchlist", "nonsense", code=1)


def test_explain_tells_why_a_copy_stayed_silent(desk: Desk) -> None:
    desk.filled().entries["press"] = [NEWS[1], *OLD]
    desk.run("poll")
    copy, _ = desk.json("search", "EXIM")
    assert copy["source"] == "press"
    assert (
        "no alert: it adds nothing to a story that was told already"
        in desk.run("explain", str(copy["id"])).stdout
    )


def test_search_reads_chinese_without_spaces(desk: Desk) -> None:
    desk.filled()
    assert [i["title"] for i in desk.json("search", "稀土企业")] == [NEWS[0][1]]
    assert [i["title"] for i in desk.json("search", "稀土", "贷款")] == [NEWS[0][1]]
    assert desk.run("search", "稀土猫").stdout == "Nothing found.\n"
    assert NEWS[0][1] in desk.run("search", "稀土").stdout
    assert len(desk.json("search", "rare", "--limit", "1")) == 1


def test_an_alert_says_in_english_what_its_words_mean(desk: Desk) -> None:
    """The rules of the desk name no concepts: the group stands for its words."""
    desk.filled()
    found = {alert["lang"]: alert["gloss"] for alert in desk.json("alerts")}
    assert found == {"zh": [["稀土", "rare earths or magnets"], ["贷款", "money"]], "en": []}


def test_alerts_newest_first_and_by_watchlist(desk: Desk) -> None:
    desk.filled()
    found = desk.json("alerts")
    assert {a["title"] for a in found} == {NEWS[0][1], NEWS[1][1]}
    assert all(datetime.fromisoformat(a["created"]).tzinfo == UTC for a in found)
    assert desk.json("alerts", "--watchlist", "other") == []
    assert "EXIM approves loan" in desk.run("alerts", "--limit", "5").stdout
