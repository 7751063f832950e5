//! The fast path for any processor, in words and bytes.

use super::{DURATION, IDS, Minute, NAMED_START, NO_DURATION, SHORTEST, Standard, WINDOW, shape::Shape};
use crate::formats::osprofiler::uuid;
use crate::record::TAIL;

/// The version of [`recognise`](super::recognise) for any processor.
#[inline]
pub(super) fn recognise(window: &[u8; WINDOW], minute: &Minute) -> Option<Standard> {
    let searched = SHORTEST + (WINDOW - SHORTEST) / 64 * 64;
    let len = SHORTEST + memchr::memchr(b'\n', &window[SHORTEST..searched])?;
    let is_start = window[DURATION] == b' ';
    let duration = if is_start { NO_DURATION } else { memchr::memchr2(b' ', b'\n', &window[DURATION..DURATION + 16])? };
    let ids = DURATION + 1 + duration;
    if !is_timestamp(window, minute) || !are_ids(&window[ids..]) || window[ids - 1] != b' ' {
        return None;
    }
    let is_whole =
        !is_start || window[DURATION..ids].iter().all(|byte| *byte == b' ') && window[..len].ends_with(b"-start");
    let tail = len.wrapping_sub(ids + IDS);
    (is_whole && (NAMED_START..TAIL).contains(&tail)).then_some(Standard { len: len as u32, ids: ids as u32, is_start })
}

/// The version of [`duration`](super::duration) for any processor.
#[inline]
pub(super) fn duration(window: &[u8; WINDOW], ids: usize) -> Option<u64> {
    let text = window[DURATION..].first_chunk::<16>()?;
    let shape = Shape::of(window, ids - DURATION - 1);
    let bounds = shape.lowest.iter().zip(&shape.spread);
    if text.iter().zip(bounds).any(|(byte, (lowest, spread))| byte.wrapping_sub(*lowest) > *spread) {
        return None;
    }
    let digit = |place: &u8| text.get(usize::from(*place)).map_or(0, |byte| u64::from(byte - b'0'));
    let micros = shape.digits[..8].iter().fold(0, |number, place| number * 10 + digit(place));
    Some(micros * 1000)
}

fn is_timestamp(window: &[u8; WINDOW], minute: &Minute) -> bool {
    window.starts_with(minute)
        && window[16..27]
            .iter()
            .zip(b":00.000000 ")
            .all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape })
        && window[17] < b'6'
}

fn are_ids(text: &[u8]) -> bool {
    text.chunks(uuid::LEN + 1).take(3).all(|id| uuid::begins(id) && id.get(uuid::LEN) == Some(&b' '))
}
