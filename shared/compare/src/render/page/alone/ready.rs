/// The repository's notes for how long a task was ready before it ran, if a run is asked for that.
mod ready {
    pub fn noted<F>(task: F) -> F {
        task
    }
}
