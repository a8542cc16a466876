//! `cargo xtask test --deep`: the tests of every package whose tests say how many cases they run, in release mode and a
//! hundred times their ordinary cases.
//!
//! **Invariants**: a suite's number of cases is what its tests reported (`gracchus-cases`), not what was asked of them.

mod binaries;
mod options;
mod report;
mod sheet;

use binaries::Binary;
use options::{Asked, Options};
use report::Report;
use sheet::Sheet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Every package whose tests use `gracchus-cases`.
pub const PACKAGES: &[&str] = &["gracchus-core", "gracchus-world", "gracchus-scenarios", "gracchus-server"];

/// Cases of a property that leaves its number to proptest.
const PROPTEST_CASES: u64 = 256;

/// How often the tests that are running are printed.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Runs the tests of every package and prints how many cases each suite ran.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let options = match Options::parse(arguments)? {
        Asked::Help => {
            println!("{}", options::USAGE);
            return Ok(());
        }
        Asked::Deep(options) => options,
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    let binaries = binaries::build(options.packages())?;
    let mut run = Run {
        began: Instant::now(),
        report: root.join("target/deep-report.txt"),
        log: root.join("target/deep-stderr.txt"),
        sheet: Sheet::default(),
    };
    for binary in &binaries {
        run.binary(binary, &options)?;
    }
    print!("{}", run.sheet);
    for file in uncounted(root) {
        println!("not counted: {file}, where each property runs {} cases", PROPTEST_CASES * options.times);
    }
    let seconds = run.began.elapsed().as_secs();
    println!("the tests took {} min {:02} s", seconds / 60, seconds % 60);
    match run.sheet.failed() {
        [] => Ok(()),
        failed => Err(format!("{} tests failed: {}", failed.len(), failed.join(", "))),
    }
}

struct Run {
    began: Instant,
    /// The file that tests report to.
    report: PathBuf,
    /// The standard error of the binary that is running.
    log: PathBuf,
    sheet: Sheet,
}

impl Run {
    /// Runs all tests of a binary.
    fn binary(&mut self, binary: &Binary, options: &Options) -> Result<(), String> {
        fs::write(&self.report, "").map_err(|why| format!("{} cannot be written: {why}", self.report.display()))?;
        self.say(&format!("{}: begins", binary.name));
        // With one thread libtest names no thread after its test, and no case could be counted.
        let threads = thread::available_parallelism().map_or(2, NonZero::get).max(2);
        let mut command = Command::new(&binary.executable);
        command.current_dir(&binary.folder).args(["--test-threads", &threads.to_string()]).args(&options.filters);
        command.env("GRACCHUS_DEEP", options.times.to_string()).env("GRACCHUS_DEEP_REPORT", &self.report);
        command.env("PROPTEST_CASES", (PROPTEST_CASES * options.times).to_string());
        // A property that fails panics once for each step of its shrinking; what counts is the shortest case.
        command.env("RUST_BACKTRACE", "0");
        let not_run = |why| format!("the tests of {} could not be run: {why}", binary.name);
        // What servers that tests start log, and the last words of a binary that aborts.
        let log = File::create(&self.log).map_err(|why| not_run(why.to_string()))?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().map_err(|why| not_run(why.to_string()))?;
        let output = child.stdout.take().expect("it was piped");
        let (sender, lines) = mpsc::channel();
        let reader = thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let failed_before = self.sheet.failed().len();
        self.watch(&binary.name, &lines);
        reader.join().expect("the reader ends with the tests");
        let status = child.wait().map_err(|why| not_run(why.to_string()))?;
        let has_failures = self.sheet.failed().len() > failed_before;
        match status.success() || has_failures {
            true => Ok(()),
            false => Err(not_run(format!("{status}; {} has their standard error", self.log.display()))),
        }
    }

    /// Follows the tests' own lines until they end.
    fn watch(&mut self, binary: &str, lines: &Receiver<String>) {
        let mut next = Instant::now() + LINE_EVERY;
        loop {
            match lines.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(line) => self.on_line(binary, &line),
                Err(RecvTimeoutError::Timeout) => {
                    next += LINE_EVERY;
                    let report = Report::read(&self.report);
                    let running = report.running(|test| self.sheet.has(binary, test));
                    self.say(&format!(
                        "running: {}",
                        if running.is_empty() { "tests without cases" } else { &running }
                    ));
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn on_line(&mut self, binary: &str, line: &str) {
        let Some((test, passed)) = ended(line) else {
            // Everything that libtest says of failures; its sums and empty lines say nothing here.
            let is_noise = line.trim().is_empty()
                || line.starts_with("running ")
                || line.starts_with("test ")
                || line.starts_with("test result: ok");
            if !is_noise {
                println!("{line}");
            }
            return;
        };
        let cases = Report::read(&self.report).take(test);
        if !passed {
            self.say(&format!("{binary} {test}: FAILED"));
        } else if let Some(cases) = cases {
            self.say(&format!("{binary} {test}: {cases}"));
        }
        self.sheet.add(binary, test, cases, passed);
    }

    /// A line of progress.
    fn say(&self, what: &str) {
        let seconds = self.began.elapsed().as_secs();
        println!("[{}:{:02}] {what}", seconds / 60, seconds % 60);
    }
}

/// The test that a line of libtest says has ended, and whether it passed; none for other lines and ignored tests.
fn ended(line: &str) -> Option<(&str, bool)> {
    let (test, outcome) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let test = test.strip_suffix(" - should panic").unwrap_or(test);
    match outcome {
        "ok" => Some((test, true)),
        "FAILED" => Some((test, false)),
        _ => None,
    }
}

/// Files with properties that do not report their cases.
fn uncounted(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["core", "sim", "scenarios", "reports", "real-runtime"] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let is_uncounted = |text: String| text.contains("proptest! {") && !text.contains("gracchus_cases::");
    let uncounted = files.iter().filter(|path| fs::read_to_string(path).is_ok_and(is_uncounted));
    uncounted.map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtests_lines_are_understood() {
        assert_eq!(ended("test log::tests::model::it_holds ... ok"), Some(("log::tests::model::it_holds", true)));
        assert_eq!(ended("test a::b - should panic ... ok"), Some(("a::b", true)));
        assert_eq!(ended("test a::b ... FAILED"), Some(("a::b", false)));
        for other in ["test a::b ... ignored, slow", "test a has been running for over 60 seconds", "running 3 tests"] {
            assert_eq!(ended(other), None, "{other}");
        }
    }

    #[test]
    fn every_package_that_counts_cases_is_run() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
        let mut counting = Vec::new();
        for entry in fs::read_dir(root).expect("the repository can be read").flatten() {
            let Ok(manifest) = fs::read_to_string(entry.path().join("Cargo.toml")) else { continue };
            if manifest.contains("gracchus-cases.workspace") {
                let name = manifest.lines().find_map(|line| line.strip_prefix("name = "));
                counting.push(name.expect("a package has a name").trim_matches('"').to_owned());
            }
        }
        counting.sort();
        let mut run: Vec<&str> = PACKAGES.to_vec();
        run.sort_unstable();
        assert_eq!(counting, run);
    }
}
