//! `cargo xtask clients`: programs on real Kafka clients against a server process, through a kill -9 and a restart.
//!
//! Each client's program has two phases (`real-runtime/tests/clients`): what a developer does on an empty server, and what
//! must be there after the server was killed and started again.

use crate::server::Start;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// One client: the tool that it needs, how its program is made ready, and how the program is started.
struct Client {
    name: &'static str,
    /// The command that must be there, with an argument that makes it say its version.
    tool: (&'static str, &'static str),
    prepare: fn(&Places) -> Result<(), String>,
    /// The program, without its arguments.
    program: fn(&Places) -> Command,
}

const CLIENTS: &[Client] = &[
    Client { name: "java", tool: ("mvn", "--version"), prepare: prepare_java, program: java },
    Client { name: "python", tool: ("python3", "--version"), prepare: prepare_python, program: python },
    Client { name: "go", tool: ("go", "version"), prepare: prepare_go, program: go },
    Client { name: "node", tool: ("npm", "--version"), prepare: prepare_node, program: node },
];

/// Where things are.
pub struct Places {
    /// The programs' sources.
    sources: PathBuf,
    /// What is built of them, and the server's data.
    pub work: PathBuf,
    pub repository: PathBuf,
}

const USAGE: &str = "usage: cargo xtask clients [CLIENT ...]

  Runs the programs in real-runtime/tests/clients against a server of this build: java (Apache's own client), python
  (librdkafka and aiokafka), go (franz-go), node (kafkajs). Without a name all of them run. A client whose tool is not
  installed is skipped and named; GRACCHUS_ALL_CLIENTS=1 makes that an error.";

/// Runs the clients that were named, or all.
pub fn run(arguments: &[String]) -> Result<(), String> {
    if arguments.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return Ok(());
    }
    if let Some(unknown) = arguments.iter().find(|name| CLIENTS.iter().all(|client| client.name != **name)) {
        return Err(format!("no client {unknown:?}\n{USAGE}"));
    }
    let places = Places::new()?;
    succeed(Command::new("cargo").args(["build", "--quiet", "--bin", "gracchus"]).current_dir(&places.repository))?;
    let mut failed = Vec::new();
    for client in CLIENTS.iter().filter(|client| arguments.is_empty() || arguments.iter().any(|it| it == client.name)) {
        if !is_there(client.tool) {
            let why = format!("{} is not installed", client.tool.0);
            if std::env::var_os("GRACCHUS_ALL_CLIENTS").is_some() {
                return Err(format!("{}: {why}", client.name));
            }
            println!("{}: skipped, because {why}", client.name);
            continue;
        }
        let began = Instant::now();
        match through_a_kill(client, &places) {
            Ok(()) => println!("{}: passed in {} s", client.name, began.elapsed().as_secs()),
            Err(why) => {
                println!("{}: {why}", client.name);
                failed.push(client.name);
            }
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        names => Err(format!("failed: {}; run `cargo xtask clients {}` to see them alone", names.join(", "), names[0])),
    }
}

/// The first phase on an empty server, then kill -9, then the second phase on the same data.
fn through_a_kill(client: &Client, places: &Places) -> Result<(), String> {
    (client.prepare)(places)?;
    let data = places.work.join(format!("data-{}", client.name));
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|why| format!("{}: {why}", data.display()))?;
    }
    for phase in ["first", "second"] {
        let start =
            Start { binary: &places.repository.join("target/debug/gracchus"), data: &data, settings: &[], log: None };
        let server = start.up("127.0.0.1:0")?;
        succeed((client.program)(places).args([&server.address, phase]))?;
        // Dropping a server kills it with SIGKILL: nothing is flushed or written down.
        drop(server);
    }
    fs::remove_dir_all(&data).map_err(|why| format!("{}: {why}", data.display()))
}

impl Places {
    pub fn new() -> Result<Places, String> {
        let repository =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf();
        let work = repository.join("target/clients");
        fs::create_dir_all(&work).map_err(|why| format!("{}: {why}", work.display()))?;
        Ok(Places { sources: repository.join("real-runtime/tests/clients"), work, repository })
    }
}

pub fn prepare_java(places: &Places) -> Result<(), String> {
    succeed(Command::new("mvn").args(["--quiet", "--batch-mode", "package"]).current_dir(places.sources.join("java")))
}

fn java(places: &Places) -> Command {
    java_class(places, "gracchus.ClientCheck")
}

/// A class of the Java programs.
pub fn java_class(places: &Places, class: &str) -> Command {
    let target = places.sources.join("java/target");
    let mut command = Command::new("java");
    command.arg("-cp").arg(format!("{0}/classes:{0}/libs/*", target.display())).arg(class);
    command
}

pub fn prepare_python(places: &Places) -> Result<(), String> {
    let place = places.work.join("python");
    if !place.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
    }
    succeed(
        Command::new(place.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(places.sources.join("python/requirements.txt")),
    )
}

fn python(places: &Places) -> Command {
    python_script(places, "check.py")
}

/// A script of the Python programs, in their own environment.
pub fn python_script(places: &Places, script: &str) -> Command {
    let mut command = Command::new(places.work.join("python/bin/python"));
    command.arg(places.sources.join("python").join(script));
    command
}

pub fn prepare_go(places: &Places) -> Result<(), String> {
    let binary = places.work.join("go-check");
    succeed(Command::new("go").args(["build", "-o"]).arg(binary).arg(".").current_dir(places.sources.join("go")))
}

pub fn go(places: &Places) -> Command {
    Command::new(places.work.join("go-check"))
}

fn prepare_node(places: &Places) -> Result<(), String> {
    succeed(Command::new("npm").args(["ci", "--silent"]).current_dir(places.sources.join("node")))
}

fn node(places: &Places) -> Command {
    let mut command = Command::new("node");
    command.arg(places.sources.join("node/check.js"));
    command
}

fn is_there((tool, version): (&str, &str)) -> bool {
    Command::new(tool).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|it| it.success())
}

/// Runs a command to its end.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} ended with {status}")),
        Err(why) => Err(format!("{name} could not be started: {why}")),
    }
}
