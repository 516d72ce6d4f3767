//! From files to a text: `.txt`, plain or compressed, one or all of a folder.
//!
//! Characters: any encoding that tables may have; a byte order mark is left out, and line ends are
//! `\n`, as Python's `open` reads them. Bytes: the files as they are.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::options::FileOptions;
use crate::regular_file::{io_error, is_compressed, open_decompressed, open_regular};
use crate::remark::DataRemark;
use crate::source::{Labels, RawInputs, Source};
use crate::text::text_file::TextFile;
use crate::tokens::ids::Ids;
use crate::tokens::raw_text::RawText;
use crate::tokens::token_kind::TokenKind;

/// How a text is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextOptions {
    pub(crate) tokens: TokenKind,
    /// Tokens of a sample, at least 1.
    pub(crate) context: usize,
    pub(crate) file: FileOptions,
}

/// Whether the name of a file is that of a text.
pub(crate) fn is_text(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with(".txt") || name.ends_with(".txt.gz")
}

/// The texts that lie in a folder, sorted by name; hidden files are none.
pub(crate) fn texts_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| io_error(folder, source);
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_text(&path) && !hidden && !path.is_dir() {
            texts.push(path);
        }
    }
    texts.sort();
    Ok(texts)
}

/// Reads texts, one after the other, as one. Nothing is put between them.
pub(crate) fn read(name: &Path, files: &[PathBuf], options: &TextOptions) -> Result<Source, DataError> {
    let mut reading = Reading::new(name, options);
    for file in files {
        open_regular(file)?;
        match options.tokens {
            TokenKind::Bytes => reading.bytes_of(file)?,
            TokenKind::Characters => reading.characters_of(file)?,
        }
    }
    reading.finish()
}

/// A text that is being read.
struct Reading<'a> {
    name: &'a Path,
    options: &'a TextOptions,
    ids: Ids,
    /// Id of each character by its number; `u32::MAX` for those that did not occur.
    known: Vec<u32>,
    characters: Vec<char>,
    /// Encodings other than UTF-8.
    encodings: Vec<&'static str>,
    /// `\r\n` and `\r` that became `\n`.
    returns: u64,
}

impl<'a> Reading<'a> {
    fn new(name: &'a Path, options: &'a TextOptions) -> Self {
        let (characters, known) = match options.tokens {
            TokenKind::Bytes => ((0..=u8::MAX).map(char::from).collect(), Vec::new()),
            TokenKind::Characters => (Vec::new(), vec![u32::MAX; char::MAX as usize + 1]),
        };
        Self { name, options, ids: Ids::default(), known, characters, encodings: Vec::new(), returns: 0 }
    }

    fn bytes_of(&mut self, file: &Path) -> Result<(), DataError> {
        let failed = |source| io_error(file, source);
        self.check_length(file)?;
        let mut bytes = open_decompressed(file).map_err(failed)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = bytes.read(&mut buffer).map_err(failed)?;
            if length == 0 {
                return Ok(());
            }
            self.ids.extend_bytes(&buffer[..length]);
            self.check_memory()?;
        }
    }

    /// Refuses a file that is too large before it is read, where its length tells.
    fn check_length(&self, file: &Path) -> Result<(), DataError> {
        let failed = |source| io_error(file, source);
        if is_compressed(file).map_err(failed)? {
            return Ok(());
        }
        let length = File::open(file).and_then(|file| file.metadata()).map_err(failed)?.len();
        self.check_bytes(self.ids.bytes().saturating_add(length))
    }

    fn check_memory(&self) -> Result<(), DataError> {
        self.check_bytes(self.ids.bytes())
    }

    fn check_bytes(&self, needed: u64) -> Result<(), DataError> {
        match self.options.file.memory {
            Some(available) if needed > available => {
                Err(DataError::TextTooLarge { path: self.name.to_owned(), available })
            }
            _ => Ok(()),
        }
    }

    fn characters_of(&mut self, file: &Path) -> Result<(), DataError> {
        let text = TextFile::open(file, self.options.file.encoding).map_err(|error| match error {
            DataError::NotText { path } => DataError::ZeroBytes { path },
            other => other,
        })?;
        if text.encoding.name() != "UTF-8" && !self.encodings.contains(&text.encoding.name()) {
            self.encodings.push(text.encoding.name());
        }
        let mut decoded = text.text()?;
        let mut buffer = vec![0; 1 << 16];
        let mut after_return = false;
        loop {
            let length = decoded.read(&mut buffer).map_err(|error| text.error(error))?;
            if length == 0 {
                return Ok(());
            }
            let decoded = String::from_utf8_lossy(&buffer[..length]);
            for character in decoded.chars() {
                match character {
                    '\n' if after_return => {}
                    '\r' => {
                        self.returns += 1;
                        self.push('\n');
                    }
                    other => self.push(other),
                }
                after_return = character == '\r';
            }
            self.check_memory()?;
        }
    }

    fn push(&mut self, character: char) {
        let id = &mut self.known[character as usize];
        if *id == u32::MAX {
            *id = self.characters.len() as u32;
            self.characters.push(character);
        }
        let id = *id;
        self.ids.push(id);
    }

    fn finish(mut self) -> Result<Source, DataError> {
        if self.ids.len() == 0 {
            return Err(DataError::EmptyText { path: self.name.to_owned() });
        }
        self.ids.shrink();
        let name = self.name.display().to_string();
        let text = RawText::new(self.options.tokens, self.characters, self.ids, self.options.context);
        // Window numbers are 32-bit numbers.
        if text.len() / text.context() > u32::MAX as usize {
            return Err(DataError::TooManySamples { name });
        }
        let mut remarks = Vec::new();
        if !self.encodings.is_empty() {
            remarks.push(DataRemark::TextReadAs { encodings: self.encodings });
        }
        remarks.extend((self.returns > 0).then_some(DataRemark::LineEnds { count: self.returns }));
        let (characters, count) = text.unknown();
        remarks.extend((count > 0).then_some(DataRemark::UnknownCharacters { characters, count }));
        let inputs = RawInputs::Text(text.into());
        Ok(Source { remarks, ..Source::new(name, inputs, Labels::NextTokens) })
    }
}
