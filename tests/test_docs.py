"""What the README and the docs say is true: every command runs, every example loads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor import catalogue, config, labels, watchlists
from monitor.cli import main
from monitor.conditions import Evidence
from monitor.demo import _catalogue
from monitor.demo_feeds import DemoServer, load
from monitor.folder import LEDGERS, SHARED, SOURCES, read_directory
from monitor.match import Matcher
from monitor.model import Content
from monitor.score import evaluate
from monitor.subscribing import SubscriberSettings
from monitor.web.people import Role
from monitor.web.settings import WebSettings, WebUser
from tests.conftest import ROOT, Demo

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LABELLED = (
    '{"id": "1", "title": "EXIM board approves loan for rare earth magnet plant", "text": "",'
    ' "labels": ["exim-dfc"]}\n'
)


def blocks(kind: str) -> list[tuple[str, str]]:
    """(page, block) of every fenced block of a kind."""
    return [
        (page.name, text)
        for page in PAGES
        for found, text in BLOCK.findall(page.read_text("utf-8"))
        if found == kind
    ]


def commands() -> list[str]:
    lines = [line for _, text in blocks("console") for line in text.splitlines() if line.startswith("$ ")]
    return list(dict.fromkeys(re.sub(r"\s{2,}#.*$", "", line[2:]).strip() for line in lines))


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of a finished demo with its sources alive again."""
    copy = tmp_path_factory.mktemp("docs") / "demo"
    shutil.copytree(demo.folder, copy)
    (copy / "labelled.jsonl").write_text(LABELLED, "utf-8")
    shutil.copy(copy / "watchlists" / "exim-dfc.yaml", copy / "exim-dfc-new.yaml")
    week = load()
    with DemoServer(week, lambda: week.begins) as server:
        (copy / "watchlists" / "sources.yaml").write_text("".join(_catalogue(server.sources)), "utf-8")
        yield copy


@pytest.mark.parametrize("line", commands())
def test_every_command_runs(line: str, folder: Path) -> None:
    if line.startswith("make "):
        cwd, line = ROOT, line.replace("make ", "make --dry-run ", 1)
    else:
        cwd = folder
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder), "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["sh", "-c", line], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_every_yaml_example_loads(page: str, text: str) -> None:
    named = re.match(r"# watchlists/(\S+\.yaml)\n", text)
    assert named, f"{page}: the first line of a YAML example names its file"
    file = named[1]
    if file == SOURCES:
        sources, problems = catalogue.parse(file, text)
        assert sources
    elif file == LEDGERS:
        rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists") | {file: text})
        assert rulebook.ledgers
    elif file in SHARED:
        _, problems = watchlists.build({file: text})
    else:
        rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists") | {file: text})
        assert file.removesuffix(".yaml") in {w.id for w in rulebook.watchlists}
    assert not problems


def judged() -> list[tuple[str, str, str]]:
    """(watchlist example, what it should make of a headline, the headline), from each `items` block."""
    found = []
    for page in PAGES:
        rule = ""
        for kind, text in BLOCK.findall(page.read_text("utf-8")):
            rule = text if kind == "yaml" else rule
            if kind == "items":
                found += [(rule, *line.split(maxsplit=1)) for line in text.splitlines()]
    return found


@pytest.mark.parametrize(("text", "expected", "headline"), judged())
def test_every_headline_fares_as_the_docs_say(text: str, expected: str, headline: str) -> None:
    named = re.match(r"# watchlists/((\S+)\.yaml)\n", text)
    assert named
    rulebook, _ = watchlists.build(read_directory(ROOT / "watchlists") | {named[1]: text})
    watchlist = next(w for w in rulebook.watchlists if w.id == named[2])
    verdict = evaluate(watchlist, Evidence(Matcher([watchlist]).find(Content(headline))))
    reached = "alert" if verdict.score >= watchlist.alert else "digest"
    assert expected == (reached if verdict.score >= watchlist.digest else "silent"), verdict


@pytest.mark.parametrize(
    ("page", "text"),
    [*blocks("toml"), ("deploy/monitor.toml", (ROOT / "deploy/monitor.toml").read_text("utf-8"))],
)
def test_every_settings_example_loads(page: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text(text, "utf-8")
    assert config.load(file, {}) != config.load(None, {})


def test_the_example_settings_name_every_key() -> None:
    text = (ROOT / "deploy/monitor.toml").read_text("utf-8")
    for section in ("storage", "paths", "http", "keys", "slack", "email", "operator", "reading", "web"):
        assert f"[{section}]" in text
    for key in (
        "allow_private",
        "concurrency",
        "deadline",
        "contact",
        "channel",
        "token",
        "app_token",
        "editors",
        "url",
        "smtp",
        "digest_at",
        "zone",
    ):
        assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE)


@pytest.mark.parametrize("page", ["deploy/monitor.toml", "docs/digest.md"])
def test_every_key_of_a_subscriber_is_shown_and_explained(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for key in SubscriberSettings.model_fields:
        assert re.search(rf"^(# )?{key} = .*", text, re.MULTILINE), key


@pytest.mark.parametrize("page", ["deploy/monitor.toml", "docs/desk.md"])
def test_every_key_of_the_desk_is_shown_and_explained(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for key in {*WebSettings.model_fields, *WebUser.model_fields} - {"users"}:
        assert re.search(rf"^(# )?{key} = .*", text, re.MULTILINE), key
    assert "[[web.users]]" in text


def test_the_settings_show_the_desk_as_it_is_without_them() -> None:
    text = (ROOT / "deploy/monitor.toml").read_text("utf-8")
    (section,) = re.findall(r"^\[web\]\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert WebSettings.model_validate(tomllib.loads(section)) == WebSettings()


def test_the_users_in_the_docs_are_let_in_as_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    (text,) = (text for page, text in blocks("toml") if page == "desk.md")
    file.write_text(text, "utf-8")
    web = config.load(file, {}).web
    assert [(user.name, user.role) for user in web.users] == [("ann", Role.EDITOR), ("guest", Role.READER)]
    assert (web.locked, web.proxy_header) == (True, "X-Forwarded-For")


def test_the_subscribers_in_the_docs_are_read_as_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    (text,) = (text for page, text in blocks("toml") if page == "digest.md" and "subscribers" in text)
    file.write_text(text, "utf-8")
    desk, ann, archive = (written.subscriber() for written in config.load(file, {}).subscribers)
    assert (desk.weekdays, desk.threshold, desk.on_quiet_days) == ((0, 1, 2, 3, 4), 35, False)
    assert (ann.edition, ann.weekdays, ann.digest_at) == ("weekly", (4,), "07:30")
    assert (archive.email, archive.watchlists) == ("", ("*",))
    assert set(ann.watchlists) <= {path.stem for path in (ROOT / "watchlists").glob("*.yaml")}


@pytest.mark.parametrize("language", labels.languages())
def test_a_file_of_labels_is_a_language(language: str, tmp_path: Path) -> None:
    file = tmp_path / "monitor.toml"
    file.write_text(f'[[subscribers]]\nname = "Ann"\nlanguage = "{language}"\n', "utf-8")
    (ann,) = config.load(file, {}).subscribers
    assert labels.labels(ann.subscriber().language).language == language


def every_command() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for below, inner in command.commands.items():
                yield f"{name} {below}", inner


@pytest.mark.parametrize(("name", "command"), list(every_command()))
def test_every_command_is_documented_and_teaches(name: str, command: click.Command) -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert f"monitor {name}" in text or f"make {name}" in text
    assert "Example:" in (command.help or "")


def test_every_path_in_the_docs_exists() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        places = [
            *re.findall(r"\]\((?!https?:)([^)#]+)", text),
            *re.findall(r"\| `(monitor/[^`]+)` \|", text),
        ]
        for place in places:
            assert (page.parent / place).exists() or (ROOT / place).exists(), f"{page.name}: {place}"


def test_the_readme_fits_two_minutes_of_reading() -> None:
    prose = BLOCK.sub("", (ROOT / "README.md").read_text("utf-8"))
    assert len(prose.split()) < 900


def test_the_shipped_watchlists_have_no_problem() -> None:
    rulebook, problems = watchlists.build(read_directory(ROOT / "watchlists"))
    assert not problems
    assert {w.id for w in rulebook.watchlists} == {
        "exim-dfc",
        "magnet-plants",
        "china-countermoves",
        "asean-accords",
    }
