//! Fields with a short and a long form. Written by hand: serde's `untagged` can only say that nothing matched.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, value::MapAccessDeserializer, value::SeqAccessDeserializer},
};

/// A text, or a mapping that says more.
#[derive(Debug, Clone, PartialEq)]
pub enum TextOr<T> {
    Text(String),
    Full(T),
}

/// A plain list of names, or a mapping from names to their settings.
#[derive(Debug, Clone, PartialEq)]
pub enum ListOr<T> {
    List(Vec<String>),
    Full(T),
}

struct TextVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for TextVisitor<T> {
    type Value = TextOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a mapping")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<TextOr<T>, E> {
        Ok(TextOr::Text(text.to_owned()))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<TextOr<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Full)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ListVisitor<T> {
    type Value = ListOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names or a mapping")
    }
    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<ListOr<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(seq)).map(ListOr::List)
    }
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<ListOr<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(ListOr::Full)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ListOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Text_or_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, generator.subschema_for::<T>()] })
    }
}

impl<T: JsonSchema> JsonSchema for ListOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("List_or_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "array", "items": { "type": "string", "pattern": super::text::ID_PATTERN } },
                generator.subschema_for::<T>(),
            ]
        })
    }
}

/// The word of a unit variant, read as serde's derive would.
pub(super) fn word<'de, T: Deserialize<'de>, E: de::Error>(text: &str) -> Result<T, E> {
    let words: de::value::StrDeserializer<'_, E> = text.into_deserializer();
    T::deserialize(words)
}
