//! What can be wrong with data: each error names the file, row, column or value, what was found,
//! and what to do.

use crate::image_size::ImageSize;
use crate::problem::{ColumnRemedy, DimensionProblem, SettingProblem};
use std::path::PathBuf;

use crate::column_names::ColumnNames;

/// Why data could not be opened, split or encoded. Rows of a table are named by their line in the
/// file (the header is line 1).
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system could not read the file, or a compressed stream is damaged.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// Not a regular file: reading it could block for ever or never end.
    #[error("{}: is {found}, not a regular file", path.display())]
    NotAFile {
        /// What was to be read.
        path: PathBuf,
        /// What it is, with its article.
        found: &'static str,
    },
    /// Neither a folder nor a table.
    #[error("{}: unknown kind of data; give a folder of images or of IDX files, or a table (.csv, .tsv; a spreadsheet can be saved as one)", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A folder that holds no data of a known kind.
    #[error("{}: holds neither IDX files (train-images-idx3-ubyte), nor CIFAR files (data_batch_1.bin), nor a folder of PNG or JPEG images for each class", folder.display())]
    UnknownFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder lacks a file of the data set.
    #[error("{}: has no file {wanted} (nor {wanted}.gz, nor with .idx in place of -idx, nor in MNIST/raw)", folder.display())]
    MissingFile {
        /// The folder.
        folder: PathBuf,
        /// The file's name without `.gz`.
        wanted: String,
    },
    /// The file is no IDX file of the kind it should be.
    #[error("{}: starts with {found:#010x}, not with the IDX magic number {wanted:#010x}", path.display())]
    WrongMagic {
        /// The file.
        path: PathBuf,
        /// The number it should start with.
        wanted: u32,
        /// The number it starts with.
        found: u32,
    },
    /// A header that no data can follow.
    #[error("{}: the header says {dimensions:?} values, {problem}", path.display())]
    WrongDimensions {
        /// The file.
        path: PathBuf,
        /// Dimensions as the header has them.
        dimensions: Vec<u32>,
        /// Why they are not possible.
        problem: DimensionProblem,
    },
    /// The file ends too early.
    #[error("{}: truncated: {expected} bytes expected, only {found} found; fetch it again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that its header announces for this part of the file.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The file has more data than its header announces.
    #[error("{}: goes on after the {expected} values that its header announces; fetch it again", path.display())]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Values announced.
        expected: u64,
    },
    /// The numbers of images and labels differ.
    #[error("{}: has {labels} labels for {images} images", path.display())]
    LabelCount {
        /// The file of labels.
        path: PathBuf,
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A folder lacks one of the files of the data set.
    #[error("{}: has no file {wanted}; unpack the archive again", folder.display())]
    MissingPart {
        /// The folder.
        folder: PathBuf,
        /// The file's name.
        wanted: String,
    },
    /// A file of records ends within one.
    #[error("{}: has {bytes} bytes, which is not a number of records of {record} bytes; fetch it again", path.display())]
    RecordLength {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// Length of a record.
        record: u64,
    },
    /// A label in a file of records beyond the classes.
    #[error("{}, record {record}: label {label} is not below the {classes} classes", path.display())]
    RecordLabel {
        /// The file.
        path: PathBuf,
        /// Which record, from 1.
        record: u64,
        /// The label found.
        label: u8,
        /// Number of classes.
        classes: u8,
    },
    /// A list of names for other classes.
    #[error("{}: names {found} different classes, not {expected}; fetch it again, or remove it", path.display())]
    NameList {
        /// The file.
        path: PathBuf,
        /// Number of classes.
        expected: usize,
        /// Different names found.
        found: usize,
    },
    /// Images without classes, to train on.
    #[error("{}: its images lie in no class folder; put those of each class into a folder of its own", folder.display())]
    NoClassFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A class, a part or a data set without an image.
    #[error("{}: holds no PNG or JPEG file; add images or remove the folder", folder.display())]
    EmptyClass {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder in a class folder.
    #[error("{}: is a folder where the images of a class should be; give --data the folder in which the class folders are", folder.display())]
    NestedFolder {
        /// The inner folder.
        folder: PathBuf,
    },
    /// The name of a class must be a text.
    #[error("{}: the name of this class folder is not UTF-8; rename it", path.display())]
    NameNotUtf8 {
        /// The folder.
        path: PathBuf,
    },
    /// A class folder of the validation or test part that the training part does not have.
    #[error("{}: no class folder of this name is among those for training", folder.display())]
    UntrainedClass {
        /// The folder.
        folder: PathBuf,
    },
    /// Neither PNG nor JPEG.
    #[error("{}: is no PNG or JPEG file; convert or remove it", path.display())]
    NoImageFile {
        /// The file.
        path: PathBuf,
    },
    /// An image that cannot be decoded.
    #[error("{}: damaged or cut image: {problem}; fetch it again or remove it", path.display())]
    BadImage {
        /// The file.
        path: PathBuf,
        /// What the decoder found.
        problem: String,
    },
    /// A header with more pixels than any file of this length has.
    #[error("{}: its header says {size} pixels, which no file of {bytes} bytes holds; fetch it again or remove it", path.display())]
    ImpossibleImage {
        /// The file.
        path: PathBuf,
        /// Height and width.
        size: ImageSize,
        /// Length of the file.
        bytes: u64,
    },
    /// Images of different sizes (height x width).
    #[error("{}: is {other_size}, but {} is {first_size} (height x width); resize all of them with --image-size, e.g. --image-size {first_size}", other.display(), first.display())]
    MixedSizes {
        /// The first image.
        first: PathBuf,
        /// Its size.
        first_size: ImageSize,
        /// The first image of another size.
        other: PathBuf,
        /// Its size.
        other_size: ImageSize,
    },
    /// Nothing below a table's header.
    #[error("{}: has no row below its header", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
    },
    /// A split would be empty, or would take the last sample of a class.
    #[error(
        "{name}: {samples} samples are too few: a tenth of them, with one of each class left to train on, leaves none for the {part} split"
    )]
    TooFewToSplit {
        /// The data set.
        name: String,
        /// Number of samples.
        samples: u32,
        /// The split that would be empty.
        part: &'static str,
    },
    /// No column has any value in the training split.
    #[error("{name}: no column has a value in any training row; there is nothing to learn from")]
    NoValues {
        /// The data set.
        name: String,
    },
    /// Sample ids are 32-bit numbers.
    #[error("{name}: more than 4,294,967,295 samples; split the data into smaller files")]
    TooManySamples {
        /// The data set.
        name: String,
    },
    /// The input has another shape than the other part of the data, or than the model's input.
    #[error("{name}: samples have the shape {found:?}, expected {expected:?}")]
    ShapeMismatch {
        /// The data set.
        name: String,
        /// Shape that is needed.
        expected: Vec<usize>,
        /// Shape that was found.
        found: Vec<usize>,
    },
    /// Images for a model of tables, or the other way round.
    #[error("{name}: holds {found}, but the model was trained on {expected}")]
    KindMismatch {
        /// The data set.
        name: String,
        /// What the model reads.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A web page in place of data.
    #[error("{}: is a web page, not data: a server sends one in place of a file that is gone or not free; fetch it again", path.display())]
    WebPage {
        /// The file.
        path: PathBuf,
    },
    /// Bytes that are no text in any encoding.
    #[error("{}: is not text; save a spreadsheet as .csv", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A text with a long gap of zero bytes.
    #[error("{}: has a long gap of zero bytes, as a power failure or a cut-off copy leaves; restore the file, or fetch it again", path.display())]
    Gap {
        /// The file.
        path: PathBuf,
    },
    /// Bytes that are no text in the file's encoding.
    #[error("{}, line {line}: is not {encoding} text; give the encoding with --encoding, or convert the file", path.display())]
    MalformedText {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// A file of a table without any row.
    #[error("{}: is empty; the first line must name the columns", path.display())]
    EmptyTable {
        /// The file.
        path: PathBuf,
    },
    /// A row with more or fewer fields than the header.
    #[error("{}, line {line}: {found} fields, but the first row has {expected}; if another sign separates them, give it with --delimiter", path.display())]
    FieldCount {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// Fields of this row.
        found: u64,
        /// Fields of the header, or of the first row.
        expected: u64,
    },
    /// A row beyond the limit.
    #[error("{}, line {line}: a row of more than {} MiB; is a quote not closed, or is this no table?", path.display(), limit >> 20)]
    LongRow {
        /// The file.
        path: PathBuf,
        /// Line in the file at which the row begins, from 1.
        line: u64,
        /// The most bytes of a row.
        limit: u64,
    },
    /// A field beyond the limit.
    #[error("{}, line {line}: field {field} has {bytes} bytes, more than {limit}; is a quote not closed, or is this no table?", path.display())]
    LongField {
        /// The file.
        path: PathBuf,
        /// Line in the file at which the row begins, from 1.
        line: u64,
        /// Which field of the row, from 1.
        field: usize,
        /// Its length.
        bytes: u64,
        /// The most bytes of a field.
        limit: u64,
    },
    /// The data does not fit into memory.
    #[error("{}: takes {} MiB of memory, {} MiB are available; use fewer rows, columns or images, or smaller images", path.display(), needed.div_ceil(1 << 20), available >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes that the data takes.
        needed: u64,
        /// Bytes that may be taken.
        available: u64,
    },
    /// No label was given, and a table does not contain which column to predict.
    #[error("{}: say which column to predict with --label; the columns are {columns}{}", path.display(), header_hint(*header_of_numbers))]
    NoLabel {
        /// The file.
        path: PathBuf,
        /// Its columns.
        columns: ColumnNames,
        /// Whether the header looks like a row of data.
        header_of_numbers: bool,
    },
    /// A column that was requested is missing.
    #[error("{}: has no column {column:?} ({wanted_by}){}; the columns are {columns}{}", path.display(), did_you_mean(nearest), header_hint(*header_of_numbers))]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// The missing column.
        column: String,
        /// What requests it: the flag, or "the model".
        wanted_by: &'static str,
        /// Columns with a similar name, the most similar first.
        nearest: Box<[String]>,
        /// Its columns.
        columns: ColumnNames,
        /// Whether the header looks like a row of data.
        header_of_numbers: bool,
    },
    /// Nothing to learn from.
    #[error("{}: no column is left to predict {} from: each is left out or has the same value in every row", path.display(), label.as_deref().map_or("anything".to_owned(), |label| format!("{label:?}")))]
    NoFeatures {
        /// The file.
        path: PathBuf,
        /// The label, if one was given.
        label: Option<String>,
    },
    /// The column to predict is also left out.
    #[error("{}: {column:?} is both --label and in --ignore-columns", path.display())]
    LabelIgnored {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// Text, NaN or an infinity where a number is needed.
    #[error("{}, line {line}, column {column:?}: {value:?} is not a finite number; {remedy}", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// Line in the file, from 1.
        line: u64,
        /// The column.
        column: String,
        /// The value found.
        value: String,
        /// What to do.
        remedy: ColumnRemedy,
    },
    /// The value to predict is missing in some rows.
    #[error("{}, {}: no value in the label column {column:?} in {count} of the rows; remove them", path.display(), lines_of(lines, *count))]
    MissingLabel {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// How many rows lack it.
        count: u64,
        /// The first of their lines in the file, from 1.
        lines: Vec<u64>,
    },
    /// There is nothing to train on or to split by.
    #[error("{name}: was opened without labels; it can be predicted on, not trained on")]
    Unlabelled {
        /// The data set.
        name: String,
    },
    /// With only one class there is nothing to distinguish.
    #[error("{name}: all training samples are of one class: there is nothing to predict")]
    SingleClass {
        /// The data set.
        name: String,
    },
    /// A class that the model has never seen.
    #[error("{name}: class {class:?} is not one of the {known} classes that the model was trained on")]
    UnknownClass {
        /// The data set; for a table with the line.
        name: String,
        /// The class found.
        class: String,
        /// Number of classes of the model.
        known: usize,
    },
    /// A label with the same value in every row: there is nothing to predict.
    #[error("{}: column {column:?} has the same value in every row; there is nothing to predict; choose another --label", path.display())]
    ConstantLabel {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// Pixels that are all equal cannot be normalised.
    #[error("{name}: all pixels of the training images are equal: there is nothing to learn from")]
    ConstantImages {
        /// The data set.
        name: String,
    },
    /// Free text or an identifier rather than a category.
    #[error("{}: column {column:?} has more than {limit} different texts; {remedy}", path.display())]
    TooManyCategories {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The most that are allowed.
        limit: usize,
        /// What to do.
        remedy: ColumnRemedy,
    },
    /// A table's column is of another kind than the model's.
    #[error("{name}: column {column:?} holds {found}, but the model was trained on {expected}")]
    ColumnKind {
        /// The data set.
        name: String,
        /// The column.
        column: String,
        /// Kind that the model reads.
        expected: &'static str,
        /// Kind that was found.
        found: &'static str,
    },
    /// The file was written to while it was read.
    #[error("{}: changed while it was read; try again when nothing writes to it", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Slices in memory that do not make a dataset.
    #[error("arrays: {problem}")]
    Arrays {
        /// What does not fit together.
        problem: String,
    },
    /// A setting that does not fit the data.
    #[error("{flag} {value}: {problem}")]
    Setting {
        /// The flag.
        flag: &'static str,
        /// Its value.
        value: String,
        /// Why it is not possible.
        problem: SettingProblem,
    },
}

fn header_hint(header_of_numbers: bool) -> &'static str {
    if header_of_numbers {
        "; these look like a row of data: give --no-header if the file has no header"
    } else {
        ""
    }
}

fn did_you_mean(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(" or ")) }
}

/// `line 3`, `lines 3, 7 and others`.
fn lines_of(lines: &[u64], count: u64) -> String {
    let list: Vec<String> = lines.iter().map(u64::to_string).collect();
    let lines_word = if count == 1 { "line" } else { "lines" };
    let others = if count > lines.len() as u64 { " and others" } else { "" };
    format!("{lines_word} {}{others}", list.join(", "))
}
