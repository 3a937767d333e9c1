//! Two processes send questions one way and answers the other.
//!
//!     cargo run --example multiprocessing-pipe
//!
//! Python: pipe.send("soup"); pipe.recv()
//! Rust:   pipe.send(word.to_owned())
//!
//! Each direction has its type. Two processes may read one end: a message goes to one of them,
//! whole, where Python's data may be torn.
//!
//! Copied into src/main.rs of a new project it runs with:
//!
//!     cargo add multiprocessing-pool --path ../story/multiprocessing/library
//!     cargo run

use std::time::Duration;

use multiprocessing::{Error, Pipe, Process, tasks};

fn translate(questions: Pipe<usize, String>) {
    while let Ok(word) = questions.recv() {
        questions.send(word.len()).expect("main listens");
    }
}

fn main() -> multiprocessing::Result<()> {
    multiprocessing::init(tasks![translate]);

    let (pipe, far_end) = Pipe::<String, usize>::new()?;
    let translator = Process::spawn(translate, far_end)?;

    for word in ["soup", "salad", "roast beef"] {
        pipe.send(word.to_owned())?;
        let letters = pipe.recv()?;
        println!("{word}: {letters} letters");
        assert_eq!(letters, word.len());
    }
    assert!(!pipe.poll(Duration::ZERO)?);
    assert!(matches!(
        pipe.recv_timeout(Duration::ZERO),
        Err(Error::TimedOut)
    ));

    // The other side sees the end of the conversation when this one is dropped.
    drop(pipe);
    assert_eq!(translator.join()?, 0);
    Ok(())
}
