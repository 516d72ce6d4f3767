//! Texts: reading, vocabulary, parts and windows.
#![allow(clippy::unwrap_used)] // Clippy excuses test functions, but not what they call.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use batchwright_data::{
    Batch, DataError, DataRemark, Dataset, FileOptions, InputKind, Inputs, OpenOptions, RawInputs,
    SampleShape, Source, SplitOptions, Splits, Subset, Targets, Task, TaskKind, TextEncoding, TokenKind,
    Vocabulary, open, open_labelled, open_unlabelled, sample_shape,
};
use proptest::prelude::*;

/// A folder with one text.
fn file(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn options(tokens: TokenKind, context: usize) -> OpenOptions {
    OpenOptions { tokens: Some(tokens), context: Some(context), ..OpenOptions::default() }
}

fn characters(context: usize) -> OpenOptions {
    options(TokenKind::Characters, context)
}

fn read(content: &[u8], options: &OpenOptions) -> Result<Source, DataError> {
    let (_folder, path) = file(content);
    open(Some(&path), options)
}

fn splits(source: &Source, seed: u64) -> Splits {
    Splits::new(source, &SplitOptions { seed, ..SplitOptions::default() }).unwrap()
}

/// Inputs and targets of samples, `[context]` each.
fn samples(data: &Subset, indices: &[u32], epoch: u64) -> Vec<(Vec<u32>, Vec<u32>)> {
    let shape = sample_shape(data);
    let mut batch = Batch::with_capacity(indices.len(), shape);
    data.gather(indices, epoch, &mut batch);
    assert_eq!((batch.epoch, &batch.ids[..]), (epoch, indices));
    let (Inputs::Tokens(inputs), Targets::Tokens(targets)) = (batch.inputs, batch.targets) else {
        panic!("tokens")
    };
    assert_eq!((inputs.len(), targets.len()), (indices.len() * shape.inputs, inputs.len()));
    let windows = inputs.chunks_exact(shape.inputs).zip(targets.chunks_exact(shape.inputs));
    windows.map(|(input, target)| (input.to_vec(), target.to_vec())).collect()
}

fn all(data: &Subset) -> Vec<u32> {
    (0..data.len() as u32).collect()
}

/// The text that the windows of a part show at an epoch, in the order of the text.
fn text_of(data: &Subset, vocabulary: &Vocabulary, epoch: u64) -> String {
    let mut windows: Vec<_> = data.rows().iter().copied().zip(samples(data, &all(data), epoch)).collect();
    windows.sort_by_key(|(number, _)| *number);
    let bytes = vocabulary.token_bytes();
    let tokens = windows.into_iter().flat_map(|(_, (input, _))| input);
    String::from_utf8(tokens.flat_map(|token| bytes[token as usize].clone()).collect()).unwrap()
}

#[test]
fn a_text_is_split_into_windows_of_the_next_token() {
    let text: String = ('a'..='z').cycle().take(100).collect();
    let source = read(text.as_bytes(), &characters(4)).unwrap();
    assert_eq!((source.task(), source.own_test()), (Some(TaskKind::NextToken), None));
    let splits = splits(&source, 7);
    let (train, validation, test) = (&splits.train, &splits.validation, &splits.test);
    // 81, 9 and 10 tokens: 81 / 4 - 1, (9 - 1) / 4 and (10 - 1) / 4 windows.
    assert_eq!((train.len(), validation.len(), test.len()), (19, 2, 2));
    assert_eq!(sample_shape(train), SampleShape::text(4, 26));
    assert_eq!((train.input_kind(), train.task()), (InputKind::Tokens, Task::NextToken { vocabulary: 26 }));
    let vocabulary = splits.encoding.vocabulary().unwrap();
    assert_eq!(text_of(validation, vocabulary, 0), &text[81..89]);
    assert_eq!(text_of(test, vocabulary, 3), &text[90..98]);
    for (input, target) in samples(train, &all(train), 5) {
        assert!(input.iter().zip(&target).all(|(&input, &target)| (input + 1) % 26 == target));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the offset: as many windows in each epoch; no token is a target twice; windows are
    /// where the offset, a pure function of seed and epoch, puts them.
    #[test]
    fn an_epoch_has_every_window_once(
        length in 40usize..1500, context in 1usize..12, seed: u64, epochs in prop::collection::vec(0u64..1000, 1..4)
    ) {
        // Each token is another one, so that it tells where it stands.
        let text: String = (0..length).map(|i| char::from_u32(0x4e00 + i as u32).unwrap()).collect();
        let source = read(text.as_bytes(), &characters(context)).unwrap();
        let position: HashMap<char, usize> = text.chars().zip(0..).collect();
        let Ok(splits) = Splits::new(&source, &SplitOptions { seed, ..Default::default() }) else {
            let train = length - length / 10;
            prop_assert!(train / 10 < context + 2 || train < 2 * context + 2);
            return Ok(());
        };
        let vocabulary = splits.encoding.vocabulary().unwrap();
        let bytes = vocabulary.token_bytes();
        let place = |token: &u32| position[&std::str::from_utf8(&bytes[*token as usize]).unwrap().chars().next().unwrap()];
        let train = &splits.train;
        for epoch in epochs {
            let windows = samples(train, &all(train), epoch);
            prop_assert_eq!(windows.len(), train.len());
            let mut targets: Vec<usize> = windows.iter().flat_map(|(_, target)| target.iter().map(place)).collect();
            targets.sort_unstable();
            let offset = targets[0] - 1;
            prop_assert!(offset < context);
            prop_assert_eq!(&targets, &(offset + 1..offset + 1 + train.len() * context).collect::<Vec<_>>());
            for ((input, target), number) in windows.iter().zip(train.rows()) {
                let first = offset + *number as usize * context;
                prop_assert_eq!(input.iter().map(place).collect::<Vec<_>>(), (first..first + context).collect::<Vec<_>>());
                prop_assert_eq!(target.iter().map(place).collect::<Vec<_>>(), (first + 1..=first + context).collect::<Vec<_>>());
            }
            // The same whatever was asked before, one by one or together.
            let last = train.len() as u32 - 1;
            prop_assert_eq!(&samples(train, &[last], epoch)[0], &windows[last as usize]);
        }
    }
}

/// With one offset for ever, a token would always have the same tokens before it; the windows of
/// validation must never move.
#[test]
fn the_offset_changes_with_epoch_and_seed_in_training_alone() {
    let text: String = ('!'..='~').cycle().take(3000).collect();
    let source = read(text.as_bytes(), &characters(16)).unwrap();
    let starts = |seed: u64| {
        let splits = splits(&source, seed);
        let first = splits.train.rows().iter().position(|&row| row == 0).unwrap() as u32;
        let start = |epoch| samples(&splits.train, &[first], epoch)[0].0[0];
        let fixed = |data: &Subset| {
            (1..9).all(|epoch| samples(data, &all(data), epoch) == samples(data, &all(data), 0))
        };
        assert!(fixed(&splits.validation) && fixed(&splits.test));
        (0..200).map(start).collect::<Vec<u32>>()
    };
    let seven = starts(7);
    assert_eq!(seven, starts(7));
    assert_ne!(seven, starts(8));
    let mut offsets = seven;
    offsets.sort_unstable();
    offsets.dedup();
    assert_eq!(offsets, (0..16).collect::<Vec<_>>());
}

/// A change would make every recorded run of a text impossible to repeat.
#[test]
fn golden_offsets() {
    let text: String = (0..2000).map(|i| char::from_u32(0x4e00 + i).unwrap()).collect();
    let source = read(text.as_bytes(), &characters(64)).unwrap();
    let splits = splits(&source, 42);
    let first = splits.train.rows().iter().position(|&row| row == 0).unwrap() as u32;
    let offsets: Vec<u32> = (0..6).map(|epoch| samples(&splits.train, &[first], epoch)[0].0[0]).collect();
    assert_eq!(offsets, GOLDEN_OFFSETS);
}

/// From `tests/oracle/chacha8.py`.
const GOLDEN_OFFSETS: [u32; 6] = [7, 46, 26, 36, 27, 61];

#[test]
fn the_vocabulary_is_that_of_the_training_part() {
    let text = "abc ".repeat(25);
    let unknown = |text: &str| {
        let source = read(text.as_bytes(), &characters(2)).unwrap();
        let remarks = source.remarks().to_vec();
        (splits(&source, 0).encoding.vocabulary().unwrap().clone(), remarks)
    };
    let known = Vocabulary::Characters { characters: " abc".to_owned(), unknown: false };
    assert_eq!(unknown(&text), (known, vec![]));
    // In validation and test part.
    let text = format!("{}é{}zé", &text[..85], &text[..12]);
    let (vocabulary, remarks) = unknown(&text);
    assert_eq!(vocabulary, Vocabulary::Characters { characters: " abc".to_owned(), unknown: true });
    assert_eq!(vocabulary.size(), 5);
    assert_eq!(remarks, [DataRemark::UnknownCharacters { characters: "zé".to_owned(), count: 3 }]);
}

#[test]
fn bytes_are_taken_as_they_are() {
    let content: Vec<u8> = [b"\xef\xbb\xbfa\r\n\xff\x00\xfe" as &[u8]; 20].concat();
    let source = read(&content, &options(TokenKind::Bytes, 4)).unwrap();
    assert!(source.remarks().is_empty());
    let RawInputs::Text(text) = source.inputs() else { panic!("a text") };
    assert_eq!((text.len(), text.kind(), text.is_empty()), (180, TokenKind::Bytes, false));
    let splits = splits(&source, 0);
    assert_eq!(splits.encoding.vocabulary(), Some(&Vocabulary::Bytes));
    let (inputs, _) = &samples(&splits.test, &[0], 0)[0];
    let test: Vec<u32> = content[162..166].iter().map(|&byte| byte.into()).collect();
    assert_eq!(*inputs, test);
}

#[test]
fn characters_do_not_depend_on_encoding_line_ends_or_compression() {
    let text = "naïve été\nStraße\n".repeat(20);
    let plain = {
        let source = read(text.as_bytes(), &characters(3)).unwrap();
        assert!(source.remarks().is_empty());
        splits(&source, 1).encoding
    };
    let windows = text.replace('\n', "\r\n");
    let latin: Vec<u8> = windows.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(format!("\u{feff}{}", text.replace('\n', "\r")).as_bytes()).unwrap();
    let ends = || DataRemark::LineEnds { count: 40 };
    let read_as = |encoding| DataRemark::TextReadAs { encodings: vec![encoding] };
    for (content, remarks) in [
        (windows.clone().into_bytes(), vec![ends()]),
        (latin, vec![read_as("windows-1252"), ends()]),
        (wide, vec![read_as("UTF-16LE")]),
        (packed.finish().unwrap(), vec![ends()]),
    ] {
        let source = read(&content, &characters(3)).unwrap();
        assert_eq!(source.remarks(), remarks);
        // The content is part of the encoding.
        assert_eq!(splits(&source, 1).encoding, plain);
    }
}

/// A `\r` at the end of one buffer, its `\n` at the start of the next.
#[test]
fn line_ends_across_buffers_are_one() {
    for before in (1 << 16) - 3..(1 << 16) + 3 {
        let content = format!("{}\r\n\r\nend", "x".repeat(before));
        let source = read(content.as_bytes(), &characters(3)).unwrap();
        let RawInputs::Text(text) = source.inputs() else { panic!("a text") };
        assert_eq!(text.len(), before + 2 + 3);
    }
}

#[test]
fn texts_of_a_folder_are_joined_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in
        [("b.txt", "second."), ("a.TXT", "first "), (".c.txt", "hidden"), ("d.md", "other")]
    {
        std::fs::write(folder.path().join(name), content.repeat(10)).unwrap();
    }
    let source = open(Some(folder.path()), &characters(2)).unwrap();
    assert_eq!(source.name(), folder.path().display().to_string());
    let joined = ["first ".repeat(10), "second.".repeat(10)].concat();
    let whole = Subset::with_encoding(&source, &splits(&source, 0).encoding).unwrap();
    let vocabulary = splits(&source, 0).encoding.vocabulary().unwrap().clone();
    assert_eq!(text_of(&whole, &vocabulary, 0), &joined[..128]);
    assert_eq!(whole.len(), (joined.len() - 1) / 2);
}

#[test]
fn a_limit_keeps_the_first_windows_and_changes_no_other_part() {
    let text: String = ('!'..='~').cycle().take(3000).collect();
    let source = read(text.as_bytes(), &characters(16)).unwrap();
    let limited = |limit| {
        let options = SplitOptions { limit_samples: Some(limit), ..SplitOptions::default() };
        Splits::new(&source, &options).unwrap()
    };
    let full = splits(&source, 0);
    for (limit, expected) in [(1, 1), (10, 10), (u32::MAX, full.train.len())] {
        let splits = limited(limit);
        assert_eq!(splits.train.len(), expected);
        assert_eq!(splits.encoding, full.encoding);
        assert_eq!(samples(&splits.test, &all(&splits.test), 0), samples(&full.test, &all(&full.test), 0));
    }
}

/// A model keeps the vocabulary: the same characters are the same tokens in a text of its own order.
#[test]
fn a_trained_model_reads_another_text_with_its_own_vocabulary() {
    let source = read("hello world ".repeat(20).as_bytes(), &characters(4)).unwrap();
    let encoding = splits(&source, 0).encoding;
    assert!(encoding.was_fitted_on(&source));
    let reopen = |content: &str| {
        let (_folder, path) = file(content.as_bytes());
        open_labelled(Some(&path), &encoding, &FileOptions::default()).unwrap()
    };
    assert!(encoding.was_fitted_on(&reopen(&"hello world ".repeat(20))));
    let other = reopen("wow, or: hello?");
    assert!(!encoding.was_fitted_on(&other));
    let error = Subset::with_encoding(&other, &encoding).unwrap_err();
    assert!(matches!(error, DataError::UnknownCharacter { character: ',', .. }), "{error}");
    let known = reopen("low row ");
    let whole = Subset::with_encoding(&known, &encoding).unwrap();
    let vocabulary = encoding.vocabulary().unwrap();
    assert_eq!(text_of(&whole, vocabulary, 0), "low ");
    assert_eq!(samples(&whole, &[0], 9)[0].1, vocabulary.encode("ow r").unwrap());
    // As saved.
    let json = serde_json::to_string(&encoding).unwrap();
    assert_eq!(serde_json::from_str::<batchwright_data::Encoding>(&json).unwrap(), encoding);
}

#[test]
fn splits_of_another_text_use_the_vocabulary_of_the_model() {
    let source = read("hello world ".repeat(20).as_bytes(), &characters(4)).unwrap();
    let encoding = splits(&source, 0).encoding;
    let (_folder, path) = file("world hello ".repeat(40).as_bytes());
    let other = open_unlabelled(Some(&path), &encoding, &FileOptions::default()).unwrap();
    let splits = Splits::with_encoding(&other, &encoding, &SplitOptions::default()).unwrap();
    assert_eq!(splits.encoding, encoding);
    let test = text_of(&splits.test, encoding.vocabulary().unwrap(), 0);
    assert_eq!(test, "world hello ".repeat(4)[..test.len()]);
}

#[test]
fn what_is_no_text_is_refused() {
    let problem = |content: &[u8], options: &OpenOptions| {
        read(content, options).and_then(|source| Splits::new(&source, &SplitOptions::default())).unwrap_err()
    };
    for tokens in [TokenKind::Bytes, TokenKind::Characters] {
        assert!(matches!(problem(b"", &options(tokens, 4)), DataError::EmptyText { .. }));
        let error = problem(&b"abcd".repeat(12), &options(tokens, 8));
        // Of 48 tokens 4 are for validation.
        let expected = "the validation part has 4 tokens, and windows of 8 tokens need 9";
        assert!(error.to_string().contains(expected), "{error}");
        let error = problem(b"ababababab", &options(tokens, 5));
        let expected = "the training part has 8 tokens, and windows of 5 tokens need 10";
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(matches!(problem(b"\xef\xbb\xbf", &characters(4)), DataError::EmptyText { .. }));
    assert!(matches!(problem(&[b'a'; 400], &characters(4)), DataError::ConstantText { .. }));
    assert!(matches!(problem(&b"a\0b".repeat(40), &characters(4)), DataError::ZeroBytes { .. }));
    let utf8 = FileOptions { encoding: TextEncoding::named("utf-8"), ..FileOptions::default() };
    let error = problem(b"fine\nbad \xff\xff\n", &OpenOptions { file: utf8, ..characters(4) });
    assert!(matches!(error, DataError::MalformedText { line: 2, encoding: "UTF-8", .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let missing = open(Some(&folder.path().join("none.txt")), &characters(4));
    assert!(matches!(missing, Err(DataError::Io { .. })));
}

/// A text that takes all memory would end the program; what is read is counted in its own bytes.
#[test]
fn a_text_that_does_not_fit_is_refused() {
    let read_within = |content: &[u8], tokens, memory| {
        let file = FileOptions { memory: Some(memory), ..FileOptions::default() };
        read(content, &OpenOptions { file, ..options(tokens, 4) })
    };
    let ascii = b"0123456789".repeat(20);
    for tokens in [TokenKind::Bytes, TokenKind::Characters] {
        assert!(read_within(&ascii, tokens, 200).is_ok());
        let error = read_within(&ascii, tokens, 199).unwrap_err();
        assert!(matches!(error, DataError::TextTooLarge { available: 199, .. }), "{error}");
    }
    // 400 different characters of three bytes each take two bytes a token.
    let wide: String = (0..400).map(|i| char::from_u32(0x4e00 + i).unwrap()).collect();
    assert!(read_within(wide.as_bytes(), TokenKind::Characters, 800).is_ok());
    assert!(read_within(wide.as_bytes(), TokenKind::Characters, 799).is_err());
}

#[test]
fn options_of_other_data_are_refused() {
    let flag = |error: DataError| match error {
        DataError::Setting { flag, .. } => flag,
        other => panic!("{other}"),
    };
    let text = "abcd ".repeat(100);
    let refused = |options: OpenOptions| flag(read(text.as_bytes(), &options).unwrap_err());
    let file = |file| OpenOptions { file, ..characters(4) };
    assert_eq!(refused(OpenOptions { label: Some("y".to_owned()), ..characters(4) }), "--label");
    assert_eq!(refused(OpenOptions { task: Some(TaskKind::Classify), ..characters(4) }), "--task");
    let ignored = OpenOptions { ignore_columns: vec!["x".to_owned()], ..characters(4) };
    assert_eq!(refused(ignored), "--ignore-columns");
    assert_eq!(refused(file(FileOptions { no_header: true, ..FileOptions::default() })), "--no-header");
    let encoding = FileOptions { encoding: TextEncoding::named("latin1"), ..FileOptions::default() };
    assert!(read(text.as_bytes(), &file(encoding)).is_ok());
    assert_eq!(refused(OpenOptions { file: encoding, ..options(TokenKind::Bytes, 4) }), "--encoding");
    assert_eq!(flag(open(None, &characters(4)).unwrap_err()), "--tokens");
    let source = read(text.as_bytes(), &characters(4)).unwrap();
    let noise = SplitOptions { label_noise: 0.1, ..SplitOptions::default() };
    assert_eq!(flag(Splits::new(&source, &noise).unwrap_err()), "--label-noise");
}

#[test]
fn data_of_another_kind_than_the_models_is_refused() {
    let text = read("hello world ".repeat(20).as_bytes(), &characters(4)).unwrap();
    let digits = open(None, &OpenOptions::default()).unwrap();
    let mismatch = |result: Result<Subset, DataError>| match result {
        Err(DataError::KindMismatch { expected, found, .. }) => (expected, found),
        other => panic!("{other:?}"),
    };
    let of_digits = Splits::new(&digits, &SplitOptions::default()).unwrap().encoding;
    let of_text = splits(&text, 0).encoding;
    assert_eq!(mismatch(Subset::with_encoding(&text, &of_digits)), ("images", "a text"));
    assert_eq!(mismatch(Subset::with_encoding(&digits, &of_text)), ("a text", "images"));
    let bytes = read("hello world ".repeat(20).as_bytes(), &options(TokenKind::Bytes, 4)).unwrap();
    let error = Subset::with_encoding(&bytes, &of_text).unwrap_err();
    assert!(error.to_string().contains("was read as bytes, but the model was trained on characters"));
}
