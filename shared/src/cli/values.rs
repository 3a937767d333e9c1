//! The values of arguments, each with its limits.

use std::time::Duration;

use url::Url;

/// Reads a whole number from `least` to `most`.
pub fn between<N: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let number = text.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| format!("a whole number from {least} to {most} is allowed"))
    }
}

/// Reads a factor from 0 to 60: a second of the story is then no longer than a server holds a page back.
pub(super) fn time_scale(text: &str) -> Result<f64, String> {
    let scale = text
        .parse()
        .ok()
        .filter(|scale| (0.0..=60.0).contains(scale));
    scale.ok_or("a number from 0 to 60 is allowed".to_owned())
}

/// Reads a number of seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.001..=86_400.0).contains(seconds));
    let seconds = seconds.map(Duration::from_secs_f64);
    seconds.ok_or("a number of seconds from 0.001 to 86400 is allowed".to_owned())
}

/// Reads an address of a page.
pub(super) fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok();
    let web = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    web.ok_or("an address like https://example.org/page is allowed".to_owned())
}

/// Reads an address of a server: http, without a path.
pub(super) fn server_url(text: &str) -> Result<Url, String> {
    let url = web_url(text).ok();
    let bare = url.filter(|url| {
        let nothing_behind = url.path() == "/" && url.query().or(url.fragment()).is_none();
        url.scheme() == "http" && nothing_behind
    });
    bare.ok_or("an address like http://127.0.0.1:8000 is allowed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::HELLO_DELAY;
    use crate::server::delay;

    #[test]
    fn a_page_may_be_held_back_for_as_long_as_the_largest_factor_makes_of_its_delay() {
        let longest = HELLO_DELAY.mul_f64(time_scale("60").unwrap());
        let query = format!("delay={}", longest.as_secs_f64());
        assert_eq!(delay(Some(&query)), Some(longest));
        assert!(time_scale("60.1").is_err());
    }
}
