//! The pages: their bytes, and which of them an address means.

use std::sync::LazyLock;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

/// Number of photos.
pub const CATS: usize = 20;
/// How a greeting starts. The name of the worker follows.
pub const GREETING: &[u8] = b"Hello, World!, I am ";
/// Length of a greeting.
pub const HELLO_BYTES: usize = 29;
/// A page may be asked to wait so long at most.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// The two sites of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// 10394 bytes.
    Large,
    /// 277 bytes.
    Small,
}

impl Site {
    /// Its path, without the leading slash.
    pub fn path(self) -> &'static str {
        match self {
            Self::Large => "sites/large",
            Self::Small => "sites/small",
        }
    }

    /// Its HTML.
    pub fn body(self) -> Bytes {
        static LARGE: LazyLock<Bytes> = LazyLock::new(|| html("A large site", 10_394));
        static SMALL: LazyLock<Bytes> = LazyLock::new(|| html("A small site", 277));
        match self {
            Self::Large => LARGE.clone(),
            Self::Small => SMALL.clone(),
        }
    }
}

/// A page with this title that is exactly `length` bytes long.
fn html(title: &str, length: usize) -> Bytes {
    const END: &str = "</p>\n";
    let mut html = format!("<!doctype html>\n<title>{title}</title>\n<p>");
    let mut number = 0;
    while html.len() + END.len() < length {
        html += &format!("line {number}<br>\n");
        number += 1;
    }
    html.truncate(length - END.len());
    (html + END).into()
}

/// Photo `number` (1 to [`CATS`]): a small real JPEG, brought to about 100 kB by comment segments, which differ from photo
/// to photo and which every viewer skips.
///
/// # Panics
///
/// If there is no such photo.
pub fn cat(number: usize) -> Bytes {
    Bytes::from_static(photo(number))
}

/// The bytes of photo `number`, which are drawn once.
pub(crate) fn photo(number: usize) -> &'static [u8] {
    static PHOTOS: LazyLock<[Vec<u8>; CATS]> =
        LazyLock::new(|| std::array::from_fn(|index| draw_cat(index + 1)));
    &PHOTOS[number - 1]
}

fn draw_cat(number: usize) -> Vec<u8> {
    const DRAWING: &[u8] = include_bytes!("cat.jpg");
    const START_OF_IMAGE: usize = 2;
    const COMMENT: [u8; 2] = [0xff, 0xfe];
    let (start, rest) = DRAWING.split_at(START_OF_IMAGE);
    let mut photo = start.to_vec();
    let mut random = number as u64;
    // Two comments of 45 to 50 kB; a segment's length counts its own two bytes (ITU T.81, B.1.1.4).
    let comment = 45_000 + 250 * number;
    for _ in 0..2 {
        photo.extend(COMMENT);
        photo.extend((comment as u16 + 2).to_be_bytes());
        let end = photo.len() + comment;
        while photo.len() < end {
            // Marsaglia's xorshift64, so that the bytes are the same everywhere and do not compress.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            photo.extend(random.to_le_bytes());
        }
        photo.truncate(end);
    }
    photo.extend(rest);
    photo
}

/// The delay that a query asks for: 0 if it does not, `None` if it is none that the server grants.
pub(crate) fn delay(query: Option<&str>) -> Option<Duration> {
    let Some(seconds) = value(query, "delay=") else {
        return Some(Duration::ZERO);
    };
    let delay = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    (delay <= LONGEST_DELAY).then_some(delay)
}

/// What stands behind `key` (with its `=`) in a query.
pub(crate) fn value<'q>(query: Option<&'q str>, key: &str) -> Option<&'q str> {
    let mut pairs = query?.split('&');
    pairs.find_map(|pair| pair.strip_prefix(key))
}

pub(crate) fn cat_number(path: &str) -> Option<usize> {
    let number = path
        .strip_prefix("/cats/")?
        .strip_suffix(".jpg")?
        .parse()
        .ok()?;
    (1..=CATS).contains(&number).then_some(number)
}

/// A page, or a refusal, as hyper sends it.
pub(super) fn page(
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_have_their_lengths() {
        assert_eq!(Site::Large.body().len(), 10_394);
        assert_eq!(Site::Small.body().len(), 277);
    }

    #[test]
    fn photos_are_jpegs_that_differ() {
        for number in 1..=CATS {
            let photo = cat(number);
            assert_eq!(
                (&photo[..4], &photo[photo.len() - 2..]),
                (&[0xff, 0xd8, 0xff, 0xfe][..], &[0xff, 0xd9][..])
            );
        }
        assert_ne!(crc32fast::hash(&cat(1)), crc32fast::hash(&cat(2)));
    }

    #[test]
    fn a_delay_is_a_number_of_seconds_that_the_server_grants() {
        assert_eq!(delay(None), Some(Duration::ZERO));
        assert_eq!(
            delay(Some("a=b&delay=0.5")),
            Some(Duration::from_millis(500))
        );
        for refused in ["delay=", "delay=-1", "delay=61", "delay=NaN", "delay=x"] {
            assert_eq!(delay(Some(refused)), None, "{refused}");
        }
    }
}
