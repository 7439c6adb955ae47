//! Structures into data.

use gst::glib;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::StructureError;

/// The data in `structure`; fields that it does not know are passed over.
///
/// # Errors
/// A field is missing or has another type.
pub fn from_structure<T: DeserializeOwned>(
    structure: &gst::StructureRef,
) -> Result<T, StructureError> {
    T::deserialize(FromStructure(structure))
}

struct FromStructure<'de>(&'de gst::StructureRef);

impl<'de> Deserializer<'de> for FromStructure<'de> {
    type Error = StructureError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StructureError> {
        let fields = self.0.iter();
        visitor.visit_map(Fields::new(
            fields.map(|(name, value)| (name.as_str(), value)),
        ))
    }

    /// Asks for the known fields alone, instead of walking over all.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StructureError> {
        let known = fields.iter();
        visitor.visit_map(Fields::new(
            known.filter_map(|name| Some((*name, self.0.value(*name).ok()?))),
        ))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Names and values, one after the other.
struct Fields<'de, Rest> {
    rest: Rest,
    field: Option<(&'de str, &'de glib::SendValue)>,
}

impl<'de, Rest> Fields<'de, Rest> {
    fn new(rest: Rest) -> Self {
        Self { rest, field: None }
    }
}

impl<'de, Rest> MapAccess<'de> for Fields<'de, Rest>
where
    Rest: Iterator<Item = (&'de str, &'de glib::SendValue)>,
{
    type Error = StructureError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, StructureError> {
        self.field = self.rest.next();
        let key = self.field.map(|(name, _)| name.into_deserializer());
        key.map(|key: StrDeserializer<'_, _>| seed.deserialize(key))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, StructureError> {
        let (name, value) = self.field.take().ok_or_else(no_value)?;
        seed.deserialize(FromField(value))
            .map_err(|err| err.within(name))
    }
}

fn no_value() -> StructureError {
    StructureError::new("a value without a name")
}

struct FromField<'de>(&'de glib::Value);

impl<'de> Deserializer<'de> for FromField<'de> {
    type Error = StructureError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StructureError> {
        let field = self.0;
        if let Ok(number) = field.get::<f64>() {
            return visitor.visit_f64(number);
        }
        if let Ok(text) = field.get::<Option<&'de str>>() {
            return match text {
                Some(text) => visitor.visit_borrowed_str(text),
                None => visitor.visit_none(),
            };
        }
        if let Ok(structure) = field.get::<&'de gst::StructureRef>() {
            return FromStructure(structure).deserialize_any(visitor);
        }
        if let Ok(list) = field.get::<gst::ArrayRef<'de>>() {
            return visitor.visit_seq(Elements(list.as_slice().iter()));
        }
        if let Ok(whole) = field.get::<u32>() {
            return visitor.visit_u32(whole);
        }
        if let Ok(whole) = field.get::<u64>() {
            return visitor.visit_u64(whole);
        }
        if let Ok(flag) = field.get::<bool>() {
            return visitor.visit_bool(flag);
        }
        if let Ok(bytes) = field.get::<glib::Bytes>() {
            return visitor.visit_bytes(&bytes);
        }
        if let Ok(whole) = field.get::<i32>() {
            return visitor.visit_i32(whole);
        }
        if let Ok(whole) = field.get::<i64>() {
            return visitor.visit_i64(whole);
        }
        if let Ok(number) = field.get::<f32>() {
            return visitor.visit_f32(number);
        }
        Err(StructureError::new(format_args!(
            "it has the type {}",
            field.type_()
        )))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StructureError> {
        let unknown = matches!(self.0.get::<Option<gst::ClockTime>>(), Ok(None))
            || matches!(self.0.get::<Option<&str>>(), Ok(None));
        if unknown {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StructureError> {
        match self.0.get::<&str>() {
            Ok(variant) => visitor.visit_enum(variant.into_deserializer()),
            Err(_) => Err(StructureError::new("it is no text")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, StructureError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StructureError> {
        match self.0.get::<&'de gst::StructureRef>() {
            Ok(structure) => FromStructure(structure).deserialize_struct(name, fields, visitor),
            Err(_) => Err(StructureError::new("it is no structure")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

struct Elements<'de>(std::slice::Iter<'de, glib::SendValue>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = StructureError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, StructureError> {
        let element = self.0.next();
        element
            .map(|element| seed.deserialize(FromField(element)))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
