"""`monitor web`: what the settings of the pages take."""

from __future__ import annotations

import sys

import click

from monitor.commands import output
from monitor.errors import MonitorError
from monitor.web.passwords import SHORTEST, hashed


@click.group()
def web() -> None:
    """Who may come to the web desk.

    \b
    Example:
      monitor web password
    """


@web.command()
def password() -> None:
    """Print what stands for a password in the settings.

    Asks for it twice, or reads a line of the input. Put what is printed behind `password` of [web],
    or of one of [[web.users]]: from it nobody learns the password.

    \b
    Example:
      monitor web password
    """
    with output.errors():
        if sys.stdin.isatty():
            given = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        else:
            given = sys.stdin.readline().rstrip("\r\n")
        if len(given) < SHORTEST:
            raise MonitorError(f"write at least {SHORTEST} characters: it may be guessed at")
        click.echo(hashed(given))
