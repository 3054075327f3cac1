//! The words of every YAML problem, for people who write plans and not parsers.
//!
//! In: what is wrong and where. Out: a `YamlProblem`. What the library says about syntax is retold in `slip`.

use super::super::node::{Position, Span};
use super::{MAX_ALIASED_BYTES, MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, MAX_SCALAR_BYTES, YamlProblem};

pub(super) const SYNTAX: &str = "yaml/syntax";
pub(super) const QUOTE_IT: &str = "put the value in quotes: key: \"value\"";
pub(super) const ALIGN: &str =
    "indent with spaces, two for each level, so that keys of one mapping start in the same column";

pub(super) fn file_too_large(bytes: usize) -> YamlProblem {
    let detail = format!("it has {bytes} bytes; at most {MAX_FILE_BYTES} are read");
    YamlProblem::new(
        "yaml/size",
        Span::at(0),
        "the file is too large",
        detail,
        "split it: each launch can have its own file",
    )
}

pub(super) fn utf16() -> YamlProblem {
    let detail = "it starts with the byte order mark of UTF-16 or UTF-32";
    YamlProblem::new(
        "yaml/encoding",
        Span::at(0),
        "the file is not UTF-8",
        detail,
        "save it again with the encoding UTF-8",
    )
}

pub(super) fn not_utf8(position: Position, offset: usize, byte: u8) -> YamlProblem {
    let detail =
        format!("the byte 0x{byte:02X} at {position} (offset {offset}) does not belong to any UTF-8 character");
    let hint = "save the file again with the encoding UTF-8";
    YamlProblem::new("yaml/encoding", Span::new(offset, offset + 1), "the file is not UTF-8", detail, hint)
}

pub(super) fn scalar_too_long(span: Span, bytes: usize) -> YamlProblem {
    let detail = format!("it has {bytes} bytes; at most {MAX_SCALAR_BYTES} are read");
    let hint = "check for a quote that is not closed, or keep the text in a document of its own and link to it";
    YamlProblem::new("yaml/size", span, "the text is too long", detail, hint)
}

pub(super) fn too_many_nodes(span: Span) -> YamlProblem {
    let detail = format!("at most {MAX_NODES} keys and values are read from one file");
    YamlProblem::new("yaml/size", span, "the file holds too many values", detail, "split the file")
}

pub(super) fn too_deep(span: Span) -> YamlProblem {
    let detail = format!("lists and mappings can nest {MAX_DEPTH} deep");
    YamlProblem::new("yaml/depth", span, "the nesting is too deep", detail, "check for brackets that are not closed")
}

pub(super) fn alias_bomb(span: Span) -> YamlProblem {
    let detail = format!(
        "with every alias written out, the file would pass {MAX_NODES} values or {} MiB of repeated text",
        MAX_ALIASED_BYTES >> 20
    );
    YamlProblem::new(
        "yaml/alias",
        span,
        "the aliases stand for too much",
        detail,
        "write the values out, or use a profile",
    )
}

pub(super) fn unknown_alias(name: &str, span: Span) -> YamlProblem {
    let detail = format!("no `&{name}` comes before `*{name}` in this document");
    let hint = format!("mark the value to repeat with `&{name}`, or, if text was meant, put it in quotes: \"*{name}\"");
    YamlProblem::new("yaml/alias", span, "the alias refers to nothing", detail, hint)
}

pub(super) fn alias_in_itself(alias: &str, span: Span) -> YamlProblem {
    let detail = format!("`{alias}` stands inside the value that it repeats");
    YamlProblem::new("yaml/alias", span, "the alias contains itself", detail, "move the alias out of that value")
}

pub(super) fn second_merge(span: Span) -> YamlProblem {
    let hint = "name both in one list: <<: [*first, *second]";
    YamlProblem::new(
        "yaml/duplicate-key",
        span,
        "the key is there twice",
        "`<<` was already used in this mapping",
        hint,
    )
}

pub(super) fn merge_needs_mapping(span: Span, found: &str) -> YamlProblem {
    let detail = format!("`<<` takes a mapping or a list of mappings, and this is {found}");
    let hint = "refer to a mapping, as in <<: *defaults, or put the key in quotes: \"<<\"";
    YamlProblem::new("yaml/key", span, "only mappings can be merged", detail, hint)
}

pub(super) fn unknown_tag(tag: &str, span: Span) -> YamlProblem {
    let detail = format!("`{tag}` is not understood here");
    let hint = "remove it; if the text should start with `!`, put it in quotes";
    YamlProblem::new("yaml/tag", span, "the tag is not known", detail, hint)
}

pub(super) fn tag_misfit(tag: &str, text: &str, span: Span) -> YamlProblem {
    let shown: String = text.chars().take(40).collect();
    let detail = format!("`{tag}` says otherwise than the value {shown:?}");
    YamlProblem::new("yaml/tag", span, "the tag does not fit its value", detail, "remove the tag, or correct the value")
}

pub(super) fn duplicate_key(key: &str, span: Span, first: Position) -> YamlProblem {
    let detail = format!("`{key}` was already given at {first}");
    YamlProblem::new("yaml/duplicate-key", span, "the key is there twice", detail, "keep one of the two, or rename one")
}

pub(super) fn missing_key(span: Span) -> YamlProblem {
    YamlProblem::new("yaml/key", span, "a key is missing", "there is nothing before the colon", "write key: value")
}

pub(super) fn collection_as_key(text: &str, kind: &str, span: Span) -> YamlProblem {
    if text[span.start as usize..].starts_with('{') && text[..span.start as usize].ends_with('{') {
        return template(Span::new(span.start as usize - 1, span.end as usize));
    }
    let detail = format!("this key is {kind}");
    YamlProblem::new("yaml/key", span, "a key must be text", detail, "use a plain name as the key")
}

pub(super) fn tab(at: usize) -> YamlProblem {
    let hint = "replace the tab with spaces (two for each level), and set the editor to indent with spaces";
    YamlProblem::new(
        "yaml/tab",
        Span::new(at, at + 1),
        "tabs can't indent YAML; use spaces",
        "there is a tab here",
        hint,
    )
}

pub(super) fn template(span: Span) -> YamlProblem {
    let detail = "without quotes, `{{` starts a mapping inside a mapping";
    YamlProblem::new(SYNTAX, span, "a template must be in quotes", detail, "write key: \"{{ … }}\"")
}
