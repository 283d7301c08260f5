"""Posting to Slack: what is found again, what an error leads to, and what the check says."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.channels.settings import SlackSettings
from monitor.channels.slack import Slack
from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.model import Alert
from monitor.outbox import Delivery, Destination, State
from tests.fakes import NOON, Web, an_alert
from tests.standin import ALERTS, GENERAL, NO_LIMITS, StandIn


def delivery(alert: Alert, channel: str = GENERAL, number: str = "delivery-1") -> Delivery:
    return Delivery(number, alert, Destination("slack", channel), State.PENDING, 0, NOON)


# ------------------------------------------------------------------ without the stand-in


def test_a_server_that_is_not_there_is_an_unclear_end_not_a_loss() -> None:
    channel = Slack(SlackSettings.model_validate({"token": "xoxb-1", "api_url": "http://127.0.0.1:1/api/"}))
    with pytest.raises(DeliveryUnknown, match="URLError"):
        channel.send(delivery(an_alert()))


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": true, "channel": "C1", "message": null}'])
def test_a_yes_that_does_not_say_where_it_stands_is_an_unclear_end(body: bytes) -> None:
    """It was posted, as far as anybody knows: it is looked for, neither given up nor posted again."""
    with Web(lambda *_: (200, {"Content-Type": "application/json"}, body)) as web:
        settings = SlackSettings.model_validate({"token": "xoxb-1", "api_url": f"{web.base}/api/"})
        channel = Slack(settings)
        for ask in (channel.send, channel.find):
            with pytest.raises(DeliveryUnknown, match="lacks a part"):
                ask(delivery(an_alert()))


# ------------------------------------------------------------------ judged by the stand-in


def test_the_message_carries_the_deliverys_id_and_is_found_by_it(shared: Path, tmp_path: Path) -> None:
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        channel = slack.channel()
        receipt = channel.send(delivery(an_alert()))
        assert channel.find(delivery(an_alert())) == receipt
        assert channel.find(delivery(an_alert(), number="another")) is None
        assert channel.find(delivery(an_alert(), ALERTS)) is None, "another channel is another message"


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        ("service_unavailable", 30),
        ("token_revoked", 600),
        ("account_inactive", 600),
        ("missing_scope", 600),
        ("not_in_channel", 600),
        ("restricted_action", None),
    ],
)
def test_what_an_error_of_slacks_leads_to(shared: Path, tmp_path: Path, code: str, waits: int | None) -> None:
    """Busy: soon again. Ours to mend: parked. Our message itself: given up."""
    with StandIn(shared, tmp_path / "slack.jsonl", NO_LIMITS) as slack:
        slack.fault("error", error=code)
        with pytest.raises(DeliveryFailed, match=f"Slack: {code}") as caught:
            slack.channel().send(delivery(an_alert()))
    error = caught.value
    assert error.retryable == (waits is not None)
    assert (error.retry_after.total_seconds() if error.retry_after else None) == waits
    assert error.subject == f"slack:{GENERAL}"
