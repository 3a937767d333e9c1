//! Two units that give way to each other.
//!
//!     cargo run --release --bin sequential -- switch
//!
//! Nothing switches by itself here: two coroutines are resumed by hand, in turn. To resume one is to call a function.

use std::convert::Infallible;
use std::future::poll_fn;
use std::hint::black_box;
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use anyhow::Result;
use shared::Receipt;
use shared::probes::Switch;

pub fn run(probe: &Switch) -> Result<Receipt> {
    // Called through pointers that the optimiser cannot see through, or nothing would be left of the two.
    let mut near: Pin<Box<dyn Future<Output = Infallible>>> = black_box(Box::pin(side()));
    let mut far: Pin<Box<dyn Future<Output = Infallible>>> = black_box(Box::pin(side()));
    let mut context = Context::from_waker(Waker::noop());

    let mut receipt = Receipt::default();
    for _ in 0..probe.rounds {
        receipt.units += u64::from(near.as_mut().poll(&mut context).is_pending());
        receipt.units += u64::from(far.as_mut().poll(&mut context).is_pending());
    }
    Ok(receipt)
}

async fn side() -> Infallible {
    loop {
        give_way().await;
    }
}

async fn give_way() {
    let mut pending = Some(Poll::Pending);
    poll_fn(|_| take(&mut pending).unwrap_or(Poll::Ready(()))).await;
}
