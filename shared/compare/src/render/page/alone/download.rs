/// The work itself, in brief: the repository's `shared` has limits, outcomes and TLS besides.
#[allow(dead_code, unused_imports)] // No technique needs all of it.
mod shared {
    use std::fmt::{self, Display};
    use std::iter::Sum;
    use std::ops::AddAssign;

    /// What was done.
    #[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
    pub struct Receipt {
        pub pages: u64,
        pub bytes: u64,
    }

    impl AddAssign for Receipt {
        fn add_assign(&mut self, other: Self) {
            self.pages += other.pages;
            self.bytes += other.bytes;
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

    /// An error that can cross a process border.
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub struct Failure(String);

    impl Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl std::error::Error for Failure {}

    impl From<anyhow::Error> for Failure {
        fn from(error: anyhow::Error) -> Self {
            Self(format!("{error:#}"))
        }
    }

    pub mod progress {
        use super::Receipt;

        pub fn counted(receipt: Receipt) -> Receipt {
            println!("{} bytes", receipt.bytes);
            receipt
        }
    }

    pub mod download {
        use std::io::{BufRead, BufReader, Write};
        use std::net::{TcpListener, TcpStream};
        use std::slice::Iter;
        use std::sync::{Arc, Mutex};
        use std::thread;
        use std::time::Duration;

        use anyhow::{Result, ensure};

        use super::Receipt;
        pub use crate::session::Session;

        pub struct Job {
            pub pages: Vec<Page>,
            pub workers: usize,
            pub policy: Policy,
        }

        /// What a session puts up with.
        #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
        pub struct Policy {
            /// How long a page may take.
            pub timeout: Duration,
        }

        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        pub struct Page {
            pub url: String,
        }

        /// The pages that no worker has taken yet.
        #[derive(Clone)]
        pub struct Queue<'a>(Arc<Mutex<Iter<'a, Page>>>);

        /// What a server sent.
        pub struct Answer {
            pub status: reqwest::StatusCode,
            pub bytes: usize,
        }

        impl Job {
            /// The pages of the arguments, or twenty of a server of our own that takes 0.2 s for each.
            pub fn new() -> Result<Self> {
                let mut urls: Vec<_> = std::env::args().skip(1).collect();
                if urls.is_empty() {
                    urls = vec![serve()?; 20];
                }
                Ok(Self {
                    pages: urls.into_iter().map(|url| Page { url }).collect(),
                    workers: 5,
                    policy: Policy {
                        timeout: Duration::from_secs(30),
                    },
                })
            }

            pub fn queue(&self) -> Queue<'_> {
                Queue(Arc::new(Mutex::new(self.pages.iter())))
            }
        }

        impl Queue<'_> {
            pub fn clear(&self) {
                *self.0.lock().unwrap() = Iter::default();
            }
        }

        impl<'a> Iterator for Queue<'a> {
            type Item = &'a Page;

            fn next(&mut self) -> Option<&'a Page> {
                self.0.lock().unwrap().next()
            }
        }

        impl Page {
            pub fn check(&self, answer: Answer) -> Result<Receipt> {
                let Answer { status, bytes } = answer;
                ensure!(status.is_success(), "{} answered {status}", self.url);
                Ok(Receipt {
                    pages: 1,
                    bytes: bytes as u64,
                })
            }
        }

        fn serve() -> Result<String> {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let url = format!("http://{}/", listener.local_addr()?);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    thread::spawn(|| answer(stream));
                }
            });
            Ok(url)
        }

        /// Answers one request after another until the client hangs up.
        fn answer(mut stream: TcpStream) -> Result<()> {
            for line in BufReader::new(stream.try_clone()?).lines() {
                // A request without a body ends with an empty line.
                if line?.is_empty() {
                    thread::sleep(Duration::from_millis(200));
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")?;
                }
            }
            Ok(())
        }
    }
}
