//! `gracchus serve`.

use super::printer::{Printer, abort_on_panic};
use super::{CONFIGURATION, STORAGE, complain, signals};
use crate::caller::reason;
use crate::config::{ConfigError, Given, ServerConfig, check_hosts};
use crate::disk::LogDirs;
use crate::host::Tokio;
use crate::shell::{Descriptors, Node, NodeNews, NodeParts, Stopper};
use gracchus_core::io::ListenerId;
use gracchus_core::metadata::NodeConfig;
use gracchus_core::shard::{Halt, Shard};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::signal;
use tracing::{Level, debug, info, warn};

/// Which lines are logged: error, warn, info, debug or trace.
const LOG_VARIABLE: &str = "GRACCHUS_LOG";

/// No configuration file is larger, in bytes.
const CONFIGURATION_MAX: u64 = 4 << 20;

const EXIT_CODES: &str = "\
Exit codes: 0 stopped in good order, 64 the command line cannot be understood, 74 a disk cannot be used or the \
operating system refuses what a server needs, 78 the configuration cannot be used. A second SIGTERM, SIGINT or \
SIGHUP stops at once: 143, 130, 129.";

#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// A server.properties file, with Kafka's keys
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the data is; may be given several times, once for each disk
    #[arg(long, value_name = "DIR")]
    data_dir: Vec<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Sets a key of server.properties; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = super::key_and_value)]
    set: Vec<(String, String)>,
}

/// Runs a server until it ends.
pub fn run(arguments: Arguments) -> ExitCode {
    let printer = match Printer::start() {
        Ok(printer) => printer,
        Err(error) => return refuse(Refusal::from(error), complain),
    };
    let ended = start(arguments, &printer).and_then(|(runtime, server)| {
        let ended = runtime.block_on(server.run(&printer));
        // Threads that still wait for a disk are not waited for.
        runtime.shutdown_background();
        ended
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => refuse(refusal, |why| printer.complain(why)),
    }
}

fn refuse(Refusal { code, why }: Refusal, complain: impl FnOnce(String)) -> ExitCode {
    complain(why);
    ExitCode::from(code)
}

/// Why a server does not start, or ends.
struct Refusal {
    code: u8,
    why: String,
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Refusal {
        Refusal { code: CONFIGURATION, why: error.to_string() }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal { code: STORAGE, why: format!("the operating system refuses what a server needs: {error}") }
    }
}

struct Server {
    node: Node<Tokio>,
    config: ServerConfig,
    listening: BTreeMap<ListenerId, SocketAddr>,
    /// Whether standard output has the line that names the addresses.
    announced: bool,
}

fn start(arguments: Arguments, printer: &Printer) -> Result<(Runtime, Server), Refusal> {
    let config = ServerConfig::read(&given(arguments)?)?;
    printer.log(log_level()?);
    abort_on_panic();
    for note in &config.notes {
        info!("{note}");
    }
    for warning in &config.warnings {
        warn!("{warning}");
    }
    check_hosts(&config.node.listeners)?;
    info!("topics with cleanup.policy=compact alone are kept whole: this server has no log cleaner yet");
    let shares = descriptors(&config);
    let connections = config.connections.limits(shares.connections)?;
    let dirs = LogDirs::open(&config.data_dirs).map_err(|error| Refusal { code: STORAGE, why: error.to_string() })?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::from)?;
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(config.disk_threads).build()?;
    let host = Tokio::new(runtime.handle().clone());
    let most_partitions = Some(shares.partitions());
    let node_config = Arc::new(NodeConfig { most_partitions, ..config.node.clone() });
    let (dirs, frame_budget) = (Arc::new(dirs), config.frame_budget);
    let file_descriptors = shares.files;
    let parts = NodeParts { config: node_config, dirs, file_descriptors, frame_budget, connections, seed };
    let node = Node::start(host, &parts, Shard::new)?;
    runtime.spawn(watch_signals(node.stopper()));
    Ok((runtime, Server { node, config, listening: BTreeMap::new(), announced: false }))
}

/// Raises the limit of file descriptors and shares them out.
fn descriptors(config: &ServerConfig) -> Descriptors {
    let wanted = config.connections.max;
    let descriptors = Descriptors::raise(wanted);
    let Descriptors { limit, connections, files } = descriptors;
    info!("file descriptors: {limit} at most, {connections} for connections (max.connections), {files} for data files");
    if let Some(wanted) = wanted.filter(|wanted| *wanted > connections) {
        let next = "raise the limit (ulimit -n, LimitNOFILE=) or lower max.connections";
        warn!(
            "max.connections={wanted} is more than the limit of file descriptors allows, {connections} count: {next}"
        );
    }
    descriptors
}

fn given(arguments: Arguments) -> Result<Given, Refusal> {
    let file = match arguments.config {
        Some(path) => {
            let name = path.display().to_string();
            let bytes = read_configuration(&path).map_err(|error| {
                let (why, next) = (reason(&error), "name a server.properties file that this user may read");
                ConfigError(format!("the configuration file {name} cannot be read: {why}; {next}"))
            })?;
            Some((name, bytes))
        }
        None => None,
    };
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let Arguments { data_dir: data_dirs, listen, set: sets, .. } = arguments;
    Ok(Given { file, data_dirs, listen, sets, environment })
}

fn read_configuration(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(CONFIGURATION_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CONFIGURATION_MAX {
        return Err(io::Error::other(format!("it has more than {CONFIGURATION_MAX} bytes")));
    }
    Ok(bytes)
}

fn log_level() -> Result<Level, ConfigError> {
    match std::env::var(LOG_VARIABLE) {
        Ok(text) => text.parse::<Level>().map_err(|_| {
            ConfigError(format!("{LOG_VARIABLE}={text} cannot be used: it takes error, warn, info, debug or trace"))
        }),
        Err(_) => Ok(Level::INFO),
    }
}

/// The first signal stops the server in good order, the second at once.
async fn watch_signals(stopper: Stopper<Tokio>) {
    for (kind, name) in signals::endings() {
        let stopper = stopper.clone();
        match signal(kind) {
            Ok(mut signals) => {
                tokio::spawn(async move {
                    signals.recv().await;
                    info!("{name}: stopping in good order; a second one stops at once");
                    stopper.stop();
                    signals.recv().await;
                    std::process::exit(128 + kind.as_raw_value());
                });
            }
            Err(error) => warn!("{name} will not stop this server in good order: {error}"),
        }
    }
}

impl Server {
    async fn run(mut self, printer: &Printer) -> Result<(), Refusal> {
        loop {
            match self.node.next().await {
                NodeNews::Listening { on, addr } => self.on_listening(on, addr, printer),
                // The core ends the node with a message of its own; the log has the operating system's words.
                NodeNews::ListenFailed { on, error } => debug!("listener {} is not open: {error}", on.0),
                NodeNews::Halted(halt) => {
                    let (syncs, each) = self.node.syncs().total();
                    info!("synced {syncs} times, {:.3} ms each", each.as_secs_f64() * 1e3);
                    self.node.tell_turns();
                    return ended(halt);
                }
            }
        }
    }

    /// Writes the line that names the addresses to standard output, once, when all listeners are open. A listener can open
    /// again: a stop closes it as soon as its first shard leaves, and another shard may ask for it a moment later.
    fn on_listening(&mut self, on: ListenerId, addr: SocketAddr, printer: &Printer) {
        self.listening.insert(on, addr);
        let ServerConfig { node, data_dirs, .. } = &self.config;
        if self.announced || self.listening.len() < node.listeners.len() {
            return;
        }
        self.announced = true;
        let places: Vec<String> = self.listening.values().map(ToString::to_string).collect();
        let dirs: Vec<String> = data_dirs.iter().map(|dir| dir.display().to_string()).collect();
        printer.line(format_args!(
            "gracchus {} is up: node {} listens on {}, data in {}, {} data shard{}",
            env!("CARGO_PKG_VERSION"),
            node.node_id,
            places.join(", "),
            dirs.join(", "),
            node.shards - 1,
            if node.shards == 2 { "" } else { "s" },
        ));
    }
}

fn ended(halt: Halt) -> Result<(), Refusal> {
    match halt {
        Halt::Clean => {
            info!("stopped in good order");
            Ok(())
        }
        Halt::Storage(why) | Halt::Unclean(why) => Err(Refusal { code: STORAGE, why: why.to_string() }),
        Halt::Configuration(why) => Err(Refusal { code: CONFIGURATION, why: why.to_string() }),
    }
}
