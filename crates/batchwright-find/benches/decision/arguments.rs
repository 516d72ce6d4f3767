//! The command line of the benchmark.

use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) const HELP: &str = "\
Replays whole studies on beds whose answer is known. Beds:

  --beds FILE [--truth FILE]   these (JSON); without their truth (JSON) it is measured first
  --random N                   N new ones, drawn at random
  --random-seed S              other draws (0)
  --law-breaking               such that break the law that a search may assume
  --tie --beds FILE            these, with step times that make their two best sizes equal
  --growth                     one bed with more and more sizes and rates
  --networks                   recorded trainings of our own networks

  --seeds N          studies of each bed (20)
  --strategy NAME    grid
  --only NAME        this bed alone
  --max-cost X       end a study that has cost more than X best trainings (100)
  --jobs N           studies at a time (one a core)
  --json             everything, as JSON, instead of the tables

Instead of studies:

  --list             the beds with their truths, as JSON lines
  --check-truth      with --beds and --truth: measures the truths and compares";

#[derive(Debug)]
pub(crate) struct Arguments {
    pub source: Source,
    pub beds: Option<PathBuf>,
    pub truth: Option<PathBuf>,
    pub random_seed: u64,
    pub seeds: u64,
    pub strategy: String,
    pub only: Option<String>,
    pub max_cost: f64,
    pub jobs: usize,
    pub json: bool,
    pub list: bool,
    pub check_truth: bool,
}

/// Where the beds come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Given,
    Random { count: u64 },
    LawBreaking,
    Tie,
    Growth,
    Networks,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            source: Source::Given,
            beds: None,
            truth: None,
            random_seed: 0,
            seeds: 20,
            strategy: "race".to_owned(),
            only: None,
            max_cost: 100.0,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            json: false,
            list: false,
            check_truth: false,
        }
    }
}

impl Arguments {
    /// `None` if help is requested, or if there are no arguments.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, Box<dyn Error>> {
        // Cargo adds this one.
        let mut arguments = arguments.filter(|argument| argument != "--bench").peekable();
        if arguments.peek().is_none() {
            return Ok(None);
        }
        let mut parsed = Self::default();
        while let Some(flag) = arguments.next() {
            if flag == "--help" {
                return Ok(None);
            }
            let value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
            parsed.set(&flag, value)?;
        }
        (parsed.jobs, parsed.seeds) = (parsed.jobs.max(1), parsed.seeds.max(1));
        Ok(Some(parsed))
    }

    fn set(
        &mut self,
        flag: &str,
        value: impl FnOnce() -> Result<String, String>,
    ) -> Result<(), Box<dyn Error>> {
        match flag {
            "--beds" => self.beds = Some(value()?.into()),
            "--truth" => self.truth = Some(value()?.into()),
            "--random" => self.source = Source::Random { count: number(flag, &value()?)? },
            "--random-seed" => self.random_seed = number(flag, &value()?)?,
            "--law-breaking" => self.source = Source::LawBreaking,
            "--tie" => self.source = Source::Tie,
            "--growth" => self.source = Source::Growth,
            "--networks" => self.source = Source::Networks,
            "--seeds" => self.seeds = number(flag, &value()?)?,
            "--strategy" => self.strategy = value()?,
            "--only" => self.only = Some(value()?),
            "--max-cost" => self.max_cost = number(flag, &value()?)?,
            "--jobs" => self.jobs = number(flag, &value()?)?,
            "--json" => self.json = true,
            "--list" => self.list = true,
            "--check-truth" => self.check_truth = true,
            _ => return Err(format!("{flag:?} is not known; see --help").into()),
        }
        Ok(())
    }
}

fn number<T: FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{flag} {value:?} is not a number that fits"))
}
