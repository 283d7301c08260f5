"""Settings: defaults, file, environment, and every mistake told with its place and remedy."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from monitor.capping import Limits
from monitor.config import Settings, load
from monitor.errors import Invalid
from monitor.holding import Hours, Window
from monitor.subscriber import Subscriber

FULL = """\
[storage]
url = "sqlite:///data/signals.db"

[paths]
watchlists = "rules"
sources = "rules/sources.yaml"
digests = "mail"

[http]
contact = "desk@example.com"
allow_private = ["127.0.0.0/8", "10.1.2.3"]
concurrency = 8
deadline = 12.5

[slack]
token = "xoxb-from-file"
channel = "#minerals"

[email]
smtp = "smtps://desk:pa%2Fss@mail.example.com"
from = "Desk <desk@example.com>"

[web]
listen = "127.0.0.1:9000"

[[subscribers]]
name = "Ann"
email = "ann@example.com"
digest_at = "06:15"
zone = "America/New_York"
watchlists = ["exim-dfc"]

[[subscribers]]
name = "Bob"
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, **environment: str) -> Settings:
    Path("monitor.toml").write_text(text, "utf-8")
    return load(None, environment)


def problems(text: str, **environment: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read(text, **environment)
    return [str(problem) for problem in caught.value.problems]


# ------------------------------------------------------------------ what is read


def test_with_neither_file_nor_environment_the_defaults_run() -> None:
    settings = load(None, {"PATH": "/bin", "MONITORING": "yes"})
    assert settings == Settings()
    assert settings.storage.path == Path("monitor.db")
    assert (settings.paths.watchlists, settings.paths.sources) == ("watchlists", "watchlists/sources.yaml")
    assert (settings.slack.token.get_secret_value(), settings.email.smtp.get_secret_value()) == ("", "")
    assert (settings.slack.channel, settings.http.allow_private, settings.subscribers) == ("#signals", (), ())


def test_hours_and_limits_become_values() -> None:
    settings = load(None, {"MONITOR_HOURS__QUIET": '["22:00-07:00"]', "MONITOR_LIMITS__PER_HOUR": "5"})
    assert settings.hours.hours() == Hours("UTC", (Window(time(22), time(7)),))
    assert settings.limits.limits() == Limits(per_hour=5, per_day=200, watchlist_per_day=60)
    assert (Settings().hours.hours(), Settings().limits.limits()) == (Hours("UTC"), Limits())


def test_a_file_sets_everything() -> None:
    settings = read(FULL)
    assert settings.storage.path == Path("data/signals.db")
    assert settings.paths.digests == "mail"
    assert settings.http.allow_private == ("127.0.0.0/8", "10.1.2.3")
    assert (settings.http.concurrency, settings.http.deadline) == (8, 12.5)
    assert settings.slack.token.get_secret_value() == "xoxb-from-file"
    assert settings.email.smtp.get_secret_value().startswith("smtps://desk:")
    assert settings.email.sender == "Desk <desk@example.com>"
    ann, bob = (s.subscriber() for s in settings.subscribers)
    assert (ann.name, ann.email, ann.digest_at, ann.zone, ann.watchlists) == (
        "Ann", "ann@example.com", "06:15", "America/New_York", ("exim-dfc",),
    )  # fmt: skip
    assert (bob.email, bob.digest_at, bob.zone, bob.watchlists) == ("", "07:30", "UTC", ("*",))


def test_the_environment_lies_on_top_of_the_file() -> None:
    settings = read(
        FULL,
        MONITOR_SLACK__TOKEN="xoxb-from-environment",
        MONITOR_HTTP__CONCURRENCY="16",
        MONITOR_HTTP__ALLOW_PRIVATE='["192.168.0.0/16"]',
        MONITOR_SUBSCRIBERS='[{"name": "Cem", "zone": "Europe/Berlin"}]',
        MONITOR_STORAGE__URL="sqlite:////var/lib/monitor.db",
    )
    assert settings.slack.token.get_secret_value() == "xoxb-from-environment"
    assert settings.slack.channel == "#minerals", "what is not in the environment stays"
    assert (settings.http.concurrency, settings.http.allow_private) == (16, ("192.168.0.0/16",))
    assert [s.name for s in settings.subscribers] == ["Cem"]
    assert settings.storage.path == Path("/var/lib/monitor.db")


def test_a_secret_may_come_from_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("xoxb-from-secret-file\n", "utf-8")
    settings = read(FULL, MONITOR_SLACK__TOKEN_FILE=str(secret))
    assert settings.slack.token.get_secret_value() == "xoxb-from-secret-file"


def test_another_settings_file_can_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[slack]\nchannel = "#other"\n', "utf-8")
    Path("monitor.toml").write_text('[slack]\nchannel = "#here"\n', "utf-8")
    assert load(other, {}).slack.channel == "#other"
    assert load(None, {"MONITOR_CONFIG": str(other)}).slack.channel == "#other"
    assert load(None, {}).slack.channel == "#here"
    assert load(Path("monitor.toml"), {"MONITOR_CONFIG": str(other)}).slack.channel == "#here"


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert read('\ufeff[slack]\nchannel = "#bom"\n').slack.channel == "#bom"


# ------------------------------------------------------------------ mistakes


def test_a_file_that_is_named_must_be_there() -> None:
    for file, environment in ((Path("no.toml"), {}), (None, {"MONITOR_CONFIG": "no.toml"})):
        with pytest.raises(Invalid, match=r"no\.toml: there is no such file"):
            load(file, environment)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name, why in ((".", "IsADirectoryError"), ("binary.toml", "UnicodeDecodeError")):
        with pytest.raises(Invalid, match=f"cannot be read: {why}"):
            load(tmp_path / name, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[slack]\nchanel = "#x"\n', "monitor.toml:2: unknown key 'slack.chanel' (did you mean 'channel'?)"),
        ('\n[slak]\ntoken = "x"\n', "monitor.toml:2: unknown key 'slak' (did you mean 'slack'?)"),
        ('[email]\nform = "a@b"\n', "monitor.toml:2: unknown key 'email.form' (did you mean 'from'?)"),
        ("zzz = 1\n", "monitor.toml:1: unknown key 'zzz' (known: "),
        (
            '[[subscribers]]\nname = "A"\n\n[[subscribers]]\nname = "B"\nzon = "UTC"\n',
            "monitor.toml:6: unknown key 'subscribers.1.zon' (did you mean 'zone'?)",
        ),
    ],
)
def test_an_unknown_key_names_its_line_and_the_nearest(text: str, expected: str) -> None:
    (found,) = problems(text)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ('[storage]\nurl = "postgres://x"\n', 2, "storage.url", "write sqlite:///FILE"),
        ('[storage]\nurl = "sqlite:///"\n', 2, "storage.url", "write sqlite:///FILE"),
        ("[http]\nconcurrency = 0\n", 2, "http.concurrency", "greater than or equal to 1"),
        ('[http]\n\ndeadline = "soon"\n', 3, "http.deadline", "valid number"),
        ('[http]\nallow_private = ["nonsense"]\n', 2, "http.allow_private", "nonsense"),
        ('[email]\nfrom = "nobody"\n', 2, "email.from", "write an address"),
        ('[email]\nsmtp = "mail.example.com"\n', 2, "email.smtp", "write smtp://"),
        ('[email]\nsmtp = "smtp://u:pa/ss@h"\n', 2, "email.smtp", "write smtp://"),
        ('[email]\nsmtp = "smtp://h:port"\n', 2, "email.smtp", "write smtp://"),
        ('[email]\nsmtp = "smtp://[h"\n', 2, "email.smtp", "write smtp://"),
        ("[slack]\ntoken = 12\n", 2, "slack.token", "valid string"),
        ('[hours]\nzone = "Mars"\nquiet = []\n', 2, "hours.zone", "America/New_York"),
        ('[hours]\nzone = ""\n', 2, "hours.zone", "America/New_York"),
        ('[hours]\nzone = "UTC"\nquiet = ["22-7"]\n', 3, "hours.quiet.0", "write 22:00-07:00"),
        ('[hours]\nmarket = "NSE"\n', 2, "hours.market", "'NYSE', 'ASX', 'SSE'"),
        ('[hours]\nweekdays = ["Monday"]\n', 2, "hours.weekdays.0", "'mon', 'tue'"),
        ('[hours]\nweekdays = ["sat"]\nmarket = "NYSE"\n', 1, "hours", "no moment at which an alert may go"),
        ("[limits]\nper_hour = 0\n", 2, "limits.per_hour", "greater than or equal to 1"),
        ('[limits]\n\nper_day = "many"\n', 3, "limits.per_day", "valid integer"),
        ("[limits]\nwatchlist_per_day = 10001\n", 2, "limits.watchlist_per_day", "less than or equal to"),
        ("slack = 12\n", 1, "slack", "valid dictionary"),
        ('[[subscribers]]\nname = ""\n', 2, "subscribers.0.name", "at least 1"),
        ('[[subscribers]]\nname = ".."\n', 2, "subscribers.0.name", "pattern"),  # no part of an address
        ('[[subscribers]]\nname = "A"\nemail = "a b@c"\n', 3, "subscribers.0.email", "one address"),
        ('[[subscribers]]\nname = "A"\nemail = "a@b\\nBcc: c@d"\n', 3, "subscribers.0.email", "one address"),
        (
            '[[subscribers]]\nname = "A"\ndigest_at = "25:00"\n',
            3,
            "subscribers.0.digest_at",
            "write one like 07:30",
        ),
        (
            '[[subscribers]]\nname = "A"\nemail = "a@b.example, c@d.example"\n',
            3,
            "subscribers.0.email",
            "one address",
        ),
        ('[[subscribers]]\nname = "A"\nzone = "Mars/X"\n', 3, "subscribers.0.zone", "America/New_York"),
        ("[[subscribers]]\n", 1, "subscribers.0.name", "required"),
    ],
)
def test_a_bad_value_names_its_line_and_what_to_write(text: str, line: int, key: str, words: str) -> None:
    found = next(problem for problem in problems(text) if key in problem)
    assert found.startswith(f"monitor.toml:{line}: {key}")
    assert words in found


def test_every_mistake_is_told_at_once() -> None:
    found = problems('[slack]\nchanel = "x"\n[http]\nconcurrency = 0\ndeadline = -1\n')
    assert [problem.split(": ")[0] for problem in found] == [f"monitor.toml:{n}" for n in (2, 4, 5)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[slack\n", 1),
        ('[slack]\ntoken = "x"\nchannel = #signals\n', 3),
        ('[slack]\ntoken = "a"\ntoken = "b"\n', 3),
        ('x = "open\n', 1),
    ],
)
def test_a_slip_in_the_syntax_names_its_line(text: str, line: int) -> None:
    (found,) = problems(text)
    assert found.startswith(f"monitor.toml:{line}: is not valid TOML: ")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("MONITOR_SLAK__TOKEN", "x", "names no section of the settings (did you mean 'slack'?)"),
        ("MONITOR_SLACK__TOKN", "x", "unknown key 'slack.tokn' (did you mean 'token'?)"),
        ("MONITOR_HTTP__CONCURRENCY", "many", "http.concurrency: input should be a valid integer"),
        ("MONITOR_HTTP__ALLOW_PRIVATE", "10.0.0.0/8", "http.allow_private: input should be a valid"),
        ("MONITOR_SLACK__TOKEN_FILE", "/no/such/file", "its file cannot be read: FileNotFoundError"),
        ("MONITOR_SLACK__TOKEN__X", "x", "names no section of the settings"),
        ("MONITOR_SUBSCRIBERS", "Ann", "subscribers: input should be a valid tuple"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable: str, value: str, expected: str) -> None:
    (found,) = problems("", **{variable: value})
    assert found.startswith(f"{variable}: {expected}")


@pytest.mark.parametrize("environment", [{}, {"MONITOR_SLACK": "on"}])
def test_a_section_that_is_a_value_is_told_and_crashes_nothing(environment: dict[str, str]) -> None:
    text = "" if environment else 'slack = "on"\n'
    found = problems(text, MONITOR_SLACK__TOKEN="xoxb-1", **environment)
    assert found == ["MONITOR_SLACK__TOKEN: 'slack' is not a section here, but a value"]


# ------------------------------------------------------------------ subscribers


def subscriber(text: str) -> Subscriber:
    (written,) = read(f'[[subscribers]]\nname = "Ann"\n{text}').subscribers
    return written.subscriber()


def test_a_subscriber_says_when_how_much_and_in_which_words() -> None:
    ann = subscriber(
        'weekdays = ["Mon", "FRI", "wednesday", "mon"]\n'
        'threshold = 60\nlanguage = "en"\nquiet_days = "none"\n'
    )
    assert ann.weekdays == (0, 2, 4)
    assert (ann.threshold, ann.language, ann.on_quiet_days) == (60, "en", False)


def test_every_language_that_there_are_labels_for_can_be_asked_for() -> None:
    assert subscriber('language = "zh"').language == "zh"


@pytest.mark.parametrize(
    ("text", "edition", "weekdays"),
    [
        ("", "daily", (0, 1, 2, 3, 4, 5, 6)),
        ('edition = "weekly"', "weekly", (0,)),
        ('edition = "weekly"\nweekdays = ["thu"]', "weekly", (3,)),
        ('edition = "daily"\nweekdays = ["sun"]', "daily", (6,)),
    ],
)
def test_the_days_of_an_edition(text: str, edition: str, weekdays: tuple[int, ...]) -> None:
    ann = subscriber(text)
    assert (ann.edition, ann.weekdays, ann.on_quiet_days, ann.threshold) == (edition, weekdays, True, 0)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('weekdays = ["mon", "noday"]', 3, "'noday' is not a weekday: write mon, tue, wed"),
        ("weekdays = [1]", 3, "'1' is not a weekday: write mon, tue, wed"),
        ("weekdays = []", 3, "name one weekday at least, or leave the key out for every day"),
        ('weekdays = ["mon", "thu"]\nedition = "weekly"', 4, "name one of mon, thu in weekdays"),
        ('edition = "monthly"', 3, "input should be 'daily' or 'weekly'"),
        ("threshold = 101", 3, "less than or equal to 100"),
        ("threshold = -1", 3, "greater than or equal to 0"),
        ('language = "tlh"', 3, "'tlh' is not a language of the digest: write one of en"),
        ('quiet_days = "maybe"', 3, "input should be 'mail' or 'none'"),
        ('weekday = ["mon"]', 3, "unknown key 'subscribers.0.weekday' (did you mean 'weekdays'?)"),
    ],
)
def test_a_mistake_in_a_subscriber_is_told_with_its_line(text: str, line: int, said: str) -> None:
    (problem,) = problems(f'[[subscribers]]\nname = "Ann"\n{text}\n')
    assert problem.startswith(f"monitor.toml:{line}: ")
    assert said in problem


@pytest.mark.parametrize(
    ("other", "said"),
    [("Ann", "another subscriber is called so"), ("ann.", "another subscriber is called 'Ann'")],
)
def test_two_subscribers_of_one_name_are_refused(other: str, said: str) -> None:
    (problem,) = problems(
        f'[[subscribers]]\nname = "Ann"\n\n[[subscribers]]\nzone = "UTC"\nname = "{other}"\n'
    )
    assert problem.startswith(f"monitor.toml:6: subscribers.1.name: {said}: give each a name of its own")


def test_names_that_are_not_latin_are_told_apart() -> None:
    settings = read('[[subscribers]]\nname = "李明"\n\n[[subscribers]]\nname = "王芳"\n')
    assert len({written.subscriber().slug for written in settings.subscribers}) == 2
