//! Apache Kafka from its Maven artifacts, as a single KRaft node.

use super::target;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release that Gracchus is measured beside.
pub const VERSION: &str = "4.3.1";

/// What Kafka's own start script gives the virtual machine.
const FLAGS: &[&str] = &[
    "-Xmx1G",
    "-Xms1G",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];

const CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qg";

fn home() -> PathBuf {
    target().join("kafka").join(VERSION)
}

/// Brings the artifacts here, once.
pub fn fetch() -> Result<(), String> {
    let home = home();
    if home.join("complete").exists() {
        return Ok(());
    }
    println!("fetching Apache Kafka {VERSION} with mvn");
    fs::create_dir_all(&home).map_err(|why| format!("{} cannot be made: {why}", home.display()))?;
    fs::write(home.join("pom.xml"), pom()).map_err(|why| why.to_string())?;
    let mut command = Command::new("mvn");
    command.args(["--quiet", "--batch-mode", "dependency:copy-dependencies", "-DoutputDirectory=libs"]);
    let fetched = command.current_dir(&home).stdin(Stdio::null()).status();
    if !fetched.is_ok_and(|status| status.success()) {
        return Err("mvn could not fetch Apache Kafka: install Maven and Java 17, or use --alone".to_owned());
    }
    fs::write(home.join("complete"), "").map_err(|why| why.to_string())
}

fn pom() -> String {
    let dependency = |artifact: &str| {
        format!(
            "<dependency><groupId>org.apache.kafka</groupId><artifactId>{artifact}</artifactId>\
             <version>{VERSION}</version></dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>bench</groupId><artifactId>bench</artifactId><version>1</version>\
         <dependencies>{}{}</dependencies></project>",
        dependency("kafka_2.13"),
        dependency("kafka-tools")
    )
}

/// Formats `folder` where it is new, and returns what starts the broker.
pub fn command(folder: &Path, port: u16, controller_port: u16) -> Result<Command, String> {
    let config = folder.with_extension("properties");
    fs::write(&config, properties(folder, port, controller_port)).map_err(|why| why.to_string())?;
    if !folder.join("meta.properties").exists() {
        let mut format = java("kafka.tools.StorageTool");
        format.args(["format", "-t", CLUSTER_ID, "-c"]).arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        if !format.status().is_ok_and(|status| status.success()) {
            return Err(format!("Kafka's StorageTool could not format {}", folder.display()));
        }
    }
    let mut command = java("kafka.Kafka");
    command.arg(&config);
    Ok(command)
}

fn java(class: &str) -> Command {
    let mut command = Command::new("java");
    command.args(FLAGS).arg("-cp").arg(home().join("libs").join("*")).arg(class);
    command
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
