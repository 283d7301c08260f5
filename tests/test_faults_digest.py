"""The faults 63 to 70 that a digest has to stand, and the tests in which it does."""

from __future__ import annotations

import pytest

from tests.indexed import missing

FAULTS: dict[str, tuple[str, ...]] = {
    "63 a title with line breaks, encoded words, or without end": (
        "test_digest_mail.test_a_hostile_headline_makes_no_header_no_recipient_and_no_body",
        "test_digest_mail.test_whatever_the_words_the_message_is_whole",
        "test_email.test_a_hostile_title_stays_one_subject_line",
        "test_headline.test_the_subject_is_one_line_within_its_length_whatever_a_title_is",
        "test_letter.test_hostile_texts_are_words_in_html_and_one_line_each_in_text",
        "test_mail_house.test_its_headers_are_ours_and_nobody_elses",
    ),
    "64 a refusal at each stage, for now, for one of three, or for good": (
        "test_digest_mail.test_what_an_answer_leads_to",
        "test_digest_mail.test_once_the_server_is_well_again_the_next_attempt_arrives",
        "test_digest_mail.test_of_three_the_other_two_arrive",
        "test_digest_mail.test_without_starttls_nothing_goes_to_another_machine_and_no_password_at_all",
        "test_digest_mail.test_a_bad_certificate_is_a_refusal_that_waits_for_a_person",
        "test_mail_house.test_an_unknown_mailbox_is_refused_at_once_and_stops_no_other",
        "test_mailing_faults.test_fault_64_a_passing_refusal_is_tried_again_ever_later",
        "test_mailing_faults.test_fault_64_only_until_the_next_one_is_due_which_tells_what_that_was_to_tell",
        "test_mailing_faults.test_fault_64_an_address_that_is_refused_for_good_is_parked_and_stops_nobody",
        "test_mailing_faults.test_fault_64_a_server_that_refuses_us_is_asked_once_an_hour_for_all",
        "test_mailing_faults.test_fault_64_a_real_server_that_wants_it_later_gets_it_later",
        "test_mailing_faults.test_fault_64_a_real_server_that_refuses_one_of_three",
        "test_mailing_faults.test_fault_64_a_real_server_that_finds_one_mail_too_large",
        "test_mailing_faults.test_fault_64_a_certificate_that_is_not_to_be_trusted_is_asked_once",
        "test_mailing_faults.test_fault_64_no_password_without_encryption_and_a_wrong_one_but_once",
    ),
    "65 a connection that is lost after the final dot": (
        "test_digest_mail.test_a_connection_lost_after_the_final_dot_is_unclear_for_that_one_only",
        "test_digest_mail.test_a_copy_is_the_same_letter_but_for_its_boundary",
        "test_mailing_faults.test_fault_65_at_most_one_more_copy_of_the_same_name_and_text",
        "test_mailing_faults.test_fault_65_the_second_time_it_is_given_up",
        "test_mailing_faults.test_fault_65_a_real_server_that_breaks_off_after_the_final_dot",
        "test_mailing_crash.test_fault_65_who_is_always_cut_short_while_sending_gives_up_after_two",
    ),
    "66 eight hundred stories": (
        "test_letter_budget.test_eight_hundred_stories_stay_under_the_budget_on_the_wire",
        "test_letter_budget.test_the_html_is_whole_where_it_was_cut",
        "test_letter_budget.test_what_was_left_out_is_counted_and_leads_to_the_archive",
        "test_letter_budget.test_the_text_part_is_complete",
        "test_mail_house.test_gmail_does_not_cut_it",
    ),
    "67 clocks put forward and back, a zone changed at noon, a day left out": (
        "test_edition.test_one_for_each_wanted_date_that_exists",
        "test_edition.test_clocks_that_are_put_forward_and_back",
        "test_mailing_faults.test_fault_67_one_for_each_local_date_that_exists",
        "test_mailing_faults.test_fault_67_a_zone_changed_at_noon_repeats_no_date_and_goes_back_to_none",
        "test_mailing_faults.test_fault_67_whatever_zone_clock_and_restarts_do",
    ),
    "68 down over the hour, and for three days": (
        "test_mailing_faults.test_fault_68_down_over_the_hour_it_comes_once_and_is_late",
        "test_mailing_faults.test_fault_68_down_for_three_days_makes_one_that_tells_them_all",
        "test_letter.test_what_an_edition_is_stands_at_its_top",
    ),
    "69 killed after two of five recipients": (
        "test_mailing_crash.test_fault_69_killed_after_two_of_five_the_other_three_get_theirs",
        "test_mailing_crash.test_killed_at_every_effect_nothing_is_lost_and_nothing_doubled",
    ),
    "70 unsubscribing: a scanner that looks, a post, a forged token": (
        "test_web.test_to_look_at_the_page_changes_nothing",
        "test_web.test_a_post_without_cookie_or_redirect_unsubscribes",
        "test_web.test_a_second_post_gets_the_same_answer_and_is_told_once",
        "test_web.test_a_token_that_is_none_is_any_page_that_there_is_not",
        "test_web_serving.test_the_daemon_serves_the_pages_and_a_reader_leaves",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_tests(fault: str) -> None:
    assert missing(FAULTS[fault]) == []


def test_no_fault_is_left_out() -> None:
    assert [int(fault.split()[0]) for fault in FAULTS] == list(range(63, 71))
