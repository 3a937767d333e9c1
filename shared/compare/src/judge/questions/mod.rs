//! One file for each question: its rules, its claims, and their tests.

pub mod blocking;
mod cores;
pub mod cost;
pub mod cpus;
pub mod crash;
mod lines_of_code;
mod locks;
pub mod memory_for_each;
mod message;
pub mod scalability;
mod scheduling;
mod serialising;
mod serve;
mod sessions;
mod sharing;
mod sizes;
pub mod start_one;
mod switch;
mod when_to_use;

use crate::judge::rule::Question;

/// All questions, in the order of the conclusion table.
pub static QUESTIONS: [&Question; 17] = [
    &scheduling::QUESTION,
    &cpus::QUESTION,
    &scalability::QUESTION,
    &serve::QUESTION,
    &blocking::QUESTION,
    &when_to_use::QUESTION,
    &start_one::QUESTION,
    &memory_for_each::QUESTION,
    &switch::QUESTION,
    &message::QUESTION,
    &cores::QUESTION,
    &crash::QUESTION,
    &lines_of_code::QUESTION,
    &sharing::QUESTION,
    &serialising::QUESTION,
    &locks::QUESTION,
    &sessions::QUESTION,
];
