"""The channels. A channel is one module here with `name`, `pace`, `send` and `find`."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from monitor.outbox import Delivery, Receipt

# How long to leave alone what only a person can mend.
PARKED = timedelta(minutes=10)


class Channel(Protocol):
    """Somewhere alerts go.

    `pace` is the least time between two sends to one address. `settle` is longer than its
    time-out: once it is over, no attempt can still be under way. `send` returns a receipt once the
    channel has accepted, raises DeliveryFailed where it refused (retryable or for good), and
    DeliveryUnknown where it may have accepted. `find` answers whether an earlier attempt of a
    delivery arrived: its receipt, or None where it did not, or where the channel cannot tell.
    With `threads`, what follows in a story can stand below what opened it, and
    `update` brings the message of a delivery that was sent up to its `standing`; without, it is not called.
    """

    name: str
    pace: timedelta
    settle: timedelta
    threads: bool

    def send(self, delivery: Delivery) -> Receipt: ...

    def find(self, delivery: Delivery) -> Receipt | None: ...

    def update(self, delivery: Delivery) -> None: ...
