//! A mapping's fields as they are collected, each with where it was said.

use serde::Serialize;
use serde_json::Value;

use super::Writer;
use crate::{
    core::{model::Timestamp, schedule::format_duration},
    ui::render::yaml::{Field, Remark, Tree, field},
};

/// Empty things are left out.
pub(super) struct Fields<'w, 'a> {
    writer: &'w Writer<'a>,
    /// Places in the merged spec that may have said the fields; the first that did counts.
    base: Vec<Vec<String>>,
    pub(super) fields: Vec<Field>,
}

impl<'w, 'a> Fields<'w, 'a> {
    pub(super) fn at(writer: &'w Writer<'a>, base: Vec<Vec<String>>) -> Self {
        Self { writer, base, fields: Vec::new() }
    }

    pub(super) fn from(&self, name: &str, otherwise: &str) -> Remark {
        let found = self.base.iter().find_map(|base| self.writer.find(base.iter().map(String::as_str).chain([name])));
        self.writer.said(found, otherwise)
    }

    pub(super) fn put(&mut self, name: &str, value: impl Serialize, otherwise: &str) {
        let value = serde_json::to_value(value).expect("a part of a launch has string keys and finite numbers");
        self.put_tree(name, name, value, otherwise);
    }

    pub(super) fn some(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value {
            self.put(name, value, "default");
        }
    }

    /// `written` is what the field is called in plan files.
    pub(super) fn put_tree(&mut self, name: &str, written: &str, value: Value, otherwise: &str) {
        let remark = self.from(written, otherwise);
        let base =
            self.base.iter().find(|base| self.writer.find(base.iter().map(String::as_str).chain([written])).is_some());
        let mut path: Vec<String> = base.or(self.base.first()).cloned().unwrap_or_default();
        path.push(written.to_owned());
        let leaf = |path: &[String]| match self.writer.find(path.iter().map(String::as_str)) {
            None if self.writer.sources.is_some() => remark.clone(),
            found => found.unwrap_or_default(),
        };
        let tree = Tree::of(&value, &mut path, &leaf);
        self.fields.push(field(name, tree, remark));
    }

    pub(super) fn date(&mut self, name: &str, written: &str, at: Option<Timestamp>, otherwise: &str) {
        if let Some(at) = at {
            let remark = self.writer.day(at, self.from(written, otherwise));
            self.fields.push(field(name, self.writer.instant(at), remark));
        }
    }

    pub(super) fn seconds(&mut self, name: &str, seconds: u64, otherwise: &str) {
        self.put(name, format_duration(seconds), otherwise);
    }

    pub(super) fn below(&mut self, name: &str, fields: Vec<Field>) {
        if !fields.is_empty() {
            self.fields.push(field(name, Tree::Map(fields), ""));
        }
    }
}
