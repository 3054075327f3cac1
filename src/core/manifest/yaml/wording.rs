//! The words of every YAML problem, for people who write plans and not parsers.
//!
//! In: what is wrong and where. Out: a `YamlProblem`. What the library says about syntax is translated here, with a look
//! at the line itself, because the library names the rule that broke and people need the slip that broke it.

use super::super::node::{Position, Span};
use super::{MAX_ALIASED_BYTES, MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, MAX_SCALAR_BYTES, YamlProblem};
use granit_parser::ErrorKind;

const SYNTAX: &str = "yaml/syntax";
const QUOTE_IT: &str = "put the value in quotes: key: \"value\"";
const ALIGN: &str = "indent with spaces, two for each level, so that keys of one mapping start in the same column";

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

fn template(span: Span) -> YamlProblem {
    let detail = "without quotes, `{{` starts a mapping inside a mapping";
    YamlProblem::new(SYNTAX, span, "a template must be in quotes", detail, "write key: \"{{ … }}\"")
}

fn syntax_at(span: Span, summary: &str, detail: impl Into<String>, hint: &str) -> YamlProblem {
    YamlProblem::new(SYNTAX, span, summary, detail, hint)
}

/// What the library says, retold.
pub(super) fn syntax(text: &str, kind: &ErrorKind, at: usize) -> YamlProblem {
    use ErrorKind as Kind;
    let at = text.floor_char_boundary(at);
    let line = Line::around(text, at);
    let here = Span::new(at, next_char(text, at));
    match kind {
        Kind::RecursionLimitExceeded => too_deep(here),
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabInIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInPlainScalar => tab(line.tab_near(text, at)),
        Kind::BomInsideDocument => {
            let hint = "delete it (it may be invisible), or save the file again as UTF-8";
            YamlProblem::new("yaml/encoding", here, "a byte order mark is inside the text", "", hint)
        }
        Kind::UnexpectedCharacter { character } if character.is_control() => {
            let detail = format!("the character U+{:04X} is invisible and not allowed in YAML", u32::from(*character));
            YamlProblem::new("yaml/encoding", here, "there is a control character", detail, "delete it")
        }
        Kind::UnexpectedCharacter { character } => syntax_at(
            here,
            "a value can't start with this character",
            format!("`{character}` has no meaning here"),
            QUOTE_IT,
        ),
        Kind::UndeclaredTagHandle
        | Kind::ExpectedTagBang
        | Kind::MissingTagUri
        | Kind::InvalidTagTerminator
        | Kind::UnclosedVerbatimTag
        | Kind::InvalidTagEscape
        | Kind::InvalidGlobalTagCharacter => {
            let tag = text[at..line.end()].split(' ').next().unwrap_or_default();
            unknown_tag(tag, Span::new(at, at + tag.len().max(1)))
        }
        Kind::MissingAnchorOrAliasName => {
            let detail = "`*` and `&` at the start of a value refer to a repeated value, and no name follows";
            YamlProblem::new("yaml/alias", here, "a name is missing after `*` or `&`", detail, QUOTE_IT)
        }
        _ if line.template().is_some() => template(line.template().unwrap_or(here)),
        _ => quotes_and_brackets(text, kind, at, here).unwrap_or_else(|| layout(&line, kind, at, here)),
    }
}

fn quotes_and_brackets(text: &str, kind: &ErrorKind, at: usize, here: Span) -> Option<YamlProblem> {
    use ErrorKind as Kind;
    Some(match kind {
        Kind::UnclosedQuotedScalar | Kind::DocumentIndicatorInQuotedScalar | Kind::InvalidQuotedScalarIndent => {
            let quote = if text[at..].starts_with('\'') { '\'' } else { '"' };
            let detail = format!("the {quote} opened here has no partner");
            syntax_at(here, "a quote is not closed", detail, "add the closing quote at the end of the value")
        }
        Kind::InvalidTrailingSingleQuotedScalar => {
            let hint = "put the whole value in quotes, and write '' for a quote inside single quotes";
            syntax_at(here, "there is text after the closing quote", "the value ended just before", hint)
        }
        Kind::InvalidTrailingDoubleQuotedScalar => {
            let hint = "put the whole value in quotes, and write \\\" for a quote inside double quotes";
            syntax_at(here, "there is text after the closing quote", "the value ended just before", hint)
        }
        Kind::UnknownQuotedScalarEscape
        | Kind::InvalidQuotedScalarHexEscape
        | Kind::InvalidLowSurrogateHexEscape
        | Kind::InvalidLowSurrogate
        | Kind::MissingLowSurrogate
        | Kind::UnpairedLowSurrogate
        | Kind::InvalidUnicodeEscape => {
            let detail = "inside double quotes, a backslash starts an escape such as \\n";
            syntax_at(
                here,
                "the backslash means nothing here",
                detail,
                "write \\\\ for a backslash, or use single quotes",
            )
        }
        Kind::UnclosedFlowCollection { .. }
        | Kind::MismatchedFlowCollectionEnd { .. }
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping => syntax_at(
            here,
            "a bracket is not closed",
            "each `[` needs its `]`, and each `{` its `}`",
            "close the bracket",
        ),
        Kind::MisplacedFlowCollectionEnd => {
            syntax_at(here, "a closing bracket has no partner", "nothing was opened that it could close", QUOTE_IT)
        }
        Kind::ExpectedFlowMappingSeparator
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::InvalidColonPlacement
        | Kind::InvalidFlowScalarIndent
        | Kind::BlockEntryInFlowCollection
        | Kind::FlowMappingValueAdjacentCollection => {
            let problem = syntax_at(
                here,
                "a comma or a closing bracket is missing",
                "inside brackets, a comma separates the items",
                "add the comma, or close the bracket before this point; put text with a colon in quotes",
            );
            match open_bracket(text, at) {
                Some(open) => problem.related(Span::new(open, open + 1)),
                None => problem,
            }
        }
        _ => return None,
    })
}

fn layout(line: &Line<'_>, kind: &ErrorKind, at: usize, here: Span) -> YamlProblem {
    use ErrorKind as Kind;
    match kind {
        Kind::MappingValueNotAllowed
        | Kind::SimpleKeyExpected
        | Kind::InvalidSimpleKey
        | Kind::ExpectedBlockMappingKey
        | Kind::MappingKeyNotAllowed => {
            if let Some(colon) = line.glued_colon() {
                let hint = "write key: value, with a space after the colon";
                return syntax_at(colon, "a space is missing after the colon", "", hint);
            }
            if line.has_key_before(at) && matches!(kind, Kind::MappingValueNotAllowed) {
                let detail = "the value holds a colon and a space, which would start another key";
                return syntax_at(here, "there is a second colon on the line", detail, QUOTE_IT);
            }
            if matches!(kind, Kind::SimpleKeyExpected | Kind::InvalidSimpleKey) {
                let hint = "write key: value; if the line continues the text above, indent it deeper";
                return syntax_at(line.content(), "a colon is missing", "each line of a mapping is key: value", hint);
            }
            if line.trimmed().starts_with("- ") {
                let detail = "the lines around it are key: value, and this one is a list item";
                return syntax_at(
                    line.content(),
                    "a list item stands among keys",
                    detail,
                    "indent the list under its key",
                );
            }
            let detail = "the line belongs neither to the block above it nor to one around it";
            syntax_at(line.content(), "the indentation does not fit", detail, ALIGN)
        }
        Kind::ExpectedBlockSequenceEntry => {
            let detail = "the lines above are list items, and this one does not start with `- `";
            syntax_at(
                line.content(),
                "the indentation does not fit",
                detail,
                "start the item with `- `, or align the line with its key",
            )
        }
        Kind::BlockSequenceEntryNotAllowed => {
            let hint = "start the list on the next line; if text was meant, put it in quotes";
            syntax_at(here, "a list can't start on the line of its key", "", hint)
        }
        Kind::CommentInterceptedScalar => {
            let hint = "move the comment above the text, or put the text in quotes";
            syntax_at(
                here,
                "a comment cuts a text in two",
                "the next line would continue the text before the comment",
                hint,
            )
        }
        Kind::InvalidBlockScalarIndent | Kind::ZeroBlockScalarIndent | Kind::InvalidBlockScalarHeader => {
            let hint = "put `|` or `>` at the end of the key's line, and indent every line of the text by the same number of spaces";
            syntax_at(here, "the block of text is not laid out right", "", hint)
        }
        Kind::InvalidIndentation => syntax_at(line.content(), "the indentation does not fit", "", ALIGN),
        _ if line.trimmed().starts_with('%') || matches!(kind, Kind::ExpectedDocumentStart) => {
            let hint =
                "remove the line that starts with `%` (it is a YAML directive), and start each document with `---`";
            syntax_at(line.content(), "a document can't start here", "", hint)
        }
        _ => syntax_at(here, "this is not valid YAML", kind.to_string(), "compare the line with the ones around it"),
    }
}

fn next_char(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

/// The innermost bracket that is open at an offset. A guess, made only to point at it: quotes and comments are not told apart.
fn open_bracket(text: &str, at: usize) -> Option<usize> {
    let mut closed = 0;
    for (offset, byte) in text.as_bytes()[..at].iter().enumerate().rev().take(4096) {
        match byte {
            b']' | b'}' => closed += 1,
            b'[' | b'{' if closed == 0 => return Some(offset),
            b'[' | b'{' => closed -= 1,
            _ => {}
        }
    }
    None
}

/// The line that an error is on.
struct Line<'t> {
    start: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn around(text: &'t str, at: usize) -> Self {
        // At the end of the text, the line that matters is the last one with something on it.
        let at = if text[at..].trim().is_empty() { text[..at].trim_end().len() } else { at };
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |len| at + len);
        Self { start, text: &text[start..end] }
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn trimmed(&self) -> &'t str {
        self.text.trim()
    }

    fn content(&self) -> Span {
        let start = self.start + self.text.len() - self.text.trim_start().len();
        Span::new(start, start + self.trimmed().len())
    }

    /// The tab that an error at an offset is about: before it on the line, or after it, where a text was to go on.
    fn tab_near(&self, text: &str, at: usize) -> usize {
        let before = text[self.start..at.max(self.start)].rfind('\t').map(|tab| self.start + tab);
        before.or_else(|| text[at..].find('\t').map(|tab| at + tab)).unwrap_or(at)
    }

    /// Where `{{` starts a value without quotes.
    fn template(&self) -> Option<Span> {
        let found = [": {{", "- {{"].iter().filter_map(|sign| self.text.find(sign)).min()?;
        Some(Span::new(self.start + found + 2, self.end()))
    }

    /// The colon of `key:value`, when the line looks like that and has no proper `key: value` before it.
    fn glued_colon(&self) -> Option<Span> {
        let content = self.trimmed().trim_start_matches("- ");
        let colon = content.find(':')?;
        let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'"' | b'\'');
        let glued =
            content[..colon].bytes().all(name) && content[colon + 1..].starts_with(|next: char| !" /:".contains(next));
        let at = self.text.find(content)? + self.start + colon;
        (glued && colon > 0).then(|| Span::new(at, at + 1))
    }

    fn has_key_before(&self, at: usize) -> bool {
        self.text.get(..at.saturating_sub(self.start)).is_some_and(|before| before.contains(": "))
    }
}
