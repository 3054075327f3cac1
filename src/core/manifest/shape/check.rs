//! Walks a node along its rule and collects what does not fit.

use super::{
    compile::{ObjectRule, Others, Rule, RuleId, Shape, Types},
    words,
};
use crate::core::manifest::{
    node::{Entry, Node, NodeValue, Span},
    problem::Problem,
};

/// A file with more is broken in one way that repeats.
const MAX_PROBLEMS: usize = 100;

pub(super) struct Checker<'s, 'n> {
    pub shape: &'s Shape,
    pub path: Vec<Step<'n>>,
    pub problems: Vec<Problem>,
}

/// One step from the document's root.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'n> {
    Key(&'n str),
    Index(usize),
}

impl Shape {
    /// Every problem of a document, in file order.
    pub fn check(&self, node: &Node<'_>) -> Vec<Problem> {
        let mut checker = Checker { shape: self, path: Vec::new(), problems: Vec::new() };
        checker.node(self.root, node, None);
        checker.problems.sort_by_key(|problem| problem.span);
        checker.problems
    }
}

pub(super) fn type_of(node: &Node<'_>) -> Types {
    match &node.value {
        NodeValue::Null => Types::NULL,
        NodeValue::Bool(_) => Types::BOOL,
        NodeValue::Int(_) => Types::INTEGER,
        NodeValue::Float(value) if value.fract() == 0.0 => Types(Types::NUMBER.0 | Types::INTEGER.0),
        // JSON has neither infinity nor NaN; as in `to_json`, they count as text.
        NodeValue::Float(value) if !value.is_finite() => Types::STRING,
        NodeValue::Float(_) => Types::NUMBER,
        NodeValue::Str(_) => Types::STRING,
        NodeValue::Seq(_) => Types::ARRAY,
        NodeValue::Map(_) => Types::OBJECT,
    }
}

impl<'s, 'n> Checker<'s, 'n> {
    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// `key` is where the node's key stands: the better place for a value that is missing.
    fn node(&mut self, id: RuleId, node: &'n Node<'_>, key: Option<Span>) {
        let shape = self.shape;
        let rule = &shape.rules[id];
        let found = type_of(node);
        if !rule.types.has(found) {
            let span = if node.is_null() { key.unwrap_or(node.span) } else { node.span };
            let problem = words::wrong_type(self, rule, node, span);
            return self.report(problem);
        }
        if !rule.choices.is_empty() {
            return self.choose(rule, node, found, key);
        }
        match &node.value {
            NodeValue::Str(text) => self.text(rule, node, text),
            NodeValue::Int(value) => self.number(rule, node, *value as f64),
            NodeValue::Float(value) if value.is_finite() => self.number(rule, node, *value),
            NodeValue::Seq(items) => self.items(rule, node, items),
            NodeValue::Map(entries) => {
                if let Some(object) = &rule.object {
                    self.object(object, node, entries, key);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, rule: &Rule, node: &Node<'_>, text: &str) {
        if !rule.words.is_empty() && !rule.words.iter().any(|word| **word == *text) {
            let problem = words::not_allowed(self, rule, node.span, text);
            self.report(problem);
        } else if rule.filled && text.trim().is_empty() {
            let problem = words::empty(self, node.span);
            self.report(problem);
        } else if let Some(pattern) = &rule.pattern
            && !pattern.matches(text)
        {
            let problem = words::wrong_format(self, rule, pattern, node.span, text);
            self.report(problem);
        }
    }

    fn number(&mut self, rule: &Rule, node: &Node<'_>, value: f64) {
        let too_small = rule.minimum.is_some_and(|minimum| value < minimum);
        let too_large = rule.maximum.is_some_and(|maximum| value > maximum);
        if too_small || too_large {
            let problem = words::out_of_range(self, rule, node.span, value);
            self.report(problem);
        }
    }

    fn items(&mut self, rule: &Rule, node: &Node<'_>, items: &'n [Node<'_>]) {
        if items.len() < rule.min_items {
            let problem = words::too_few(self, node.span, rule.min_items);
            self.report(problem);
        }
        let Some(id) = rule.items else { return };
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            self.node(id, item, None);
            self.path.pop();
        }
    }

    fn object(&mut self, object: &ObjectRule, node: &Node<'_>, entries: &'n [Entry<'_>], key: Option<Span>) {
        for entry in entries {
            let rule = match (object.property(&entry.key), &object.others) {
                (Some(property), _) => property,
                (None, Others::Rule(rule)) => *rule,
                (None, Others::Allowed) => continue,
                (None, Others::Refused) => {
                    let problem = words::unknown_field(self, object, entry);
                    self.report(problem);
                    continue;
                }
            };
            self.path.push(Step::Key(&entry.key));
            if let Some(names) = &object.names
                && !names.matches(&entry.key)
            {
                let problem = words::wrong_name(self, names, entry);
                self.report(problem);
            }
            self.node(rule, &entry.value, Some(entry.key_span));
            self.path.pop();
        }
        let missing: Vec<&str> =
            object.required.iter().map(|name| &**name).filter(|name| node.entry(name).is_none()).collect();
        if !missing.is_empty() {
            let span = key.or_else(|| entries.first().map(|entry| entry.key_span)).unwrap_or(node.span);
            for name in missing {
                let problem = words::missing_field(self, object, span, name);
                self.report(problem);
            }
        }
    }

    /// Of several alternatives, the one that the node means, and then only its problems.
    fn choose(&mut self, rule: &Rule, node: &'n Node<'_>, found: Types, key: Option<Span>) {
        let fitting: Vec<RuleId> =
            rule.choices.iter().filter(|(types, _)| types.has(found)).map(|&(_, id)| id).collect();
        if let [only] = *fitting {
            return self.node(only, node, key);
        }
        let mut fewest: Option<Vec<Problem>> = None;
        for &id in &fitting {
            let before = std::mem::take(&mut self.problems);
            self.node(id, node, key);
            let problems = std::mem::replace(&mut self.problems, before);
            if problems.is_empty() {
                return;
            }
            if self.is_meant(id, node) {
                return problems.into_iter().for_each(|problem| self.report(problem));
            }
            if fewest.as_ref().is_none_or(|fewest| problems.len() < fewest.len()) {
                fewest = Some(problems);
            }
        }
        match words::no_choice(self, rule, &fitting, node, key) {
            Some(problem) => self.report(problem),
            None => fewest.into_iter().flatten().for_each(|problem| self.report(problem)),
        }
    }

    /// Whether a mapping carries the word that tells this alternative from the others.
    fn is_meant(&self, id: RuleId, node: &Node<'_>) -> bool {
        match &self.shape.rules[id].tag {
            Some((field, Some(word))) => node.get(field).and_then(Node::as_str) == Some(word),
            Some((field, None)) => node.entry(field).is_some(),
            None => false,
        }
    }
}
