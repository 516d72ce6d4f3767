//! Where a log goes: a program and the place of its files, as `--log-to` and `runs export` take it.
//!
//! Left out: whether it can be written there (`open`).

use batchwright_command::process::shell_line;
use batchwright_view::UsageMessage;
use clap::ValueEnum;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The setting of a run that names a place of its log.
pub(crate) const LOG_SETTING: &str = "log-to";

/// A program in which people look at trainings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrackingProgram {
    Tensorboard,
    Mlflow,
    Trackio,
}

impl TrackingProgram {
    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tensorboard => "tensorboard",
            Self::Mlflow => "mlflow",
            Self::Trackio => "trackio",
        }
    }
}

/// A program, and the file or folder that it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogPlace {
    pub(crate) program: TrackingProgram,
    /// As it was given.
    given: PathBuf,
    /// Of TensorBoard a folder, of the others the database.
    pub(crate) path: PathBuf,
}

impl LogPlace {
    /// The place that `given` means for a program.
    ///
    /// # Errors
    /// A name that the program could not find again.
    pub(crate) fn new(program: TrackingProgram, given: &Path) -> Result<Self, UsageMessage> {
        let path = match program {
            TrackingProgram::Tensorboard => given.to_owned(),
            TrackingProgram::Mlflow => mlflow_database(given),
            TrackingProgram::Trackio => trackio_database(given, &|name| std::env::var_os(name))?,
        };
        Ok(Self { program, given: given.to_owned(), path })
    }

    /// What writes a run into this place at any time.
    pub(crate) fn export_command(&self, run: &str) -> String {
        let words = ["batchwright", "runs", "export", run, "--format", self.program.word(), "--output"];
        let words = words.into_iter().map(OsString::from).chain([self.given.clone().into_os_string()]);
        shell_line(&words.collect::<Vec<_>>())
    }

    /// What shows this place.
    pub(crate) fn show_command(&self) -> String {
        let path = self.path.as_os_str();
        let words: Vec<OsString> = match self.program {
            TrackingProgram::Tensorboard => vec!["tensorboard".into(), "--logdir".into(), path.to_owned()],
            TrackingProgram::Mlflow => {
                let database = with_prefix("sqlite:///", path);
                vec!["mlflow".into(), "ui".into(), "--backend-store-uri".into(), database]
            }
            TrackingProgram::Trackio => {
                let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = with_prefix("TRACKIO_DIR=", folder.unwrap_or(Path::new(".")).as_os_str());
                let project = self.path.file_stem().unwrap_or_default().to_owned();
                vec!["env".into(), folder, "trackio".into(), "show".into(), "--project".into(), project]
            }
        };
        shell_line(&words)
    }
}

impl FromStr for LogPlace {
    type Err = UsageMessage;

    /// Reads `tensorboard:DIR`, `mlflow:PLACE` or `trackio:PLACE`.
    fn from_str(text: &str) -> Result<Self, UsageMessage> {
        let (word, place) =
            text.split_once(':').filter(|(_, place)| !place.is_empty()).ok_or(UsageMessage::NoLogPlace)?;
        let program = TrackingProgram::value_variants().iter().find(|program| program.word() == word);
        Self::new(*program.ok_or(UsageMessage::NoLogPlace)?, Path::new(place))
    }
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.program.word(), self.given.display())
    }
}

fn with_prefix(prefix: &str, text: &OsStr) -> OsString {
    let mut whole = OsString::from(prefix);
    whole.push(text);
    whole
}

/// A file, or the usual one in a folder: what exists is what it is, and a name with `.db` behind it
/// becomes a file.
fn mlflow_database(given: &Path) -> PathBuf {
    let is_file = !given.is_dir() && (given.is_file() || has_database_name(given));
    if is_file { given.to_owned() } else { given.join("mlflow.db") }
}

fn has_database_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "db")
}

/// The database of a project: a path that ends in `.db`, or the name of a project in the folder that
/// trackio reads by itself.
fn trackio_database(
    given: &Path,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<PathBuf, UsageMessage> {
    let refused = || UsageMessage::TrackioName { name: given.display().to_string() };
    let path = if has_database_name(given) {
        given.to_owned()
    } else if given.components().count() == 1 {
        let mut file = given.as_os_str().to_owned();
        file.push(".db");
        trackio_folder(variable).ok_or(UsageMessage::NoTrackioFolder)?.join(file)
    } else {
        return Err(refused());
    };
    // Of a name with other characters trackio looks for a file without them.
    let known = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let name = path.file_stem().and_then(|name| name.to_str());
    if name.is_some_and(|name| name.chars().all(known)) { Ok(path) } else { Err(refused()) }
}

/// The folder in which trackio keeps its projects.
fn trackio_folder(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let hub = || variable("HF_HOME").or_else(|| Some(cache()?.join("huggingface")));
    variable("TRACKIO_DIR").or_else(|| Some(hub()?.join("trackio")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathBuf {
        text.parse::<LogPlace>().unwrap().path
    }

    #[test]
    fn a_place_is_a_program_and_a_path() {
        assert_eq!(path("tensorboard:logs"), Path::new("logs"));
        assert_eq!(path("tensorboard:a:b"), Path::new("a:b"));
        assert_eq!(path("mlflow:logs"), Path::new("logs/mlflow.db"));
        assert_eq!(path("mlflow:logs/all.db"), Path::new("logs/all.db"));
        assert_eq!(path("trackio:logs/digits.db"), Path::new("logs/digits.db"));
        for wrong in ["logs", "tensorboard", "tensorboard:", "wandb:x", ":x", ""] {
            let refused = wrong.parse::<LogPlace>();
            assert_eq!(refused, Err(UsageMessage::NoLogPlace));
        }
    }

    /// A user copies these commands; a path relative to here stays one.
    #[test]
    fn what_shows_a_place_is_a_command() {
        let shown = |text: &str| text.parse::<LogPlace>().unwrap().show_command();
        assert_eq!(shown("tensorboard:my logs"), "tensorboard --logdir 'my logs'");
        assert_eq!(shown("mlflow:logs"), "mlflow ui --backend-store-uri sqlite:///logs/mlflow.db");
        assert_eq!(shown("mlflow:/a/b.db"), "mlflow ui --backend-store-uri sqlite:////a/b.db");
        assert_eq!(shown("trackio:logs/a.db"), "env TRACKIO_DIR=logs trackio show --project a");
        assert_eq!(shown("trackio:a.db"), "env TRACKIO_DIR=. trackio show --project a");
        let export = "mlflow:my logs".parse::<LogPlace>().unwrap().export_command("a");
        assert_eq!(export, "batchwright runs export a --format mlflow --output 'my logs'");
    }

    /// Trackio would look for `ab.db` and find nothing.
    #[test]
    fn a_name_that_trackio_could_not_find_is_refused() {
        for wrong in ["trackio:a.b", "trackio:a b", "trackio:logs/a.b.db", "trackio:logs/a", "trackio:.db"] {
            assert!(matches!(wrong.parse::<LogPlace>(), Err(UsageMessage::TrackioName { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_project_lies_where_trackio_reads_it() {
        let of = |known: &[(&str, &str)]| {
            let known: Vec<(String, OsString)> =
                known.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
            let variable =
                move |name: &str| known.iter().find(|known| known.0 == name).map(|known| known.1.clone());
            trackio_database(Path::new("digits"), &variable)
        };
        let all = [("TRACKIO_DIR", "/t"), ("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/home/a")];
        let expected = [
            "/t/digits.db",
            "/h/trackio/digits.db",
            "/x/huggingface/trackio/digits.db",
            "/home/a/.cache/huggingface/trackio/digits.db",
        ];
        for (from, expected) in expected.iter().enumerate() {
            assert_eq!(of(&all[from..]), Ok(PathBuf::from(expected)));
        }
        assert_eq!(of(&[]), Err(UsageMessage::NoTrackioFolder));
    }
}
