//! A JSON Schema as a small tree: references resolved to indices, alternatives sorted by what they accept.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;
use serde_json::Value;

use crate::core::{
    manifest::document::{FILLED_PATTERN, ID_PATTERN, NAME_PATTERN},
    model::name::{Id, Name},
};

/// A compiled schema.
#[derive(Debug)]
pub struct Shape {
    pub(super) rules: Vec<Rule>,
    pub(super) root: RuleId,
    /// Field name to the paths of the objects that have it, for "this field belongs under".
    pub(super) homes: BTreeMap<Box<str>, Vec<String>>,
}

pub(super) type RuleId = usize;

/// What values are accepted in one place.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub types: Types,
    pub object: Option<ObjectRule>,
    pub items: Option<RuleId>,
    pub min_items: usize,
    /// Text may not be blank.
    pub filled: bool,
    pub pattern: Option<Pattern>,
    /// The words that are allowed; empty: any.
    pub words: Vec<Box<str>>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    /// Alternatives, each with the types it accepts; a node needs to fit one.
    pub choices: Vec<(Types, RuleId)>,
    pub examples: Vec<String>,
    /// The single word that tells an object's alternatives apart: (`scheme`, `basic`), or the only required field.
    pub tag: Option<(Box<str>, Option<Box<str>>)>,
}

/// What a mapping may hold.
#[derive(Debug, Default)]
pub(super) struct ObjectRule {
    /// Sorted by name.
    pub properties: Vec<(Box<str>, RuleId)>,
    pub required: Vec<Box<str>>,
    pub others: Others,
    pub names: Option<Pattern>,
}

/// What becomes of keys that are no property.
#[derive(Debug, Default)]
pub(super) enum Others {
    #[default]
    Allowed,
    Refused,
    Rule(RuleId),
}

impl ObjectRule {
    pub fn property(&self, name: &str) -> Option<RuleId> {
        let at = self.properties.binary_search_by(|(own, _)| (**own).cmp(name)).ok()?;
        Some(self.properties[at].1)
    }
}

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(pub u8);

impl Types {
    pub const NULL: Self = Self(1);
    pub const BOOL: Self = Self(2);
    pub const INTEGER: Self = Self(4);
    pub const NUMBER: Self = Self(8);
    pub const STRING: Self = Self(16);
    pub const ARRAY: Self = Self(32);
    pub const OBJECT: Self = Self(64);
    pub const ANY: Self = Self(127);

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOL,
            "integer" => Self::INTEGER,
            "number" => Self(Self::NUMBER.0 | Self::INTEGER.0),
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }
}

impl Default for Types {
    fn default() -> Self {
        Self::ANY
    }
}

/// A pattern for text. The two that stand for most of a file are read by hand; others are compiled when first met.
#[derive(Debug)]
pub(super) enum Pattern {
    Name,
    Id,
    Other { source: Box<str>, regex: OnceLock<Option<Regex>> },
}

impl Pattern {
    fn new(source: &str) -> Self {
        match source {
            NAME_PATTERN => Self::Name,
            ID_PATTERN => Self::Id,
            _ => Self::Other { source: source.into(), regex: OnceLock::new() },
        }
    }

    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Name => text.parse::<Name>().is_ok(),
            Self::Id => !text.contains('[') && text.parse::<Id>().is_ok(),
            Self::Other { source, regex } => {
                regex.get_or_init(|| Regex::new(source).ok()).as_ref().is_none_or(|regex| regex.is_match(text))
            }
        }
    }

    pub fn is_name_or_id(&self) -> bool {
        !matches!(self, Self::Other { .. })
    }
}

/// A schema uses a keyword that [`Shape`] does not know, or in a way it does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not part of the schemas that are understood here")]
pub struct UnknownKeyword(pub String);

impl Shape {
    /// Compiles a schema of draft 7 with `definitions`.
    ///
    /// # Errors
    /// A keyword that is not known.
    pub fn compile(schema: &Value) -> Result<Self, UnknownKeyword> {
        let mut compiler = Compiler { root: schema, rules: Vec::new(), references: BTreeMap::new() };
        let root = compiler.rule(schema)?;
        let mut shape = Self { rules: compiler.rules, root, homes: BTreeMap::new() };
        shape.find_homes(root, &mut Vec::new(), &mut Vec::new());
        Ok(shape)
    }

    fn find_homes(&mut self, id: RuleId, path: &mut Vec<String>, visited: &mut Vec<RuleId>) {
        if visited.contains(&id) || path.len() > 6 {
            return;
        }
        visited.push(id);
        let rule = &self.rules[id];
        let mut next: Vec<(String, RuleId)> = rule.items.iter().map(|&items| ("[]".to_owned(), items)).collect();
        next.extend(rule.choices.iter().map(|&(_, choice)| (String::new(), choice)));
        if let Some(object) = &rule.object {
            for (name, property) in &object.properties {
                let home = if path.is_empty() { "the document itself".to_owned() } else { path.join(".") };
                let homes = self.homes.entry(name.clone()).or_default();
                if !homes.contains(&home) {
                    homes.push(home);
                }
                next.push((name.to_string(), *property));
            }
            if let Others::Rule(other) = object.others {
                next.push(("NAME".to_owned(), other));
            }
        }
        for (step, id) in next {
            let named = !step.is_empty() && step != "[]";
            if named {
                path.push(step);
            }
            self.find_homes(id, path, visited);
            if named {
                path.pop();
            }
        }
        visited.pop();
    }
}

struct Compiler<'s> {
    root: &'s Value,
    rules: Vec<Rule>,
    references: BTreeMap<&'s str, RuleId>,
}

impl<'s> Compiler<'s> {
    fn rule(&mut self, schema: &'s Value) -> Result<RuleId, UnknownKeyword> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(reference);
        }
        let id = self.reserve();
        self.rules[id] = self.read(schema)?;
        Ok(id)
    }

    fn reserve(&mut self) -> RuleId {
        self.rules.push(Rule::default());
        self.rules.len() - 1
    }

    fn reference(&mut self, reference: &'s str) -> Result<RuleId, UnknownKeyword> {
        if let Some(&id) = self.references.get(reference) {
            return Ok(id);
        }
        let unknown = || UnknownKeyword(reference.to_owned());
        let root = self.root;
        let target = root.pointer(reference.strip_prefix('#').ok_or_else(unknown)?).ok_or_else(unknown)?;
        let id = self.reserve();
        self.references.insert(reference, id);
        self.rules[id] = self.read(target)?;
        Ok(id)
    }

    fn read(&mut self, schema: &'s Value) -> Result<Rule, UnknownKeyword> {
        let map = match schema {
            Value::Bool(true) => return Ok(Rule::default()),
            Value::Object(map) => map,
            other => return Err(UnknownKeyword(other.to_string())),
        };
        let mut rule = Rule::default();
        let mut object = ObjectRule::default();
        let mut has_object = false;
        for (keyword, value) in map {
            let unknown = || UnknownKeyword(format!("{keyword}: {value}"));
            match keyword.as_str() {
                "type" => rule.types = types(value).ok_or_else(unknown)?,
                "properties" => {
                    for (name, property) in value.as_object().ok_or_else(unknown)? {
                        object.properties.push((name.as_str().into(), self.rule(property)?));
                    }
                    object.properties.sort_by(|a, b| a.0.cmp(&b.0));
                    has_object = true;
                }
                "required" => {
                    object.required = texts(value).ok_or_else(unknown)?;
                    has_object = true;
                }
                "additionalProperties" => {
                    object.others = match value {
                        Value::Bool(false) => Others::Refused,
                        Value::Bool(true) => Others::Allowed,
                        schema => Others::Rule(self.rule(schema)?),
                    };
                    has_object = true;
                }
                "propertyNames" => {
                    let pattern = value.get("pattern").and_then(Value::as_str).ok_or_else(unknown)?;
                    object.names = Some(Pattern::new(pattern));
                    has_object = true;
                }
                "items" => rule.items = Some(self.rule(value)?),
                "minItems" => rule.min_items = value.as_u64().and_then(|n| n.try_into().ok()).ok_or_else(unknown)?,
                "pattern" if value == FILLED_PATTERN => rule.filled = true,
                "pattern" => rule.pattern = Some(Pattern::new(value.as_str().ok_or_else(unknown)?)),
                "enum" => rule.words = texts(value).ok_or_else(unknown)?,
                "const" => rule.words = vec![value.as_str().ok_or_else(unknown)?.into()],
                "minimum" => rule.minimum = Some(value.as_f64().ok_or_else(unknown)?),
                "maximum" => rule.maximum = Some(value.as_f64().ok_or_else(unknown)?),
                "examples" => rule.examples = value.as_array().ok_or_else(unknown)?.iter().map(plain).collect(),
                "anyOf" | "oneOf" => {
                    for choice in value.as_array().ok_or_else(unknown)? {
                        let id = self.rule(choice)?;
                        rule.choices.push((self.rules[id].types, id));
                    }
                }
                // Words for people, and integer formats, whose range `minimum` and `maximum` say.
                "$schema" | "$id" | "title" | "description" | "default" | "definitions" | "format" => {}
                _ => return Err(unknown()),
            }
        }
        if !rule.words.is_empty() && rule.types == Types::ANY {
            rule.types = Types::STRING;
        }
        rule.object = has_object.then_some(object);
        rule.tag = self.tag(&rule);
        self.merge_words(&mut rule);
        let union = rule.choices.iter().fold(Types(0), |all, (types, _)| all.and(*types));
        if !rule.choices.is_empty() && rule.types == Types::ANY {
            rule.types = union;
        }
        Ok(rule)
    }

    /// Alternatives that are one word each become one list of words.
    fn merge_words(&self, rule: &mut Rule) {
        let is_words = |id: RuleId| {
            let choice = &self.rules[id];
            !choice.words.is_empty() && choice.choices.is_empty() && choice.types == Types::STRING
        };
        if rule.choices.is_empty() || !rule.choices.iter().all(|&(_, id)| is_words(id)) {
            return;
        }
        rule.words = rule.choices.iter().flat_map(|&(_, id)| self.rules[id].words.iter().cloned()).collect();
        rule.types = Types::STRING;
        rule.choices.clear();
    }

    fn tag(&self, rule: &Rule) -> Option<(Box<str>, Option<Box<str>>)> {
        let object = rule.object.as_ref()?;
        for (name, id) in &object.properties {
            if let [word] = &*self.rules[*id].words
                && object.required.contains(name)
            {
                return Some((name.clone(), Some(word.clone())));
            }
        }
        let [only] = &*object.required else { return None };
        (object.properties.len() == 1).then(|| (only.clone(), None))
    }
}

fn types(value: &Value) -> Option<Types> {
    match value {
        Value::String(name) => Types::named(name),
        Value::Array(names) => {
            names.iter().map(|name| Types::named(name.as_str()?)).try_fold(Types(0), |all, one| Some(all.and(one?)))
        }
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<Box<str>>> {
    value.as_array()?.iter().map(|text| Some(text.as_str()?.into())).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
