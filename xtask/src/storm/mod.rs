//! `cargo xtask storm`: one server, killed with SIGKILL at random moments, under producers and a group of real clients.
//!
//! Three programs (Java, librdkafka, franz-go; `real-runtime/tests/clients`) are each an idempotent producer and a member
//! of one group. They write down what the broker acknowledged and what they were given; in the end the topic is read
//! from its start, and the judge holds all of it against each other.

mod judge;
mod ledger;
mod options;

use crate::clients::{Places, java_class, prepare_go, prepare_java, prepare_python, python_script, succeed};
use crate::server::{Server, Start};
use judge::{judge, unread};
use ledger::Fact;
use options::Options;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const TOPIC: &str = "storm";
const PARTITIONS: &str = "6";

/// How long the group may take, after the last kill, to read what was acknowledged.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the server lives at most, in milliseconds, one drawn for each life. A group that has no members needs two
/// times `group.initial.rebalance.delay.ms`, six seconds, to form.
const UPTIMES_MS: [u64; 3] = [1_000, 6_000, 20_000];

/// One start in so many is killed before it listens.
const EARLY_ONE_IN: u64 = 8;

/// Runs the storm that the options describe.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let Some(options) = Options::read(arguments)? else {
        println!("{}", options::USAGE);
        return Ok(());
    };
    let places = Places::new()?;
    succeed(
        Command::new("cargo")
            .args(["build", "--quiet", "--release", "--bin", "gracchus"])
            .current_dir(&places.repository),
    )?;
    prepare_java(&places)?;
    prepare_python(&places)?;
    prepare_go(&places)?;
    let folder = places.work.join("storm");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    println!("{} minutes, seed {}; ledgers, logs and data in {}", options.minutes, options.seed, folder.display());
    Storm::begin(&options, places, folder)?.end()
}

/// A storm that blows.
struct Storm {
    places: Places,
    folder: PathBuf,
    server: Server,
    programs: Vec<Program>,
}

/// One client program, with its ledger.
struct Program {
    name: &'static str,
    child: Child,
    /// A line makes its producer quiet, the end ends it.
    steering: Option<ChildStdin>,
}

impl Storm {
    /// Starts everything, and kills the server until the time is over.
    fn begin(options: &Options, places: Places, folder: PathBuf) -> Result<Storm, String> {
        let binary = places.repository.join("target/release/gracchus");
        let data = folder.join("data");
        let mut own = File::create(folder.join("server.ledger")).map_err(|why| why.to_string())?;
        let start = Start { binary: &binary, data: &data, settings: &[], log: Some(&folder.join("server.log")) };
        let server = start.up("127.0.0.1:0")?;
        note(&mut own, "up", "")?;
        succeed(Command::new(&binary).args([
            "topic",
            "create",
            TOPIC,
            "--partitions",
            PARTITIONS,
            "--bootstrap",
            &server.address,
        ]))?;
        let mut this = Storm { places, folder: folder.clone(), server, programs: Vec::new() };
        this.start_programs()?;
        let (began, length) = (Instant::now(), Duration::from_secs_f64(options.minutes * 60.0));
        let mut chance = Chance(options.seed);
        let mut kills = 0;
        while began.elapsed() < length {
            let most = UPTIMES_MS[chance.below(UPTIMES_MS.len() as u64) as usize];
            sleep(Duration::from_millis(chance.below(most)));
            this.kill(&start, &mut own, &mut chance)?;
            kills += 1;
            if kills % 10 == 0 {
                println!("{kills} kills in {} s", began.elapsed().as_secs());
            }
        }
        println!("{kills} kills; the producers end, and the group reads the rest");
        Ok(this)
    }

    fn start_programs(&mut self) -> Result<(), String> {
        let address = self.server.address.clone();
        let mut java = java_class(&self.places, "gracchus.Storm");
        java.args([&address, TOPIC, PARTITIONS]);
        let mut python = python_script(&self.places, "storm.py");
        python.args([&address, TOPIC, PARTITIONS]);
        let mut go = crate::clients::go(&self.places);
        go.args([&address, "storm", TOPIC, PARTITIONS]);
        for (name, mut command) in [("java", java), ("librdkafka", python), ("go", go)] {
            let ledger = self.ledger(name);
            let (out, log) = (create(&ledger)?, create(&ledger.with_extension("log"))?);
            let child = command.stdin(Stdio::piped()).stdout(out).stderr(log).spawn();
            let mut child = child.map_err(|why| format!("{name} could not be started: {why}"))?;
            let steering = child.stdin.take();
            self.programs.push(Program { name, child, steering });
        }
        Ok(())
    }

    /// Kills the server and starts it again on the same data and the same port; now and then again before it listens.
    fn kill(&mut self, start: &Start<'_>, own: &mut File, chance: &mut Chance) -> Result<(), String> {
        note(own, "killed", "")?;
        let was_stable = self.is_group_stable();
        let address = self.server.address.clone();
        self.server.kill();
        while chance.below(EARLY_ONE_IN) == 0 {
            let mut early = start.spawn(&address)?;
            sleep(Duration::from_millis(chance.below(20)));
            let _ = early.kill();
            let _ = early.wait();
        }
        self.server = start.up(&address)?;
        note(own, "up", if was_stable { " stable" } else { "" })
    }

    /// Whether the group is Stable, by the last line of the server's log that tells of it. A member that left a group while
    /// it was rebalancing is a member again after a kill, until its session times out: the classic protocol writes members
    /// down with the next generation only.
    fn is_group_stable(&self) -> bool {
        let log = fs::read(self.folder.join("server.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let last = log.lines().rev().find_map(|line| line.split_once("group storm is "));
        last.is_some_and(|(_, state)| state.starts_with("Stable "))
    }

    /// Lets the clients come to an end, and judges.
    fn end(mut self) -> Result<(), String> {
        for program in &mut self.programs {
            program.say("quiet\n")?;
        }
        let began = Instant::now();
        let names: Vec<&str> = self.programs.iter().map(|program| program.name).collect();
        while began.elapsed() < PATIENCE {
            let (facts, quiet) = self.facts(&names)?;
            if quiet == names.len() && unread(&facts).is_empty() {
                break;
            }
            sleep(Duration::from_secs(1));
        }
        for program in &mut self.programs {
            program.steering = None;
        }
        for program in &mut self.programs {
            let ended = program.child.wait().map_err(|why| why.to_string())?;
            if !ended.success() {
                return Err(format!("{} ended with {ended}: see {}", program.name, self.folder.display()));
            }
        }
        let dump = crate::clients::go(&self.places).args([&self.server.address, "dump", TOPIC]).output();
        let dump = dump.map_err(|why| format!("the dump could not be started: {why}"))?;
        if !dump.status.success() {
            return Err(format!("the topic could not be read: {}", String::from_utf8_lossy(&dump.stderr)));
        }
        let log = ledger::read_dump(&String::from_utf8_lossy(&dump.stdout))?;
        let (facts, _) = self.facts(&[&names[..], &["server"]].concat())?;
        let verdict = judge(&facts, &log);
        print!("{verdict}");
        if verdict.broken.is_empty() { Ok(()) } else { Err(format!("{} promises broken", verdict.broken.len())) }
    }

    /// What the ledgers say, and how many producers are quiet. A line that is being written is left out.
    fn facts(&self, names: &[&str]) -> Result<(Vec<Fact>, usize), String> {
        let (mut facts, mut quiet) = (Vec::new(), 0);
        for name in names {
            let path = self.ledger(name);
            let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            quiet += whole.lines().filter(|line| line.starts_with("quiet ")).count();
            for line in whole.lines() {
                facts.push(Fact::parse(line).ok_or_else(|| format!("{} has a line {line:?}", path.display()))?);
            }
        }
        Ok((facts, quiet))
    }

    fn ledger(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.ledger"))
    }
}

impl Program {
    fn say(&mut self, word: &str) -> Result<(), String> {
        let steering = self.steering.as_mut().expect("it is open until the end");
        steering.write_all(word.as_bytes()).map_err(|why| format!("{} has ended: {why}", self.name))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn create(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Writes a line of the server's own ledger.
fn note(ledger: &mut File, what: &str, more: &str) -> Result<(), String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    writeln!(ledger, "{what} {now}{more}").map_err(|why| why.to_string())
}

/// Draws from a seed: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % bound
    }
}
