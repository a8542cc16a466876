//! Brokers and controllers as they registered.
//!
//! A record that changes or removes a broker's registration names the epoch of the registration. One for another epoch
//! is a contradiction: it would fence an incarnation that it does not know.
//!
//! **In Kafka**: `ClusterImage`, `ClusterDelta`, `ClusterControlManager`, `BrokerRegistration`,
//! `ControllerRegistration`, `BrokerRegistrationFencingChange`, `BrokerRegistrationInControlledShutdownChange`.

use super::error::number;
use super::{Contradiction, MetadataImage, text};
use crate::types::{BrokerEpoch, NodeId, Uuid};
use crate::wire::register_broker_record::{BrokerEndpoint, BrokerFeature};
use crate::wire::register_controller_record::{ControllerEndpoint, ControllerFeature};
use crate::wire::{
    BrokerRegistrationChangeRecord, FenceBrokerRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UnfenceBrokerRecord, UnregisterBrokerRecord, UnregisterControllerRecord,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One broker's registration (KIP-631).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BrokerRegistration {
    /// `node.id`.
    pub id: NodeId,
    /// Of this incarnation.
    pub epoch: BrokerEpoch,
    /// Where it listens, by listener name.
    pub end_points: Vec<EndPoint>,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// A fenced broker leads nothing.
    pub fenced: bool,
    /// Drawn anew at every start of the broker.
    pub incarnation_id: Uuid,
    /// The levels of features that the broker can have.
    pub features: BTreeMap<Arc<str>, FeatureRange>,
    /// The directory ids of its log directories that are in use, in Kafka's order (KIP-858).
    pub log_dirs: Vec<Uuid>,
    /// Log directories that are given no new replicas (KIP-1066); none where the broker has not said.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    /// Whether it is shutting down and gives up its leaderships (KIP-841).
    pub in_controlled_shutdown: bool,
    /// Whether it registered while it was migrated from ZooKeeper (KIP-866).
    pub is_migrating_zk_broker: bool,
}

/// One controller's registration (KIP-919).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ControllerRegistration {
    /// `node.id`.
    pub id: NodeId,
    /// Drawn anew at every start of the controller.
    pub incarnation_id: Uuid,
    /// Whether it was ready for a migration from ZooKeeper (KIP-866).
    pub zk_migration_ready: bool,
    /// Where it listens, by listener name.
    pub end_points: Vec<EndPoint>,
    /// The levels of features that the controller can have.
    pub features: BTreeMap<Arc<str>, FeatureRange>,
}

/// Where a node listens.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EndPoint {
    /// The listener's name, such as `PLAINTEXT`.
    pub listener: Arc<str>,
    /// Host name or address.
    pub host: Arc<str>,
    /// TCP port.
    pub port: u16,
    /// What connections of the listener speak.
    pub security_protocol: SecurityProtocol,
}

/// What connections of a listener speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SecurityProtocol {
    /// `PLAINTEXT`: nothing is encrypted and nobody is authenticated.
    #[default]
    Plaintext,
    /// `SSL`: TLS.
    Ssl,
    /// `SASL_PLAINTEXT`: SASL without encryption.
    SaslPlaintext,
    /// `SASL_SSL`: SASL over TLS.
    SaslSsl,
}

/// The levels of a feature that a node can have, from the lowest to the highest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeatureRange {
    /// The lowest.
    pub min: i16,
    /// The highest.
    pub max: i16,
}

impl SecurityProtocol {
    const ALL: [SecurityProtocol; 4] = [
        SecurityProtocol::Plaintext,
        SecurityProtocol::Ssl,
        SecurityProtocol::SaslPlaintext,
        SecurityProtocol::SaslSsl,
    ];

    /// The protocol of that number; `None` where Kafka has none.
    #[must_use]
    pub fn from_wire(id: i16) -> Option<SecurityProtocol> {
        SecurityProtocol::ALL.get(usize::try_from(id).ok()?).copied()
    }

    /// Kafka's number for it.
    #[must_use]
    pub fn to_wire(self) -> i16 {
        self as i16
    }
}

pub(super) fn register_broker(image: &mut MetadataImage, record: &RegisterBrokerRecord) -> Result<(), Contradiction> {
    let id = node("BrokerId", record.broker_id)?;
    let end_points = record.end_points.iter().map(|it| (&*it.name, &*it.host, it.port, it.security_protocol));
    let features = record.features.iter().map(|it| (&*it.name, it.min_supported_version, it.max_supported_version));
    let registration = BrokerRegistration {
        id,
        epoch: number("BrokerEpoch", record.broker_epoch, BrokerEpoch::from_wire)?,
        end_points: end_points_of(end_points)?,
        rack: record.rack.as_deref().map(text),
        fenced: record.fenced,
        incarnation_id: record.incarnation_id,
        features: features_of(features),
        log_dirs: in_kafkas_order(&record.log_dirs),
        cordoned_log_dirs: record.cordoned_log_dirs.clone(),
        in_controlled_shutdown: record.in_controlled_shutdown,
        is_migrating_zk_broker: record.is_migrating_zk_broker,
    };
    image.brokers.insert(id, Arc::new(registration));
    Ok(())
}

pub(super) fn unregister_broker(
    image: &mut MetadataImage,
    record: &UnregisterBrokerRecord,
) -> Result<(), Contradiction> {
    let known = registered(image, record.broker_id, record.broker_epoch)?.id;
    image.brokers.remove(&known);
    Ok(())
}

pub(super) fn fence_broker(image: &mut MetadataImage, record: &FenceBrokerRecord) -> Result<(), Contradiction> {
    let known = registered(image, record.id, record.epoch)?;
    put_broker(image, BrokerRegistration { fenced: true, ..known });
    Ok(())
}

pub(super) fn unfence_broker(image: &mut MetadataImage, record: &UnfenceBrokerRecord) -> Result<(), Contradiction> {
    let known = registered(image, record.id, record.epoch)?;
    put_broker(image, BrokerRegistration { fenced: false, ..known });
    Ok(())
}

/// Changes what the record names. An empty list of log directories changes nothing: it is what a record has that was
/// written before directories had ids.
pub(super) fn change_broker(
    image: &mut MetadataImage,
    record: &BrokerRegistrationChangeRecord,
) -> Result<(), Contradiction> {
    let mut broker = registered(image, record.broker_id, record.broker_epoch)?;
    broker.fenced = match record.fenced {
        -1 => false,
        0 => broker.fenced,
        1 => true,
        value => return Err(Contradiction::Number { field: "Fenced", value: value.into() }),
    };
    broker.in_controlled_shutdown = match record.in_controlled_shutdown {
        0 => broker.in_controlled_shutdown,
        1 => true,
        value => return Err(Contradiction::Number { field: "InControlledShutdown", value: value.into() }),
    };
    if !record.log_dirs.is_empty() {
        broker.log_dirs = in_kafkas_order(&record.log_dirs);
    }
    if let Some(cordoned) = &record.cordoned_log_dirs {
        broker.cordoned_log_dirs = Some(cordoned.clone());
    }
    put_broker(image, broker);
    Ok(())
}

pub(super) fn register_controller(
    image: &mut MetadataImage,
    record: &RegisterControllerRecord,
) -> Result<(), Contradiction> {
    let id = node("ControllerId", record.controller_id)?;
    let end_points = record.end_points.iter().map(|it| (&*it.name, &*it.host, it.port, it.security_protocol));
    let features = record.features.iter().map(|it| (&*it.name, it.min_supported_version, it.max_supported_version));
    let registration = ControllerRegistration {
        id,
        incarnation_id: record.incarnation_id,
        zk_migration_ready: record.zk_migration_ready,
        end_points: end_points_of(end_points)?,
        features: features_of(features),
    };
    image.controllers.insert(id, Arc::new(registration));
    Ok(())
}

pub(super) fn unregister_controller(
    image: &mut MetadataImage,
    record: &UnregisterControllerRecord,
) -> Result<(), Contradiction> {
    let id = node("ControllerId", record.controller_id)?;
    image.controllers.remove(&id).map(drop).ok_or(Contradiction::UnknownController(id))
}

fn node(field: &'static str, id: i32) -> Result<NodeId, Contradiction> {
    number(field, id, NodeId::from_wire)
}

/// The registration that a record changes.
fn registered(image: &MetadataImage, id: i32, epoch: i64) -> Result<BrokerRegistration, Contradiction> {
    let id = node("BrokerId", id)?;
    let known = image.brokers.get(&id).ok_or(Contradiction::UnknownBroker(id))?;
    match known.epoch.0 == epoch {
        true => Ok(BrokerRegistration::clone(known)),
        false => Err(Contradiction::BrokerEpoch { broker: id, known: known.epoch, given: epoch }),
    }
}

fn put_broker(image: &mut MetadataImage, broker: BrokerRegistration) {
    image.brokers.insert(broker.id, Arc::new(broker));
}

/// End points by name: of two with one name the later one counts, as in a map.
fn end_points_of<'a>(
    records: impl Iterator<Item = (&'a str, &'a str, u16, i16)>,
) -> Result<Vec<EndPoint>, Contradiction> {
    let mut end_points: Vec<EndPoint> = Vec::new();
    let mut places: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for (listener, host, port, protocol) in records {
        let security_protocol = number("SecurityProtocol", protocol, SecurityProtocol::from_wire)?;
        let end_point = EndPoint { listener: text(listener), host: text(host), port, security_protocol };
        match places.get(&end_point.listener) {
            Some(at) => end_points[*at] = end_point,
            None => {
                places.insert(end_point.listener.clone(), end_points.len());
                end_points.push(end_point);
            }
        }
    }
    Ok(end_points)
}

fn features_of<'a>(records: impl Iterator<Item = (&'a str, i16, i16)>) -> BTreeMap<Arc<str>, FeatureRange> {
    records.map(|(name, min, max)| (text(name), FeatureRange { min, max })).collect()
}

/// Directory ids as Kafka orders them, by their halves as signed numbers.
fn in_kafkas_order(ids: &[Uuid]) -> Vec<Uuid> {
    let halves = |id: &Uuid| {
        let value = u128::from_be_bytes(id.0);
        ((value >> 64) as u64 as i64, value as u64 as i64)
    };
    let mut ids = ids.to_vec();
    ids.sort_by_key(halves);
    ids
}

impl BrokerRegistration {
    pub(super) fn to_record(&self) -> RegisterBrokerRecord {
        let end_point = |it: &EndPoint| BrokerEndpoint {
            name: (*it.listener).into(),
            host: (*it.host).into(),
            port: it.port,
            security_protocol: it.security_protocol.to_wire(),
        };
        let feature = |(name, range): (&Arc<str>, &FeatureRange)| BrokerFeature {
            name: (**name).into(),
            min_supported_version: range.min,
            max_supported_version: range.max,
        };
        RegisterBrokerRecord {
            broker_id: self.id.0,
            is_migrating_zk_broker: self.is_migrating_zk_broker,
            incarnation_id: self.incarnation_id,
            broker_epoch: self.epoch.0,
            end_points: self.end_points.iter().map(end_point).collect(),
            features: self.features.iter().map(feature).collect(),
            rack: self.rack.as_deref().map(Into::into),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: self.log_dirs.clone(),
            cordoned_log_dirs: self.cordoned_log_dirs.clone(),
        }
    }
}

impl ControllerRegistration {
    pub(super) fn to_record(&self) -> RegisterControllerRecord {
        let end_point = |it: &EndPoint| ControllerEndpoint {
            name: (*it.listener).into(),
            host: (*it.host).into(),
            port: it.port,
            security_protocol: it.security_protocol.to_wire(),
        };
        let feature = |(name, range): (&Arc<str>, &FeatureRange)| ControllerFeature {
            name: (**name).into(),
            min_supported_version: range.min,
            max_supported_version: range.max,
        };
        RegisterControllerRecord {
            controller_id: self.id.0,
            incarnation_id: self.incarnation_id,
            zk_migration_ready: self.zk_migration_ready,
            end_points: self.end_points.iter().map(end_point).collect(),
            features: self.features.iter().map(feature).collect(),
        }
    }
}
