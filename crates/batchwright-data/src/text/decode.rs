//! Bytes of any encoding as UTF-8, while they are read.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use crate::text::encoding::TextEncoding;

/// Bytes read at a time.
const CHUNK: usize = 1 << 16;

/// A reader of UTF-8. A byte order mark is left out; bytes that are no text are an error.
pub(crate) struct Decode<R> {
    bytes: R,
    decoder: Decoder,
    encoding: TextEncoding,
    raw: Vec<u8>,
    /// The part of `raw` that is not decoded yet.
    pending: std::ops::Range<usize>,
    text: Vec<u8>,
    /// The part of `text` that is not handed out yet.
    ready: std::ops::Range<usize>,
    /// Line of the text that is decoded next, from 1.
    line: u64,
    ended: bool,
}

/// Bytes that are no text in their encoding.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Line, from 1.
    pub(crate) line: u64,
    pub(crate) encoding: TextEncoding,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not {} text", self.line, self.encoding.name())
    }
}

impl std::error::Error for Malformed {}

impl<R: Read> Decode<R> {
    pub(crate) fn new(bytes: R, encoding: TextEncoding) -> Self {
        Self {
            bytes,
            decoder: encoding.decoder(),
            encoding,
            raw: vec![0; CHUNK],
            pending: 0..0,
            // A byte of any encoding is at most three bytes of UTF-8.
            text: vec![0; 3 * CHUNK + 16],
            ready: 0..0,
            line: 1,
            ended: false,
        }
    }

    /// The reason of an error, where bytes were no text.
    pub(crate) fn malformed(error: &io::Error) -> Option<&Malformed> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    fn decode_more(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            let read = read_some(&mut self.bytes, &mut self.raw)?;
            self.pending = 0..read;
            self.ended = read == 0;
        }
        let raw = &self.raw[self.pending.clone()];
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
        self.pending.start += read;
        self.ready = 0..written;
        self.line += self.text[..written].iter().filter(|&&byte| byte == b'\n').count() as u64;
        match result {
            DecoderResult::Malformed(..) => {
                let malformed = Malformed { line: self.line, encoding: self.encoding };
                Err(io::Error::new(io::ErrorKind::InvalidData, malformed))
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => Ok(()),
        }
    }
}

/// As `read`, but an interruption is no error.
fn read_some(bytes: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match bytes.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl<R: Read> Read for Decode<R> {
    /// Hands out whole characters, if the buffer has room for one.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.ended {
            self.decode_more()?;
        }
        let ready = &self.text[self.ready.clone()];
        let mut length = ready.len().min(buffer.len());
        while length > 4 && length < ready.len() && ready[length] & 0xc0 == 0x80 {
            length -= 1;
        }
        buffer[..length].copy_from_slice(&ready[..length]);
        self.ready.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A character that lies across two reads must not be torn or lost.
    #[test]
    fn text_is_whole_however_it_is_cut() {
        struct Drops<'a>(&'a [u8]);
        impl Read for Drops<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.0.len().min(1);
                buffer[..length].copy_from_slice(&self.0[..length]);
                self.0 = &self.0[length..];
                Ok(length)
            }
        }
        let text = "\u{feff}身長,é,😀\r\n".repeat(3);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let encoding = TextEncoding::named("utf-16le").unwrap();
        let mut decoded = String::new();
        Decode::new(Drops(&bytes), encoding).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, text.trim_start_matches('\u{feff}'));
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_line() {
        let mut decode = Decode::new(&b"a\nb\n\xff"[..], TextEncoding::default());
        let mut text = String::new();
        let error = loop {
            match decode.read(&mut [0; 9]) {
                Ok(length) => text.extend(std::iter::repeat_n('x', length)),
                Err(error) => break error,
            }
        };
        assert_eq!(Decode::<&[u8]>::malformed(&error).unwrap().line, 3);
    }
}
