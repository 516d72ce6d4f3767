//! Which encoding a text is in.
//!
//! A byte order mark decides. Without one, text that is valid UTF-8 is UTF-8; other text is
//! Shift-JIS if it is valid and plausible as Japanese; anything else is Windows-1252, of which
//! Latin-1 is a part. The whole file is looked at: the first letter that is not ASCII may be in the
//! last row.

use std::io::{self, Read};

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::text::decode::Decode;
use crate::text::encoding::TextEncoding;
use crate::text::japanese::Plausibility;

/// Bytes that are looked at for a byte order mark and for UTF-16 without one.
const SAMPLE: usize = 4096;

/// Finds out the encoding of the bytes that `open` gives, each time from the start.
pub(crate) fn detect<R: Read>(open: impl Fn() -> io::Result<R>) -> io::Result<TextEncoding> {
    let mut start = Vec::new();
    open()?.take(SAMPLE as u64).read_to_end(&mut start)?;
    if let Some((marked, _)) = Encoding::for_bom(&start) {
        return Ok(TextEncoding::of(marked));
    }
    if let Some(wide) = unmarked_utf_16(&start)
        && is_valid(open()?, wide)?
    {
        return Ok(TextEncoding::of(wide));
    }
    if is_valid(open()?, UTF_8)? {
        return Ok(TextEncoding::of(UTF_8));
    }
    let japanese = is_japanese(open()?)?;
    Ok(TextEncoding::of(if japanese { SHIFT_JIS } else { WINDOWS_1252 }))
}

/// Whether text that begins so can be UTF-16, with a byte order mark or without.
pub(crate) fn may_be_utf_16(start: &[u8]) -> bool {
    let marked = Encoding::for_bom(start).is_some_and(|(marked, _)| marked != UTF_8);
    marked || unmarked_utf_16(start).is_some()
}

/// In UTF-16, the separators and digits of a table have a zero byte, always on the same side.
fn unmarked_utf_16(start: &[u8]) -> Option<&'static Encoding> {
    let zeros = |side: usize| start.iter().skip(side).step_by(2).filter(|&&byte| byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, second) if second * 10 > start.len() / 2 => Some(UTF_16LE),
        (first, 0) if first * 10 > start.len() / 2 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether all of the text is valid in this encoding.
fn is_valid(bytes: impl Read, encoding: &'static Encoding) -> io::Result<bool> {
    match io::copy(&mut Decode::new(bytes, TextEncoding::of(encoding)), &mut io::sink()) {
        Ok(_) => Ok(true),
        Err(error) if Decode::<&[u8]>::malformed(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_japanese(bytes: impl Read) -> io::Result<bool> {
    let mut seen = Plausibility::default();
    match io::copy(&mut Decode::new(bytes, TextEncoding::of(SHIFT_JIS)), &mut seen) {
        Ok(_) => Ok(seen.speaks_for_it()),
        Err(error) if Decode::<&[u8]>::malformed(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(bytes: &[u8]) -> &'static str {
        detect(|| Ok(bytes)).unwrap().name()
    }

    /// A wrong guess turns every name of the table into others.
    #[test]
    fn encodings_are_told_apart() {
        let shift_jis = |text: &str| SHIFT_JIS.encode(text).0.into_owned();
        let latin = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
        for text in ["x,y\n1,2\n", "", "größe,y\n", "身長,性別\n1,男\n"] {
            assert_eq!(detected(text.as_bytes()), "UTF-8", "{text}");
        }
        for text in ["身長,性別\n170,男\n", "x,y\n1,女\n2,男\n", "ﾅﾏｴ,y\n", "名前\nスズキ Taro\n"]
        {
            assert_eq!(detected(&shift_jis(text)), "Shift_JIS", "{text}");
        }
        for text in [
            "größe;preis\n1,5;2\n",
            "Genève,1\n",
            "x,y\nmännlich,1\nweiblich,2\n",
            "Straße;Höhe\n",
            "T in °C;p\n",
            "été;hiver\n",
            "5±1;2\n",
            "10 €;2\n",
            "ÄRA;1\n",
        ] {
            assert_eq!(detected(&latin(text)), "windows-1252", "{text}");
        }
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(detected(&wide("身長,性別\n170,男\n")), "UTF-16LE");
        assert_eq!(detected(&wide("\u{feff}x,y\n1,2\n")), "UTF-16LE");
        let swapped = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        assert_eq!(detected(&swapped("x;y\n1;2\n")), "UTF-16BE");
    }
}
