//! The tests that all four programs must pass, because they make the same promises.
//!
//! A technique's `tests/program.rs` calls [`suite!`] with the path of its program and adds what is its own.

#![warn(unreachable_pub)]

mod addresses;
mod answers;
mod command_line;
mod end;
mod network;
mod others;
mod peers;
mod pictures;
mod program;
mod replies;
mod serve;
mod story;

pub use addresses::*;
pub use answers::*;
pub use command_line::*;
pub use end::*;
pub use network::*;
pub use others::*;
pub use peers::{Answers, Authority, Peer, read_request};
pub use pictures::{
    a_picture_is_svg_and_a_file_that_cannot_be_made_is_named_first,
    a_timeline_fits_80_columns_and_needs_no_colour, a_trace_keeps_the_rules_of_its_format,
    a_trace_names_real_processes_and_threads, an_interrupted_recording_leaves_nothing_behind,
    the_picture_agrees_with_the_cpu_time_that_the_kernel_counts,
};
pub use program::{Run, ensure_gone, failure, failure_within, receipt, run};
pub use replies::*;
pub use serve::*;
pub use story::*;

/// Defines a test for each promise, made by the program at this path.
#[macro_export]
macro_rules! suite {
    ($program:expr) => {
        $crate::suite! { $program;
            every_workload_gives_the_known_answer,
            every_probe_ends,
            a_race_loses_no_more_than_was_counted,
            an_error_costs_exactly_the_unit_that_failed,
            a_wrong_command_line_gets_one_line_and_exit_code_2,
            help_fits_80_columns_and_the_version_names_the_program,
            the_help_of_a_workload_names_no_flag_that_it_refuses,
            every_command_in_its_headers_and_in_readmes_is_one_that_it_takes,
            a_missing_server_gets_one_line_that_says_how_to_start_one,
            a_page_that_is_missing_broken_or_wrong_fails_the_run_by_name,
            a_host_that_does_not_resolve_fails_the_run_by_name,
            pages_out_in_the_world_are_fetched_over_tls_and_redirects,
            a_certificate_of_an_unknown_authority_is_refused,
            the_story_appears_as_it_happens,
            a_few_lines_say_what_the_workers_did,
            a_long_download_in_a_pipe_has_no_line_for_a_page_that_came,
            a_probe_tells_its_story_in_three_lines,
            a_reader_who_leaves_early_does_no_harm,
            output_that_cannot_be_written_is_a_failure,
            an_interrupt_ends_the_program_and_all_its_processes,
            a_trace_keeps_the_rules_of_its_format,
            a_trace_names_real_processes_and_threads,
            the_picture_agrees_with_the_cpu_time_that_the_kernel_counts,
            an_interrupted_recording_leaves_nothing_behind,
            a_timeline_fits_80_columns_and_needs_no_colour,
            a_picture_is_svg_and_a_file_that_cannot_be_made_is_named_first,
            a_proxy_is_not_asked_for_pages,
            a_bad_network_is_the_same_for_every_technique,
            every_fault_alone_has_its_outcome,
            a_run_that_may_not_go_on_without_a_page_fails_by_name,
            a_failure_leaves_the_pages_that_wait_unasked_for,
            an_answer_that_is_too_late_or_too_large_is_not_taken,
            an_address_means_the_same_to_every_technique,
            a_body_is_unpacked_to_its_end_by_all_codings_that_it_has,
            a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not,
            a_reply_may_have_many_header_lines_and_old_ones,
            a_status_tells_how_a_page_ends_whatever_body_follows,
            a_kept_connection_that_ends_silently_costs_no_try,
            a_new_connection_that_breaks_costs_a_try,
            a_program_that_waits_for_a_page_says_so,
            a_server_that_asks_for_a_pause_gets_it,
            no_more_pages_are_in_flight_than_workers,
            a_deadline_ends_a_run_with_its_pages_so_far,
            a_body_has_half_of_the_time_whether_its_length_is_known_or_not,
            a_far_deadline_leaves_a_slow_page_its_time,
            an_interrupted_download_ends_gently,
            an_interrupted_download_waits_for_no_slow_page,
            a_second_interrupt_ends_a_download_at_once,
            an_interrupt_that_was_ignored_at_the_start_stays_ignored,
            an_authority_of_ones_own_is_trusted_instead_of_the_systems,
            pages_from_nginx_are_right_to_the_last_byte,
            pages_from_a_server_without_keep_alive_are_right_to_the_last_byte,
            every_answer_of_a_server_is_right_to_the_last_byte,
            requests_may_come_together_or_in_pieces,
            a_client_that_sends_no_more_still_gets_its_answer,
            a_slow_client_costs_a_server_no_more_than_its_patience,
            a_connection_too_many_is_refused_or_waits,
            ten_thousand_connections_are_served_or_wait,
            a_server_that_is_to_end_answers_the_requests_before,
            an_interrupt_that_was_ignored_at_the_start_ends_no_server,
            a_port_that_is_taken_gets_one_line,
            curl_and_a_browser_are_served,
        }
    };
    ($program:expr; $($promise:ident,)*) => {$(
        #[test]
        fn $promise() {
            $crate::$promise($program);
        }
    )*};
}
