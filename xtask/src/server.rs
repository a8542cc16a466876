//! A server process of the developer's commands.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server process; it is killed with SIGKILL when this is dropped, so that nothing is flushed or written down.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

/// How a server is started, each time anew.
pub struct Start<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// Its data directory.
    pub data: &'a Path,
    /// Settings of its own, each `key=value`.
    pub settings: &'a [&'a str],
    /// The file that its log is appended to, debug lines too; none for this command's own output.
    pub log: Option<&'a Path>,
}

impl Start<'_> {
    /// Starts a server that listens there, and waits until it does.
    pub fn up(&self, listen: &str) -> Result<Server, String> {
        let mut child = self.spawn(listen)?;
        let mut lines = BufReader::new(child.stdout.take().expect("its output is a pipe")).lines();
        let up = lines.next().and_then(Result::ok).unwrap_or_default();
        let address = up.split("listens on ").nth(1).and_then(|rest| rest.split(',').next()).map(str::to_owned);
        match address {
            Some(address) => Ok(Server { child, address }),
            None => {
                let _ = child.kill();
                Err(format!("the server did not say where it listens: {up:?}"))
            }
        }
    }

    /// Starts one, and does not wait.
    pub fn spawn(&self, listen: &str) -> Result<Child, String> {
        let mut command = Command::new(self.binary);
        command.args(["serve", "--listen", listen, "--data-dir"]).arg(self.data).stdout(Stdio::piped());
        for setting in self.settings {
            command.args(["--set", setting]);
        }
        if let Some(path) = self.log {
            let log = OpenOptions::new().create(true).append(true).open(path);
            let log = log.map_err(|why| format!("{}: {why}", path.display()))?;
            command.stderr(log).env("GRACCHUS_LOG", "debug");
        }
        command.spawn().map_err(|why| format!("{} could not be started: {why}", self.binary.display()))
    }
}

impl Server {
    /// Kills it, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
