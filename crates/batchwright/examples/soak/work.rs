//! The work that is killed: starting it, killing it, going on with it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Something that the program does, and that has the name `soaked`.
pub(crate) struct Work {
    pub(crate) command: &'static str,
    arguments: &'static str,
    /// Only of a training that goes on: it changes nothing of what comes out.
    pub(crate) leaves_a_model: bool,
}

/// Long enough for some hundred kills, with everything that has a state.
pub(crate) const TRAIN: Work = Work {
    command: "train",
    arguments: "--model mlp:48,48 --dropout 0.2 --optimizer adamw --lr 0.002 --schedule cosine --batch-size 16 \
                --epochs 600 --eval-every 500sp --threads 1 --checkpoint-every 20st --keep 2",
    leaves_a_model: true,
};

/// Of a program that tells its own seconds: a study of our own networks depends on how fast the machine
/// was. The grid, because what is known is given again within milliseconds: kills may come soon.
pub(crate) const FIND: Work = Work {
    command: "find",
    arguments: "--strategy grid --batch-sizes 8..256 --lr 0.02..2 --target val_loss<0.1 --jobs 1 --budget 10min \
                -- awk -v batch_size={batch_size} -v lr={lr} -v seed={seed} -f law.awk",
    leaves_a_model: false,
};

/// The loss falls at a pace that depends on size, rate and seed.
const LAW: &str = r#"
BEGIN {
    gain = 0.02 * lr / (0.3 + lr * lr) * batch_size / (batch_size + 48) * (1 + 0.02 * ((seed * 31) % 5 - 2))
    for (step = 4; step <= 4000; step += 4)
        printf "{\"step\": %d, \"seconds\": %.6f, \"val_loss\": %.9f}\n", step, step * (0.02 + 0.001 * batch_size), exp(-gain * step)
}
"#;

/// A work that was killed and has ended.
pub(crate) struct Soaked {
    pub(crate) folder: TempDir,
    pub(crate) kills: u64,
    pub(crate) resumed: u64,
    /// How often it was begun: killed before there was anything to go on from, it is begun anew.
    pub(crate) begun: u64,
}

/// The program beside this example.
pub(crate) fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.parent().and_then(Path::parent).unwrap().join("batchwright");
    assert!(program.exists(), "{}: build it first, in the same profile", program.display());
    program
}

/// The folder that the work leaves when nobody kills it, and its seconds.
pub(crate) fn in_one_piece(work: &Work) -> (TempDir, f64) {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let (code, text) = ended(begin(work, folder.path()), folder.path());
    assert!(matches!(code, Some(0 | 3)), "{text}");
    (folder, started.elapsed().as_secs_f64())
}

/// Kills the work at up to `kills` random instants, and goes on with it until it has ended.
pub(crate) fn soak(work: &Work, kills: u64, seed: u64, seconds: f64) -> Soaked {
    let mut dice = Dice(seed);
    let mut soaked = Soaked { folder: tempfile::tempdir().unwrap(), kills: 0, resumed: 0, begun: 1 };
    let mut child = begin(work, soaked.folder.path());
    loop {
        // Short enough for many kills in one work, long enough to come forward.
        let life = Duration::from_secs_f64(dice.unit() * (0.04 + 2.5 * seconds / kills.max(1) as f64));
        if soaked.kills < kills && !has_ended_within(&mut child, life) {
            child.kill().unwrap();
            child.wait().unwrap();
            soaked.kills += 1;
            soaked.resumed += 1;
            child = resume(soaked.folder.path());
            continue;
        }
        let (code, text) = ended(child, soaked.folder.path());
        if matches!(code, Some(0 | 3)) {
            return soaked;
        }
        // Killed before it was known by its name, or before its first state was saved.
        let nothing_yet =
            ["no run or study", "no checkpoint", "nothing is there", "no such", "does not exist"];
        assert!(
            nothing_yet.iter().any(|words| text.contains(words)),
            "exit {code:?} after {} kills: {text}",
            soaked.kills
        );
        std::fs::remove_dir_all(soaked.folder.path().join("runs")).ok();
        soaked.begun += 1;
        child = begin(work, soaked.folder.path());
    }
}

fn begin(work: &Work, folder: &Path) -> Child {
    std::fs::write(folder.join("law.awk"), LAW).unwrap();
    let words = format!("{} --name soaked {}", work.command, work.arguments);
    start(folder, &words)
}

fn resume(folder: &Path) -> Child {
    start(folder, "resume soaked")
}

fn start(folder: &Path, words: &str) -> Child {
    let mut command = Command::new(program());
    command.args(["--lang", "en", "--quiet"]).args(words.split_whitespace()).current_dir(folder);
    // Into files: nobody reads a pipe while the work runs.
    let output = |name| Stdio::from(std::fs::File::create(folder.join(name)).unwrap());
    command.stdin(Stdio::null()).stdout(output("stdout")).stderr(output("stderr")).spawn().unwrap()
}

fn has_ended_within(child: &mut Child, life: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < life {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    false
}

/// The exit code, and what was said on stderr.
fn ended(mut child: Child, folder: &Path) -> (Option<i32>, String) {
    let code = child.wait().unwrap().code();
    (code, std::fs::read_to_string(folder.join("stderr")).unwrap())
}

/// SplitMix64: the instants follow from the seed, as far as the machine lets them.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
