//! A table's file: its layout, the names of its columns, its rows.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use csv::StringRecord;

use crate::column_names::{ColumnNames, excerpt, nearest};
use crate::csv::layout::Layout;
use crate::csv::names::{numbered, usable};
use crate::csv::rows::Rows;
use crate::error::DataError;
use crate::options::FileOptions;
use crate::remark::DataRemark;
use crate::text::text_file::TextFile;

/// Lines of text from which the layout is found out, if they are not too long.
const SAMPLE_LINES: usize = 50;
/// Bytes after which no more lines are waited for.
const LARGEST_SAMPLE: usize = 4 << 20;
/// Bytes of the sample that are read at a time.
const SAMPLE_PART: u64 = 1 << 14;

/// A table's file that can be read more than once.
#[derive(Debug)]
pub(crate) struct TableFile {
    pub(crate) text: TextFile,
    pub(crate) layout: Layout,
    /// Names of the columns, no two equal.
    pub(crate) columns: Vec<String>,
    /// What was assumed about the names and about what is before them.
    pub(crate) remarks: Vec<DataRemark>,
    has_header: bool,
    positions: HashMap<String, usize>,
}

/// Whether a field stands for "no value".
pub(crate) fn is_missing(field: &str) -> bool {
    field.is_empty()
        || field == "?"
        || ["na", "n/a", "null", "none"].iter().any(|word| field.eq_ignore_ascii_case(word))
}

impl TableFile {
    pub(crate) fn open(text: TextFile, options: &FileOptions) -> Result<Self, DataError> {
        let layout = Layout::of(&sample(&text)?, options.delimiter, options.no_header);
        let mut first = StringRecord::new();
        if Rows::open(&text, &layout)?.next_row(&mut first)?.is_none() {
            return Err(DataError::EmptyTable { path: text.path });
        }
        let mut remarks = Vec::new();
        if layout.comments > 0 {
            remarks.push(DataRemark::Comments { lines: layout.comments });
        }
        let columns =
            if options.no_header { numbered(first.len()) } else { named(&first, &layout, &mut remarks) };
        let positions = columns.iter().cloned().zip(0..).collect();
        Ok(Self { text, layout, columns, remarks, has_header: !options.no_header, positions })
    }

    /// Its path as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.text.path
    }

    /// The rows below the header, from the first.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, DataError> {
        let mut rows = Rows::open(&self.text, &self.layout)?;
        if self.has_header {
            rows.next_row(&mut StringRecord::new())?;
        }
        Ok(rows)
    }

    /// Index of the column `name`.
    pub(crate) fn column(&self, name: &str, wanted_by: &'static str) -> Result<usize, DataError> {
        self.positions.get(name).copied().ok_or_else(|| DataError::UnknownColumn {
            path: self.path().to_owned(),
            column: excerpt(name),
            wanted_by,
            nearest: nearest(name, &self.columns).into(),
            columns: self.names(),
            header_of_numbers: self.header_of_numbers(),
        })
    }

    /// The names of its columns, for a message.
    pub(crate) fn names(&self) -> ColumnNames {
        ColumnNames::new(self.columns.iter())
    }

    /// Whether the header looks like a row of data.
    pub(crate) fn header_of_numbers(&self) -> bool {
        self.has_header && self.layout.starts_with_numbers
    }
}

/// The first lines of the text, whole ones if it has any.
fn sample(text: &TextFile) -> Result<String, DataError> {
    let mut reader = text.text()?;
    let (mut bytes, mut lines, mut more) = (Vec::new(), 0, true);
    while more && lines < SAMPLE_LINES && bytes.len() < LARGEST_SAMPLE {
        let before = bytes.len();
        (&mut reader).take(SAMPLE_PART).read_to_end(&mut bytes).map_err(|error| text.error(error))?;
        lines += bytes[before..].iter().filter(|&&byte| byte == b'\n').count();
        more = bytes.len() > before;
    }
    if more && let Some(end) = bytes.iter().rposition(|&byte| byte == b'\n') {
        bytes.truncate(end + 1);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The names of a header, made usable.
fn named(header: &StringRecord, layout: &Layout, remarks: &mut Vec<DataRemark>) -> Vec<String> {
    let without_hash = |(index, name): (usize, &'_ str)| -> String {
        let bare = name.trim_start_matches('#').trim_start();
        let is_comment = index == 0 && layout.header_is_comment && !bare.is_empty();
        if is_comment { bare.to_owned() } else { name.to_owned() }
    };
    let header: Vec<String> = header.iter().enumerate().map(without_hash).collect();
    let names = usable(header.iter().map(String::as_str));
    if layout.starts_with_numbers {
        remarks.push(DataRemark::HeaderOfNumbers);
    }
    if !names.made.is_empty() {
        remarks.push(DataRemark::NamesMade { columns: ColumnNames::new(names.made.iter()) });
    }
    if !names.numbered.is_empty() {
        remarks.push(DataRemark::NamesNumbered { columns: ColumnNames::new(names.numbered.iter()) });
    }
    names.all
}
