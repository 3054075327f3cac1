//! Documents that are sent to people: a value in blocks of text, written as Markdown, HTML or for a terminal.
//!
//! In: reports and overviews. Out: text. Imports `core` and the words of `render`. Deliberately absent: reading,
//! deciding, and any text of a user that is not escaped.

pub mod portfolio;
