//! One PNG or JPEG file: its header, then its pixels.
//!
//! The first bytes tell the format, not the name. A header is believed only as far as a file of its
//! length can hold so many pixels, so that a few bytes cannot ask for gigabytes. Left out: every
//! other format, the frames of an animation after the first, and colour profiles.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::DataError;
use crate::images::image_header::ImageHeader;
use crate::images::jpeg_file::JpegFile;
use crate::images::picture::Picture;
use crate::images::png_file::PngFile;
use crate::regular_file::{io_error, open_regular, web_page};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// A file whose header was read and whose pixels were not.
pub(crate) struct ImageFile<'a> {
    path: &'a Path,
    pub(crate) header: ImageHeader,
    decoder: Decoder,
}

enum Decoder {
    Png(Box<PngFile>),
    Jpeg(Box<JpegFile>),
}

impl<'a> ImageFile<'a> {
    pub(crate) fn open(path: &'a Path) -> Result<Self, DataError> {
        let bad = |problem| DataError::BadImage { path: path.to_owned(), problem };
        let file = open_regular(path)?;
        let length = file.metadata().map_err(|source| io_error(path, source))?.len();
        let mut start = Vec::new();
        (&file).take(64).read_to_end(&mut start).map_err(|source| io_error(path, source))?;
        // The file is opened again, for what was read of it cannot be put back.
        let reader = BufReader::new(File::open(path).map_err(|source| io_error(path, source))?);
        let (header, values, most, decoder) = if start.starts_with(PNG) {
            let (header, png) = PngFile::open(reader).map_err(bad)?;
            (header, png.bytes(), PngFile::MOST_PER_BYTE, Decoder::Png(Box::new(png)))
        } else if start.starts_with(JPEG) {
            let (header, jpeg) = JpegFile::open(reader).map_err(bad)?;
            (header, jpeg.values(), JpegFile::MOST_PER_BYTE, Decoder::Jpeg(Box::new(jpeg)))
        } else if web_page(&start) {
            return Err(DataError::WebPage { path: path.to_owned() });
        } else {
            return Err(DataError::NoImageFile { path: path.to_owned() });
        };
        if values > length.saturating_mul(most) {
            let (path, size) = (path.to_owned(), header.stored);
            return Err(DataError::ImpossibleImage { path, size, bytes: length });
        }
        Ok(Self { path, header, decoder })
    }

    /// Reads the pixels, as the file has them.
    pub(crate) fn decode(self) -> Result<Picture, DataError> {
        let decoded = match self.decoder {
            Decoder::Png(png) => png.decode(),
            Decoder::Jpeg(jpeg) => jpeg.decode(),
        };
        let (channels, values) =
            decoded.map_err(|problem| DataError::BadImage { path: self.path.to_owned(), problem })?;
        Ok(Picture { size: self.header.stored, channels, values })
    }
}
