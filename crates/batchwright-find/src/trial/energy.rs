//! The energy that the processor packages of this machine have used. It is read from the counters
//! of the Linux power capping interface (RAPL; Intel and AMD).
//!
//! ```text
//! /sys/class/powercap/intel-rapl:0/name                   package-0
//! /sys/class/powercap/intel-rapl:0/energy_uj              microjoules; wraps at max_energy_range_uj
//! /sys/class/powercap/intel-rapl:0/max_energy_range_uj
//! /sys/class/powercap/intel-rapl:0:0/                     a part of package 0 (cores): already counted
//! ```
//!
//! Left out: memory, disks, graphics cards and the loss of the power supply. These counters do not
//! see them. Other programs that run beside the training are included.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where Linux keeps the counters.
pub const POWERCAP: &str = "/sys/class/powercap";

/// Why no energy can be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnergyError {
    /// The machine shows no counters: no Linux, a processor without them, or a virtual machine.
    #[error(
        "looked for {}/intel-rapl:N with the name package-N and found none (a virtual machine, or a processor or system without such counters)",
        root.display()
    )]
    NoCounters {
        /// The folder that was looked into.
        root: PathBuf,
    },
    /// A counter is there but cannot be read. On most systems only root may.
    #[error("{}: {kind}{}", file.display(), hint(*kind))]
    Unreadable {
        /// The file of the counter.
        file: PathBuf,
        /// The kind of error that the system returned.
        kind: ErrorKind,
    },
    /// A counter does not hold a whole number.
    #[error("{}: {found:?} is no whole number of microjoules", file.display())]
    NotANumber {
        /// The file of the counter.
        file: PathBuf,
        /// The content of the file.
        found: String,
    },
    /// The workload does not measure energy, even where the machine could.
    #[error("what is trained measures no energy")]
    NotMeasured,
}

fn hint(kind: ErrorKind) -> &'static str {
    if kind == ErrorKind::PermissionDenied { "; run as root, or let your user read the file" } else { "" }
}

/// The counters of all processor packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnergyCounters {
    packages: Vec<Package>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    file: PathBuf,
    /// The counter's largest value, in microjoules.
    range: u64,
}

/// The values of the counters at one moment, in microjoules, in the order of the packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnergyReading(Vec<u64>);

impl EnergyCounters {
    /// Finds the counters below a folder, usually [`POWERCAP`], and reads each once.
    ///
    /// # Errors
    /// [`EnergyError`] where there are none or one cannot be read.
    pub fn open(root: &Path) -> Result<Self, EnergyError> {
        let packages = package_folders(root)?
            .into_iter()
            .map(|folder| {
                let range = read_number(&folder.join("max_energy_range_uj"))?;
                Ok(Package { file: folder.join("energy_uj"), range })
            })
            .collect::<Result<_, _>>()?;
        let counters = Self { packages };
        counters.read().map(|_| counters)
    }

    /// Reads the counters now.
    ///
    /// # Errors
    /// [`EnergyError::Unreadable`] or [`EnergyError::NotANumber`].
    pub fn read(&self) -> Result<EnergyReading, EnergyError> {
        self.packages
            .iter()
            .map(|package| read_number(&package.file))
            .collect::<Result<_, _>>()
            .map(EnergyReading)
    }

    /// Joules of all packages between two readings. One wrap of a counter between the readings is
    /// handled: at 100 W a counter wraps about every 40 minutes.
    pub fn joules(&self, before: &EnergyReading, after: &EnergyReading) -> f64 {
        let readings = before.0.iter().zip(&after.0);
        let used = self.packages.iter().zip(readings).map(|(package, (&before, &after))| {
            if after >= before {
                after - before
            } else {
                package.range.saturating_sub(before).saturating_add(after)
            }
        });
        used.map(|microjoules| microjoules as f64 * 1e-6).sum()
    }
}

/// The folders of the packages. Their parts are left out, and so is `psys`, which includes the
/// packages again.
fn package_folders(root: &Path) -> Result<Vec<PathBuf>, EnergyError> {
    let none = || EnergyError::NoCounters { root: root.to_owned() };
    let entries = std::fs::read_dir(root).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => none(),
        kind => EnergyError::Unreadable { file: root.to_owned(), kind },
    })?;
    let is_package = |folder: &PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix("intel-rapl:"));
        let top = number.is_some_and(|number| number.parse::<u32>().is_ok());
        top && std::fs::read_to_string(folder.join("name")).is_ok_and(|name| name.starts_with("package"))
    };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_package).collect();
    folders.sort();
    if folders.is_empty() { Err(none()) } else { Ok(folders) }
}

fn read_number(file: &Path) -> Result<u64, EnergyError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| EnergyError::Unreadable { file: file.to_owned(), kind: error.kind() })?;
    let text = text.trim();
    text.parse().map_err(|_| EnergyError::NotANumber { file: file.to_owned(), found: text.to_owned() })
}

/// A folder of counters that tests write.
#[cfg(test)]
pub(crate) mod fake {
    use super::*;

    pub(crate) struct Powercap {
        pub(crate) root: tempfile::TempDir,
    }

    impl Powercap {
        /// Packages by (name, counter, range).
        pub(crate) fn new(packages: &[(&str, u64, u64)]) -> Self {
            let machine = Self { root: tempfile::tempdir().unwrap() };
            for (package, (name, counter, range)) in packages.iter().enumerate() {
                machine.zone(
                    &format!("intel-rapl:{package}"),
                    name,
                    &counter.to_string(),
                    &range.to_string(),
                );
            }
            machine
        }

        pub(crate) fn zone(&self, folder: &str, name: &str, counter: &str, range: &str) {
            let folder = self.root.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            for (file, text) in [("name", name), ("energy_uj", counter), ("max_energy_range_uj", range)] {
                std::fs::write(folder.join(file), format!("{text}\n")).unwrap();
            }
        }

        pub(crate) fn open(&self) -> Result<EnergyCounters, EnergyError> {
            EnergyCounters::open(self.root.path())
        }

        pub(crate) fn set(&self, package: usize, counter: u64) {
            std::fs::write(self.file(package), counter.to_string()).unwrap();
        }

        pub(crate) fn remove(&self, package: usize) {
            std::fs::remove_file(self.file(package)).unwrap();
        }

        fn file(&self, package: usize) -> PathBuf {
            self.root.path().join(format!("intel-rapl:{package}/energy_uj"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::Powercap;
    use super::*;

    /// The parts of a package are already counted in it. A counter that wraps must not give a huge
    /// or a negative energy.
    #[test]
    fn packages_are_summed_and_counters_start_over() {
        let machine =
            Powercap::new(&[("package-0", 1_000_000, 9_000_000), ("package-1", 8_500_000, 9_000_000)]);
        machine.zone("intel-rapl:0:0", "core", "700000", "9000000");
        machine.zone("intel-rapl:2", "psys", "9999999", "9999999");
        machine.zone("intel-rapl-mmio:0", "package-0", "1000000", "9000000");
        let counters = machine.open().unwrap();
        let before = counters.read().unwrap();
        machine.set(0, 3_000_000);
        machine.set(1, 250_000);
        machine.zone("intel-rapl:2", "psys", "1", "9999999");
        let after = counters.read().unwrap();
        assert!((counters.joules(&before, &after) - (2.0 + 0.75)).abs() < 1e-12);
        assert_eq!(counters.joules(&after, &after), 0.0);
    }

    /// If the message "not available" does not name what was looked for, the user cannot act on it.
    #[test]
    fn what_is_missing_is_named() {
        let empty = Powercap::new(&[("psys", 1, 2)]);
        let says = |machine: &Powercap| machine.open().unwrap_err().to_string();
        assert!(
            says(&empty).contains("intel-rapl:N")
                && says(&empty).contains(empty.root.path().to_str().unwrap())
        );
        let nowhere = EnergyCounters::open(&empty.root.path().join("nowhere"));
        assert!(matches!(nowhere, Err(EnergyError::NoCounters { .. })), "{nowhere:?}");
        let odd = Powercap::new(&[("package-0", 1, 2)]);
        odd.zone("intel-rapl:0", "package-0", "many", "9");
        assert!(matches!(odd.open(), Err(EnergyError::NotANumber { ref found, .. }) if found == "many"));
        odd.remove(0);
        assert!(matches!(odd.open(), Err(EnergyError::Unreadable { kind: ErrorKind::NotFound, .. })));
        let denied = EnergyError::Unreadable { file: "energy_uj".into(), kind: ErrorKind::PermissionDenied };
        assert_eq!(
            denied.to_string(),
            "energy_uj: permission denied; run as root, or let your user read the file"
        );
    }
}
