//! Connections that a session keeps between requests.

use std::collections::HashSet;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Extensions;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpInfo;

use super::trouble::causes;

/// Connections over which an answer has come, by their own addresses.
///
/// A server may close a connection that it has kept, at any time and without a word: a request that meets such an end says
/// nothing about its page (RFC 9112, 9.3.1). A request that fails on a new connection does.
#[derive(Debug, Default)]
pub struct Kept(Mutex<HashSet<SocketAddr>>);

impl Kept {
    /// Remembers the connection that an answer with these extensions came over.
    pub fn remember(&self, answer: &Extensions) {
        if let Some(connection) = answer.get::<HttpInfo>() {
            self.lock().insert(connection.local_addr());
        }
    }

    /// Whether `error` is the end of a connection that had been kept, which is forgotten.
    pub fn forget(&self, error: &(dyn Error + 'static)) -> bool {
        let mut connection = Extensions::new();
        for error in causes(error).filter_map(|error| error.downcast_ref::<legacy::Error>()) {
            if let Some(connected) = error.connect_info() {
                connected.get_extras(&mut connection);
            }
        }
        let connection = connection.get::<HttpInfo>();
        connection.is_some_and(|connection| self.lock().remove(&connection.local_addr()))
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
