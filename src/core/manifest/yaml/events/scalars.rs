//! Single values: as a key or as a value, and what a tag makes of them.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Tag};

use super::super::{
    super::node::{Node, NodeValue, Span},
    MAX_SCALAR_BYTES, scalar, wording,
};
use super::{Builder, Key, Shape, Step, leaf};

impl<'a> Builder<'a> {
    pub(super) fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'a, Tag>>,
        span: Span,
        tag_at: Span,
    ) -> Step {
        // The library writes `~` for a value that was left out; only its empty span tells.
        let plain = style == ScalarStyle::Plain;
        let omitted = plain && span.start == span.end;
        let text = if omitted { Cow::Borrowed("") } else { text };
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.without_trailing_space(span),
            _ => span,
        };
        if omitted && self.frames.is_empty() && anchor == 0 && tag.is_none() {
            return Ok(());
        }
        if text.len() > MAX_SCALAR_BYTES {
            self.report(wording::scalar_too_long(span, text.len()));
            return self.place(leaf(Node { span, value: NodeValue::Null }), Some(Key::Unusable));
        }
        if self.expects_key() {
            if self.frames.last().is_some_and(|frame| frame.shape == Shape::Block) {
                self.check_indentation(span)?;
            }
            let key = match &tag {
                _ if omitted => None,
                None if plain && text == "<<" => Some(Key::Merge(span)),
                _ => Some(Key::Text(text.clone(), span)),
            };
            let sized = leaf(Node { span, value: self.scalar_value(text, plain, tag.as_deref(), tag_at) });
            self.remember(anchor, &sized)?;
            return self.place(sized, key);
        }
        let sized = leaf(Node { span, value: self.scalar_value(text, plain, tag.as_deref(), tag_at) });
        self.remember(anchor, &sized)?;
        self.place(sized, None)
    }

    fn scalar_value(&mut self, text: Cow<'a, str>, plain: bool, tag: Option<&Tag>, tag_at: Span) -> NodeValue<'a> {
        match tag {
            None if plain => scalar::resolve(text),
            None => NodeValue::Str(text),
            Some(tag) => self.tagged(text, tag, tag_at),
        }
    }

    fn without_trailing_space(&self, span: Span) -> Span {
        let end = span.start as usize + span.slice(self.text).trim_end().len();
        Span::new(span.start as usize, end)
    }

    fn tagged(&mut self, text: Cow<'a, str>, tag: &Tag, at: Span) -> NodeValue<'a> {
        let plain = scalar::special(&text);
        let fit = match tag.core_suffix() {
            Some("str") => Some(NodeValue::Str(Cow::Borrowed(""))),
            Some("int") => plain.filter(|value| matches!(value, NodeValue::Int(_))),
            Some("float") => match plain {
                Some(NodeValue::Int(_)) => text.parse().ok().map(NodeValue::Float),
                other => other.filter(|value| matches!(value, NodeValue::Float(_))),
            },
            Some("bool") => plain.filter(|value| matches!(value, NodeValue::Bool(_))),
            Some("null") => plain.filter(|value| matches!(value, NodeValue::Null)),
            _ => {
                self.report(wording::unknown_tag(at.slice(self.text), at));
                return scalar::resolve(text);
            }
        };
        match fit {
            Some(NodeValue::Str(_)) => NodeValue::Str(text),
            Some(value) => value,
            None => {
                self.report(wording::tag_misfit(at.slice(self.text), &text, at));
                NodeValue::Str(text)
            }
        }
    }
}
