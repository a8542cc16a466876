//! A broker under test: started, waited for, stopped.

use super::{binary, kafka, usage};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No broker takes longer to start or to stop.
const PATIENCE: Duration = Duration::from_secs(120);

/// Metadata version 1 for no topic, framed: what every client asks first after ApiVersions.
const METADATA: &[u8] = &[0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0];

/// Which one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Broker {
    /// This project's.
    Gracchus,
    /// Apache's.
    Kafka,
}

/// A broker that answers.
pub struct Running {
    child: Child,
    log: PathBuf,
    /// `HOST:PORT`.
    pub address: String,
    /// From the process's start to its first answer to Metadata.
    pub started_in: Duration,
}

impl Broker {
    /// Its name in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Broker::Gracchus => "Gracchus",
            Broker::Kafka => "Kafka",
        }
    }

    /// Starts it on `folder`, which may hold its data already. Settings and the log's level are for Gracchus.
    pub fn start(self, folder: &Path, settings: &[&str], level: &str) -> Result<Running, String> {
        self.start_at(free_port()?, folder, settings, level)
    }

    /// The same, on a port that somebody may be waiting at.
    pub fn start_at(self, port: u16, folder: &Path, settings: &[&str], level: &str) -> Result<Running, String> {
        fs::create_dir_all(folder).map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
        let mut command = match self {
            Broker::Gracchus => gracchus(folder, port, settings, level),
            Broker::Kafka => kafka::command(folder, port, free_port()?)?,
        };
        let log = folder.with_extension("log");
        let to = File::create(&log).map_err(|why| format!("{} cannot be made: {why}", log.display()))?;
        let errors = to.try_clone().map_err(|why| why.to_string())?;
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(to).stderr(errors).spawn();
        let child = child.map_err(|why| format!("{} could not be started: {why}", self.name()))?;
        let address = format!("127.0.0.1:{port}");
        let mut running = Running { child, log, address, started_in: Duration::ZERO };
        while !answers(&running.address) {
            if began.elapsed() > PATIENCE || !matches!(running.child.try_wait(), Ok(None)) {
                return Err(format!("{} does not answer:\n{}", self.name(), running.stop()));
            }
            thread::sleep(Duration::from_micros(500));
        }
        running.started_in = began.elapsed();
        Ok(running)
    }
}

fn gracchus(folder: &Path, port: u16, settings: &[&str], level: &str) -> Command {
    let mut command = Command::new(binary());
    command.arg("serve").arg("--data-dir").arg(folder).args(["--listen", &format!("127.0.0.1:{port}")]);
    for setting in settings {
        command.args(["--set", setting]);
    }
    command.env("GRACCHUS_LOG", level);
    command
}

/// Another process may take it meanwhile, which shows as a broker that does not start.
pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|why| format!("no port is free: {why}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|why| why.to_string())
}

/// Whether it answers Metadata.
fn answers(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let mut len = [0; 4];
    stream.set_read_timeout(Some(Duration::from_secs(1))).is_ok()
        && stream.write_all(METADATA).is_ok()
        && stream.read_exact(&mut len).is_ok()
}

impl Running {
    /// CPU time so far.
    pub fn cpu(&self) -> Duration {
        usage::cpu(self.child.id())
    }

    /// Resident memory now.
    pub fn memory(&self) -> u64 {
        usage::memory(self.child.id())
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it as a power cut would, but for the page cache.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, and returns all that it logged.
    pub fn stop(mut self) -> String {
        let _ = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        let began = Instant::now();
        while began.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(20));
        }
        self.log()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
