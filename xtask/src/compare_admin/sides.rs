//! The two brokers, each started on the same settings and asked the same calls.

use super::answers::{self, Answer};
use crate::kafka;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use xtask::codegen::repository;

/// Feature levels of Kafka that change its answers: this server has no eligible leader replicas (KIP-966).
const KAFKA_FORMAT: &[&str] = &["--feature", "eligible.leader.replicas.version=0"];

/// Where things are.
struct Places {
    /// The calls, and the program that makes them.
    sources: PathBuf,
    /// Settings, data and logs of the brokers.
    work: PathBuf,
    /// Where both brokers listen, one after the other.
    port: u16,
}

/// Starts Kafka, asks it, stops it, and does the same with Gracchus.
pub fn ask_both() -> Result<(Vec<Answer>, Vec<Answer>), String> {
    kafka::fetch()?;
    let places = Places::new()?;
    println!("asking Apache Kafka {}", kafka::VERSION);
    let of_kafka = places.ask("kafka", kafka::broker(&places.config()))?;
    println!("asking Gracchus");
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--bin", "gracchus"]).current_dir(repository());
    if !build.status().is_ok_and(|status| status.success()) {
        return Err("the server does not build".to_owned());
    }
    let mut gracchus = Command::new(kafka::target().join("debug/gracchus"));
    gracchus.arg("serve").arg("--config").arg(places.config());
    Ok((of_kafka, places.ask("gracchus", gracchus)?))
}

impl Places {
    fn new() -> Result<Places, String> {
        let work = kafka::target().join("compare-admin");
        fs::create_dir_all(&work).map_err(|why| format!("{}: {why}", work.display()))?;
        let work = work.canonicalize().map_err(|why| format!("{}: {why}", work.display()))?;
        let sources = repository().join("xtask/compare-admin");
        let (port, controller) = free_ports()?;
        let template = read(&sources.join("server.properties"))?;
        let data = work.join("data").display().to_string();
        let settings = template.replace("{PORT}", &port.to_string()).replace("{CONTROLLER}", &controller.to_string());
        let places = Places { sources, work, port };
        fs::write(places.config(), settings.replace("{DATA}", &data)).map_err(|why| why.to_string())?;
        Ok(places)
    }

    fn config(&self) -> PathBuf {
        self.work.join("server.properties")
    }

    /// Formats a fresh folder, starts the broker on it, and makes the calls.
    fn ask(&self, name: &str, mut broker: Command) -> Result<Vec<Answer>, String> {
        let data = self.work.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).map_err(|why| format!("{}: {why}", data.display()))?;
        }
        // Both have the cluster's id from Kafka's own tool, and so the same.
        kafka::format(&self.config(), KAFKA_FORMAT)?;
        let log = self.work.join(format!("{name}.log"));
        let to = File::create(&log).map_err(|why| format!("{}: {why}", log.display()))?;
        let errors = to.try_clone().map_err(|why| why.to_string())?;
        let child = broker.stdin(Stdio::null()).stdout(to).stderr(errors).spawn();
        let running = Running(child.map_err(|why| format!("{name} could not be started: {why}"))?);
        let answers = self.call(name).map_err(|why| format!("{why}; {name} logged to {}", log.display()));
        drop(running);
        answers
    }

    fn call(&self, name: &str) -> Result<Vec<Answer>, String> {
        let calls = self.sources.join("calls.txt");
        let calls = File::open(&calls).map_err(|why| format!("{}: {why}", calls.display()))?;
        let mut program = kafka::java(&self.sources.join("AdminCalls.java").display().to_string());
        program.arg(format!("127.0.0.1:{}", self.port)).stdin(calls);
        let output = program.output().map_err(|why| format!("java could not be started: {why}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        fs::write(self.work.join(format!("{name}.answers")), printed.as_bytes()).map_err(|why| why.to_string())?;
        match output.status.success() {
            true => answers::read(&printed),
            false => Err(format!("{name} could not be asked everything:\n{}", String::from_utf8_lossy(&output.stderr))),
        }
    }
}

/// A broker; it is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Two ports that nobody has. Another process may take one meanwhile, which shows as a broker that does not start.
fn free_ports() -> Result<(u16, u16), String> {
    let bind = || TcpListener::bind("127.0.0.1:0").map_err(|why| format!("no port is free: {why}"));
    let (one, two) = (bind()?, bind()?);
    let port = |of: &TcpListener| of.local_addr().map(|address| address.port()).map_err(|why| why.to_string());
    Ok((port(&one)?, port(&two)?))
}
