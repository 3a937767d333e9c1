//! Thumbnails of photos: each is decoded, made small and encoded again.
//!
//!     make compare WORK=shared/work/readers/thumbnails.rs ITEMS='photos/*.jpg'
//!
//!     cargo add image --no-default-features --features jpeg

use std::io::Cursor;

use image::ImageFormat;
use image::imageops::FilterType;

fn item(line: &str) -> String {
    line.to_owned()
}

fn work(photo: String) -> Result<Vec<u8>, image::ImageError> {
    let small = image::open(photo)?.resize(160, 160, FilterType::Lanczos3);
    let mut bytes = Cursor::new(Vec::new());
    small.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}
