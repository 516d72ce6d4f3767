//! PNG and JPEG files: that their pixels are those of another decoder, and what becomes of each
//! kind of file.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::collections::HashMap;
use std::path::Path;

use batchwright_data::testkit::{jpeg_file, png_file, png_file_of};
use batchwright_data::{
    DataError, DataRemark, Domain, ImageSize, Images, OpenOptions, RandomStream, RawInputs, Source, open,
};
use png::{BitDepth, ColorType};
use tempfile::TempDir;

/// What Pillow wrote and decoded: `tests/oracle/make_images.py`.
fn oracle() -> HashMap<&'static str, Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let line = |line: &'static str| {
        let (name, digits) = line.split_once(' ').unwrap();
        (name, digits.as_bytes().chunks_exact(2).map(byte).collect())
    };
    include_str!("oracle/images.txt").lines().map(line).collect()
}

/// A folder of one class with this file.
fn folder(name: &str, bytes: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::fs::write(folder.path().join("a").join(name), bytes).unwrap();
    folder
}

fn open_folder(path: &Path) -> Result<Source, DataError> {
    open(Some(path), &OpenOptions { file: memory(1 << 30), ..OpenOptions::default() })
}

fn memory(bytes: u64) -> batchwright_data::FileOptions {
    batchwright_data::FileOptions { memory: Some(bytes), ..Default::default() }
}

fn open_file(bytes: &[u8]) -> Result<Source, DataError> {
    open_folder(folder("1.png", bytes).path())
}

fn images(source: &Source) -> &Images {
    let RawInputs::Images(images) = source.inputs() else { panic!("images") };
    images
}

/// `[height, width, 3]` of the first image.
fn interleaved(source: &Source) -> Vec<u8> {
    let image = images(source).image(0);
    let plane = image.len() / 3;
    (0..plane).flat_map(|pixel| (0..3).map(move |channel| image[channel * plane + pixel])).collect()
}

fn largest_difference(ours: &[u8], reference: &[u8]) -> u8 {
    assert_eq!(ours.len(), reference.len());
    ours.iter().zip(reference).map(|(ours, reference)| ours.abs_diff(*reference)).max().unwrap()
}

/// A channel that is exchanged, a wrong matrix of colours or a transposed image trains a network as
/// well, so only other decoders show it.
#[test]
fn pixels_are_those_of_another_decoder() {
    let oracle = oracle();
    let cases =
        [("png", 0), ("palette", 0), ("jpeg", 2), ("jpeg-420", 3), ("jpeg-progressive", 2), ("jpeg-cmyk", 2)];
    for (name, most) in cases {
        let source = open_file(&oracle[name]).unwrap();
        assert_eq!(images(&source).shape, [3, 18, 22], "{name}");
        // Where colours have half the width, the two decoders fill up the last column differently
        // if the width is not one of whole blocks.
        let columns = if name == "jpeg-420" { 21 } else { 22 };
        let compared = |pixels: &[u8]| -> Vec<u8> {
            pixels.chunks_exact(3 * 22).flat_map(|row| row[..3 * columns].to_vec()).collect()
        };
        let pixels = &oracle[&*format!("{name}-pixels")];
        let difference = largest_difference(&compared(&interleaved(&source)), &compared(pixels));
        assert!(difference <= most, "{name}: {difference} levels");
    }
}

#[test]
fn resized_images_are_those_of_another_library() {
    let oracle = oracle();
    let size = ImageSize { height: 7, width: 5 };
    let options = OpenOptions { image_size: Some(size), ..OpenOptions::default() };
    let source = open(Some(folder("1.png", &oracle["png"]).path()), &options).unwrap();
    assert_eq!((images(&source).shape, images(&source).resized), ([3, 7, 5], true));
    assert!(largest_difference(&interleaved(&source), &oracle["resized"]) <= 1);
}

#[test]
fn each_kind_of_png_becomes_bytes() {
    let none = |_: &mut png::Encoder<&mut Vec<u8>>| {};
    let remark = |remark: DataRemark| vec![remark];
    let grey = |depth, values: &[u8]| png_file_of(1, 4, (ColorType::Grayscale, depth), values, &none);
    for (bytes, channels, pixels, remarks) in [
        (grey(BitDepth::Eight, &[1, 2, 3, 4]), 1, vec![1, 2, 3, 4], vec![]),
        (grey(BitDepth::One, &[0b1010_0000]), 1, vec![255, 0, 255, 0], vec![]),
        (grey(BitDepth::Two, &[0b0001_1011]), 1, vec![0, 85, 170, 255], vec![]),
        (
            grey(BitDepth::Sixteen, &[1, 200, 2, 0, 255, 255, 0, 0]),
            1,
            vec![1, 2, 255, 0],
            remark(DataRemark::SixteenBits { images: 1 }),
        ),
        (png_file(1, 2, &[9, 255, 9, 255]), 1, vec![9, 9], vec![]),
        (png_file(1, 2, &[9, 0, 9, 255]), 1, vec![255, 9], remark(DataRemark::Transparent { images: 1 })),
        (
            png_file(1, 2, &[0, 0, 0, 128, 1, 2, 3, 255]),
            3,
            vec![127, 1, 127, 2, 127, 3],
            remark(DataRemark::Transparent { images: 1 }),
        ),
        (
            // A palette of two colours, of which the second is transparent.
            png_file_of(1, 2, (ColorType::Indexed, BitDepth::Eight), &[0, 1], &|encoder| {
                encoder.set_palette(&[7, 8, 9, 1, 1, 1][..]);
                encoder.set_trns(&[255, 0][..]);
            }),
            3,
            vec![7, 255, 8, 255, 9, 255],
            remark(DataRemark::Transparent { images: 1 }),
        ),
    ] {
        let source = open_file(&bytes).unwrap();
        let image = images(&source);
        assert_eq!((image.shape[0], image.image(0)), (channels, &pixels[..]));
        assert_eq!(source.remarks(), remarks);
    }
}

/// EXIF data of a phone: the file is to be turned clockwise.
fn exif(orientation: u8) -> Vec<u8> {
    [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0][..], &[0; 4]].concat()
}

/// A photograph that lies on its side in the file stands upright in every viewer.
#[test]
fn images_are_turned_as_their_exif_data_say() {
    let (left, right) = ([[200; 8], [0; 8]].concat(), 8);
    let rows = left.repeat(right);
    let turned = open_file(&jpeg_file(8, 16, &rows, false, Some(&exif(6)))).unwrap();
    assert_eq!(
        (images(&turned).shape, turned.remarks()),
        ([1, 16, 8], &[DataRemark::Turned { images: 1 }][..])
    );
    let image = images(&turned).image(0);
    assert!(image[..64].iter().all(|&pixel| pixel > 190) && image[64..].iter().all(|&pixel| pixel < 10));
    for other in [None, Some(exif(1))] {
        let upright = open_file(&jpeg_file(8, 16, &rows, false, other.as_deref())).unwrap();
        assert_eq!((images(&upright).shape, upright.remarks()), ([1, 8, 16], &[][..]));
    }
    let png = png_file_of(1, 2, (ColorType::Grayscale, BitDepth::Eight), &[3, 4], &|_| {});
    // After the header, whose length is always the same.
    let chunk = [b"eXIf", &exif(3)[..]].concat();
    let mut checksum = flate2::Crc::new();
    checksum.update(&chunk);
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    let png = [&png[..33], &length, &chunk, &checksum.sum().to_be_bytes(), &png[33..]].concat();
    assert_eq!(images(&open_file(&png).unwrap()).image(0), [4, 3]);
}

/// Many decoders fill what is missing with grey, and a network learns the grey.
#[test]
fn a_file_that_is_cut_anywhere_is_refused_by_its_name() {
    let oracle = oracle();
    for name in ["png", "palette", "jpeg", "jpeg-420", "jpeg-progressive", "jpeg-cmyk"] {
        let (whole, folder) = (&oracle[name], folder("1.png", &[]));
        for end in 0..whole.len() {
            std::fs::write(folder.path().join("a/1.png"), &whole[..end]).unwrap();
            let error = open_folder(folder.path()).map(|_| ()).unwrap_err();
            assert!(
                matches!(&error, DataError::BadImage { path, .. } | DataError::NoImageFile { path } if path.ends_with("a/1.png")),
                "{name} cut at {end}: {error}"
            );
        }
    }
}

/// A few bytes must not ask for gigabytes.
#[test]
fn headers_of_huge_images_are_refused() {
    let header = |width: u32, height: u32, kind: &[u8; 5]| {
        let chunk = [b"IHDR", &width.to_be_bytes()[..], &height.to_be_bytes(), kind].concat();
        let mut checksum = flate2::Crc::new();
        checksum.update(&chunk);
        let small = png_file(1, 1, &[0]);
        [&small[..12], &chunk, &checksum.sum().to_be_bytes(), &small[33..]].concat()
    };
    for kind in [[8, 0, 0, 0, 0], [8, 2, 0, 0, 1], [16, 6, 0, 0, 0], [1, 0, 0, 0, 0]] {
        for (width, height) in [(u32::MAX >> 1, u32::MAX >> 1), (u32::MAX, 1), (0, 1), (1 << 15, 1 << 15)] {
            let error = open_file(&header(width, height, &kind)).map(|_| ()).unwrap_err();
            assert!(
                matches!(error, DataError::ImpossibleImage { .. } | DataError::BadImage { .. }),
                "{width} x {height}: {error}"
            );
        }
    }
    let jpeg = jpeg_file(8, 8, &[7; 64], false, None);
    let frame = jpeg.windows(2).position(|mark| mark == [0xff, 0xc0]).unwrap();
    let mut huge = jpeg.clone();
    huge[frame + 5..frame + 9].fill(0xff);
    assert!(matches!(open_file(&huge), Err(DataError::ImpossibleImage { .. })));
}

#[test]
fn images_that_do_not_fit_into_memory_are_refused_by_their_headers() {
    // Zeros: 4 MB of pixels in some kilobytes.
    let folder = folder("1.png", &png_file(2000, 2000, &vec![0; 4_000_000]));
    let error = open(Some(folder.path()), &OpenOptions { file: memory(8_000_000), ..Default::default() });
    assert!(matches!(error, Err(DataError::TooLarge { needed, .. }) if needed > 8_000_000));
}

/// What is no PNG or JPEG, whatever it is called.
#[test]
fn other_files_are_named() {
    let refused = |bytes: &[u8]| open_file(bytes).map(|_| ()).unwrap_err();
    assert!(matches!(refused(b"GIF89a"), DataError::NoImageFile { .. }));
    assert!(matches!(refused(b""), DataError::NoImageFile { .. }));
    assert!(matches!(refused(b"<!DOCTYPE html><html>"), DataError::WebPage { .. }));
    assert_eq!(
        images(&open_folder(folder("1.jpg", &png_file(1, 2, &[1, 2])).path()).unwrap()).image(0),
        [1, 2]
    );
}

/// No panic, and an error that names the file: of damaged files, and with the checksums of a PNG
/// made right again, without which nothing behind them is reached.
#[test]
fn damaged_files_are_values_or_errors() {
    let oracle = oracle();
    let inputs = std::env::var("MUTATIONS").map_or(2_000, |inputs| inputs.parse().unwrap());
    let folder = folder("1.png", &[]);
    for name in ["png", "palette", "jpeg", "jpeg-progressive", "jpeg-420"] {
        let (mut read, mut refused) = (0, 0);
        for seed in 0..inputs {
            let mut bytes = damaged(&oracle[name], seed);
            if name != "jpeg" && seed % 2 == 0 {
                sealed(&mut bytes);
            }
            std::fs::write(folder.path().join("a/1.png"), &bytes).unwrap();
            match open_folder(folder.path()) {
                Ok(_) => read += 1,
                Err(error) => {
                    assert!(
                        error.to_string().contains("1.png") || matches!(error, DataError::TooLarge { .. })
                    );
                    refused += 1;
                }
            }
        }
        assert!(read > 0 && refused > 0, "{name}: {read} read, {refused} refused");
    }
}

/// One to three changed bytes, or a piece that is missing or doubled.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = RandomStream::new(seed, Domain::Bed, bytes.len() as u64, 1);
    let mut place = |end: usize| random.below(end as u32) as usize;
    let mut bytes = bytes.to_vec();
    for _ in 0..=place(3) {
        let at = place(bytes.len());
        match place(6) {
            0 => drop(bytes.drain(at..(at + 8).min(bytes.len()))),
            1 => drop(bytes.splice(at..at, bytes[at..(at + 8).min(bytes.len())].to_vec())),
            2 => bytes[at] = 0xff,
            3 => bytes[at] ^= 1 << place(8),
            _ => bytes[at] = place(256) as u8,
        }
    }
    bytes
}

/// Makes the checksum of each chunk of a PNG right, as far as there are chunks.
fn sealed(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let end = at.saturating_add(8).saturating_add(length);
        let Some(chunk) = bytes.get(at + 4..end) else { return };
        let mut checksum = flate2::Crc::new();
        checksum.update(chunk);
        let Some(place) = bytes.get_mut(end..end + 4) else { return };
        place.copy_from_slice(&checksum.sum().to_be_bytes());
        at = end + 4;
    }
}
