//! What single characters mean to the fast reading.
//!
//! In: a text or a byte. Out: whether `fast` may read it, and what a byte may start or end.

/// Whether the text has only characters that mean here what they mean everywhere.
pub(super) fn is_plain(text: &str) -> bool {
    // One branchless pass, which the compiler turns into vector instructions.
    let odd = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\r') || byte == 0x7f;
    if text.bytes().fold(false, |found, byte| found | odd(byte)) {
        return false;
    }
    text.is_ascii()
        || !text
            .chars()
            .any(|c| matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}'))
}

/// May start a plain scalar, whatever follows.
pub(super) const PLAIN_START: u8 = 1;
/// May end a plain scalar outside brackets.
pub(super) const BLOCK_STOP: u8 = 2;
/// May end a plain scalar inside brackets.
pub(super) const FLOW_STOP: u8 = 4;
/// What each byte may do, as bits.
pub(super) const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric()
            || b >= 0x80
            || matches!(b, b'_' | b'/' | b'.' | b'+' | b'$' | b'(' | b')' | b'<' | b'=' | b';' | b'^' | b'~' | b'\\')
        {
            class[byte] |= PLAIN_START;
        }
        if matches!(b, b':' | b'#' | b'\n' | b'\r') {
            class[byte] |= BLOCK_STOP | FLOW_STOP;
        }
        if matches!(b, b',' | b'[' | b']' | b'{' | b'}') {
            class[byte] |= FLOW_STOP;
        }
        byte += 1;
    }
    class
}
