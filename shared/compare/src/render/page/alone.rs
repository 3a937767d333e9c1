//! What a workload's file calls, in brief, so that a copy of it is a program of its own.
//!
//! The files in `alone` are no part of this program: they are pasted below a technique's file. `make snippets` builds and
//! runs every copy.

/// The nouns of a workload, and for downloads the session.
pub fn nouns(workload: &str, technique: &str) -> Option<String> {
    let nouns = match workload {
        "waiter" => include_str!("alone/waiter.rs"),
        "download" => include_str!("alone/download.rs"),
        "compute" => include_str!("alone/compute.rs"),
        _ => return None,
    };
    let session = match (workload, technique) {
        ("download", "asyncio") => include_str!("alone/async_session.rs"),
        ("download", _) => include_str!("alone/blocking_session.rs"),
        _ => "",
    };
    let both = format!("\n{nouns}\n{session}");
    let both = format!("{}\n", both.trim_end());
    if technique == "multiprocessing" {
        return Some(both);
    }
    // Where nothing crosses a process border nothing is serialised.
    let both = both.replace(", serde::Serialize, serde::Deserialize)]", ")]");
    Some(both.replace("    #[derive(serde::Serialize, serde::Deserialize)]\n", ""))
}

/// A `main` that does the job and checks what came out.
pub fn main(workload: &str, technique: &str) -> String {
    let (job, functions, check) = match workload {
        "waiter" => (
            "shared::waiter::Job::new()",
            "think",
            "assert_eq!((receipt.orders, receipt.at_once), (5, 1));",
        ),
        "download" => (
            "shared::download::Job::new()?",
            "open_session, download",
            "assert_eq!(receipt.pages, job.pages.len() as u64);",
        ),
        _ => (
            "shared::compute::Job::new()",
            "compute",
            "assert_eq!(receipt.sum, 833_337_833_344_750_010_830);",
        ),
    };
    let (start, wait) = match technique {
        "asyncio" => (
            "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> Result<()> {\n"
                .to_owned(),
            ".await",
        ),
        "multiprocessing" => (
            format!(
                "fn main() -> Result<()> {{\n    // A process gets the name of a function, and not its code.\n    \
                 multiprocessing::init(multiprocessing::tasks![{functions}]);\n"
            ),
            "",
        ),
        _ => ("fn main() -> Result<()> {\n".to_owned(), ""),
    };
    format!(
        "\n{start}    let job = {job};\n    let receipt = run(&job){wait}?;\n    println!(\"{{receipt:?}}\");\n    {check}\n    Ok(())\n}}\n"
    )
}
