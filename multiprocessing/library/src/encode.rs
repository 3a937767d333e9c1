//! Values as bytes: postcard's, and behind them the [`Shape`] in which they were written.
//!
//! A variant of an enum is its number, as in postcard, and the digest of its name: the reading half
//! of a type may count its variants in another way.

use postcard::Serializer;
use postcard::ser_flavors::Flavor;
use serde::{Serialize, ser};

use crate::shape::{Fault, NAMED, Shape, Step, digest};

/// Appends a value. After an error a part of it is there.
#[inline]
pub(crate) fn encode<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let output = Appender(bytes);
    let mut encoder = Encoder {
        postcard: Serializer { output },
        shape: Shape::new(),
    };
    value.serialize(&mut encoder)?;
    let Encoder { shape, .. } = encoder;
    match shape.names() {
        None => bytes.extend_from_slice(&shape.steps().to_le_bytes()),
        Some(names) => {
            bytes.extend_from_slice(&(shape.steps() | NAMED).to_le_bytes());
            bytes.extend_from_slice(&names.to_le_bytes());
        }
    }
    Ok(())
}

/// Appends what postcard writes. Its own ways copy byte by byte, or into a vector of their own.
pub(crate) struct Appender<'a>(pub &'a mut Vec<u8>);

impl Flavor for Appender<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        match bytes.len() {
            // Numbers have just been written byte by byte. To copy them as words would be to wait
            // until these bytes have left the processor's store buffer.
            #[expect(clippy::map_clone, reason = "`copied` copies words")]
            0..=10 => self.0.extend(bytes.iter().map(|&byte| byte)),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

struct Encoder<'a> {
    postcard: Serializer<Appender<'a>>,
    shape: Shape,
}

impl Encoder<'_> {
    #[inline]
    fn length(&mut self, length: Option<usize>) -> Result<(), Fault> {
        let length = length.ok_or_else(|| {
            Fault::new("it has a sequence or map whose length is not known in advance")
        })?;
        Ok(ser::Serializer::serialize_u64(
            &mut self.postcard,
            length as u64,
        )?)
    }

    #[inline]
    fn variant(&mut self, index: u32, name: &str) -> Result<(), Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Variant);
        ser::Serializer::serialize_u32(&mut self.postcard, index)?;
        let name = digest(name).to_le_bytes();
        Ok(self.postcard.output.try_extend(&name)?)
    }

    #[inline]
    fn tuple(&mut self) -> Result<(), Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Tuple);
        Ok(())
    }
}

macro_rules! serialize {
    ($($method:ident: $type:ty, $step:ident;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.shape.step(Step::$step);
            Ok(self.postcard.$method(value)?)
        }
    )*};
}

impl ser::Serializer for &mut Encoder<'_> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    serialize! {
        serialize_bool: bool, Bool;
        serialize_i8: i8, I8;
        serialize_i16: i16, I16;
        serialize_i32: i32, I32;
        serialize_i64: i64, I64;
        serialize_i128: i128, I128;
        serialize_u8: u8, U8;
        serialize_u16: u16, U16;
        serialize_u32: u32, U32;
        serialize_u64: u64, U64;
        serialize_u128: u128, U128;
        serialize_f32: f32, F32;
        serialize_f64: f64, F64;
        serialize_char: char, Char;
        serialize_str: &str, Text;
        serialize_bytes: &[u8], Bytes;
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Fault> {
        self.shape.step(Step::Option);
        Ok(self.postcard.serialize_none()?)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Option);
        self.postcard.serialize_some(&())?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), Fault> {
        self.variant(index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.shape.nest()?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.variant(index, variant)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Sequence);
        self.length(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        self.tuple()?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.tuple()?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(index, variant)?;
        self.tuple()?;
        Ok(self)
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Self, Fault> {
        self.shape.nest()?;
        self.shape.step(Step::Map);
        self.length(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        self.tuple()?;
        Ok(self)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        self.variant(index, variant)?;
        self.tuple()?;
        Ok(self)
    }
}

macro_rules! serialize_elements {
    ($($trait:ident: $method:ident $(, $step:ident)?;)*) => {$(
        impl ser::$trait for &mut Encoder<'_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                $(self.shape.step(Step::$step);)?
                value.serialize(&mut **self)
            }

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

serialize_elements! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element, Element;
    SerializeTupleStruct: serialize_field, Element;
    SerializeTupleVariant: serialize_field, Element;
}

impl ser::SerializeMap for &mut Encoder<'_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        key.serialize(&mut **self)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut **self)
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

macro_rules! serialize_fields {
    ($($trait:ident)*) => {$(
        impl ser::$trait for &mut Encoder<'_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                self.shape.step(Step::Element);
                self.shape.name(name);
                value.serialize(&mut **self)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), Fault> {
                Err(Fault::new(format_args!(
                    "its field `{name}` is left out (`skip_serializing_if`), but read on the other side"
                )))
            }

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

serialize_fields! { SerializeStruct SerializeStructVariant }
