//! Writing JSON as `serde_json` does, but with texts for numbers that are not finite.

use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};

use crate::json::{escaped, text_of};

/// Writes JSON that [`from_json`](crate::json::read::from_json) reads back as the same value, NaN and
/// infinities included. Finite numbers, and everything else, are written as by
/// `serde_json::to_string`.
///
/// # Errors
/// Those of `serde_json`, for a map whose keys are neither texts nor integers.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Exact(value))
}

/// A value, or what writes one, under which numbers that are not finite become texts.
struct Exact<T>(T);

impl<T: Serialize + ?Sized> Serialize for Exact<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Exact(serializer))
    }
}

/// What is written as it is.
macro_rules! as_it_is {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method(self, $($argument: $kind),*) -> Result<Self::Ok, Self::Error> {
            self.0.$method($($argument),*)
        })*
    };
}

/// What begins a value of several parts.
macro_rules! of_parts {
    ($($method:ident($($argument:ident: $kind:ty),*) -> $parts:ident;)*) => {
        $(fn $method(self, $($argument: $kind),*) -> Result<Self::$parts, Self::Error> {
            self.0.$method($($argument),*).map(Exact)
        })*
    };
}

impl<S: Serializer> Serializer for Exact<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Exact<S::SerializeSeq>;
    type SerializeTuple = Exact<S::SerializeTuple>;
    type SerializeTupleStruct = Exact<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Exact<S::SerializeTupleVariant>;
    type SerializeMap = Exact<S::SerializeMap>;
    type SerializeStruct = Exact<S::SerializeStruct>;
    type SerializeStructVariant = Exact<S::SerializeStructVariant>;

    fn serialize_f64(self, number: f64) -> Result<S::Ok, S::Error> {
        match text_of(number) {
            Some(text) => self.0.serialize_str(text),
            None => self.0.serialize_f64(number),
        }
    }

    fn serialize_f32(self, number: f32) -> Result<S::Ok, S::Error> {
        match text_of(number.into()) {
            Some(text) => self.0.serialize_str(text),
            None => self.0.serialize_f32(number),
        }
    }

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        self.0.serialize_str(escaped(text).as_deref().unwrap_or(text))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Exact(value))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Exact(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Exact(value))
    }

    as_it_is! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_char(value: char);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
    }

    of_parts! {
        serialize_seq(length: Option<usize>) -> SerializeSeq;
        serialize_tuple(length: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeStructVariant;
    }
}

/// The parts of a value, each of them [`Exact`].
macro_rules! parts {
    ($($kind:ident: $method:ident($($name:ident)?);)*) => {
        $(impl<P: $kind> $kind for Exact<P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                part: &T,
            ) -> Result<(), P::Error> {
                self.0.$method($($name,)? &Exact(part))
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.0.end()
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(name);
    SerializeStructVariant: serialize_field(name);
}

/// The keys stay as they are: no number is one.
impl<P: SerializeMap> SerializeMap for Exact<P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), P::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.0.serialize_value(&Exact(value))
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        self.0.end()
    }
}
