//! Apache Kafka from its Maven artifacts: its jars, its tools, and a single KRaft node.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release that Gracchus is compared with.
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

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new("target").to_owned(), PathBuf::from)
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
        return Err("mvn could not fetch Apache Kafka: install Maven and Java 17".to_owned());
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

/// Formats the log directories of a `server.properties`, each of which must be new.
pub fn format(config: &Path, options: &[&str]) -> Result<(), String> {
    let mut format = java("kafka.tools.StorageTool");
    format.args(["format", "-t", CLUSTER_ID, "-c"]).arg(config).args(options);
    let formatted = format.stdin(Stdio::null()).output().map_err(|why| format!("java could not be started: {why}"))?;
    match formatted.status.success() {
        true => Ok(()),
        false => Err(format!("Kafka's StorageTool failed:\n{}", String::from_utf8_lossy(&formatted.stderr))),
    }
}

/// What starts the broker with a `server.properties`.
pub fn broker(config: &Path) -> Command {
    let mut command = java("kafka.Kafka");
    command.arg(config);
    command
}

/// What runs a class with Kafka's jars, or a file that is the source of one.
pub fn java(class: &str) -> Command {
    let mut command = Command::new("java");
    command.args(FLAGS).arg("-cp").arg(home().join("libs").join("*")).arg(class);
    command
}
