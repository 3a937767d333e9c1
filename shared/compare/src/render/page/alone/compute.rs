/// The work itself, in brief: one of the three jobs that the repository's `shared` has.
#[allow(dead_code)] // No technique needs all of it.
mod shared {
    use std::iter::Sum;
    use std::ops::AddAssign;

    /// What was done.
    #[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Receipt {
        pub units: u64,
        pub sum: u128,
    }

    impl AddAssign for Receipt {
        fn add_assign(&mut self, other: Self) {
            self.units += other.units;
            self.sum += other.sum;
        }
    }

    impl Sum for Receipt {
        fn sum<I: Iterator<Item = Self>>(receipts: I) -> Self {
            receipts.fold(Self::default(), |mut sum, receipt| {
                sum += receipt;
                sum
            })
        }
    }

    pub mod compute {
        use std::hint::black_box;
        use std::thread;

        use super::Receipt;

        pub struct Job {
            pub units: Vec<Unit>,
            pub workers: usize,
            /// How many units a worker takes at a time.
            pub chunk: usize,
        }

        /// A sum of i*i.
        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        pub struct Unit {
            below: u64,
        }

        impl Job {
            /// Twenty sums: of i*i for all i below 5,000,000, below 5,000,001, ... A worker for each core.
            pub fn new() -> Self {
                Self {
                    units: (0..20)
                        .map(|x| Unit {
                            below: 5_000_000 + x,
                        })
                        .collect(),
                    workers: thread::available_parallelism().map_or(1, Into::into),
                    chunk: 1,
                }
            }
        }

        impl Unit {
            pub fn compute(&self) -> Receipt {
                // An optimiser that saw through the loop would replace it with a formula.
                let squares = (0..self.below).map(|i| u128::from(black_box(i)).pow(2));
                Receipt {
                    units: 1,
                    sum: squares.sum(),
                }
            }
        }
    }
}
