"""Who gets the digest: each address with its token, left by its reader, parked for a refusal, resumed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.storage import Storage
from monitor.storage.subscriptions import Subscription
from tests.fakes import NOON

HOUR = timedelta(hours=1)
ANN, MAIL = "Ann", "ann@example.com"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with Storage(tmp_path / "monitor.db") as opened:
        yield opened


def of(storage: Storage, subscriber: str = ANN, email: str = MAIL) -> Subscription:
    with storage.write():
        return storage.subscriptions.of(subscriber, email)


def test_an_address_has_one_token_for_good(storage: Storage) -> None:
    first = of(storage)
    assert first.open
    assert of(storage) == first
    assert len(first.token) >= 22, "128 bits, so that nobody guesses one"


def test_each_subscriber_and_each_address_has_a_token_of_its_own(storage: Storage) -> None:
    tokens = {of(storage).token, of(storage, "Bob").token, of(storage, ANN, "ann@example.org").token}
    assert len(tokens) == 3


def test_the_case_of_an_address_makes_no_other(storage: Storage) -> None:
    assert of(storage, email="Ann@Example.com") == of(storage)


def test_a_token_finds_its_subscription_and_no_other_does(storage: Storage) -> None:
    made = of(storage)
    assert storage.subscriptions.by_token(made.token) == made
    for foreign in ("", made.token[:-1], made.token.swapcase(), f"{made.token} ", "%"):
        assert storage.subscriptions.by_token(foreign) is None


def test_a_reader_leaves_once_and_no_other_with_them(storage: Storage) -> None:
    ann, bob = of(storage), of(storage, "Bob")
    with storage.write():
        left = [storage.subscriptions.leave(ann.token, NOON + n * HOUR) for n in range(2)]
        assert not storage.subscriptions.leave("forged", NOON)
    assert left == [True, False]
    assert of(storage).gone == NOON
    assert not of(storage).open
    assert of(storage, "Bob") == bob


def test_a_refused_address_is_parked_since_the_first_refusal(storage: Storage) -> None:
    with storage.write():
        storage.subscriptions.park(ANN, MAIL, "550: no such user", NOON)
        storage.subscriptions.park(ANN, MAIL, "550: still no such user", NOON + HOUR)
    parked = of(storage)
    assert (parked.parked, parked.error) == (NOON, "550: still no such user")
    assert not parked.open


def test_another_address_of_the_same_subscriber_is_not_parked(storage: Storage) -> None:
    with storage.write():
        storage.subscriptions.park(ANN, MAIL, "550", NOON)
    assert of(storage, ANN, "ann@example.org").open


def test_what_was_parked_goes_on_where_it_stopped(storage: Storage) -> None:
    with storage.write():
        storage.subscriptions.park(ANN, MAIL, "550", NOON)
        resumed = [storage.subscriptions.resume(ANN, NOON + HOUR) for _ in range(2)]
    assert resumed == [True, False]
    assert (of(storage).open, of(storage).error, of(storage).back) == (True, "", None)


def test_a_reader_who_comes_back_does_so_from_then_on(storage: Storage) -> None:
    token = of(storage).token
    with storage.write():
        storage.subscriptions.leave(token, NOON)
        storage.subscriptions.resume(ANN, NOON + HOUR)
    assert of(storage).open
    assert of(storage).back == NOON + HOUR
    assert of(storage).token == token


def test_all_are_listed_by_name(storage: Storage) -> None:
    made = [of(storage, "Bob"), of(storage)]
    assert storage.subscriptions.all() == made[::-1]


def test_the_token_stands_in_no_log(storage: Storage) -> None:
    assert of(storage).token not in repr(of(storage))
