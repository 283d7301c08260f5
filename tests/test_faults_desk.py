"""The faults 78 and 80 to 88 that the web desk has to stand, and the tests in which it does."""

from __future__ import annotations

import pytest

from tests.indexed import missing

FAULTS: dict[str, tuple[str, ...]] = {
    "78 a watchlist with an alias bomb, odd words, a tag, 5 MB, half of it, tabs": (
        "test_yamlfile.test_aliases_that_stand_for_gigabytes_are_refused_where_they_begin",
        "test_yamlfile.test_a_python_tag_makes_no_object",
        "test_yamlfile.test_words_that_older_yaml_takes_for_something_else_stay_text",
        "test_yamlfile.test_bytes_that_cannot_be_a_file_of_ours_are_told",
        "test_edit.test_a_bad_file_is_refused_with_line_and_remedy_and_the_old_one_stays",
    ),
    "80 a strange name of the host": (
        "test_web_access.test_a_strange_name_is_refused_before_any_page",
        "test_web_access.test_the_names_that_are_ours",
        "test_web_access.test_this_machine_has_its_names",
        "test_web_serving.test_what_is_no_plain_question_is_refused",
    ),
    "81 a form, a fetch, a look or a WebSocket of another site": (
        "test_web_access.test_what_changes_something_is_taken_from_our_own_pages_only",
        "test_web_access.test_a_link_changes_nothing",
        "test_web_carried.test_what_another_site_sends_is_never_carried",
        "test_web_login.test_a_token_of_one_session_is_of_no_use_in_another",
        "test_web_login.test_nothing_is_changed_by_it",
        "test_web_routes.test_what_changes_something_is_refused_to_strangers",
        "test_web_routes.test_a_reader_changes_nothing",
        "test_web_routes.test_an_editor_with_the_token_of_the_page_is_let_in",
        "test_web_routes.test_to_look_changes_nothing",
        "test_web_serving.test_what_is_no_plain_question_is_refused",
    ),
    "82 a title, a name, a query that is markup": (
        "test_web.test_a_hostile_name_stands_in_the_pages_as_text",
        "test_web.test_a_hostile_item_has_no_link_and_no_markup",
        "test_web.test_a_watchlist_is_shown_as_it_is_in_force",
        "test_web_access.test_only_what_has_the_nonce_of_this_one_answer_is_style_or_script",
        "test_web_access.test_no_page_has_a_style_or_a_script_of_its_own",
        "test_web_serving.test_in_a_browser_nothing_of_a_hostile_digest_runs_or_loads",
        "test_web_bringing.test_hostile_words_are_shown_as_text",
        "test_web_settings.test_hostile_names_are_shown_as_text",
        "test_desk_look.test_the_policy_had_nothing_to_refuse",
    ),
    "83 a hundred wrong passwords in a minute": (
        "test_web_access.test_guessing_is_slowed_whatever_a_request_says_of_itself_and_the_right_one_works_afterwards",
        "test_web_access.test_who_guesses_holds_up_nobody_at_another_address",
        "test_web_access.test_of_ipv6_a_whole_network_is_one_reader",
        "test_web_login.test_an_account_that_many_guess_at_is_slowed_and_its_owner_waits_a_minute_at_most",
        "test_web_login.test_who_guesses_at_one_account_slows_no_other",
        "test_web_login.test_a_change_of_names_does_not_help_to_guess_the_password_for_all",
        "test_web_login.test_for_whoever_it_is_and_for_nobody_one_password_is_worked_out",
        "test_web_login.test_of_whatever_is_kept_one_hash_is_worked_out",
        "test_web_login.test_few_passwords_are_worked_out_at_once_and_the_line_has_an_end",
        "test_web_login.test_what_is_kept_of_guesses_is_bounded",
        "test_web_login.test_behind_a_proxy_that_is_set_each_reader_is_slowed_alone",
        "test_web_login.test_without_one_nothing_that_a_request_says_of_itself_counts",
        "test_web_login.test_machines_that_guess_are_slowed_alike",
    ),
    "84 an old cookie after logout, another password, a restart; one that was fixed before": (
        "test_web_access.test_the_password_opens_the_pages_and_logging_out_closes_them",
        "test_web_access.test_a_session_gets_a_new_name_at_login_and_none_outlives_a_restart",
        "test_web_access.test_a_session_ends_by_itself",
        "test_web_login.test_the_settings_that_changed_end_the_sessions",
        "test_web_carried.test_who_is_logged_out_meanwhile_logs_in_and_goes_on",
        "test_web_carried.test_after_a_restart_what_was_entered_is_sent_by_one_press",
        "test_web_carried.test_in_a_browser_a_restart_in_mid_edit_loses_nothing",
    ),
    "85 two who edit the same watchlist": (
        "test_edit.test_the_second_of_two_is_told_who_was_first_and_nothing_is_overwritten",
        "test_edit.test_a_save_by_hand_in_the_last_moment_is_noticed",
    ),
    "86 a page of another site to go to after logging in": (
        "test_web_access.test_after_logging_in_comes_a_page_of_ours",
        "test_web_carried.test_it_goes_to_a_page_of_ours_or_nowhere",
    ),
    "87 to be reached from elsewhere without a password": (
        "test_web_access.test_another_address_than_the_machine_s_own_takes_a_password",
        "test_web_serving.test_another_address_without_a_password_does_not_start",
        "test_web_login.test_users_lock_the_pages_as_a_password_does",
    ),
    "88 a bad zip that is taken in, a formula that is given out": (
        "test_bundle.test_what_is_not_sound_is_refused_in_words",
        "test_bundle.test_a_bomb_takes_no_more_memory_than_it_may",
        "test_bundle.test_files_that_are_large_together_are_refused",
        "test_bundle.test_a_zip_with_a_wrong_byte_never_does_more_than_say_so",
        "test_web_bringing.test_a_zip_that_is_not_sound_changes_nothing",
        "test_web_bringing.test_only_a_file_of_the_zip_can_be_saved",
        "test_web_machines.test_no_spreadsheet_runs_what_a_feed_said",
        "test_web_machines.test_a_cell_runs_nothing",
        "test_web_machines.test_whatever_parts_the_cells_none_is_a_formula",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_tests(fault: str) -> None:
    assert missing(FAULTS[fault]) == []


def test_no_fault_is_left_out() -> None:
    assert [int(fault.split()[0]) for fault in FAULTS] == [78, *range(80, 89)]
