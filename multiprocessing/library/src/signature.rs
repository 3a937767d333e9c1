//! The name of a type between programs: the values that it asks serde for.
//!
//! The name that the compiler gives to a type may change with the compiler, and two programs may
//! call one type by two names. What a type reads is the same in all of them: `(text, [u64])`, or
//! `{first: u8, second: u8}`.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::shape::Fault;

/// How many bytes of a signature are compared. A type may contain itself, and so have no end.
const LENGTH: usize = 500;

/// How deep a signature goes into a type.
const DEPTH: usize = 16;

/// The kinds of values that this type reads. Of an enum there are the names of all variants, and the
/// contents of the first.
pub(crate) fn signature<T: DeserializeOwned>() -> String {
    let mut text = String::new();
    // A type that wants a certain value stops here, always at the same place.
    let _ = T::deserialize(Probe {
        text: &mut text,
        depth: 0,
    });
    text
}

/// Gives a type the least value that it asks for, and writes down its kind.
struct Probe<'a> {
    text: &'a mut String,
    depth: usize,
}

impl<'a> Probe<'a> {
    fn write(&mut self, text: &str) -> Result<(), Fault> {
        if self.text.len() + text.len() > LENGTH || self.depth > DEPTH {
            return Err(Fault::new("enough"));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn inner(&mut self) -> Probe<'_> {
        Probe {
            text: self.text,
            depth: self.depth + 1,
        }
    }

    fn parts(self, count: usize, names: &'static [&'static str]) -> Parts<'a> {
        Parts {
            probe: self,
            count,
            names,
            given: 0,
        }
    }

    fn sequence<'de, V: Visitor<'de>>(
        mut self,
        open: &str,
        count: usize,
        names: &'static [&'static str],
        close: &str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.write(open)?;
        let mut parts = self.parts(count, names);
        let value = visitor.visit_seq(&mut parts)?;
        parts.probe.write(close)?;
        Ok(value)
    }
}

macro_rules! deserialize {
    ($($method:ident: $name:literal, $visit:ident($($value:expr)?);)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
            self.write($name)?;
            visitor.$visit($($value)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Probe<'_> {
    type Error = Fault;

    deserialize! {
        deserialize_bool: "bool", visit_bool(false);
        deserialize_i8: "i8", visit_i8(1);
        deserialize_i16: "i16", visit_i16(1);
        deserialize_i32: "i32", visit_i32(1);
        deserialize_i64: "i64", visit_i64(1);
        deserialize_i128: "i128", visit_i128(1);
        deserialize_u8: "u8", visit_u8(1);
        deserialize_u16: "u16", visit_u16(1);
        deserialize_u32: "u32", visit_u32(1);
        deserialize_u64: "u64", visit_u64(1);
        deserialize_u128: "u128", visit_u128(1);
        deserialize_f32: "f32", visit_f32(1.0);
        deserialize_f64: "f64", visit_f64(1.0);
        deserialize_char: "char", visit_char('a');
        deserialize_str: "text", visit_borrowed_str("");
        deserialize_string: "text", visit_str("");
        deserialize_bytes: "bytes", visit_borrowed_bytes(&[]);
        deserialize_byte_buf: "bytes", visit_bytes(&[]);
        deserialize_unit: "()", visit_unit();
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, _: V) -> Result<V::Value, Fault> {
        self.write("any")?;
        Err(Fault::new("a type that asks what comes next"))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        self.write("?")?;
        visitor.visit_some(self.inner())
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.inner())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.sequence("[", 1, &[], "]", visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.sequence("(", length, &[], ")", visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        self.write("[")?;
        let mut parts = self.parts(1, &[]);
        let value = visitor.visit_map(&mut parts)?;
        parts.probe.write("]")?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.sequence("{", names.len(), names, "}", visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.write(&names.join("|"))?;
        let name = names.first().copied().unwrap_or_default();
        self.write(" ")?;
        visitor.visit_enum(Variant { probe: self, name })
    }
}

/// The parts of a sequence, map or struct.
struct Parts<'a> {
    probe: Probe<'a>,
    count: usize,
    names: &'static [&'static str],
    given: usize,
}

impl<'de> SeqAccess<'de> for &mut Parts<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.given == self.count {
            return Ok(None);
        }
        if self.given > 0 {
            self.probe.write(", ")?;
        }
        if let Some(name) = self.names.get(self.given) {
            self.probe.write(name)?;
            self.probe.write(": ")?;
        }
        self.given += 1;
        seed.deserialize(self.probe.inner()).map(Some)
    }
}

impl<'de> MapAccess<'de> for &mut Parts<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        self.probe.write(": ")?;
        seed.deserialize(self.probe.inner())
    }
}

/// The first variant of an enum.
struct Variant<'a> {
    probe: Probe<'a>,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.probe.inner())
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.probe.sequence("(", length, &[], ")", visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.probe.sequence("{", names.len(), names, "}", visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::num::NonZeroU8;

    use serde::Deserialize;

    use super::*;

    #[expect(dead_code, reason = "they are never made")]
    #[derive(Deserialize)]
    struct Point {
        x: u8,
        y: Option<Box<Point>>,
    }

    #[expect(dead_code, reason = "they are never made")]
    #[derive(Deserialize)]
    enum Kind {
        Some(NonZeroU8, f64),
        None,
    }

    #[test]
    fn a_signature_is_what_a_type_reads() {
        assert_eq!(signature::<(i32, u64)>(), "(i32, u64)");
        assert_eq!(
            signature::<Vec<(String, [bool; 2])>>(),
            "[(text, (bool, bool))]"
        );
        assert_eq!(signature::<HashMap<char, Vec<i8>>>(), "[char: [i8]]");
        assert_eq!(signature::<Option<()>>(), "?()");
        assert_eq!(signature::<Kind>(), "Some|None (u8, f64)");
        // The same values, in other types.
        assert_eq!(
            signature::<BTreeMap<u8, Box<str>>>(),
            signature::<HashMap<u8, String>>()
        );
    }

    #[test]
    fn a_type_that_contains_itself_has_a_signature_with_an_end() {
        let text = signature::<Point>();
        assert!(text.starts_with("{x: u8, y: ?{x: u8, y: ?{"), "{text}");
        assert!(text.len() <= LENGTH);
    }
}
