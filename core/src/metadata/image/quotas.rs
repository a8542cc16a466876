//! Quotas of clients.
//!
//! **In Kafka**: `ClientQuotasImage`, `ClientQuotasDelta`, `ClientQuotaEntity`.

use super::{Contradiction, MetadataImage, text};
use crate::wire::ClientQuotaRecord;
use crate::wire::client_quota_record::EntityData;
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whom quotas are for: names by their types, such as `user`, `client-id` or `ip`. No name stands for the default of all
/// that have no quota of their own.
pub type QuotaEntity = BTreeMap<Arc<str>, Option<Arc<str>>>;

/// Quotas by key, such as `producer_byte_rate`.
pub type Quotas = BTreeMap<Arc<str>, QuotaValue>;

/// A quota's value: a floating-point number by its bits, because an image has to equal its copies whatever the number is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuotaValue(u64);

impl QuotaValue {
    /// The quota of that number.
    #[must_use]
    pub fn new(value: f64) -> QuotaValue {
        QuotaValue(value.to_bits())
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for QuotaValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

pub(super) fn set(image: &mut MetadataImage, record: &ClientQuotaRecord) -> Result<(), Contradiction> {
    let named = |it: &EntityData| (text(&it.entity_type), it.entity_name.as_deref().map(text));
    let entity: QuotaEntity = record.entity.iter().map(named).collect();
    let mut quotas = image.client_quotas.get(&entity).cloned().unwrap_or_default();
    let pairs = Arc::make_mut(&mut quotas);
    match record.remove {
        true => pairs.remove(&*record.key),
        false => pairs.insert(text(&record.key), QuotaValue::new(record.value)),
    };
    match quotas.is_empty() {
        true => image.client_quotas.remove(&entity),
        false => image.client_quotas.insert(entity, quotas),
    };
    Ok(())
}

pub(super) fn written(image: &MetadataImage) -> impl Iterator<Item = ClientQuotaRecord> {
    image.client_quotas.iter().flat_map(|(entity, quotas)| {
        let entity: Vec<EntityData> = entity
            .iter()
            .map(|(entity_type, name)| EntityData {
                entity_type: (**entity_type).into(),
                entity_name: name.as_deref().map(Into::into),
            })
            .collect();
        quotas.iter().map(move |(key, value)| ClientQuotaRecord {
            entity: entity.clone(),
            key: (**key).into(),
            value: value.get(),
            remove: false,
        })
    })
}
