//! How many sites there were, and which faults fired.

use std::collections::BTreeMap;
use std::fmt;

/// Sites and faults of many seeds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    studies: u64,
    runs: u64,
    trials: u64,
    resumed: u64,
    sites: u64,
    faults: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn study(&mut self, trials: u64) {
        self.studies += 1;
        self.trials += trials;
    }

    pub(crate) fn run(&mut self) {
        self.runs += 1;
    }

    pub(crate) fn resumed(&mut self) {
        self.resumed += 1;
    }

    pub(crate) fn sites(&mut self, sites: u64) {
        self.sites += sites;
    }

    pub(crate) fn fired(&mut self, fault: &'static str, times: u64) {
        *self.faults.entry(fault).or_default() += times;
    }

    #[allow(dead_code, reason = "the test reads it, the program does not")]
    pub(crate) fn faults(&self) -> Vec<(&'static str, u64)> {
        self.faults.iter().map(|(name, fired)| (*name, *fired)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { studies, runs, trials, resumed, sites, faults } = self;
        writeln!(
            f,
            "{studies} studies of {trials} trials, {runs} runs, {resumed} gone on from after a kill"
        )?;
        write!(f, "{sites} sites, {} faults fired:", faults.values().sum::<u64>())?;
        faults.iter().try_for_each(|(name, fired)| write!(f, "\n  {name:24} {fired:>9}"))
    }
}
