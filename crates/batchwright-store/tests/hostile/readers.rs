//! Every reader with a small file that it reads.

use batchwright_data::testkit::{jpeg_file, png_file};
use batchwright_data::{OpenOptions, SplitOptions, Splits, open, open_to_describe, sample_shape};
use batchwright_find::{Journal, JournalEntry, testkit as find};
use batchwright_nn::{CpuEngineFactory, EngineFactory, EngineOptions, Model};
use batchwright_store::{DATABASE_FILE, Fingerprint, NewName, Origin, Store};
use batchwright_train::{
    Checkpoint, CheckpointAbout, Duration, MonotonicClock, RunConfig, RunData, RunState, SavePoint,
    SavedModel, Saver, Silent, TrainError, testkit as train, train_saved,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Folders with a file of the other kind beside the one that is changed.
type Companions = Vec<(&'static str, Vec<u8>)>;

/// A reader, and a file that it reads.
pub(crate) struct Reader {
    name: &'static str,
    /// The file that is changed.
    file: &'static str,
    companions: Companions,
    original: Vec<u8>,
    /// Makes the checksum right again: else nothing behind it is ever reached.
    seal: fn(Vec<u8>) -> Vec<u8>,
    read: fn(&Path) -> Result<(), String>,
}

impl Reader {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn original(&self) -> &[u8] {
        &self.original
    }

    pub(crate) fn sealed(&self, bytes: Vec<u8>) -> Vec<u8> {
        (self.seal)(bytes)
    }

    /// Writes the file with what belongs beside it, and returns what is to be opened.
    pub(crate) fn lay_out(&self, folder: &Path, bytes: &[u8]) -> PathBuf {
        for (name, content) in &self.companions {
            write(&folder.join(name), content);
        }
        write(&folder.join(self.file), bytes);
        if self.companions.is_empty() { folder.join(self.file) } else { folder.to_owned() }
    }

    pub(crate) fn read(&self, path: &Path) -> Result<(), String> {
        (self.read)(path)
    }

    /// Bytes of the content; of a compressed one at most 64 MiB.
    pub(crate) fn unpacked(&self, bytes: &[u8]) -> u64 {
        let mut unpacked = Vec::new();
        let decoder = flate2::read::MultiGzDecoder::new(bytes).take(64 << 20);
        // What cannot be unpacked any further counts as far as it could.
        let _ = { decoder }.read_to_end(&mut unpacked);
        bytes.len().max(unpacked.len()) as u64
    }
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

pub(crate) fn readers() -> Vec<Reader> {
    let (images, labels) = (idx(&[0, 0, 8, 3], &[6, 4, 4], 96), idx(&[0, 0, 8, 1], &[6], 6));
    let (image_file, label_file) = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    let folder = |name, file, original, other, content| Reader {
        name,
        file,
        companions: vec![(other, content)],
        original,
        seal: |bytes| bytes,
        read: read_images,
    };
    let alone = |name, file, original, read| Reader {
        name,
        file,
        companions: Vec::new(),
        original,
        seal: |bytes| bytes,
        read,
    };
    let table = table();
    let utf16: Vec<u8> =
        String::from_utf8(table.clone()).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (checkpoint, model) = trained();
    let picture: Vec<u8> = (0..16 * 16 * 3).map(|place| (place * 7 % 251) as u8).collect();
    let (png, jpeg) = (png_file(16, 16, &picture), jpeg_file(16, 16, &picture, false, None));
    let progressive = jpeg_file(16, 16, &picture, true, None);
    vec![
        folder("PNG", "a/1.png", png.clone(), "b/1.png", png.clone()),
        Reader {
            seal: png_sealed_again,
            ..folder("PNG, sealed again", "a/1.png", png.clone(), "b/1.png", png.clone())
        },
        folder("JPEG", "a/1.jpg", jpeg, "b/1.png", png.clone()),
        folder("JPEG, progressive", "a/1.jpg", progressive, "b/1.png", png),
        folder("CIFAR-100", "train.bin", cifar(2), "test.bin", cifar(3)),
        folder("IDX images", image_file, images.clone(), label_file, labels.clone()),
        folder("IDX labels", label_file, labels.clone(), image_file, images.clone()),
        folder("IDX images, gzip", "train-images-idx3-ubyte.gz", gzip(&images), label_file, labels),
        alone("table", "table.csv", table.clone(), read_table),
        alone("table, UTF-16", "table.csv", [vec![0xff, 0xfe], utf16].concat(), read_table),
        alone("table, gzip", "table.csv.gz", gzip(&table), read_table),
        alone("model", "model.safetensors", model.clone(), read_model),
        alone("model without a checksum", "model.safetensors", without_checksum(&model), read_model),
        alone("checkpoint", "a.checkpoint", checkpoint.clone(), read_checkpoint),
        Reader {
            seal: sealed_again,
            ..alone("checkpoint, sealed again", "a.checkpoint", checkpoint, read_checkpoint)
        },
        alone("journal of a study", "journal.json", journal(), read_journal),
        alone("database", DATABASE_FILE, database(), read_database),
    ]
}

fn idx(magic: &[u8], dimensions: &[u32], values: usize) -> Vec<u8> {
    let dimensions = dimensions.iter().flat_map(|dimension| dimension.to_be_bytes());
    magic.iter().copied().chain(dimensions).chain((0..values).map(|value| value as u8 % 7)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Numbers, words, dates, gaps and a quoted field.
fn table() -> Vec<u8> {
    let mut table = String::from("width;made;colour;\"price; net\"\n");
    for row in 0..30 {
        let colour = ["red", "\"dark \"\"blue\"\"\"", "", "緑"][row % 4];
        table += &format!("{},{row};2024-01-{:02};{colour};{}\n", row % 5, row % 28 + 1, row * row);
    }
    table.into_bytes()
}

fn read_images(path: &Path) -> Result<(), String> {
    open(Some(path), &OpenOptions::default()).map(drop).map_err(|error| error.to_string())
}

fn read_table(path: &Path) -> Result<(), String> {
    let said = |error: batchwright_data::DataError| error.to_string();
    open_to_describe(Some(path), &OpenOptions::default()).map_err(said)?;
    let options = OpenOptions { label: Some("price; net".to_owned()), ..OpenOptions::default() };
    let source = open(Some(path), &options).map_err(said)?;
    Splits::new(&source, &SplitOptions::default()).map(drop).map_err(said)
}

/// Records of CIFAR-100.
fn cifar(records: usize) -> Vec<u8> {
    (0..records * 3074).map(|place| if place % 3074 < 2 { 7 } else { place as u8 }).collect()
}

/// A PNG in which the checksum of each chunk is right, as far as there are chunks.
fn png_sealed_again(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let end = at + 8 + length;
        let Some(chunk) = bytes.get(at + 4..end) else { break };
        let mut checksum = flate2::Crc::new();
        checksum.update(chunk);
        let Some(place) = bytes.get_mut(end..end + 4) else { break };
        place.copy_from_slice(&checksum.sum().to_be_bytes());
        at = end + 4;
    }
    bytes
}

/// A checkpoint and the model of a run of two steps.
fn trained() -> (Vec<u8>, Vec<u8>) {
    let options = SplitOptions { limit_samples: Some(20), ..SplitOptions::default() };
    let splits = Splits::new(&open(None, &OpenOptions::default()).unwrap(), &options).unwrap();
    let model = Model::mlp(&[2]);
    let engine = EngineOptions { micro_batch: 8, ..EngineOptions::default() };
    let mut engine = CpuEngineFactory.build(&model, sample_shape(&splits.train), &engine).unwrap();
    let config = RunConfig {
        batch_size: 8,
        duration: Duration::Steps(2),
        learning_rate: 0.01,
        ..RunConfig::default()
    };
    let (run, clock) = (config.check(20).unwrap(), MonotonicClock::default());
    let mut last = Last::default();
    let data = RunData::same(&splits.train);
    train_saved(engine.as_mut(), data, &run, None, &mut last, &clock, &mut Silent).unwrap();
    let about = CheckpointAbout { run: "a".to_owned(), config, data: "digits".to_owned() };
    let checkpoint = Checkpoint { about, state: last.0.unwrap() }.to_bytes().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    SavedModel::of(engine.as_ref(), &model, &splits.encoding, 0).save(&path).unwrap();
    (checkpoint, std::fs::read(path).unwrap())
}

/// Keeps the last state.
#[derive(Default)]
struct Last(Option<RunState>);

impl Saver for Last {
    fn is_due(&mut self, _state: &RunState) -> bool {
        true
    }
    fn save(
        &mut self,
        _point: SavePoint,
        state: &RunState,
        _engine: &dyn batchwright_nn::Engine,
    ) -> Result<(), TrainError> {
        self.0 = Some(state.clone());
        Ok(())
    }
    fn failure(&mut self) -> Option<TrainError> {
        None
    }
    fn finish(&mut self) -> Result<(), TrainError> {
        Ok(())
    }
}

/// The model as an older version wrote it: without a checksum, so that what is changed is read.
fn without_checksum(model: &[u8]) -> Vec<u8> {
    let (length, rest) = model.split_first_chunk::<8>().unwrap();
    let (header, weights) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
    let ours = header["__metadata__"]["batchwright"].as_str().unwrap();
    let mut ours: serde_json::Value = serde_json::from_str(ours).unwrap();
    ours.as_object_mut().unwrap().remove("checksum").unwrap();
    ours["version"] = 1.into();
    header["__metadata__"]["batchwright"] = ours.to_string().into();
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), weights].concat()
}

fn read_model(path: &Path) -> Result<(), String> {
    let model = SavedModel::load(path).map_err(|error| error.to_string())?;
    let options = EngineOptions { memory_limit: Some(1 << 20), ..EngineOptions::default() };
    model.engine(&CpuEngineFactory, &options).map(drop).map_err(|error| error.to_string())
}

fn read_checkpoint(path: &Path) -> Result<(), String> {
    Checkpoint::read(path).map(drop).map_err(|error| error.to_string())
}

/// With the length and the checksum of what it holds now.
fn sealed_again(mut bytes: Vec<u8>) -> Vec<u8> {
    let Some(end) = bytes.len().checked_sub(4).filter(|&end| end >= 28) else { return bytes };
    let length = (bytes.len() as u64).to_le_bytes();
    bytes[20..28].copy_from_slice(&length);
    let mut checksum = flate2::Crc::new();
    checksum.update(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.sum().to_le_bytes());
    bytes
}

fn journal() -> Vec<u8> {
    let began = JournalEntry::Began { version: 1, budget: Some(60.0), earlier: None };
    serde_json::to_vec(&[began, JournalEntry::TakenAsEvidence { round: 1, entries: vec![0] }]).unwrap()
}

fn read_journal(path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let entries: Vec<JournalEntry> =
        batchwright_store::from_json(&text).map_err(|error| error.to_string())?;
    Journal::new(entries).map(drop).map_err(|error| error.to_string())
}

fn database() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let origin = Origin { arguments: vec!["train".into()], folder: "/".into() };
    let settings = [("model".to_owned(), "linear".to_owned())];
    let exactly = |name| NewName::Exactly(name);
    store.create_run(&exactly("a"), &settings, &train::plan(), &origin).unwrap();
    let rows: Vec<_> = (0..5).map(|step| train::row(step, 0.5)).collect();
    store.append_rows("a", &rows).unwrap();
    store.finish_run("a", &train::result("a", 0.25)).unwrap();
    let about = Fingerprint { workload: "w".to_owned(), question: "q".to_owned() };
    store.create_study(&exactly("s"), &settings, &about, &origin).unwrap();
    store.append_event("s", 0, "{}").unwrap();
    store.finish_study("s", &find::study("s")).unwrap();
    drop(store);
    assert!(!folder.path().join(format!("{DATABASE_FILE}-wal")).exists(), "all of it is in one file");
    std::fs::read(folder.path().join(DATABASE_FILE)).unwrap()
}

/// Everything that can be asked.
fn read_database(path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap();
    let store = Store::open(folder).map_err(|error| error.to_string())?;
    let answers = [
        store.runs().and_then(|runs| runs.into_iter().collect::<Result<Vec<_>, _>>().map(drop)),
        store.studies().and_then(|studies| studies.into_iter().collect::<Result<Vec<_>, _>>().map(drop)),
        store.run("a").map(drop),
        store.study("s").map(drop),
        store.events("s").map(drop),
        store.origin("a").map(drop),
        store.claim("s").map(drop),
        store.append_rows("a", &[train::row(9, 0.5)]),
    ];
    answers.into_iter().collect::<Result<(), _>>().map_err(|error| error.to_string())
}
