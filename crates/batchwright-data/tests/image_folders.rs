//! Folders of images: which files, classes and splits they become, and what is refused.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

mod common;

use batchwright_data::testkit::png_file;
use batchwright_data::{
    DataError, DataRemark, Dataset, FileOptions, ImageSize, Labels, OpenOptions, SettingProblem, Source,
    SplitOptions, Splits, Subset, TaskKind, open, open_labelled, open_unlabelled,
};
use common::{images, open_folder, refused, write};
use tempfile::TempDir;

/// A folder with these files; each is a grey image of 1 x 2 pixels of its value.
fn folder(files: &[(&str, u8)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, value)| write(folder.path(), name, &png_file(1, 2, &[*value; 2])));
    folder
}

/// The value and the class of each image.
fn content(source: &Source) -> Vec<(u8, u32)> {
    let Labels::Classes { codes, .. } = source.labels() else { panic!("classes") };
    (0..source.samples()).map(|row| (images(source).image(row)[0], codes[row as usize])).collect()
}

/// Enough images to split: `count` of each class in this part.
fn part(folder: &TempDir, part: &str, count: u8) {
    for (class, value) in [("cat", 0), ("dog", 100)] {
        for nth in 0..count {
            let name = format!("{part}{class}/{nth:03}.png");
            write(folder.path(), &name, &png_file(1, 2, &[value + nth, 0]));
        }
    }
}

#[test]
fn classes_are_folders_by_name_and_images_files_by_name() {
    let folder = folder(&[("dog/2.png", 3), ("dog/10.PNG", 4), ("cat/x.jpeg", 1), ("Ant/1.jpg", 9)]);
    let source = open_folder(&folder).unwrap();
    assert_eq!(source.class_names(), ["Ant", "cat", "dog"]);
    assert_eq!(content(&source), [(9, 0), (1, 1), (4, 2), (3, 2)]);
    assert_eq!(
        (source.task(), source.own_test(), source.remarks()),
        (Some(TaskKind::Classify), None, &[][..])
    );
    assert_eq!((images(&source).shape, images(&source).resized), ([1, 1, 2], false));
}

/// Test images that slip into training make every reported figure too good.
#[test]
fn parts_of_the_data_set_are_its_splits() {
    let folder = tempfile::tempdir().unwrap();
    part(&folder, "train/", 30);
    part(&folder, "test/", 5);
    for validation in [None, Some("val"), Some("valid"), Some("validation")] {
        if let Some(name) = validation {
            part(&folder, &format!("{name}/"), 7);
        }
        let source = open_folder(&folder).unwrap();
        let own = if validation.is_some() { 14 } else { 0 };
        assert_eq!(source.own_test(), Some(60 + own..70 + own));
        assert_eq!(source.own_validation(), (own > 0).then_some(60..74));
        let splits = Splits::new(&source, &SplitOptions::default()).unwrap();
        let sizes = [&splits.train, &splits.validation, &splits.test].map(Dataset::len);
        assert_eq!(sizes, if own > 0 { [60, 14, 10] } else { [54, 6, 10] });
        let mut validation_rows = splits.validation.rows().to_vec();
        validation_rows.sort_unstable();
        assert!(own == 0 || validation_rows == (60..74).collect::<Vec<_>>());
        if let Some(name) = validation {
            std::fs::remove_dir_all(folder.path().join(name)).unwrap();
        }
    }
}

/// Without a folder of test images, a tenth of the training images is the test split.
#[test]
fn validation_images_alone_are_no_test_images() {
    let folder = tempfile::tempdir().unwrap();
    part(&folder, "train/", 30);
    part(&folder, "val/", 7);
    let splits = Splits::new(&open_folder(&folder).unwrap(), &SplitOptions::default()).unwrap();
    let sizes = [&splits.train, &splits.validation, &splits.test].map(Dataset::len);
    assert_eq!(sizes, [54, 14, 6]);
    assert!(splits.test.rows().iter().all(|&row| row < 60));
}

/// Two classes may be called train and test.
#[test]
fn folders_of_images_are_classes_whatever_they_are_called() {
    let source = open_folder(&folder(&[("train/1.png", 1), ("test/1.png", 2)])).unwrap();
    assert_eq!(source.class_names(), ["test", "train"]);
    assert_eq!(content(&source), [(2, 0), (1, 1)]);
}

#[test]
fn what_is_no_image_is_passed_over_and_said() {
    let folder = folder(&[("a/1.png", 1), ("b/1.png", 2)]);
    for hidden in ["a/.DS_Store", "a/Thumbs.db", "b/desktop.ini", ".git/config", "__MACOSX/a/._1.png"] {
        write(folder.path(), hidden, b"?");
    }
    assert_eq!(open_folder(&folder).unwrap().remarks(), []);
    write(folder.path(), "b/notes.txt", b"?");
    write(folder.path(), "labels.csv", b"?");
    let first = folder.path().join("b/notes.txt").display().to_string();
    let source = open_folder(&folder).unwrap();
    assert_eq!(source.remarks(), [DataRemark::SkippedFiles { count: 2, first }]);
    assert_eq!(content(&source), [(1, 0), (2, 1)]);
    // An image in another format would be missed by nobody until the figures are wrong.
    write(folder.path(), "b/2.webp", b"?");
    assert!(matches!(refused(&folder), DataError::NoImageFile { path } if path.ends_with("b/2.webp")));
}

#[test]
fn grey_images_among_coloured_ones_are_read_as_coloured() {
    let folder = folder(&[("a/1.png", 5), ("b/1.png", 6)]);
    write(folder.path(), "b/2.png", &png_file(1, 2, &[1, 2, 3, 4, 5, 6]));
    let source = open_folder(&folder).unwrap();
    assert_eq!(source.remarks(), [DataRemark::GreyAsColour { images: 2 }]);
    assert_eq!((images(&source).shape, images(&source).image(0)), ([3, 1, 2], &[5; 6][..]));
    assert_eq!(images(&source).image(2), [1, 4, 2, 5, 3, 6]);
}

#[test]
fn sizes_that_differ_are_refused_or_resized() {
    let folder = folder(&[("a/1.png", 5), ("b/1.png", 6)]);
    write(folder.path(), "b/2.png", &png_file(4, 2, &[7; 8]));
    let error = refused(&folder);
    assert!(
        matches!(&error, DataError::MixedSizes { first, other, other_size: ImageSize { height: 4, width: 2 }, .. }
            if first.ends_with("a/1.png") && other.ends_with("b/2.png"))
    );
    assert!(error.to_string().contains("is 4x2, but") && error.to_string().contains("--image-size 1x2"));
    let image_size = Some(ImageSize { height: 3, width: 5 });
    let source = open(Some(folder.path()), &OpenOptions { image_size, ..Default::default() }).unwrap();
    assert_eq!(images(&source).shape, [1, 3, 5]);
    assert_eq!(content(&source), [(5, 0), (6, 1), (7, 1)]);
}

#[test]
fn a_folder_that_is_none_of_images_is_told_what_it_lacks() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(refused(&empty), DataError::UnknownFolder { .. }));
    write(empty.path(), "a.csv", b"x,y\n1,2\n");
    assert!(matches!(refused(&empty), DataError::UnknownFolder { .. }));
    assert!(matches!(refused(&folder(&[("1.png", 1), ("2.png", 2)])), DataError::NoClassFolder { .. }));
}

#[test]
fn classes_that_are_none_are_named() {
    let of = |files: &[(&str, u8)], empty: &str| {
        let folder = folder(files);
        std::fs::create_dir_all(folder.path().join(empty)).unwrap();
        refused(&folder)
    };
    let two = [("a/1.png", 1), ("c/1.png", 2)];
    assert!(matches!(of(&two, "b"), DataError::EmptyClass { folder } if folder.ends_with("b")));
    assert!(matches!(of(&two, "c/d"), DataError::NestedFolder { folder } if folder.ends_with("c/d")));
    let parts = [("train/a/1.png", 1), ("train/b/1.png", 2), ("test/a/1.png", 3)];
    assert!(open_folder(&folder(&parts)).is_ok());
    let unknown = [&parts[..], &[("test/z/1.png", 4)]].concat();
    assert!(matches!(of(&unknown, "x"), DataError::UntrainedClass { folder } if folder.ends_with("test/z")));
    assert!(matches!(of(&parts, "val/a"), DataError::EmptyClass { folder } if folder.ends_with("val")));
}

/// Images that are read by several threads must stay in their order, and an error that of the first
/// file that has one.
#[test]
fn many_images_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for nth in 0..400 {
        let name = format!("{}/{nth:03}.png", if nth < 200 { "a" } else { "b" });
        write(folder.path(), &name, &png_file(1, 2, &[(nth % 256) as u8, (nth / 256) as u8]));
    }
    let source = open_folder(&folder).unwrap();
    for nth in 0..400 {
        assert_eq!(images(&source).image(nth), [(nth % 256) as u8, (nth / 256) as u8]);
    }
    let whole = png_file(1, 2, &[1, 2]);
    for damaged in ["a/150.png", "b/333.png", "b/399.png"] {
        write(folder.path(), damaged, &whole[..whole.len() - 3]);
    }
    assert!(matches!(refused(&folder), DataError::BadImage { path, .. } if path.ends_with("a/150.png")));
}

#[test]
fn one_class_alone_cannot_be_learned() {
    let folder = tempfile::tempdir().unwrap();
    (0..30).for_each(|nth| write(folder.path(), &format!("a/{nth}.png"), &png_file(1, 2, &[nth, 0])));
    let error = Splits::new(&open_folder(&folder).unwrap(), &SplitOptions::default());
    assert!(matches!(error, Err(DataError::SingleClass { .. })));
}

/// An option that has no meaning hides a mistake.
#[test]
fn options_of_other_data_are_refused() {
    let folder = folder(&[("a/1.png", 1), ("b/1.png", 2)]);
    let options = OpenOptions { label: Some("y".to_owned()), ..Default::default() };
    let error = open(Some(folder.path()), &options).map(|_| ()).unwrap_err();
    assert!(matches!(error, DataError::Setting { flag: "--label", problem: SettingProblem::ForTables, .. }));
    let image_size = Some(ImageSize { height: 3, width: 5 });
    let options = OpenOptions { image_size, label: Some("y".to_owned()), ..Default::default() };
    let table = tempfile::tempdir().unwrap();
    write(table.path(), "a.csv", b"x,y\n1,2\n");
    let path = table.path().join("a.csv");
    for path in [None, Some(path.as_path())] {
        let error = open(path, &options).map(|_| ()).unwrap_err();
        let problem = SettingProblem::ForImageFiles;
        assert!(
            matches!(&error, DataError::Setting { flag: "--image-size", value, problem: found } if value == "3x5" && *found == problem)
        );
    }
}

/// New images are read as those of the training: in the same size, in the same channels.
#[test]
fn a_model_reads_new_images_as_its_own() {
    let trained = tempfile::tempdir().unwrap();
    part(&trained, "", 20);
    write(trained.path(), "dog/colour.png", &png_file(1, 2, &[1, 2, 3, 4, 5, 6]));
    let options = |image_size| OpenOptions { image_size, ..Default::default() };
    let encoding = |image_size| {
        let source = open(Some(trained.path()), &options(image_size)).unwrap();
        Splits::new(&source, &SplitOptions::default()).unwrap().encoding
    };
    let new = folder(&[("one.png", 1), ("two.png", 2)]);
    write(new.path(), "notes.txt", b"?");
    let file = FileOptions::default();
    let source = open_unlabelled(Some(new.path()), &encoding(None), &file).unwrap();
    assert_eq!(source.sample_names(), Some(&["one.png".to_owned(), "two.png".to_owned()][..]));
    assert_eq!((images(&source).shape, source.task()), ([3, 1, 2], None));
    assert_eq!(Subset::with_encoding(&source, &encoding(None)).unwrap().input_shape(), [3, 1, 2]);

    write(new.path(), "three.png", &png_file(5, 5, &[7; 25]));
    let error = open_unlabelled(Some(new.path()), &encoding(None), &file).map(|_| ()).unwrap_err();
    assert!(
        matches!(&error, DataError::ShapeMismatch { name, .. } if name.ends_with("three.png")),
        "{error}"
    );
    let resized = encoding(Some(ImageSize { height: 3, width: 5 }));
    let source = open_unlabelled(Some(new.path()), &resized, &file).unwrap();
    assert_eq!((images(&source).shape, source.samples()), ([3, 3, 5], 3));

    // In class folders, with labels or without.
    let source = open_labelled(Some(trained.path()), &resized, &file).unwrap();
    assert_eq!((source.samples(), source.task()), (41, Some(TaskKind::Classify)));
    let source = open_unlabelled(Some(trained.path()), &resized, &file).unwrap();
    assert_eq!(source.sample_names().unwrap()[0], "cat/000.png");
}

/// A model is a file that anybody may have changed: its shape must not be believed.
#[test]
fn a_model_of_impossible_images_is_refused() {
    let trained = tempfile::tempdir().unwrap();
    part(&trained, "", 20);
    let source = open_folder(&trained).unwrap();
    let encoding = Splits::new(&source, &SplitOptions::default()).unwrap().encoding;
    let json = serde_json::to_string(&encoding).unwrap();
    for (shape, resized) in
        [("[1,0,0]", true), ("[1,0,2]", false), ("[3,1,2]", true), ("[1,99999999999,1]", true)]
    {
        let changed = json.replace("\"shape\":[1,1,2]", &format!("\"shape\":{shape},\"resized\":{resized}"));
        assert_ne!(changed, json);
        let encoding = serde_json::from_str(&changed).unwrap();
        let read = open_unlabelled(Some(trained.path()), &encoding, &FileOptions::default())
            .and_then(|source| Subset::with_encoding(&source, &encoding).map(|_| ()));
        assert!(matches!(read, Err(DataError::ShapeMismatch { .. })), "{shape}: {read:?}");
    }
}

/// Files and folders that only a Unix system has.
#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_are_followed_and_their_loops_are_named() {
        let folder = folder(&[("a/1.png", 1), ("other/1.png", 2)]);
        let elsewhere = self::folder(&[("b/1.png", 3)]);
        symlink(elsewhere.path().join("b"), folder.path().join("b")).unwrap();
        symlink("1.png", folder.path().join("a/2.png")).unwrap();
        assert_eq!(content(&open_folder(&folder).unwrap()), [(1, 0), (1, 0), (3, 1), (2, 2)]);
        symlink("3.png", folder.path().join("a/3.png")).unwrap();
        assert!(matches!(refused(&folder), DataError::Io { path, .. } if path.ends_with("a/3.png")));
        std::fs::remove_file(folder.path().join("a/3.png")).unwrap();
        // A folder that holds itself is a folder in a class folder.
        symlink("..", folder.path().join("a/up")).unwrap();
        assert!(matches!(refused(&folder), DataError::NestedFolder { folder } if folder.ends_with("a/up")));
    }

    #[test]
    fn a_fifo_is_not_waited_for() {
        let folder = folder(&[("a/1.png", 1), ("b/1.png", 2)]);
        let path = folder.path().join("b/2.png");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert!(matches!(refused(&folder), DataError::NotAFile { found: "a FIFO", .. }));
    }

    /// Two classes whose names are shown alike would become one.
    #[test]
    fn names_that_are_no_text_are_refused_of_classes_and_read_of_files() {
        let folder = folder(&[("a/1.png", 1), ("b/1.png", 2)]);
        let odd = folder.path().join("a").join(OsStr::from_bytes(b"\xff.png"));
        std::fs::write(odd, png_file(1, 2, &[9, 9])).unwrap();
        assert_eq!(content(&open_folder(&folder).unwrap()), [(1, 0), (9, 0), (2, 1)]);
        let class = folder.path().join(OsStr::from_bytes(b"\xfe"));
        std::fs::create_dir(&class).unwrap();
        std::fs::write(class.join("1.png"), png_file(1, 2, &[9, 9])).unwrap();
        assert!(matches!(refused(&folder), DataError::NameNotUtf8 { path } if path == class));
    }

    #[test]
    fn a_folder_that_may_not_be_read_is_named() {
        let folder = folder(&[("a/1.png", 1), ("b/1.png", 2)]);
        let closed = folder.path().join("b");
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o0)).unwrap();
        // Root may read it all the same.
        if std::fs::read_dir(&closed).is_err() {
            assert!(matches!(refused(&folder), DataError::Io { path, .. } if path == closed));
        }
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
