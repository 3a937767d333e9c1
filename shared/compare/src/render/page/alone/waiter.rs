/// The work itself, in brief: the repository's `shared` tells, checks and records more.
#[allow(dead_code)] // No technique needs all of it.
mod shared {
    use std::ops::AddAssign;

    /// What was done.
    #[derive(Debug, Default)]
    pub struct Receipt {
        pub orders: u64,
        /// The most tables that the waiter was at.
        pub at_once: u64,
    }

    impl AddAssign for Receipt {
        fn add_assign(&mut self, other: Self) {
            self.orders += other.orders;
            self.at_once = self.at_once.max(other.at_once);
        }
    }

    pub mod waiter {
        use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
        use std::time::Duration;

        use super::Receipt;

        pub struct Job {
            pub tables: Vec<Table>,
        }

        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        pub struct Table {
            name: char,
        }

        pub struct Waiter {
            /// How long an order takes.
            pub ordering: Duration,
            serving: AtomicU64,
        }

        /// The waiter at a table.
        pub struct Visit<'a> {
            waiter: &'a Waiter,
            table: &'a Table,
            at_once: u64,
        }

        impl Job {
            /// Five tables.
            pub fn new() -> Self {
                Self {
                    tables: ('A'..='E').map(|name| Table { name }).collect(),
                }
            }

            pub fn waiter(&self) -> Waiter {
                Waiter {
                    ordering: Duration::from_millis(100),
                    serving: AtomicU64::new(0),
                }
            }
        }

        impl Table {
            /// Says how long the guests will think.
            pub fn open_menu(&self) -> Duration {
                println!("{} opens the menu", self.name);
                Duration::from_millis(400)
            }
        }

        impl Waiter {
            pub fn visit<'a>(&'a self, table: &'a Table) -> Visit<'a> {
                let at_once = self.serving.fetch_add(1, SeqCst) + 1;
                Visit {
                    waiter: self,
                    table,
                    at_once,
                }
            }
        }

        impl Visit<'_> {
            pub fn order_taken(self) -> Receipt {
                println!("{} has given its order", self.table.name);
                let at_once = self.at_once.max(self.waiter.serving.fetch_sub(1, SeqCst));
                Receipt { orders: 1, at_once }
            }
        }
    }
}
