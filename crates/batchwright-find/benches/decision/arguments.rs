//! What the benchmark is asked on its command line.

use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) const HELP: &str = "\
Replays whole studies on beds whose answer is known.

  --beds FILE --truth FILE   these beds (JSON), with their truth (JSON)

  --seeds N          studies of each bed (20)
  --strategy NAME    grid
  --only NAME        this bed alone
  --max-cost X       end a study that has cost more than X best trainings (100)
  --jobs N           studies at a time (one a core)
  --json             everything, as JSON, instead of the tables";

#[derive(Debug)]
pub(crate) struct Arguments {
    pub beds: Option<PathBuf>,
    pub truth: Option<PathBuf>,
    pub seeds: u64,
    pub strategy: String,
    pub only: Option<String>,
    pub max_cost: f64,
    pub jobs: usize,
    pub json: bool,
}

impl Arguments {
    /// `None` where help is asked for, or nothing.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, Box<dyn Error>> {
        // Cargo adds this one.
        let mut arguments = arguments.filter(|argument| argument != "--bench").peekable();
        let mut parsed = Self {
            beds: None,
            truth: None,
            seeds: 20,
            strategy: "grid".to_owned(),
            only: None,
            max_cost: 100.0,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            json: false,
        };
        if arguments.peek().is_none() {
            return Ok(None);
        }
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--help" => return Ok(None),
                "--beds" => parsed.beds = Some(value()?.into()),
                "--truth" => parsed.truth = Some(value()?.into()),
                "--seeds" => parsed.seeds = number(&flag, &value()?)?,
                "--strategy" => parsed.strategy = value()?,
                "--only" => parsed.only = Some(value()?),
                "--max-cost" => parsed.max_cost = number(&flag, &value()?)?,
                "--jobs" => parsed.jobs = number(&flag, &value()?)?,
                "--json" => parsed.json = true,
                _ => return Err(format!("{flag:?} is not known; see --help").into()),
            }
        }
        parsed.jobs = parsed.jobs.max(1);
        Ok(Some(parsed))
    }
}

fn number<T: FromStr>(flag: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{flag} {value:?} is not a number that fits"))
}
