/// The work itself, in brief: the repository's `shared` has limits, outcomes and TLS besides.
#[allow(dead_code, unused_imports)] // No technique needs all of it.
mod shared {
    use std::fmt::{self, Display};
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
        use std::thread;
        use std::time::Duration;

        use anyhow::{Error, Result};

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
            tries: u32,
            pause: Duration,
        }

        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        pub struct Page {
            url: String,
        }

        /// The tries at a page: until one succeeds, or there are none left.
        pub struct Tries {
            url: String,
            left: u32,
            pause: Duration,
            last: Option<Result<u64>>,
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
                        tries: 2,
                        pause: Duration::from_millis(100),
                    },
                })
            }
        }

        impl Page {
            pub fn tries(&self, policy: &Policy) -> Tries {
                Tries {
                    url: self.url.clone(),
                    left: policy.tries,
                    pause: policy.pause,
                    last: None,
                }
            }
        }

        impl Tries {
            pub fn next_url(&mut self) -> Option<String> {
                let done = self.left == 0 || matches!(self.last, Some(Ok(_)));
                self.left = self.left.saturating_sub(1);
                (!done).then(|| self.url.clone())
            }

            /// Takes the bytes of an answer, or why there is none. Says how long to wait before another try.
            pub fn judge(&mut self, answer: Result<u64>) -> Option<Duration> {
                let again = answer.is_err() && self.left > 0;
                self.last = Some(answer);
                again.then_some(self.pause)
            }

            pub fn receipt(self) -> Result<Receipt> {
                let nothing = Err(Error::msg("not tried"));
                let bytes = self
                    .last
                    .unwrap_or(nothing)
                    .map_err(|error| error.context(self.url))?;
                Ok(Receipt { pages: 1, bytes })
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
