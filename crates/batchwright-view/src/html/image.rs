//! Grey images as PNG data addresses, so that a page needs no other file.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// A grey image: `width` × `height` pixels, row by row from the top, 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` values.
    pub pixels: Vec<u8>,
}

impl Thumbnail {
    /// `data:image/png;base64,...`; `None` where the number of pixels is not width × height, or is zero.
    pub(crate) fn data_address(&self) -> Option<String> {
        let pixels = usize::try_from(u64::from(self.width) * u64::from(self.height)).ok()?;
        if pixels == 0 || pixels != self.pixels.len() {
            return None;
        }
        let png = self.png().ok()?;
        Some(format!("data:image/png;base64,{}", base64(&png)))
    }

    /// PNG of 8 bits grey, no filter (PNG specification, third edition, sections 5 and 9).
    fn png(&self) -> std::io::Result<Vec<u8>> {
        let mut header = Vec::new();
        header.extend(self.width.to_be_bytes());
        header.extend(self.height.to_be_bytes());
        header.extend([8, 0, 0, 0, 0]);
        let mut scanlines = ZlibEncoder::new(Vec::new(), Compression::default());
        for row in self.pixels.chunks(self.width as usize) {
            scanlines.write_all(&[0])?;
            scanlines.write_all(row)?;
        }
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, data) in [(b"IHDR", header), (b"IDAT", scanlines.finish()?), (b"IEND", Vec::new())] {
            chunk(&mut png, *kind, &data);
        }
        Ok(png)
    }
}

/// Length, kind, data, checksum of kind and data.
fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut checksum = Crc::new();
    checksum.update(&kind);
    checksum.update(data);
    png.extend((data.len() as u32).to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(checksum.sum().to_be_bytes());
}

/// Standard alphabet with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().chain(&[0, 0]).take(3).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        for index in 0..4 {
            let digit = word >> (18 - 6 * index) & 63;
            text.push(if index <= group.len() { ALPHABET[digit as usize] as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10. Else images of some sizes are broken, by their length modulo 3.
    #[test]
    fn base64_has_the_values_of_the_rfc() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    /// Else the browser shows a broken image: the layout is checked byte by byte, the pixels by inflating them again.
    #[test]
    fn a_thumbnail_is_a_png() {
        let png = Thumbnail { width: 2, height: 2, pixels: vec![0, 64, 128, 255] }.png().unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        // The checksum of the header of a 2 × 2 grey image of 8 bits, as every encoder writes it.
        assert_eq!(&png[8..33], b"\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\0\0\0\0\x57\xdd\x52\xf8");
        let length = u32::from_be_bytes(png[33..37].try_into().unwrap()) as usize;
        let mut inflated = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(&png[41..41 + length]), &mut inflated)
            .unwrap();
        assert_eq!(inflated, [0, 0, 64, 0, 128, 255]);
        assert_eq!(&png[png.len() - 12..], b"\0\0\0\0IEND\xae\x42\x60\x82");
    }

    /// Else a wrong shape panics, or shows garbage.
    #[test]
    fn a_wrong_shape_gives_no_image() {
        for (width, height, pixels) in [(0, 0, 0), (2, 2, 3), (u32::MAX, u32::MAX, 1), (0, 5, 0)] {
            assert_eq!(Thumbnail { width, height, pixels: vec![0; pixels] }.data_address(), None);
        }
    }
}
