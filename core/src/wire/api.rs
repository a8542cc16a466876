//! Which versions of which API there are. Which of the APIs a broker serves is said by the broker's own table.

use super::ApiKey;

/// One API's row of the protocol table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Api {
    /// Which.
    pub key: ApiKey,
    /// Kafka's name for it.
    pub name: &'static str,
    /// The lowest version that is served, where the API is.
    pub min: i16,
    /// The highest version that is served, where the API is; versions that Kafka calls unstable are not.
    pub max: i16,
    /// The lowest version that `ApiVersions` claims. Produce claims 0 and serves from 3 (KAFKA-18659).
    pub advertised_min: i16,
    /// The first version with compact lengths and tagged fields (KIP-482).
    pub flexible_from: i16,
}

impl Api {
    /// Whether requests of that version are served.
    #[must_use]
    pub fn serves(&self, version: i16) -> bool {
        (self.min..=self.max).contains(&version)
    }

    /// Whether that version has compact lengths and tagged fields.
    #[must_use]
    pub fn is_flexible(&self, version: i16) -> bool {
        version >= self.flexible_from
    }
}

impl ApiKey {
    /// The number on the wire.
    #[must_use]
    pub fn to_wire(self) -> i16 {
        self as i16
    }
}
