//! What the library promises, each promise a test.
//!
//! A worker is this program started again, so the tests need a `main` of their own. A test that
//! takes longer than its limit hangs, and has failed.

mod adversity;
mod crash;
mod end;
mod exit;
mod future;
mod hostile;
mod inherited;
mod limits;
mod long;
mod manager;
mod memory;
mod pool;
mod process;
mod queue;
mod tools;
mod values;

use std::process::ExitCode;

use libtest_mimic::{Arguments, run};
use multiprocessing::tasks;

fn main() -> ExitCode {
    tools::heed_interrupts();
    inherited::interrupt_if_asked();
    multiprocessing::init(tasks![
        tools::square,
        tools::add,
        tools::echo,
        tools::check,
        tools::never_return,
        tools::pid,
        tools::wait_for,
        future::answer_first,
        process::end,
        process::read_and_print,
        process::who,
        process::list_descriptors,
        process::prepared,
        process::prepare_twice,
        process::prepare_in_vain,
        process::was_prepared,
        pool::initialise,
        pool::refuse,
        pool::stop_at,
        pool::initialised,
        pool::fail_first,
        pool::fill,
        pool::nested,
        pool::refuse_to_cross,
        pool::measure,
        pool::is_none,
        pool::count,
        pool::rest,
        pool::leave_answers_behind,
        pool::with_few_descriptors,
        pool::ignore_the_call,
        adversity::leave_a_child,
        adversity::watch_a_worker_die,
        adversity::pid_and_square,
        adversity::shut_reading,
        adversity::take_once,
        adversity::give_once,
        adversity::give,
        adversity::receive_too_many,
        adversity::swallow,
        adversity::leave_free,
        adversity::never_received,
        adversity::start_in_vain,
        adversity::fill_the_table,
        adversity::start_in_scarcity,
        adversity::leave_a_pool_behind,
        adversity::throw_a_bomb,
        crash::die,
        crash::plant,
        crash::die_while_sending,
        crash::die_once,
        crash::initialise,
        end::parent,
        end::leave_nothing,
        exit::take_time_to_exit,
        exit::close_all_and_go_on,
        exit::drop_a_manager,
        inherited::ignored_by_a_workers_worker,
        inherited::ignored,
        inherited::fork_with_a_pool,
        inherited::start_with_signals_off,
        inherited::start_without,
        inherited::start_interrupted,
        inherited::blocks_interrupts,
        limits::leak_and_return,
        limits::send_beyond_the_limit_of_files,
        limits::open_many_workers,
        limits::take_memory,
        long::length,
        hostile::babble,
        hostile::babble_and_wait,
        queue::answer,
        queue::consume,
        queue::produce,
        queue::hold,
        queue::with_few_on_their_way,
        queue::never_asked,
        memory::increment,
        memory::lock_and_die,
        memory::sum,
        manager::claim,
        manager::count,
        manager::among_strangers,
        manager::among_more_strangers_than_files,
        manager::with_little_memory,
        values::same_kind,
        values::kind_name,
        values::same_sparse,
        values::make_sparse,
        values::same::<values::Mixed>,
        values::same::<values::Unusual>,
        values::make_list,
        values::measure_list,
        values::same::<values::Unwritten>,
        values::default::<values::Unwritten>,
        values::same::<values::Unread>,
        values::default::<values::Unread>,
        values::same::<values::Crossed>,
        values::default::<values::Crossed>,
        values::same::<values::Signed>,
        values::default::<values::Signed>,
        values::same::<values::Pair>,
        values::default::<values::Pair>,
        values::same::<values::Spelt>,
        values::default::<values::Spelt>,
        values::same::<values::Renamed>,
        values::default::<values::Renamed>,
    ]);
    match std::env::args().nth(1).as_deref() {
        Some(process::PRINTER) => return process::printer(),
        Some(adversity::CHILDLESS) => return adversity::childless(),
        Some(inherited::NOHUP) => return inherited::nohup(),
        Some(inherited::STARTER) => return inherited::starter(),
        _ => {}
    }
    let trials = [
        process::trials(),
        pool::trials(),
        future::trials(),
        queue::trials(),
        memory::trials(),
        manager::trials(),
        values::trials(),
        crash::trials(),
        hostile::trials(),
        long::trials(),
        exit::trials(),
        inherited::trials(),
        limits::trials(),
        adversity::trials(),
        end::trials(),
    ];
    run(
        &Arguments::from_args(),
        trials.into_iter().flatten().collect(),
    )
    .exit_code()
}
