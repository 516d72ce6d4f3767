//! The command line of the benchmark.

use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;

use crate::family::Family;

pub(crate) const HELP: &str = "\
Replays whole studies on beds whose answer is known. Beds:

  --beds FILE [--truth FILE]   these (JSON); without their truth (JSON) it is measured first
  --subjects FILE              beds with their truths, as --list prints them; may be repeated
  --random N                   N new ones, drawn at random
  --random-seed S              other draws (0)
  --family NAME                of this family: plain, momentum, nesterov, adam
  --law-breaking               such that break the law that a search may assume
  --growth                     one bed with more and more sizes and rates
  --networks                   recorded trainings of our own networks; alone, or with any of these
  --tie                        any of these but networks, with the best size three times over

  --seeds N          studies of each bed (20)
  --strategy NAME    grid
  --only NAME        this bed alone
  --with-budget      as with a large budget: until the answer is final
  --max-cost X       end a study that has cost more than X best trainings (100)
  --jobs N           studies at a time (one a core)
  --per-bed          also a row for each bed, not only for each family
  --json             everything, as JSON, instead of the tables

Instead of studies:

  --list             the beds with their truths, as JSON lines
  --check-truth      with --beds and --truth: measures the truths and compares";

#[derive(Debug)]
pub(crate) struct Arguments {
    pub source: Source,
    pub tie: bool,
    /// Whether recorded trainings are added.
    pub networks: bool,
    pub beds: Option<PathBuf>,
    pub truth: Option<PathBuf>,
    pub subjects: Vec<PathBuf>,
    pub random_seed: u64,
    pub family: Option<Family>,
    pub seeds: u64,
    pub strategy: String,
    pub only: Option<String>,
    /// Whether studies have a budget, which does not run out.
    pub with_budget: bool,
    pub max_cost: f64,
    pub jobs: usize,
    pub per_bed: bool,
    pub json: bool,
    pub list: bool,
    pub check_truth: bool,
}

/// Where the beds come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Given,
    Subjects,
    Random { count: u64 },
    LawBreaking,
    Growth,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            source: Source::Given,
            tie: false,
            networks: false,
            beds: None,
            truth: None,
            subjects: Vec::new(),
            random_seed: 0,
            family: None,
            seeds: 20,
            strategy: "race".to_owned(),
            only: None,
            with_budget: false,
            max_cost: 100.0,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            per_bed: false,
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

    /// Whether the recorded trainings are the only beds.
    pub(crate) fn only_networks(&self) -> bool {
        self.networks && self.source == Source::Given && self.beds.is_none()
    }

    fn set(
        &mut self,
        flag: &str,
        value: impl FnOnce() -> Result<String, String>,
    ) -> Result<(), Box<dyn Error>> {
        match flag {
            "--beds" => self.beds = Some(value()?.into()),
            "--truth" => self.truth = Some(value()?.into()),
            "--subjects" => {
                self.source = Source::Subjects;
                self.subjects.push(value()?.into());
            }
            "--family" => self.family = Some(value()?.parse().map_err(|error| format!("{flag} {error}"))?),
            "--random" => self.source = Source::Random { count: number(flag, &value()?)? },
            "--random-seed" => self.random_seed = number(flag, &value()?)?,
            "--law-breaking" => self.source = Source::LawBreaking,
            "--tie" => self.tie = true,
            "--growth" => self.source = Source::Growth,
            "--networks" => self.networks = true,
            "--seeds" => self.seeds = number(flag, &value()?)?,
            "--strategy" => self.strategy = value()?,
            "--only" => self.only = Some(value()?),
            "--with-budget" => self.with_budget = true,
            "--max-cost" => self.max_cost = number(flag, &value()?)?,
            "--jobs" => self.jobs = number(flag, &value()?)?,
            "--per-bed" => self.per_bed = true,
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
