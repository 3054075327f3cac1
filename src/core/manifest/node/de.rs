//! `&Node` as a serde deserializer: typed structs straight from the tree, with the span of whatever did not fit.
//!
//! In: a node. Out: a value or one `NodeError`. Recursion is bounded, because `yaml` bounds the depth of a node.

use super::{Entry, Node, NodeValue, Span};
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Why a node is not the value that was asked for; the message reads well after "failed to read the file: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeError {
    /// Where, when the fault lies with one node or key.
    pub span: Option<Span>,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
}

impl NodeError {
    /// The innermost place is the most exact one, so a span that is already known stays.
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NodeError {}

impl de::Error for NodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { span: None, message: message.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
            Unexpected::Bool(value) => format!("`{value}`"),
            Unexpected::Signed(value) => format!("the number {value}"),
            Unexpected::Float(value) => format!("the number {value}"),
            Unexpected::Str(text) if text.chars().nth(40).is_none() => format!("the string {text:?}"),
            Unexpected::Str(_) => "a string".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a mapping".to_owned(),
            other => other.to_string(),
        };
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format_args!("`{field}` is missing"))
    }
}

impl<'de, 'a: 'de> Deserializer<'de> for &'de Node<'a> {
    type Error = NodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        let visited = match &self.value {
            NodeValue::Null => visitor.visit_unit(),
            NodeValue::Bool(value) => visitor.visit_bool(*value),
            NodeValue::Int(value) => visitor.visit_i64(*value),
            NodeValue::Float(value) => visitor.visit_f64(*value),
            NodeValue::Str(text) => visitor.visit_borrowed_str(text),
            NodeValue::Seq(items) => visit_all(Items(items.iter()), |items| visitor.visit_seq(items), self.span),
            NodeValue::Map(entries) => {
                let fields = Fields { rest: entries.iter(), value: None };
                visit_all(fields, |fields| visitor.visit_map(fields), self.span)
            }
        };
        visited.map_err(|error| error.at(self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_newtype_struct(self).map_err(|error| error.at(self.span))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_unit()
    }

    /// Enums are externally tagged: a bare word is a unit variant, a mapping with one key any other.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NodeError> {
        let variant = match &self.value {
            NodeValue::Str(name) => Variant { name, span: self.span, content: None },
            NodeValue::Map(entries) if entries.len() == 1 => {
                Variant { name: &entries[0].key, span: entries[0].key_span, content: Some(&entries[0].value) }
            }
            _ => {
                let message = format!("expected a word or a mapping with one key, found {}", self.kind());
                return Err(NodeError { span: Some(self.span), message });
            }
        };
        visitor.visit_enum(variant).map_err(|error| error.at(self.span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

impl<'de, 'a: 'de> IntoDeserializer<'de, NodeError> for &'de Node<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// What a visitor may leave unread: a tuple that is too short for its list must not pass silently.
trait Rest {
    fn rest(&self) -> usize;
}

fn visit_all<A: Rest, T>(
    mut access: A,
    visit: impl FnOnce(&mut A) -> Result<T, NodeError>,
    span: Span,
) -> Result<T, NodeError> {
    let value = visit(&mut access)?;
    match access.rest() {
        0 => Ok(value),
        more => Err(NodeError { span: Some(span), message: format!("{more} more than expected") }),
    }
}

struct Items<'de, 'a>(std::slice::Iter<'de, Node<'a>>);

impl Rest for Items<'_, '_> {
    fn rest(&self) -> usize {
        self.0.len()
    }
}

impl<'de, 'a: 'de> de::SeqAccess<'de> for &mut Items<'de, 'a> {
    type Error = NodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NodeError> {
        self.0.next().map(|item| seed.deserialize(item).map_err(|error| error.at(item.span))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Fields<'de, 'a> {
    rest: std::slice::Iter<'de, Entry<'a>>,
    value: Option<&'de Node<'a>>,
}

impl Rest for Fields<'_, '_> {
    fn rest(&self) -> usize {
        self.rest.len()
    }
}

impl<'de, 'a: 'de> de::MapAccess<'de> for &mut Fields<'de, 'a> {
    type Error = NodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NodeError> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        seed.deserialize(Key(&entry.key)).map(Some).map_err(|error| error.at(entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NodeError> {
        let value = self.value.take().expect("serde asks for a value only after its key");
        seed.deserialize(value).map_err(|error| error.at(value.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A key is text, but a map may want numbers as keys, so text that is a number also offers itself as one.
struct Key<'de>(&'de str);

macro_rules! number_keys {
    ($($method:ident $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
            match self.0.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = NodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NodeError> {
        visitor.visit_enum(de::value::BorrowedStrDeserializer::new(self.0))
    }

    number_keys! {
        deserialize_bool visit_bool, deserialize_f32 visit_f32, deserialize_f64 visit_f64,
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Variant<'de, 'a> {
    name: &'de str,
    span: Span,
    content: Option<&'de Node<'a>>,
}

impl<'de, 'a: 'de> de::EnumAccess<'de> for Variant<'de, 'a> {
    type Error = NodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), NodeError> {
        let variant = seed.deserialize(Key(self.name)).map_err(|error| error.at(self.span))?;
        Ok((variant, self))
    }
}

impl<'de, 'a: 'de> Variant<'de, 'a> {
    fn content(&self) -> Result<&'de Node<'a>, NodeError> {
        let missing = || NodeError { span: Some(self.span), message: format!("`{}` needs a value", self.name) };
        self.content.ok_or_else(missing)
    }
}

impl<'de, 'a: 'de> de::VariantAccess<'de> for Variant<'de, 'a> {
    type Error = NodeError;

    fn unit_variant(self) -> Result<(), NodeError> {
        match self.content {
            Some(content) if !content.is_null() => {
                Err(NodeError { span: Some(content.span), message: format!("`{}` takes no value", self.name) })
            }
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NodeError> {
        let content = self.content()?;
        seed.deserialize(content).map_err(|error| error.at(content.span))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NodeError> {
        self.content()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, NodeError> {
        self.content()?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use crate::core::manifest::node::NodeError;
    use crate::core::manifest::yaml;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Budget<'a> {
        #[serde(borrow)]
        name: &'a str,
        total: f64,
        count: Option<u8>,
        mode: Option<Mode>,
        #[serde(default)]
        quarters: BTreeMap<u8, Percent>,
        pair: Option<(i64, String)>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    struct Percent(i64);

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        Off,
        Cap(i64),
        Split { a: i64, b: i64 },
        Both(i64, i64),
    }

    fn read(text: &str) -> Result<(), (Option<&str>, String)> {
        let parsed = yaml::parse(text);
        assert_eq!(parsed.problems, []);
        let failed = |error: NodeError| (error.span.map(|span| span.slice(text)), error.message);
        Budget::deserialize(&parsed.documents[0]).map(drop).map_err(failed)
    }

    #[test]
    fn a_typed_struct_is_read_and_its_strings_are_borrowed() {
        let text = "name: q\ntotal: 3\ncount: ~\nmode: { cap: 2 }\nquarters: { 1: 5 }\npair: [1, x]\n";
        let parsed = yaml::parse(text);
        let budget = Budget::deserialize(&parsed.documents[0]).unwrap();
        let quarters = BTreeMap::from([(1, Percent(5))]);
        let pair = Some((1, "x".to_owned()));
        assert_eq!(budget, Budget { name: "q", total: 3.0, count: None, mode: Some(Mode::Cap(2)), quarters, pair });
        assert!(text.as_bytes().as_ptr_range().contains(&budget.name.as_ptr()));
    }

    #[test]
    fn every_form_of_an_enum_is_read() {
        let parsed = yaml::parse("- off\n- off:\n- cap: 1\n- split: { a: 1, b: 2 }\n- both: [1, 2]\n");
        let modes = Vec::<Mode>::deserialize(&parsed.documents[0]).unwrap();
        assert_eq!(modes, [Mode::Off, Mode::Off, Mode::Cap(1), Mode::Split { a: 1, b: 2 }, Mode::Both(1, 2)]);
    }

    #[test]
    fn a_misfit_is_named_where_it_stands() {
        let misfits = [
            ("name: 2\ntotal: 3\n", "2", "expected a borrowed string, found the number 2"),
            ("name: x\ntotal: [3]\n", "[3]", "expected f64, found a list"),
            ("name: x\n", "name: x", "`total` is missing"),
            ("name: x\ntotal: 1\ncount: 300\n", "300", "invalid value: integer `300`, expected u8"),
            ("name: x\ntotal: 1\npair: [1, a, b]\n", "[1, a, b]", "1 more than expected"),
            ("name: x\ntotal: 1\nmode: cap\n", "cap", "`cap` needs a value"),
            ("name: x\ntotal: 1\nmode: { off: 2 }\n", "2", "`off` takes no value"),
            ("name: x\ntotal: 1\nmode: [a]\n", "[a]", "expected a word or a mapping with one key, found a list"),
        ];
        for (text, at, message) in misfits {
            assert_eq!(read(text), Err((Some(at), message.to_owned())), "{text}");
        }
        let (at, message) = read("name: x\ntotal: 1\nonwer: 1\n").unwrap_err();
        assert_eq!(at, Some("onwer"));
        assert!(message.starts_with("unknown field `onwer`"), "{message}");
        let (at, message) = read("name: x\ntotal: 1\nmode: of\n").unwrap_err();
        assert_eq!(at, Some("of"));
        assert!(message.starts_with("unknown variant `of`"), "{message}");
    }
}
