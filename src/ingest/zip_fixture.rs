//! Archives for tests, made by hand: any part may lie about its size.

/// CRC-32 (ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c: u32, _| if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 })
    })
}

/// A zip archive of stored parts; `size` overrides what it says the parts hold.
pub(super) fn zip(parts: &[(&str, &str)], size: Option<u32>) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let offset = u32::try_from(out.len()).unwrap();
        let length = u32::try_from(text.len()).unwrap();
        let mut shared = vec![20, 0, 0, 0, 0, 0, 0, 0, 33, 0];
        shared.extend(crc(text.as_bytes()).to_le_bytes());
        shared.extend(length.to_le_bytes());
        shared.extend(size.unwrap_or(length).to_le_bytes());
        shared.extend([u8::try_from(name.len()).unwrap(), 0, 0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&shared);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let offset = u32::try_from(out.len()).unwrap();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    let n = u16::try_from(parts.len()).unwrap().to_le_bytes();
    out.extend([n, n].concat());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0, 0]);
    out
}
