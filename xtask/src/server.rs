//! A server process of the developer's commands.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server process; it is killed with SIGKILL when this is dropped, so that nothing is flushed or written down.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Starts one, and waits until it listens.
    pub fn start(binary: &Path, listen: &str, data: &Path) -> Result<Server, String> {
        let mut child = Server::spawn(binary, listen, data)?;
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
    pub fn spawn(binary: &Path, listen: &str, data: &Path) -> Result<Child, String> {
        Command::new(binary)
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("{} could not be started: {why}", binary.display()))
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
