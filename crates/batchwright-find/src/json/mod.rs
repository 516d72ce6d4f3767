//! JSON of records whose numbers may not be finite, so that what a diverged run has left comes back
//! as it was. JSON has neither NaN nor infinity: the texts `NaN`, `inf` and `-inf` stand for them. A
//! real text that reads so gets a `~` before it, so that the two are told apart where the type does
//! not tell, below `flatten` and in tagged enums.
//!
//! Left out: what other programs read. There `serde_json` writes `null` for all three, which needs
//! no explanation.

pub(crate) mod read;
pub(crate) mod write;

const NAN: &str = "NaN";
const INFINITY: &str = "inf";
const NEGATIVE_INFINITY: &str = "-inf";

const ESCAPE: char = '~';

/// The text of a number that is not finite.
fn text_of(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_finite() => None,
        _ if number.is_nan() => Some(NAN),
        _ if number > 0.0 => Some(INFINITY),
        _ => Some(NEGATIVE_INFINITY),
    }
}

/// The number of such a text.
fn number_of(text: &str) -> Option<f64> {
    match text {
        NAN => Some(f64::NAN),
        INFINITY => Some(f64::INFINITY),
        NEGATIVE_INFINITY => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// How a text is written that would be taken for a number, or for such a text.
fn escaped(text: &str) -> Option<String> {
    number_of(text.trim_start_matches(ESCAPE)).map(|_| format!("{ESCAPE}{text}"))
}

/// The text that [`escaped`] made of another.
fn unescaped(text: &str) -> Option<&str> {
    text.strip_prefix(ESCAPE).filter(|rest| number_of(rest.trim_start_matches(ESCAPE)).is_some())
}

#[cfg(test)]
mod tests {
    use super::read::from_json;
    use super::write::to_json;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    enum Kind {
        Unit,
        New(f64),
        Tuple(f64, u8),
        Struct { loss: f64, seen: Option<f64> },
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    #[serde(tag = "kind")]
    enum Tagged {
        Loss { loss: f64, name: String },
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Flat {
        flat: f64,
        text: String,
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Wrapped(f64);

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Pair(f64, String);

    /// A number in every place where one can stand.
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Everywhere {
        plain: f64,
        single: f32,
        some: Option<f64>,
        none: Option<f64>,
        list: Vec<f64>,
        tuple: (f64, String),
        wrapped: Wrapped,
        pair: Pair,
        kinds: Vec<Kind>,
        answer: Result<f64, f64>,
        by_size: BTreeMap<u64, f64>,
        by_name: BTreeMap<String, f64>,
        tagged: Tagged,
        #[serde(flatten)]
        flat: Flat,
        /// A text that is no number stays one.
        name: String,
    }

    fn everywhere(number: f64) -> Everywhere {
        Everywhere {
            plain: number,
            single: number as f32,
            some: Some(number),
            none: None,
            list: vec![number, 0.5],
            tuple: (number, "inf".to_owned()),
            wrapped: Wrapped(number),
            pair: Pair(number, "NaN".to_owned()),
            kinds: vec![
                Kind::Unit,
                Kind::New(number),
                Kind::Tuple(number, 3),
                Kind::Struct { loss: number, seen: Some(number) },
            ],
            answer: Err(number),
            by_size: BTreeMap::from([(8, number)]),
            by_name: BTreeMap::from([("inf".to_owned(), number)]),
            tagged: Tagged::Loss { loss: number, name: "NaN".to_owned() },
            flat: Flat { flat: number, text: "~inf".to_owned() },
            name: "-inf".to_owned(),
        }
    }

    /// Else a study that goes on is told other losses than it had heard.
    #[test]
    fn every_number_comes_back_as_itself() {
        for number in [f64::INFINITY, f64::NEG_INFINITY, 0.1 + 0.2, -0.0, f64::MIN_POSITIVE] {
            let text = to_json(&everywhere(number)).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON");
            assert_eq!(from_json::<Everywhere>(&text).unwrap(), everywhere(number), "{text}");
        }
        let text = to_json(&everywhere(f64::NAN)).unwrap();
        let read: Everywhere = from_json(&text).unwrap();
        assert!(read.plain.is_nan() && read.single.is_nan() && read.some.unwrap().is_nan(), "{text}");
        assert_eq!(to_json(&read).unwrap(), text);
    }

    /// Else what other programs find in the database changes with the numbers.
    #[test]
    fn everything_else_is_written_as_ever() {
        let value = (Pair(1e-300, "nan".to_owned()), Kind::Struct { loss: 0.1, seen: None }, "~/x", [1, 2]);
        assert_eq!(to_json(&value).unwrap(), serde_json::to_string(&value).unwrap());
    }

    /// Else a text that an older program stored is taken for a number.
    #[test]
    fn texts_of_older_programs_are_read() {
        let pair: Pair = from_json(r#"[null, "NaN"]"#).unwrap();
        assert!(pair.0.is_nan() && pair.1 == "NaN");
    }
}
