//! `cargo xtask apache-records`: our messages, the records of `__consumer_offsets` and of the metadata log, the image that
//! these make, and the files of a quorum against Apache Kafka's own classes.
//!
//! Maven brings Kafka's jars and compiles `xtask/apache-records`, a filter that decodes and encodes with Kafka's
//! classes; the test `apache` of `xtask/tests/oracles` talks to it.

use std::path::Path;
use std::process::{Command, Stdio};
use xtask::codegen::repository;

/// The test that talks to Kafka's classes.
const TEST: &[&str] =
    &["test", "--package", "xtask", "--test", "oracles", "--quiet", "--", "--ignored", "--nocapture", "apache"];

/// The version of Kafka that is compared with where none is named.
const KAFKA: &str = "4.3.1";

/// Compiles the filter against a version of Kafka and runs the test.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let kafka = match arguments {
        [] => KAFKA,
        [flag, version] if flag == "--kafka" => version,
        _ => return Err(format!("usage: cargo xtask apache-records [--kafka {KAFKA}]")),
    };
    let root = repository();
    let class_path = compile(&root, kafka)?;
    let status = Command::new("cargo")
        .args(TEST)
        .env("APACHE_RECORDS_CLASS_PATH", class_path)
        .env("APACHE_RECORDS_KAFKA", kafka)
        .current_dir(&root)
        .status()
        .map_err(|why| format!("cargo could not be started: {why}"))?;
    match status.success() {
        true => Ok(()),
        false => Err("our bytes are not those of Apache Kafka's classes".to_owned()),
    }
}

/// Whether Maven is installed.
pub fn has_maven() -> bool {
    let mut maven = Command::new("mvn");
    maven.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    maven.status().is_ok_and(|status| status.success())
}

/// The class path of the compiled filter and of Kafka's jars.
fn compile(root: &Path, kafka: &str) -> Result<String, String> {
    let folder = root.join("target/apache-records").join(kafka);
    let list = folder.join("class-path");
    let status = Command::new("mvn")
        .args(["--quiet", "--batch-mode", "-Dstyle.color=never", "--file", "xtask/apache-records/pom.xml"])
        .args(["compile", "dependency:build-classpath"])
        .arg(format!("-Dkafka.version={kafka}"))
        .arg(format!("-Dmdep.outputFile={}", list.display()))
        .current_dir(root)
        .status()
        .map_err(|why| format!("mvn could not be started, install Maven and Java 17: {why}"))?;
    if !status.success() {
        return Err("mvn could not bring Kafka's jars or compile xtask/apache-records".to_owned());
    }
    let jars = std::fs::read_to_string(&list).map_err(|why| format!("{}: {why}", list.display()))?;
    Ok(format!("{}:{}", folder.join("classes").display(), jars.trim()))
}
