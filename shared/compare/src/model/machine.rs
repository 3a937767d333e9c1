//! Where and when: a number without these is hearsay.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine, the compiler, the code and the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Model of the processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: u64,
    /// Cores' time that control groups grant, and their version; `None` if they set no limit.
    #[serde(default)]
    pub quota: Option<(f64, u32)>,
    /// Bytes of memory.
    pub memory: u64,
    /// Kernel and its version.
    pub kernel: String,
    /// The compiler that built the programs.
    pub compiler: String,
    /// The commit, with a mark if files have changed since.
    pub commit: String,
    /// When the run began, in UTC.
    pub date: String,
}

impl Machine {
    /// Whether programs can use no more than one core at a time: nothing is learned here about several. The cores are those that
    /// a quota allows, too.
    pub fn has_one_core(&self) -> bool {
        self.cores < 2
    }
}
