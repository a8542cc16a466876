//! Keys, values and headers in JSON: a string where they are UTF-8, else `{"base64":"..."}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes in JSON: a string where they are UTF-8, else `{"base64":"..."}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonBytes(pub Vec<u8>);

impl Serialize for JsonBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown(&self.0).serialize(serializer)
    }
}

/// Borrowed bytes in JSON, as [`JsonBytes`].
pub struct Shown<'a>(pub &'a [u8]);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = core::str::from_utf8(self.0) {
            return serializer.serialize_str(text);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("base64", &STANDARD.encode(self.0))?;
        map.end()
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "it takes a string or {\"base64\": \"...\"}")]
enum Written {
    Text(String),
    Coded(Coded),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coded {
    base64: String,
}

impl<'de> Deserialize<'de> for JsonBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<JsonBytes, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(JsonBytes(text.into_bytes())),
            Written::Coded(Coded { base64 }) => {
                let bytes = STANDARD.decode(base64).map_err(|_| D::Error::custom("the base64 cannot be decoded"))?;
                Ok(JsonBytes(bytes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for bytes in [&b"plain \"text\""[..], b"", &[0xff, 0, 1], "größer".as_bytes()] {
            let line = super::super::json::to_line(&JsonBytes(bytes.to_vec()));
            assert_eq!(serde_json::from_str::<JsonBytes>(&line).unwrap(), JsonBytes(bytes.to_vec()), "{line}");
        }
        assert_eq!(super::super::json::to_line(&Shown(&[0xff])), r#"{"base64":"/w=="}"#);
        assert!(serde_json::from_str::<JsonBytes>(r#"{"base64":"#).is_err());
        assert!(serde_json::from_str::<JsonBytes>(r#"{"base64":"!"}"#).is_err());
        assert!(serde_json::from_str::<JsonBytes>("7").is_err());
    }
}
