//! A frame as the sender's parts and as the receiver's bytes.

use bytes::{BufMut, Bytes, BytesMut};

/// The parts as one, without the length prefix; `None` where the prefix does not say what follows.
#[must_use]
pub fn join(parts: &[Bytes]) -> Option<Bytes> {
    let total: usize = parts.iter().map(Bytes::len).sum();
    let mut prefix = [0; 4];
    let mut got = 0;
    for byte in parts.iter().flat_map(|part| part.iter()).take(4) {
        prefix[got] = *byte;
        got += 1;
    }
    if got < 4 || u32::from_be_bytes(prefix) as usize != total - 4 {
        return None;
    }
    // One part, or a prefix of its own and one part: nothing is copied.
    match parts {
        [whole] => return Some(whole.slice(4..)),
        [prefix, whole] if prefix.len() == 4 => return Some(whole.clone()),
        _ => {}
    }
    let mut joined = BytesMut::with_capacity(total - 4);
    let mut skip = 4;
    for part in parts {
        let from = skip.min(part.len());
        skip -= from;
        joined.put_slice(&part[from..]);
    }
    Some(joined.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_a_frame_however_they_are_cut() {
        let whole: &[u8] = &[0, 0, 0, 5, 1, 2, 3, 4, 5];
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let parts = [&whole[..first], &whole[first..second], &whole[second..]].map(Bytes::copy_from_slice);
                assert_eq!(join(&parts).unwrap(), &whole[4..]);
            }
        }
        assert_eq!(join(&[Bytes::copy_from_slice(whole)]).unwrap(), &whole[4..]);
    }

    #[test]
    fn a_prefix_that_lies_is_no_frame() {
        assert_eq!(join(&[Bytes::from_static(&[0, 0, 0, 2, 1])]), None);
        assert_eq!(join(&[Bytes::from_static(&[0, 0])]), None);
        assert_eq!(join(&[]), None);
    }
}
