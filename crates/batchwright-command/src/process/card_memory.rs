//! Memory of NVIDIA's graphics cards that a child takes, as their driver's library tells it.
//!
//! The library is loaded when the first child starts; without it, or without a card, nothing is
//! known and nothing is said. It names the processes that hold memory by the ids of the whole
//! machine. In a container with process ids of its own they say nothing; there the memory counts by
//! which the cards have filled up since the start, an upper bound if others use them too.
//!
//! Left out: cards of other makers, whose drivers have no such library in common; limits.

use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::{Device, Nvml};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

/// The inode of the first namespace of process ids (`PROC_PID_INIT_INO` of the kernel).
const FIRST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

/// What the cards of one child have held.
pub(crate) struct CardMemory {
    cards: Vec<Device<'static>>,
    peaks: Peaks,
}

/// What the driver tells at one time, of all watched cards together, in bytes.
#[derive(Debug, Default)]
struct Reading {
    /// Process ids, and what each holds.
    held: Vec<(i32, u64)>,
    /// In use, by whomever.
    used: u64,
}

/// The most that was seen so far, in bytes.
#[derive(Debug, Default)]
struct Peaks {
    /// Whether the driver counts processes otherwise than we do.
    apart: bool,
    /// In use before the child started.
    before: u64,
    /// Held by its processes.
    held: Option<u64>,
    /// By how much the cards have filled up.
    grown: u64,
}

impl CardMemory {
    /// The cards that a program with this `CUDA_VISIBLE_DEVICES` sees (all of them without), as they
    /// are before it starts.
    pub(crate) fn watch(visible: Option<&OsStr>) -> Self {
        let cards = driver().map_or_else(Vec::new, |driver| cards_of(driver, visible));
        let before = read(&cards).map_or(0, |reading| reading.used);
        Self { cards, peaks: Peaks { apart: is_apart(), before, ..Peaks::default() } }
    }

    /// Asks the driver once more; `members` are the processes of the child.
    pub(crate) fn scan(&mut self, members: &HashMap<i32, u64>) {
        if let Some(reading) = read(&self.cards) {
            self.peaks.see(&reading, members);
        }
    }

    /// Bytes; `None` where no driver tells, or the child was never seen on a card.
    pub(crate) fn peak(&self) -> Option<u64> {
        self.peaks.peak()
    }
}

impl Peaks {
    fn see(&mut self, reading: &Reading, members: &HashMap<i32, u64>) {
        let own = reading.held.iter().filter(|(id, _)| members.contains_key(id)).map(|(_, bytes)| *bytes);
        self.held = self.held.max(own.reduce(u64::saturating_add));
        self.grown = self.grown.max(reading.used.saturating_sub(self.before));
    }

    fn peak(&self) -> Option<u64> {
        self.held.or_else(|| Some(self.grown).filter(|&grown| self.apart && grown > 0))
    }
}

/// The driver's library, if it is there and finds its driver.
fn driver() -> Option<&'static Nvml> {
    static DRIVER: OnceLock<Option<Nvml>> = OnceLock::new();
    DRIVER.get_or_init(|| Nvml::init().ok()).as_ref()
}

fn cards_of(driver: &'static Nvml, visible: Option<&OsStr>) -> Vec<Device<'static>> {
    match visible.map(|names| names.to_string_lossy()) {
        None => {
            let count = driver.device_count().unwrap_or_default();
            (0..count).filter_map(|index| driver.device_by_index(index).ok()).collect()
        }
        // As CUDA does it: the first name that is none ends the list. Where cards differ, CUDA may count
        // them in another order, the fastest first, unless CUDA_DEVICE_ORDER is PCI_BUS_ID.
        Some(names) => names.split(',').map_while(|name| card(driver, name.trim())).collect(),
    }
}

/// The card with this index or UUID.
fn card(driver: &'static Nvml, name: &str) -> Option<Device<'static>> {
    match name.parse() {
        Ok(index) => driver.device_by_index(index).ok(),
        Err(_) => driver.device_by_uuid(name).ok(),
    }
}

/// `None` where there is no card, or one of them does not answer.
fn read(cards: &[Device]) -> Option<Reading> {
    let mut reading = (!cards.is_empty()).then(Reading::default)?;
    for card in cards {
        reading.used = reading.used.saturating_add(card.memory_info().ok()?.used);
        for process in card.running_compute_processes().ok()? {
            if let UsedGpuMemory::Used(bytes) = process.used_gpu_memory {
                reading.held.push((i32::try_from(process.pid).unwrap_or_default(), bytes));
            }
        }
    }
    Some(reading)
}

/// Whether our process ids are not those of the whole machine.
fn is_apart() -> bool {
    std::fs::metadata("/proc/self/ns/pid").map_or(true, |it| it.ino() != FIRST_PID_NAMESPACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(held: &[(i32, u64)], used: u64) -> Reading {
        Reading { held: held.to_vec(), used }
    }

    fn peak(apart: bool, readings: &[Reading]) -> Option<u64> {
        let mut peaks = Peaks { apart, before: 100, ..Peaks::default() };
        let members = HashMap::from([(7, 1), (8, 1)]);
        readings.iter().for_each(|reading| peaks.see(reading, &members));
        peaks.peak()
    }

    /// Somebody else's training would be added to this one, or a peak between two readings of less
    /// would be lost.
    #[test]
    fn the_most_that_its_own_processes_held_at_once_counts() {
        let readings = [
            reading(&[(9, 500)], 600),
            reading(&[(7, 30), (8, 20), (9, 900)], 1100),
            reading(&[(7, 40)], 200),
        ];
        assert_eq!(peak(false, &readings), Some(50));
        assert_eq!(peak(true, &readings), Some(50), "what is named counts, wherever we run");
        assert_eq!(peak(false, &readings[..1]), None);
        assert_eq!(peak(false, &[]), None);
    }

    /// Within a container nothing would be known of any training.
    #[test]
    fn where_processes_cannot_be_told_apart_the_growth_counts() {
        let readings = [reading(&[(4711, 50)], 150), reading(&[], 400), reading(&[], 90)];
        assert_eq!(peak(true, &readings), Some(300));
        assert_eq!(peak(true, &[reading(&[], 100)]), None, "a program that uses no card has no figure");
    }

    /// A machine without a card would fail, or report zero bytes.
    #[test]
    fn no_card_that_it_may_see_is_no_figure() {
        for none in ["", "-1", "nonsense"] {
            let mut memory = CardMemory::watch(Some(OsStr::new(none)));
            memory.scan(&HashMap::new());
            assert_eq!(memory.peak(), None);
        }
    }
}
