//! CIFAR in its binary form: what the files become, and what is refused.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

mod common;

use std::path::Path;

use batchwright_data::{
    DataError, FileOptions, ImageSize, Labels, OpenOptions, Source, SplitOptions, Splits, open,
    open_labelled, open_unlabelled,
};
use common::{images, open_folder, refused, write};

/// Records with these labels; the pixels of each channel of the `n`-th are `n`, `n + 1`, `n + 2`.
fn records(labels: &[&[u8]]) -> Vec<u8> {
    let record = |(nth, label): (u8, &&[u8])| {
        let channel = |channel: u8| vec![nth + channel; 1024];
        [label.to_vec(), channel(0), channel(1), channel(2)].concat()
    };
    (0..).zip(labels).flat_map(record).collect()
}

/// The five files of CIFAR-10 with four images each, and a test file of two.
fn cifar_10(folder: &Path) {
    for nth in 1..=5u8 {
        let labels = [[nth], [0], [1], [9 - nth]];
        write(folder, &format!("data_batch_{nth}.bin"), &records(&labels.each_ref().map(|label| &label[..])));
    }
    write(folder, "test_batch.bin", &records(&[&[3], &[9]]));
}

fn codes(source: &Source) -> &[u32] {
    let Labels::Classes { codes, .. } = source.labels() else { panic!("classes") };
    codes
}

#[test]
fn five_files_are_for_training_and_one_for_the_test() {
    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    for below in ["", "cifar-10-batches-bin"] {
        let folder = tempfile::tempdir().unwrap();
        cifar_10(&folder.path().join(below));
        let source = open_folder(&folder).unwrap();
        assert_eq!((source.samples(), source.own_test(), source.class_names().len()), (22, Some(20..22), 10));
        assert_eq!(codes(&source)[..5], [1, 0, 1, 8, 2]);
        assert_eq!((codes(&source)[20..].to_vec(), source.class_names()[9].as_str()), (vec![3, 9], "9"));
        assert_eq!(images(&source).shape, [3, 32, 32]);
        let second = images(&source).image(1);
        assert_eq!([second[0], second[1023], second[1024], second[3071]], [1, 1, 2, 3]);
        write(&folder.path().join(below), "batches.meta.txt", names.as_bytes());
        assert_eq!(open_folder(&folder).unwrap().class_names()[9], "truck");
    }
}

/// Each channel is standardised by itself.
#[test]
fn it_can_be_split_and_read_by_a_model() {
    let folder = tempfile::tempdir().unwrap();
    cifar_10(folder.path());
    std::fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    let source = open_folder(&folder).unwrap();
    assert_eq!((source.samples(), source.own_test()), (20, None));
    let encoding = Splits::new(&source, &SplitOptions::default()).unwrap().encoding;
    let options = FileOptions::default();
    assert_eq!(open_labelled(Some(folder.path()), &encoding, &options).unwrap().samples(), 20);

    let test = tempfile::tempdir().unwrap();
    write(test.path(), "test_batch.bin", &records(&[&[3], &[9]]));
    let source = open_labelled(Some(test.path()), &encoding, &options).unwrap();
    assert_eq!((source.samples(), source.own_test()), (2, Some(0..2)));
    assert_eq!(open_unlabelled(Some(test.path()), &encoding, &options).unwrap().task(), None);
    assert!(matches!(refused(&test), DataError::MissingPart { wanted, .. } if wanted == "data_batch_1.bin"));
}

#[test]
fn of_100_classes_the_fine_label_counts() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "train.bin", &records(&[&[19, 99], &[3, 0], &[200, 7]]));
    write(folder.path(), "test.bin", &records(&[&[1, 42]]));
    let source = open_folder(&folder).unwrap();
    assert_eq!((codes(&source), source.own_test()), (&[99, 0, 7, 42][..], Some(3..4)));
    assert_eq!((source.class_names().len(), images(&source).image(2)[..1].to_vec()), (100, vec![2]));
}

#[test]
fn damaged_files_are_named() {
    let damaged = |name: &str, bytes: Option<&[u8]>| {
        let folder = tempfile::tempdir().unwrap();
        cifar_10(folder.path());
        match bytes {
            Some(bytes) => write(folder.path(), name, bytes),
            None => std::fs::remove_file(folder.path().join(name)).unwrap(),
        }
        refused(&folder)
    };
    let whole = records(&[&[3], &[9]]);
    for bytes in [&whole[..6145], &[&whole[..], &[0]].concat(), &[]] {
        let error = damaged("data_batch_4.bin", Some(bytes));
        assert!(matches!(error, DataError::RecordLength { record: 3073, .. }), "{error}");
    }
    let error = damaged("test_batch.bin", Some(&records(&[&[3], &[10]])));
    assert!(matches!(error, DataError::RecordLabel { record: 2, label: 10, classes: 10, .. }), "{error}");
    let error = damaged("data_batch_3.bin", None);
    assert!(matches!(error, DataError::MissingPart { wanted, .. } if wanted == "data_batch_3.bin"));
    for names in ["a\nb\n", "a\nb\nc\nd\ne\nf\ng\nh\ni\na\n", "<html>"] {
        let error = damaged("batches.meta.txt", Some(names.as_bytes()));
        assert!(matches!(error, DataError::NameList { expected: 10, .. }), "{error}");
    }
}

/// A file with holes announces more than memory holds, by its length alone.
#[test]
fn what_does_not_fit_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("train.bin")).unwrap();
    file.set_len(3074 << 30).unwrap();
    let options = OpenOptions {
        file: FileOptions { memory: Some(1 << 30), ..FileOptions::default() },
        ..OpenOptions::default()
    };
    assert!(matches!(open(Some(folder.path()), &options), Err(DataError::TooLarge { .. })));
    let image_size = Some(ImageSize { height: 3, width: 5 });
    let resized = open(Some(folder.path()), &OpenOptions { image_size, ..OpenOptions::default() });
    assert!(matches!(resized, Err(DataError::Setting { flag: "--image-size", .. })));
}
