//! UUIDs in their text form: 36 characters, hexadecimal digits of either case.

pub(super) const LEN: usize = 36;

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Says whether `text` begins with a UUID.
pub(super) fn begins(text: &[u8]) -> bool {
    text.first_chunk::<LEN>().is_some_and(|text| {
        let digits = text.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
        HYPHENS.iter().all(|at| text[*at] == b'-') && digits == LEN - HYPHENS.len()
    })
}

/// Says whether `text` begins with a blank, a UUID and another blank.
pub(super) fn stands_between_blanks(text: &[u8]) -> bool {
    text.first() == Some(&b' ') && text.get(LEN + 1) == Some(&b' ') && begins(&text[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_case_and_nothing_else() {
        assert!(begins(b"f12e75d5-5d59-4cbc-b74d-357f19290dd7"));
        assert!(begins(b"F12E75D5-5D59-4cbc-b74d-357f19290dd7 and more"));
        assert!(!begins(b"f12e75d5-5d59-4cbc-b74d-357f19290dd"));
        assert!(!begins(b"g12e75d5-5d59-4cbc-b74d-357f19290dd7"));
        assert!(!begins(b"f12e75d505d59-4cbc-b74d-357f19290dd7"));
    }
}
