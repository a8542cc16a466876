//! A `gracchus serve` of a test's own, which ends with the test.

use gracchus_server::caller::Caller;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_gracchus");

/// What takes room on a small disk.
const BALLAST: &str = "ballast";

/// A server process. It listens on a port of the system's choice.
pub struct Server {
    child: Child,
    pub address: String,
    /// Its first line on standard output.
    pub line: String,
}

/// The command, with an environment that says nothing about brokers.
pub fn gracchus(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).env_clear().env("RUST_BACKTRACE", "0");
    command
}

/// Runs the command to its end, which must come within ten seconds.
pub fn run(arguments: &[&str]) -> Output {
    let child = gracchus(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_child(&child);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(30));
        // Long after the test: a server that wrongly started does not stay.
        let _ = kill_process(pid, Signal::KILL);
    });
    child.wait_with_output().unwrap()
}

/// The exit code of a process, and none where it still runs after twenty seconds; then it is killed.
pub fn ends_with(child: &mut Child) -> Option<i32> {
    Server::until(Duration::from_secs(20), || child.try_wait().unwrap().is_some());
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    ended.and_then(|ended| ended.code())
}

/// A pipe that is full, and a reader that reads nothing.
pub fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    while writer.write(b" ").is_ok() {}
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    (reader, writer)
}

impl Server {
    /// Starts one on `folder`, and waits for its line.
    pub fn start(folder: &Path, more: &[&str]) -> Server {
        let folder = folder.to_str().unwrap();
        let mut arguments = vec!["serve", "--data-dir", folder, "--listen", "127.0.0.1:0"];
        arguments.extend(more);
        Server::from_its_line(gracchus(&arguments)).expect("the server says where it listens")
    }

    /// Starts one on `folder` again, where another one listened before.
    pub fn restart(folder: &Path, address: &str) -> Server {
        let folder = folder.to_str().unwrap();
        let command = gracchus(&["serve", "--data-dir", folder, "--listen", address]);
        Server::from_its_line(command).expect("the server says where it listens")
    }

    /// Starts one on a disk of `mebibytes`, two of which a file takes that can be removed; none where this system lets no
    /// user mount a file system of his own.
    pub fn on_a_small_disk(folder: &Path, mebibytes: u32) -> Option<Server> {
        let script = format!(
            "mount -t tmpfs -o size={mebibytes}m none \"$0\" && head -c 2097152 /dev/zero > \"$0/{BALLAST}\" && \
             exec \"$1\" serve --data-dir \"$0/data\" --listen 127.0.0.1:0"
        );
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(folder).arg(BINARY);
        Server::from_its_line(command)
    }

    /// Makes room on its small disk.
    pub fn remove_ballast(&self, folder: &Path) {
        let seen_by_it = format!("/proc/{}/root{}/{BALLAST}", self.child.id(), folder.display());
        std::fs::remove_file(seen_by_it).unwrap();
    }

    /// Starts one on `folder` whose log and standard output nobody reads after its line: both pipes are closed.
    pub fn start_unread(folder: &Path) -> Server {
        let mut command = gracchus(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        command.stderr(Stdio::piped());
        let mut server = Server::from_its_line(command).expect("the server says where it listens");
        drop(server.child.stderr.take());
        server
    }

    /// Starts one on `folder` by a shell that first does `before`, with those redirections. Its output is nobody's
    /// business: where it listens is found in what the system tells of it.
    pub fn start_by_a_shell(folder: &Path, before: &str, redirections: &str) -> Server {
        let script = format!("{before} exec \"$0\" serve --data-dir \"$1\" --listen 127.0.0.1:0 {redirections}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, BINARY]).arg(folder).env("GRACCHUS_LOG", "trace");
        Server::from_its_socket(command)
    }

    /// Starts one on `folder` that logs everything to pipes; they are the caller's.
    pub fn start_piped(folder: &Path) -> (Server, ChildStdout, ChildStderr) {
        let mut command = gracchus(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        command.env("GRACCHUS_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Server::from_its_socket(command);
        let (out, err) = (server.child.stdout.take().unwrap(), server.child.stderr.take().unwrap());
        (server, out, err)
    }

    /// Starts one on `folder` that logs everything to a pipe, which is full and has a reader, and prints to it too.
    pub fn start_stalled(folder: &Path, pipe: &PipeWriter) -> Server {
        let mut command = gracchus(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        command.env("GRACCHUS_LOG", "trace").stdout(pipe.try_clone().unwrap()).stderr(pipe.try_clone().unwrap());
        Server::from_its_socket(command)
    }

    fn from_its_socket(mut command: Command) -> Server {
        let mut server = Server { child: command.spawn().unwrap(), address: String::new(), line: String::new() };
        let listens = Server::until(Duration::from_secs(20), || {
            assert_eq!(server.child.try_wait().unwrap(), None, "it ended before it listened");
            server.address = listening_on(server.child.id()).unwrap_or_default();
            !server.address.is_empty()
        });
        assert!(listens, "it listens");
        server
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How many file descriptors it has.
    pub fn descriptors(&self) -> u64 {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count() as u64
    }

    /// Bounds how many it may have from here on, without a change of the hard limit.
    pub fn limit_descriptors(&self, most: u64) {
        let soft = format!("--nofile={most}:");
        let done = Command::new("prlimit").args(["--pid", &self.id().to_string(), &soft]).status().unwrap();
        assert!(done.success());
    }

    /// Starts one on `folder` and hears what it logs, line by line.
    pub fn start_heard(folder: &Path) -> (Server, Receiver<String>) {
        let mut command = gracchus(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
        command.stderr(Stdio::piped());
        let mut server = Server::from_its_line(command).expect("the server says where it listens");
        let log = BufReader::new(server.child.stderr.take().unwrap());
        let (sender, lines) = channel();
        // Ends with the server, whose end closes the pipe.
        thread::spawn(move || log.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        (server, lines)
    }

    fn from_its_line(mut command: Command) -> Option<Server> {
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        let address = line.split(" listens on ").nth(1).and_then(|rest| rest.split(',').next()).map(str::to_owned);
        if address.is_none() {
            let _ = child.wait();
        }
        Some(Server { address: address?, child, line })
    }

    pub fn caller(&self) -> Caller<()> {
        Caller::connect(&self.address).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Its exit code, and none where it still runs after twenty seconds.
    pub fn wait_a_while(&mut self) -> Option<i32> {
        ends_with(&mut self.child)
    }

    /// Its exit code; none where a signal ended it.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Bytes of memory that are its own and no file's.
    pub fn memory(&self) -> u64 {
        let mut status = String::new();
        let path = format!("/proc/{}/status", self.child.id());
        std::fs::File::open(path).unwrap().read_to_string(&mut status).unwrap();
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }

    /// Waits until `done` says so, for at most `patience`.
    pub fn until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed() < patience {
            if done() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

/// Where a process listens by IPv4, as soon as it does: one of its sockets is in the system's table of those that
/// listen.
fn listening_on(process: u32) -> Option<String> {
    const LISTEN: &str = "0A";
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    let targets = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    let sockets: Vec<String> = targets.map(|target| target.to_string_lossy().into_owned()).collect();
    let table = std::fs::read_to_string(format!("/proc/{process}/net/tcp")).ok()?;
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        let port = u16::from_str_radix(local.split_once(':')?.1, 16).ok()?;
        let is_its_own = *state == LISTEN && sockets.contains(&format!("socket:[{inode}]"));
        is_its_own.then(|| format!("127.0.0.1:{port}"))
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
