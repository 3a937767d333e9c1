//! Codings that a server has applied to a body, undone.

use std::io::Read;

use anyhow::Result;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::policy::Policy;
use super::trouble::Trouble;
use crate::outcome::Outcome;

/// As many codings as curl undoes. Each takes the time to unpack a body of the largest size.
const CODINGS: usize = 5;

/// The body without its codings, the last of which is undone first (RFC 9110, 8.4).
///
/// # Errors
///
/// If a coding is unknown, is not that of the body, or the body is too large without it.
pub(super) fn decode(headers: &HeaderMap, mut body: Bytes, policy: &Policy) -> Result<Bytes> {
    let lines = headers.get_all(CONTENT_ENCODING).iter();
    let text: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    let codings = text.iter().flat_map(|line| line.split(','));
    // Codings are the same in upper case (RFC 9110, 8.4.1).
    let codings = codings.map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<_> = codings
        .filter(|coding| !IDENTITY.contains(&coding.as_str()))
        .collect();
    if codings.len() > CODINGS {
        return corrupt(format!("{} codings of one body", codings.len()));
    }
    for coding in codings.iter().rev() {
        body = match coding.as_str() {
            // Nothing is there to undo: an empty body may be announced as any.
            "gzip" | "x-gzip" if body.is_empty() => body,
            "gzip" | "x-gzip" => unpack(&body, policy)?,
            other => return corrupt(format!("an encoding that was not asked for: {other}")),
        };
    }
    Ok(body)
}

/// Words for a body as it is, an empty item of a list among them (RFC 9110, 5.6.1).
const IDENTITY: [&str; 3] = ["identity", "none", ""];

fn corrupt<T>(message: String) -> Result<T> {
    Err(Trouble::new(Outcome::Corrupt, message).into())
}

fn unpack(body: &[u8], policy: &Policy) -> Result<Bytes> {
    let mut unpacked = Vec::new();
    // A gzip file is one member after another (RFC 1952, 2.2).
    let mut gzip = MultiGzDecoder::new(body).take(policy.largest.saturating_add(1));
    if let Err(error) = gzip.read_to_end(&mut unpacked) {
        return corrupt(format!("a body that is no gzip: {error}"));
    }
    policy.admit(unpacked.len() as u64)?;
    Ok(unpacked.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    fn decoded(codings: &[&'static str], body: &[u8]) -> Result<Bytes> {
        let policy = Policy {
            largest: 1000,
            ..Policy::default()
        };
        let mut headers = HeaderMap::new();
        for line in codings {
            headers.append(CONTENT_ENCODING, line.parse().unwrap());
        }
        decode(&headers, Bytes::copy_from_slice(body), &policy)
    }

    fn pack(body: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Default::default());
        gzip.write_all(body).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_packed_body_is_unpacked_unless_it_is_broken_or_too_large() {
        for name in ["gzip", "GZIP", "x-gzip"] {
            assert_eq!(decoded(&[name], &pack(b"page")).unwrap(), "page");
        }
        assert_eq!(decoded(&["gzip"], b"").unwrap(), "");
        assert_eq!(decoded(&["gzip"], &pack(&[0; 1000])).unwrap().len(), 1000);
        let said = |body: &[u8]| decoded(&["gzip"], body).unwrap_err().to_string();
        assert!(said(&pack(&[0; 1001])).contains("--max-body"));
        assert!(said(b"page").contains("no gzip"));
        assert!(said(&pack(b"page")[..12]).contains("no gzip"));
        let other = decoded(&["br"], b"page").unwrap_err();
        assert!(other.to_string().contains("br"));
    }

    #[test]
    fn a_body_of_several_members_is_all_of_them_and_nothing_may_follow() {
        let members = [pack(b"hello "), pack(b"page")].concat();
        assert_eq!(decoded(&["gzip"], &members).unwrap(), "hello page");
        let cut = &members[..members.len() - 1];
        assert!(decoded(&["gzip"], cut).is_err());
        let more = [&members[..], b"more"].concat();
        assert!(decoded(&["gzip"], &more).is_err());
    }

    #[test]
    fn a_list_of_codings_is_undone_from_its_end() {
        let twice = pack(&pack(b"page"));
        for codings in [
            &["gzip", "gzip"][..],
            &["gzip, gzip"],
            &["gzip,,\tx-gzip , identity"],
            &["identity", "gzip", "none, gzip"],
        ] {
            assert_eq!(decoded(codings, &twice).unwrap(), "page", "{codings:?}");
        }
        for codings in [&["identity"][..], &["none"], &[""], &["identity", ", NONE"]] {
            assert_eq!(decoded(codings, b"page").unwrap(), "page", "{codings:?}");
        }
        assert!(decoded(&["gzip, br"], &twice).is_err());
        assert!(decoded(&["gzip", "gzip"], &pack(b"page")).is_err());
        assert!(decoded(&["gzip"; 6], b"").is_err());
    }
}
