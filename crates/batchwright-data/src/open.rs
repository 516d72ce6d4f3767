//! From a path to a [`Source`]: the embedded digits, a folder of images, or a table.

use std::path::{Path, PathBuf};

use crate::csv::file::TableFile;
use crate::csv::read_table;
use crate::csv::schema;
use crate::encode::{Encoding, InputEncoding};
use crate::error::DataError;
use crate::image_size::ImageSize;
use crate::images::cifar;
use crate::images::cifar::Cifar;
use crate::images::class_folders::looks_like_images;
use crate::images::digits::digits;
use crate::images::idx;
use crate::images::image_folder;
use crate::images::image_folder::WantedShape;
use crate::images::needs::Needs;
use crate::options::{DEFAULT_CONTEXT, FileOptions, OpenOptions};
use crate::problem::SettingProblem;
use crate::regular_file::{io_error, open_regular};
use crate::source::Source;
use crate::task::TaskKind;
use crate::text::text_file::TextFile;
use crate::tokens::read_text;
use crate::tokens::read_text::{TextOptions, is_text, texts_in};
use crate::tokens::token_kind::TokenKind;

/// Endings of tables, also with `.gz` after them.
const TABLES: [&str; 4] = ["csv", "tsv", "tab", "psv"];

/// The path that stands for standard input, which is a table.
pub const STANDARD_INPUT: &str = "-";

/// Opens a data set for training. `None` is the embedded digits; a folder holds IDX files, CIFAR
/// files, a folder of PNG and JPEG files for each class, or texts; a `.txt` file is a text, a `.csv`
/// or `.tsv` file is a table, and so is `-`, standard input.
///
/// # Errors
/// See [`DataError`].
pub fn open(path: Option<&Path>, options: &OpenOptions) -> Result<Source, DataError> {
    open_any(path, options, true)
}

/// As [`open`], to look at the data: the label of a table may be absent.
///
/// # Errors
/// See [`DataError`].
pub fn open_to_describe(path: Option<&Path>, options: &OpenOptions) -> Result<Source, DataError> {
    open_any(path, options, false)
}

fn open_any(path: Option<&Path>, options: &OpenOptions, to_train: bool) -> Result<Source, DataError> {
    match Format::of(path, &options.file)? {
        Format::Text(path, files) => {
            check_options_of_text(options)?;
            read_text::read(path, &files, &text_options(options.tokens, options.context, &options.file))
        }
        _ if options.tokens.is_some() => Err(only_for_texts(options.tokens)),
        Format::Digits if options.image_size.is_some() => Err(only_for_image_files(options.image_size)),
        Format::Digits => check_options(options).and_then(|()| digits()),
        Format::Folder(folder, images) => {
            check_options(options)?;
            let wanted = WantedShape { resize: options.image_size, of_model: None };
            images.open(folder, Needs::Training, wanted, options.file.memory)
        }
        Format::Table(_) if options.image_size.is_some() => Err(only_for_image_files(options.image_size)),
        Format::Table(text) => {
            let file = TableFile::open(text, &options.file)?;
            if options.label.is_none() && to_train {
                let (path, columns) = (file.path().to_owned(), file.names());
                return Err(DataError::NoLabel {
                    path,
                    columns,
                    header_of_numbers: file.header_of_numbers(),
                });
            }
            let schema = schema::infer(&file, options)?;
            read_table::read(&file, schema, options.file.memory)
        }
    }
}

/// Opens data with labels for a trained model. The encoding decides how columns are read, not the
/// values in this file, so that one row is enough. Columns that the model does not know are not
/// read.
///
/// # Errors
/// See [`DataError`].
pub fn open_labelled(
    path: Option<&Path>,
    encoding: &Encoding,
    options: &FileOptions,
) -> Result<Source, DataError> {
    open_encoded(path, encoding, options, true)
}

/// As [`open_labelled`], for data to predict on: label column and label files are not read, and may
/// be absent.
///
/// # Errors
/// See [`DataError`].
pub fn open_unlabelled(
    path: Option<&Path>,
    encoding: &Encoding,
    options: &FileOptions,
) -> Result<Source, DataError> {
    open_encoded(path, encoding, options, false)
}

fn open_encoded(
    path: Option<&Path>,
    encoding: &Encoding,
    options: &FileOptions,
    labelled: bool,
) -> Result<Source, DataError> {
    let needs = if labelled { Needs::AnyLabelled } else { Needs::AnyImages };
    match Format::of(path, options)? {
        Format::Text(path, files) => {
            check_file_options_of_text(options)?;
            let (tokens, context) = match &encoding.input {
                InputEncoding::Text { vocabulary, context } => (Some(vocabulary.kind()), Some(*context)),
                InputEncoding::Images { .. } | InputEncoding::Table { .. } => (None, None),
            };
            read_text::read(path, &files, &text_options(tokens, context, options))
        }
        Format::Table(text) => {
            let file = TableFile::open(text, options)?;
            let schema = schema::from_encoding(&file, encoding, labelled)?;
            read_table::read(&file, schema, options.memory)
        }
        Format::Digits => check_file_options(options).and_then(|()| digits()),
        Format::Folder(folder, images) => {
            check_file_options(options)?;
            images.open(folder, needs, shape_of_model(encoding), options.memory)
        }
    }
}

/// Images for a model are resized if those that it was trained on were.
fn shape_of_model(encoding: &Encoding) -> WantedShape {
    match encoding.input {
        InputEncoding::Images { shape, resized, .. } => {
            let side = |side: usize| u32::try_from(side).ok().filter(|&side| side > 0);
            let size = side(shape[1]).zip(side(shape[2])).filter(|_| resized);
            let resize = size.map(|(height, width)| ImageSize { height, width });
            WantedShape { resize, of_model: Some(shape) }
        }
        InputEncoding::Table { .. } | InputEncoding::Text { .. } => WantedShape::default(),
    }
}

enum Format<'a> {
    Digits,
    Folder(&'a Path, ImageFormat),
    Table(TextFile),
    /// A text: the path as it was given, and its files in order.
    Text(&'a Path, Vec<PathBuf>),
}

/// How a folder holds images.
enum ImageFormat {
    Idx,
    Cifar(Cifar, PathBuf),
    Files,
}

impl ImageFormat {
    /// `None` where it holds none.
    fn of(folder: &Path) -> Result<Option<Self>, DataError> {
        if idx::holds_idx(folder) {
            Ok(Some(Self::Idx))
        } else if let Some((cifar, files)) = cifar::find(folder) {
            Ok(Some(Self::Cifar(cifar, files)))
        } else {
            Ok(looks_like_images(folder)?.then_some(Self::Files))
        }
    }

    fn open(
        self,
        folder: &Path,
        needs: Needs,
        wanted: WantedShape,
        memory: Option<u64>,
    ) -> Result<Source, DataError> {
        match self {
            Self::Files => image_folder::open_folder(folder, needs, wanted, memory),
            // Only a flag asks for another size where no model does.
            _ if wanted.of_model.is_none() && wanted.resize.is_some() => {
                Err(only_for_image_files(wanted.resize))
            }
            Self::Idx => idx::open_folder(folder, needs, memory),
            Self::Cifar(cifar, files) => cifar.open(&files, folder, needs, memory),
        }
    }
}

impl<'a> Format<'a> {
    fn of(path: Option<&'a Path>, options: &FileOptions) -> Result<Self, DataError> {
        let Some(path) = path else { return Ok(Self::Digits) };
        if path == Path::new(STANDARD_INPUT) {
            return TextFile::standard_input(options.encoding).map(Self::Table);
        }
        let metadata = std::fs::metadata(path).map_err(|source| io_error(path, source))?;
        if metadata.is_dir() {
            if let Some(images) = ImageFormat::of(path)? {
                return Ok(Self::Folder(path, images));
            }
            // Images may have texts about them beside them, so these come last.
            let texts = texts_in(path)?;
            if texts.is_empty() {
                return Err(DataError::UnknownFolder { folder: path.to_owned() });
            }
            return Ok(Self::Text(path, texts));
        }
        open_regular(path)?;
        if is_text(path) {
            return Ok(Self::Text(path, vec![path.to_owned()]));
        }
        if !is_table(path) {
            return Err(DataError::UnknownFormat { path: path.to_owned() });
        }
        TextFile::open(path, options.encoding).map(Self::Table)
    }
}

fn is_table(path: &Path) -> bool {
    let has_ending = |path: &Path, endings: &[&str]| {
        let ending = path.extension().unwrap_or_default();
        endings.iter().any(|table| ending.eq_ignore_ascii_case(table))
    };
    let inner =
        if has_ending(path, &["gz"]) { path.file_stem().unwrap_or_default() } else { path.as_os_str() };
    has_ending(Path::new(inner), &TABLES)
}

fn text_options(tokens: Option<TokenKind>, context: Option<usize>, file: &FileOptions) -> TextOptions {
    TextOptions {
        tokens: tokens.unwrap_or(TokenKind::Characters),
        context: context.unwrap_or(DEFAULT_CONTEXT).max(1),
        file: *file,
    }
}

/// Refuses options of tables for a text.
fn check_options_of_text(options: &OpenOptions) -> Result<(), DataError> {
    let (flag, value) = if let Some(label) = &options.label {
        ("--label", label.clone())
    } else if let Some(column) = options.ignore_columns.first() {
        ("--ignore-columns", column.clone())
    } else if let Some(task) = options.task {
        ("--task", format!("{task:?}").to_lowercase())
    } else if let Some(size) = options.image_size {
        ("--image-size", size.to_string())
    } else if let (Some(TokenKind::Bytes), Some(encoding)) = (options.tokens, options.file.encoding) {
        ("--encoding", encoding.name().to_owned())
    } else {
        return check_file_options_of_text(&options.file);
    };
    Err(DataError::Setting { flag, value, problem: SettingProblem::NotForText })
}

fn check_file_options_of_text(options: &FileOptions) -> Result<(), DataError> {
    let (flag, value) = if let Some(delimiter) = options.delimiter {
        ("--delimiter", delimiter.character().escape_default().to_string())
    } else if options.no_header {
        ("--no-header", "true".to_owned())
    } else {
        return Ok(());
    };
    Err(DataError::Setting { flag, value, problem: SettingProblem::NotForText })
}

fn only_for_texts(tokens: Option<TokenKind>) -> DataError {
    let value = tokens.map(|tokens| tokens.to_string()).unwrap_or_default();
    DataError::Setting { flag: "--tokens", value, problem: SettingProblem::ForText }
}

/// Refuses options of tables for images, because they have no meaning there. Ignoring them would
/// hide a mistake.
fn check_options(options: &OpenOptions) -> Result<(), DataError> {
    let (flag, value) = if let Some(label) = &options.label {
        ("--label", label.clone())
    } else if let Some(column) = options.ignore_columns.first() {
        ("--ignore-columns", column.clone())
    } else if options.task == Some(TaskKind::Regress) {
        ("--task", "regress".to_owned())
    } else {
        return check_file_options(&options.file);
    };
    Err(only_for_tables(flag, value))
}

fn check_file_options(options: &FileOptions) -> Result<(), DataError> {
    let (flag, value) = if let Some(delimiter) = options.delimiter {
        ("--delimiter", delimiter.character().escape_default().to_string())
    } else if let Some(encoding) = options.encoding {
        ("--encoding", encoding.name().to_owned())
    } else if options.no_header {
        ("--no-header", "true".to_owned())
    } else {
        return Ok(());
    };
    Err(only_for_tables(flag, value))
}

fn only_for_image_files(size: Option<ImageSize>) -> DataError {
    let value = size.map(|size| size.to_string()).unwrap_or_default();
    DataError::Setting { flag: "--image-size", value, problem: SettingProblem::ForImageFiles }
}

fn only_for_tables(flag: &'static str, value: String) -> DataError {
    let problem = SettingProblem::ForTables;
    DataError::Setting { flag, value, problem }
}
