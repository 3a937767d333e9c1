//! Bytes as values, each of which has to be read in the [`Shape`] in which it was written.

use postcard::Deserializer;
use postcard::de_flavors::Slice;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};

use crate::shape::{Fault, NAMED, Shape, Step, digest};

/// Reads the value that these bytes begin with. Returns what is behind it, too.
#[inline]
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), Fault> {
    let mut decoder = Decoder {
        postcard: Deserializer::from_bytes(bytes),
        shape: Shape::new(),
        unnamed: false,
    };
    let value = T::deserialize(&mut decoder)?;
    let Decoder {
        postcard,
        shape,
        unnamed,
    } = decoder;
    let mut rest = postcard.finalize()?;
    let steps = take(&mut rest)?;
    if steps & !NAMED != shape.steps() {
        return Err(disagreement());
    }
    // A struct without names was written as a tuple.
    if steps & NAMED != 0 {
        let names = Some(take(&mut rest)?);
        if names != shape.names() && shape.names().is_some() && !unnamed {
            return Err(disagreement());
        }
    }
    Ok((value, rest))
}

#[cold]
fn disagreement() -> Fault {
    Fault::new(
        "it was written in another shape than it is read: the two halves of its serialisation \
         disagree, or it is of another type",
    )
}

/// Takes a digest off the bytes.
#[inline]
fn take(bytes: &mut &[u8]) -> Result<u32, Fault> {
    let (digest, rest) = bytes.split_first_chunk().ok_or_else(end)?;
    *bytes = rest;
    Ok(u32::from_le_bytes(*digest))
}

#[cold]
fn end() -> Fault {
    Fault::new(postcard::Error::DeserializeUnexpectedEnd)
}

/// The most elements for which a type makes room beforehand: memory is taken for what comes, not for
/// what was announced.
const ANNOUNCED: usize = 1 << 20;

struct Decoder<'de> {
    postcard: Deserializer<'de, Slice<'de>>,
    shape: Shape,
    /// The names of fields cannot be compared: a struct has more names than fields, as some have
    /// several (`alias`), and which of them were written is not known.
    unnamed: bool,
}

impl<'de> Decoder<'de> {
    #[inline]
    fn length(&mut self) -> Result<usize, Fault> {
        Ok(usize::deserialize(&mut self.postcard)?)
    }

    #[inline]
    fn tuple<V: Visitor<'de>>(&mut self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Tuple);
        visitor.visit_seq(TupleElements(Elements {
            decoder: self,
            left: length,
        }))
    }

    #[inline]
    fn elements<V: Visitor<'de>>(&mut self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(Elements {
            decoder: self,
            left: length,
        })
    }

    #[inline]
    fn fields<V: Visitor<'de>>(
        &mut self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Tuple);
        let mut fields = Fields {
            decoder: self,
            names: names.iter(),
        };
        let value = visitor.visit_seq(&mut fields)?;
        let unnamed = fields.names.len() > 0;
        self.unnamed |= unnamed;
        Ok(value)
    }
}

macro_rules! deserialize {
    ($($method:ident, $step:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.shape.step(Step::$step);
            Ok(self.postcard.$method(visitor)?)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Decoder<'de> {
    type Error = Fault;

    deserialize! {
        deserialize_bool, Bool;
        deserialize_i8, I8;
        deserialize_i16, I16;
        deserialize_i32, I32;
        deserialize_i64, I64;
        deserialize_i128, I128;
        deserialize_u8, U8;
        deserialize_u16, U16;
        deserialize_u32, U32;
        deserialize_u64, U64;
        deserialize_u128, U128;
        deserialize_f32, F32;
        deserialize_f64, F64;
        deserialize_char, Char;
        deserialize_str, Text;
        deserialize_string, Text;
        deserialize_bytes, Bytes;
        deserialize_byte_buf, Bytes;
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(
            "its type asks what comes next, which is not written: serde's `untagged`, `tag` and \
             `flatten`, and values such as `serde_json::Value`, do not cross",
        ))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_any(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Option);
        match <Option<()>>::deserialize(&mut self.postcard)? {
            None => visitor.visit_none(),
            Some(()) => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Sequence);
        let length = self.length()?;
        self.elements(length, visitor)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.tuple(length, visitor)
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.tuple(length, visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Map);
        let left = self.length()?;
        visitor.visit_map(Elements {
            decoder: self,
            left,
        })
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.fields(names, visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Variant);
        let index = u32::deserialize(&mut self.postcard)? as usize;
        let digest = <[u8; 4]>::deserialize(&mut self.postcard)?;
        let name = variant(names, index, u32::from_le_bytes(digest))?;
        visitor.visit_enum(Variant {
            decoder: self,
            name,
        })
    }
}

/// The variant with this digest: most often it has this number, too.
#[inline]
fn variant(
    names: &'static [&'static str],
    index: usize,
    wanted: u32,
) -> Result<&'static str, Fault> {
    match names.get(index) {
        Some(name) if digest(name) == wanted => Ok(name),
        _ => names
            .iter()
            .copied()
            .find(|name| digest(name) == wanted)
            .ok_or_else(|| {
                Fault::new(format_args!(
                    "variant number {index} was sent, which is none of {names:?}"
                ))
            }),
    }
}

/// The elements of a sequence or map of which so many are left.
struct Elements<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        match self.left {
            0 => Ok(None),
            _ => {
                self.left -= 1;
                seed.deserialize(&mut *self.decoder).map(Some)
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(ANNOUNCED))
    }
}

impl<'de> de::MapAccess<'de> for Elements<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next_element_seed(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(&mut *self.decoder)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        SeqAccess::size_hint(self)
    }
}

/// The elements of a tuple.
struct TupleElements<'a, 'de>(Elements<'a, 'de>);

impl<'de> SeqAccess<'de> for TupleElements<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.0.left > 0 {
            self.0.decoder.shape.step(Step::Element);
        }
        self.0.next_element_seed(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// The fields of a struct, of which these names are left.
struct Fields<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    names: std::slice::Iter<'static, &'static str>,
}

impl<'de> SeqAccess<'de> for &mut Fields<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(name) = self.names.next() else {
            return Ok(None);
        };
        self.decoder.shape.step(Step::Element);
        self.decoder.shape.name(name);
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.names.len())
    }
}

/// The variant of an enum, and what it holds.
struct Variant<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    name: &'static str,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.decoder)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.decoder.tuple(length, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.decoder.fields(names, visitor)
    }
}
