"""The faults 37 to 62 that an alert in Slack has to stand, and the tests in which it does."""

from __future__ import annotations

import pytest

from tests.indexed import missing

FAULTS: dict[str, tuple[str, ...]] = {
    "37 a title that mentions a channel, a group or a person": (
        "test_message.test_the_stand_in_takes_hostile_text_and_finds_it_dead",
        "test_message.test_any_text_stays_within_limits_and_does_nothing",
    ),
    "38 a title or an address that would make a link of its own": (
        "test_message.test_the_headline_leads_to_the_true_link",
        "test_message.test_a_link_has_the_label_that_it_was_given",
    ),
    "39 a title without end, of escapes, of signs, of spaces, from right to left": (
        "test_message.test_hostile_text_stays_within_limits_and_does_nothing",
        "test_message.test_any_text_stays_within_limits_and_does_nothing",
    ),
    "40 two hundred matches in one message": (
        "test_message.test_two_hundred_alerts_fit_and_the_rest_is_counted",
    ),
    "41 to 44 an answer that is lost, cut, ill-formed or late": (
        "test_slack_faults.test_an_unclear_end_makes_one_message",
        "test_slack_threads.test_an_unclear_end_of_a_reply_makes_one_message_in_the_thread",
        "test_deliver.test_unclear_ends_in_a_row_make_one_message",
    ),
    "45 too many requests, once and in a storm": (
        "test_slack_faults.test_a_wait_that_slack_asks_for_is_kept",
        "test_slack_faults.test_a_storm_of_refusals_keeps_the_order_and_the_others_go_on",
    ),
    "46 twenty alerts at once": ("test_slack_faults.test_many_alerts_at_once_keep_to_the_rate",),
    "47 killed at every effect, and 200 times": (
        "test_crash_slack.test_killed_at_every_effect_and_at_random",
        "test_crash_slack.test_two_at_once_and_both_killed_now_and_then",
    ),
    "48 told to stop during a slow answer": ("test_slack_ends.test_told_to_stop_during_a_slow_answer",),
    "49 a look-up that is limited, paged or not allowed": (
        "test_slack_faults.test_while_the_look_up_itself_fails_nothing_is_posted",
        "test_slack_faults.test_the_look_up_reads_every_page_of_the_history",
        "test_slack_faults.test_without_the_scope_to_look_it_is_posted_again_and_said",
    ),
    "50 a token that is revoked, inactive, expired or lacks a scope": (
        "test_slack_faults.test_a_bad_token_keeps_the_queue_until_it_is_mended",
        "test_parked.test_where_the_operator_cannot_be_reached_the_terminal_is_told",
    ),
    "51 one channel that cannot be posted to": (
        "test_slack_faults.test_one_bad_channel_parks_alone",
        "test_slack_faults.test_a_channel_that_is_mended_gets_what_waited",
        "test_parked.test_the_operator_is_told_once_with_the_remedy_and_when_it_is_over",
    ),
    "52 blocks that Slack refuses": (
        "test_slack_faults.test_blocks_that_slack_rejects_are_told_once_as_plain_text",
        "test_slack_faults.test_what_slack_rejects_as_plain_text_too_is_given_up_and_the_next_goes",
    ),
    "53 a parent that was deleted before the reply": (
        "test_slack_threads.test_fault_53_a_reply_to_what_was_deleted_is_noticed_and_opens_the_thread_anew",
        "test_slack_threads.test_fault_53_in_doubt_too_the_lone_reply_is_found_and_known_for_what_it_is",
    ),
    "54 a message that was deleted before an update": (
        "test_slack_threads.test_fault_54_a_deleted_message_is_not_updated_nor_posted_again",
    ),
    "55 one click told to two daemons, pressed twice, by two people": (
        "test_slack_socket_faults.test_two_people_who_press_at_once_change_one_thing",
        "test_slack_socket_faults.test_one_click_that_two_conversations_are_told_is_handled_once",
    ),
    "56 a button of another release, of no release, or forged": (
        "test_slack_socket_faults.test_a_payload_that_nobody_expects_is_acknowledged",
    ),
    "57 a click while the database is locked": (
        "test_slack_socket_faults.test_a_click_is_acknowledged_while_the_database_is_locked",
        "test_slack_desk.test_the_form_opens_at_once_while_the_database_is_locked",
    ),
    "58 a long title, 200 options, an expired trigger, a conflict": (
        "test_modal.test_a_long_title_is_shortened",
        "test_modal.test_two_hundred_watchlists_are_paged",
        "test_modal.test_a_trigger_that_expired_is_answered_politely",
        "test_modal.test_a_conflict_shows_what_the_other_did_and_offers_both",
    ),
    "59 a pattern that backtracks, an empty name, 10,000 terms": (
        "test_modal.test_a_pattern_that_would_backtrack_elsewhere_is_linear_here",
        "test_modal.test_a_pattern_that_is_no_good_is_named_at_its_field",
        "test_modal.test_a_mistake_is_named_at_its_field",
        "test_slack_desk.test_a_mistake_is_shown_at_its_field_and_nothing_is_saved",
    ),
    "60 a line that is refreshed, cut, one too many, or away": (
        "test_slack_socket_faults.test_refreshed_every_second_nothing_is_lost",
        "test_slack_socket_faults.test_cut_off_abruptly_events_come_again_and_are_handled_once",
        "test_slack_socket_faults.test_too_many_lines_are_waited_out",
        "test_slack_socket_faults.test_a_server_that_is_away_for_a_while_is_found_again",
    ),
    "61 an event that is told again": (
        "test_slack_socket_faults.test_an_event_that_is_told_again_is_handled_once",
    ),
    "62 a history that may be read once a minute": (
        "test_slack_ends.test_where_history_is_read_once_a_minute_only_looking_slows_down",
        "test_slack_ends.test_a_look_up_of_many_pages_goes_on_where_it_had_to_stop",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_tests(fault: str) -> None:
    assert missing(FAULTS[fault]) == []


def test_no_fault_is_left_out() -> None:
    numbers: set[int] = set()
    for fault in FAULTS:
        first, *rest = fault.split()
        last = rest[1] if rest[0] == "to" else first
        numbers |= set(range(int(first), int(last) + 1))
    assert numbers == set(range(37, 63))
