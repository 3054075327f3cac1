//! What the library says about syntax, retold: it names the rule that broke, and people need the slip that broke it.
//!
//! In: the text, what the library says, and where. Out: a `YamlProblem`, after a look at the line itself.

use granit_parser::ErrorKind;

use super::{
    super::node::Span,
    YamlProblem,
    wording::{ALIGN, QUOTE_IT, SYNTAX, tab, template, too_deep, unknown_tag},
};

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
