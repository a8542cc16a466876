//! Apache Kafka as the bench starts it.

use crate::kafka;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Formats `folder` where it is new, and returns what starts the broker.
pub fn command(folder: &Path, port: u16, controller_port: u16) -> Result<Command, String> {
    let config = folder.with_extension("properties");
    fs::write(&config, properties(folder, port, controller_port)).map_err(|why| why.to_string())?;
    if !folder.join("meta.properties").exists() {
        kafka::format(&config, &[])?;
    }
    Ok(kafka::broker(&config))
}

fn properties(folder: &Path, port: u16, controller_port: u16) -> String {
    format!(
        "process.roles=broker,controller\nnode.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller_port}\ncontroller.listener.names=CONTROLLER\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\nlog.dirs={}\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         offsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\nshare.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n",
        folder.display()
    )
}
