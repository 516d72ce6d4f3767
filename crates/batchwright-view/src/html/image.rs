//! Grey images as PNG data addresses, so that a page needs no other file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

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
    /// `data:image/png;base64,...`; `None` where the number of pixels is not width × height, or
    /// zero.
    pub(crate) fn data_address(&self) -> Option<String> {
        let png = self.png().ok()?;
        Some(format!("data:image/png;base64,{}", BASE64.encode(png)))
    }

    /// PNG of 8 bits grey. Rows are not filtered: filters help photographs, not small drawings.
    fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
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
            assert_eq!(BASE64.encode(plain), coded);
        }
        assert_eq!(BASE64.encode([0xfb, 0xff]), "+/8=");
    }

    /// Else the browser shows a broken image: the layout is checked byte by byte, the pixels by
    /// inflating them again.
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
