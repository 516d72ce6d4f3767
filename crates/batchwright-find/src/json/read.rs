//! Reading JSON in which texts stand for numbers that are not finite. What `serde_json` itself wrote,
//! as older programs did, has `null` there: where a number is required it is NaN.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::json::{number_of, unescaped};

/// Reads JSON as `serde_json::from_str` does, except that where a number is required, the texts of
/// [`to_json`](crate::json::write::to_json) are numbers, and `null` is NaN. An optional number that is
/// `null` stays absent.
///
/// # Errors
/// Where the text is not JSON, or not of the type.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    T::deserialize(NotFinite(serde_json::from_str(text)?))
}

/// A JSON value in which null and some texts are numbers where the type requires a float.
struct NotFinite(Value);

impl fmt::Debug for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl IntoDeserializer<'_, serde_json::Error> for NotFinite {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for NotFinite {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(items) => {
                SeqDeserializer::new(items.into_iter().map(NotFinite)).deserialize_any(visitor)
            }
            Value::Object(fields) => {
                MapDeserializer::new(fields.into_iter().map(|(key, value)| (Key(key), NotFinite(value))))
                    .deserialize_any(visitor)
            }
            Value::String(text) => match number_of(&text) {
                Some(number) => visitor.visit_f64(number),
                None => visit_text(text, visitor),
            },
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::String(text) => visit_text(text, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_null() { visitor.visit_f64(f64::NAN) } else { self.deserialize_any(visitor) }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(key, value)| (key, NotFinite(value)));
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields)))
            }
            text => text.deserialize_enum(name, variants, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: String, visitor: V) -> Result<V::Value, serde_json::Error> {
    match unescaped(&text) {
        Some(text) => visitor.visit_str(text),
        None => visitor.visit_string(text),
    }
}

/// The name of a field. In JSON a number that is a key is a text.
struct Key(String);

impl IntoDeserializer<'_, serde_json::Error> for Key {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Key {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0.parse() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => visitor.visit_string(self.0),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    struct Inner {
        loss: f64,
        accuracy: Option<f64>,
    }

    #[derive(serde::Deserialize, Debug)]
    struct Outer {
        list: Vec<Inner>,
        pair: (f64, String),
        #[serde(flatten)]
        flat: Inner,
    }

    /// Else "absent" and "not finite" are mixed up, or a nested number is missed.
    #[test]
    fn null_is_nan_only_where_a_number_must_stand() {
        let text = r#"{"list": [{"loss": null, "accuracy": null}], "pair": [null, "x"], "loss": 1, "accuracy": 0.5}"#;
        let outer: Outer = from_json(text).unwrap();
        assert!(outer.list[0].loss.is_nan() && outer.list[0].accuracy.is_none());
        assert!(outer.pair.0.is_nan() && outer.pair.1 == "x");
        assert_eq!((outer.flat.loss, outer.flat.accuracy), (1.0, Some(0.5)));
    }

    /// Else the journal of a study in which a number diverged cannot be read.
    #[test]
    fn null_is_nan_in_a_variant_too() {
        let inner: Result<Inner, Vec<f64>> =
            from_json(r#"{"Ok": {"loss": null, "accuracy": null}}"#).unwrap();
        assert!(inner.unwrap().loss.is_nan());
        let list: Result<Inner, Vec<f64>> = from_json(r#"{"Err": [1, null]}"#).unwrap();
        assert!(matches!(list, Err(list) if list[0] == 1.0 && list[1].is_nan()));
    }

    /// Else what is kept by batch size cannot be read.
    #[test]
    fn a_key_may_be_a_number() {
        let text = r#"{"8": null, "16": 0.5}"#;
        let read: std::collections::BTreeMap<u64, f64> = from_json(text).unwrap();
        assert!(read[&8].is_nan() && read[&16] == 0.5);
        assert!(from_json::<std::collections::BTreeMap<u64, f64>>(r#"{"x": 1.0}"#).is_err());
    }

    /// Else a missing field is taken for NaN and a damaged entry goes unnoticed.
    #[test]
    fn a_missing_number_is_an_error() {
        assert!(from_json::<Inner>(r#"{"accuracy": 1}"#).is_err());
        assert!(from_json::<Inner>("[1").is_err());
    }
}
