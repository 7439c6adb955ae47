//! Data into structures.

use std::fmt::{self, Write};

use gst::glib;
use gst::glib::prelude::*;
use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use super::StructureError;

/// `value`, a struct or a map, as a structure of this name.
///
/// # Errors
/// It is something else, or holds what no field can.
pub fn to_structure<T: Serialize>(name: &str, value: &T) -> Result<gst::Structure, StructureError> {
    match value.serialize(ToField { name: Some(name) })? {
        Field::Structure(structure) => Ok(structure),
        Field::Value(_) => Err(StructureError::new("it has no fields")),
    }
}

/// A value of a field; a structure is kept apart so that it moves into the one around it.
enum Field {
    Value(glib::SendValue),
    Structure(gst::Structure),
}

impl From<Field> for glib::SendValue {
    fn from(field: Field) -> Self {
        match field {
            Field::Value(value) => value,
            Field::Structure(structure) => Self::from_owned(structure),
        }
    }
}

/// Writes the value of the field `name`; of an element of a list, that has none.
struct ToField<'a> {
    name: Option<&'a str>,
}

fn value(value: impl ToSendValue) -> Result<Field, StructureError> {
    Ok(Field::Value(value.to_send_value()))
}

fn unsupported<T>(what: &str) -> Result<T, StructureError> {
    Err(StructureError::new(format_args!("{what} fits no field")))
}

impl<'a> Serializer for ToField<'a> {
    type Ok = Field;
    type Error = StructureError;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = Impossible<Field, StructureError>;
    type SerializeTupleVariant = Impossible<Field, StructureError>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Field, StructureError>;

    fn serialize_bool(self, v: bool) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_i8(self, v: i8) -> Result<Field, StructureError> {
        value(i32::from(v))
    }

    fn serialize_i16(self, v: i16) -> Result<Field, StructureError> {
        value(i32::from(v))
    }

    fn serialize_i32(self, v: i32) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_i64(self, v: i64) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_u8(self, v: u8) -> Result<Field, StructureError> {
        value(u32::from(v))
    }

    fn serialize_u16(self, v: u16) -> Result<Field, StructureError> {
        value(u32::from(v))
    }

    fn serialize_u32(self, v: u32) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_u64(self, v: u64) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_f32(self, v: f32) -> Result<Field, StructureError> {
        value(f64::from(v))
    }

    fn serialize_f64(self, v: f64) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_char(self, v: char) -> Result<Field, StructureError> {
        value(v.to_string())
    }

    fn serialize_str(self, v: &str) -> Result<Field, StructureError> {
        value(v)
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<Field, StructureError> {
        value(glib::Bytes::from(v))
    }

    fn serialize_none(self) -> Result<Field, StructureError> {
        value(gst::ClockTime::NONE)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Result<Field, StructureError> {
        v.serialize(self)
    }

    fn serialize_unit(self) -> Result<Field, StructureError> {
        unsupported("nothing")
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Field, StructureError> {
        value(name)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Field, StructureError> {
        value(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        v: &T,
    ) -> Result<Field, StructureError> {
        v.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Field, StructureError> {
        unsupported("a variant with a value")
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List, StructureError> {
        Ok(List(Vec::with_capacity(len.unwrap_or_default())))
    }

    fn serialize_tuple(self, len: usize) -> Result<List, StructureError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, StructureError> {
        unsupported("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, StructureError> {
        unsupported("a variant with a tuple")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, StructureError> {
        self.serialize_struct("map", 0)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields, StructureError> {
        Ok(Fields {
            structure: gst::Structure::new_empty(self.name.unwrap_or(name)),
            key: String::new(),
        })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, StructureError> {
        unsupported("a variant with fields")
    }
}

/// The elements of a list so far.
struct List(Vec<glib::SendValue>);

impl SerializeSeq for List {
    type Ok = Field;
    type Error = StructureError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), StructureError> {
        self.0.push(v.serialize(ToField { name: None })?.into());
        Ok(())
    }

    fn end(self) -> Result<Field, StructureError> {
        let list = gst::Array::from_values(self.0);
        Ok(Field::Value(glib::SendValue::from_owned(list)))
    }
}

impl SerializeTuple for List {
    type Ok = Field;
    type Error = StructureError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), StructureError> {
        SerializeSeq::serialize_element(self, v)
    }

    fn end(self) -> Result<Field, StructureError> {
        SerializeSeq::end(self)
    }
}

/// The fields of a structure so far, and the name of the one that comes.
struct Fields {
    structure: gst::Structure,
    key: String,
}

impl SerializeStruct for Fields {
    type Ok = Field;
    type Error = StructureError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        v: &T,
    ) -> Result<(), StructureError> {
        let written = v.serialize(ToField { name: Some(key) });
        let written = written.map_err(|err| err.within(key))?;
        self.structure.set_value(key, written.into());
        Ok(())
    }

    fn end(self) -> Result<Field, StructureError> {
        Ok(Field::Structure(self.structure))
    }
}

/// Text of a name.
struct Name<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Display for Name<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(formatter)
    }
}

impl SerializeMap for Fields {
    type Ok = Field;
    type Error = StructureError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), StructureError> {
        self.key.clear();
        let written = write!(self.key, "{}", Name(key));
        written.map_err(|_| StructureError::new("a name is no text"))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Result<(), StructureError> {
        let written = v.serialize(ToField {
            name: Some(&self.key),
        });
        let written = written.map_err(|err| err.within(&self.key))?;
        self.structure.set_value(&self.key, written.into());
        Ok(())
    }

    fn end(self) -> Result<Field, StructureError> {
        Ok(Field::Structure(self.structure))
    }
}
