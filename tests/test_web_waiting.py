"""The page of deliveries, with one in every state."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.outbox import State
from tests.newsroom import deliver, told
from tests.webpages import Pages


@pytest.mark.parametrize("state", State)
def test_a_delivery_can_be_seen_in_whatever_state_it_is(tmp_path: Path, state: State) -> None:
    pages = Pages(tmp_path / "monitor.db")
    deliver(pages, told(pages, 1, title="A loan"), state.value)
    answer = pages.get("/deliveries/")
    assert answer.status_code == 200
    assert "A loan" in answer.text
