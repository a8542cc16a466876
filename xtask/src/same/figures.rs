//! What one seed did, in figures, as `gracchus-sim run --seed N --json` prints them.
//!
//! **Invariants**
//! - A count that is absent is nought, so that a check, site or fault that only one build knows differs once it counted.
//! - Texts that a verdict tells (message, details) are no figures: they may change with words alone.

use serde_json::Value;
use std::collections::BTreeMap;

/// One kind of figure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Figure {
    Verdict,
    Events,
    Requests,
    Records,
    Checks,
    Faults,
    Counters,
    Sites,
    Losses,
    VirtualTime,
    FrameBytes,
    Hash,
}

impl Figure {
    /// All of them, in the order of the table.
    pub const ALL: [Figure; 12] = [
        Figure::Verdict,
        Figure::Events,
        Figure::Requests,
        Figure::Records,
        Figure::Checks,
        Figure::Faults,
        Figure::Counters,
        Figure::Sites,
        Figure::Losses,
        Figure::VirtualTime,
        Figure::FrameBytes,
        Figure::Hash,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Figure::Verdict => "verdict",
            Figure::Events => "events",
            Figure::Requests => "requests",
            Figure::Records => "records",
            Figure::Checks => "checks",
            Figure::Faults => "faults",
            Figure::Counters => "counters",
            Figure::Sites => "sites",
            Figure::Losses => "losses",
            Figure::VirtualTime => "virtual time",
            Figure::FrameBytes => "bytes in frames",
            Figure::Hash => "hash",
        }
    }

    /// Whether it may differ where only names, texts or the content of frames changed.
    pub fn is_of_frames(self) -> bool {
        matches!(self, Figure::FrameBytes | Figure::Hash)
    }
}

/// The figures of one seed: for each kind its values by name. A kind of one value has it under the empty name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures(BTreeMap<(Figure, String), String>);

/// A value that two builds disagree on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub figure: Figure,
    /// What of the figure, such as the check's name; empty where the figure is one value.
    pub name: String,
    pub before: String,
    pub after: String,
}

impl Figures {
    /// Reads the campaign of a lone seed. Returns what is missing where it is not in the form that is known.
    pub fn read(campaign: &Value) -> Result<Figures, String> {
        let scenario = at(&campaign["scenarios"], 0, "scenarios")?;
        let tally = member(scenario, "tally")?;
        let mut figures = Figures::default();
        figures.put(Figure::Verdict, "", verdict(scenario)?);
        figures.put(Figure::Events, "", count(tally, "events")?);
        figures.put(Figure::Requests, "", count(tally, "rpcs")?);
        figures.put_all(Figure::Records, member(tally, "records")?)?;
        figures.put_all(Figure::Checks, member(tally, "checks")?)?;
        figures.put_all(Figure::Faults, member(tally, "faults")?)?;
        figures.put_all(Figure::Counters, member(tally, "counters")?)?;
        if let Some(bytes) = figures.0.remove(&(Figure::Counters, "frame_bytes".to_owned())) {
            figures.put(Figure::FrameBytes, "", bytes);
        }
        figures.put_all(Figure::Sites, member(tally, "sites")?)?;
        for (row, loss) in object(member(tally, "losses")?, "losses")? {
            figures.put(Figure::Losses, &format!("{row} offsets"), count(loss, "offsets")?);
            figures.put(Figure::Losses, &format!("{row} ranges"), count(loss, "ranges")?);
        }
        figures.put(Figure::VirtualTime, "", count(tally, "virtual-ns")?);
        let hash = member(scenario, "hash")?.as_str().ok_or("its hash is no text")?;
        figures.put(Figure::Hash, "", hash.to_owned());
        Ok(figures)
    }

    /// Every value that differs from `before`, in the order of the table.
    pub fn differences(&self, before: &Figures) -> Vec<Difference> {
        let nought = "0".to_owned();
        let mut keys: Vec<&(Figure, String)> = self.0.keys().chain(before.0.keys()).collect();
        keys.sort();
        keys.dedup();
        let mut differences = Vec::new();
        for key in keys {
            let (old, new) = (before.0.get(key).unwrap_or(&nought), self.0.get(key).unwrap_or(&nought));
            if old != new {
                let (figure, name) = key.clone();
                differences.push(Difference { figure, name, before: old.clone(), after: new.clone() });
            }
        }
        differences
    }

    fn put(&mut self, figure: Figure, name: &str, value: String) {
        self.0.insert((figure, name.to_owned()), value);
    }

    fn put_all(&mut self, figure: Figure, counts: &Value) -> Result<(), String> {
        for (name, value) in object(counts, figure.name())? {
            let count = value.as_u64().ok_or_else(|| format!("its {} {name} is no count", figure.name()))?;
            self.put(figure, name, count.to_string());
        }
        Ok(())
    }
}

/// How the seed ended: the verdict's word, and of a failure which check, where and when.
fn verdict(scenario: &Value) -> Result<String, String> {
    let words = object(member(scenario, "verdicts")?, "verdicts")?;
    let mut told = words.keys().next().cloned().ok_or("it has no verdict")?;
    let verdict = &scenario["failures"][0]["outcome"]["verdict"];
    for (name, before) in [("check", " of "), ("partition", " on "), ("node", " on node "), ("at", " at ns ")] {
        match &verdict[name] {
            Value::Null => {}
            Value::String(text) => told += &format!("{before}{text}"),
            other => told += &format!("{before}{other}"),
        }
    }
    Ok(told)
}

fn member<'v>(value: &'v Value, name: &str) -> Result<&'v Value, String> {
    value.get(name).ok_or_else(|| format!("its JSON has no `{name}`"))
}

fn at<'v>(value: &'v Value, index: usize, name: &str) -> Result<&'v Value, String> {
    value.get(index).ok_or_else(|| format!("its JSON has no `{name}`"))
}

fn object<'v>(value: &'v Value, name: &str) -> Result<&'v serde_json::Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("its `{name}` is no table"))
}

fn count(value: &Value, name: &str) -> Result<String, String> {
    let number = member(value, name)?.as_u64().ok_or_else(|| format!("its `{name}` is no count"))?;
    Ok(number.to_string())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// The campaign of a lone seed that passed.
    pub fn campaign() -> Value {
        json!({ "scenarios": [{
            "name": "swarm",
            "verdicts": { "passed": 1 },
            "failures": [],
            "hash": "77ac284b3a710932",
            "tally": {
                "virtual-ns": 64_900_000_000_u64, "cpu-ns": 5, "events": 116_917, "rpcs": 17_969,
                "records": { "sent": 10, "acknowledged": 7 },
                "checks": { "lost-write": 4582, "duplicate": 3 },
                "faults": { "kill": 5 },
                "counters": { "torn_pages": 2, "frame_bytes": 1000 },
                "sites": { "log.rewritten": 23 },
                "losses": { "acks-leader-moved": { "ranges": 2, "offsets": 9 } }
            }
        }]})
    }

    pub fn figures(campaign: &Value) -> Figures {
        Figures::read(campaign).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Changes one value of the campaign and returns what is seen of that.
    fn seen_after(change: impl Fn(&mut Value)) -> Vec<(Figure, String, String)> {
        let mut changed = campaign();
        change(&mut changed["scenarios"][0]);
        let differences = figures(&changed).differences(&figures(&campaign()));
        differences.into_iter().map(|it| (it.figure, it.name, format!("{} {}", it.before, it.after))).collect()
    }

    #[test]
    fn every_figure_is_compared() {
        let one = |figure: Figure, name: &str, values: &str| vec![(figure, name.to_owned(), values.to_owned())];
        let tally = |name: &'static str, key: &'static str| {
            move |it: &mut Value| match key {
                "" => it["tally"][name] = json!(1),
                _ => it["tally"][name][key] = json!(1),
            }
        };
        assert_eq!(seen_after(|_| {}), []);
        assert_eq!(seen_after(tally("events", "")), one(Figure::Events, "", "116917 1"));
        assert_eq!(seen_after(tally("rpcs", "")), one(Figure::Requests, "", "17969 1"));
        assert_eq!(seen_after(tally("records", "sent")), one(Figure::Records, "sent", "10 1"));
        assert_eq!(seen_after(tally("checks", "duplicate")), one(Figure::Checks, "duplicate", "3 1"));
        assert_eq!(seen_after(tally("faults", "kill")), one(Figure::Faults, "kill", "5 1"));
        assert_eq!(seen_after(tally("counters", "torn_pages")), one(Figure::Counters, "torn_pages", "2 1"));
        assert_eq!(seen_after(tally("counters", "frame_bytes")), one(Figure::FrameBytes, "", "1000 1"));
        assert_eq!(seen_after(tally("sites", "log.rewritten")), one(Figure::Sites, "log.rewritten", "23 1"));
        assert_eq!(seen_after(tally("virtual-ns", "")), one(Figure::VirtualTime, "", "64900000000 1"));
        assert_eq!(seen_after(|it| it["hash"] = json!("1")), one(Figure::Hash, "", "77ac284b3a710932 1"));
        let loss = seen_after(|it| it["tally"]["losses"]["acks-leader-moved"]["offsets"] = json!(1));
        assert_eq!(loss, one(Figure::Losses, "acks-leader-moved offsets", "9 1"));
        assert_eq!(seen_after(tally("cpu-ns", "")), [], "the machine's time is not the seed's");
    }

    #[test]
    fn a_count_that_is_absent_is_nought() {
        let new = |count: u64| seen_after(move |it| it["tally"]["sites"]["log.new"] = json!(count));
        assert_eq!(new(0), []);
        assert_eq!(new(4), [(Figure::Sites, "log.new".to_owned(), "0 4".to_owned())]);
        let gone = seen_after(|it| it["tally"]["faults"] = json!({}));
        assert_eq!(gone, [(Figure::Faults, "kill".to_owned(), "5 0".to_owned())]);
    }

    #[test]
    fn a_failure_is_told_by_check_place_and_time_but_not_by_its_words() {
        let fail = |at: u64, message: &'static str| {
            move |it: &mut Value| {
                it["verdicts"] = json!({ "violation": 1 });
                let violation = json!({ "kind": "violation", "check": "lost-write", "at": at, "node": 2,
                    "partition": "orders-0", "message": message, "details": [message] });
                it["failures"] = json!([{ "seed": 1, "outcome": { "verdict": violation } }]);
            }
        };
        let told = "passed violation of lost-write on orders-0 on node 2 at ns 7";
        let seen = seen_after(fail(7, "it is gone"));
        assert_eq!(seen, [(Figure::Verdict, String::new(), told.to_owned())]);
        assert_eq!(seen, seen_after(fail(7, "it was lost")));
        assert_ne!(seen, seen_after(fail(8, "it is gone")));
    }

    #[test]
    fn another_form_is_refused_by_what_it_lacks() {
        assert_eq!(Figures::read(&json!({})), Err("its JSON has no `scenarios`".to_owned()));
        let mut without = campaign();
        without["scenarios"][0]["tally"].as_object_mut().expect("a table").remove("sites");
        assert_eq!(Figures::read(&without), Err("its JSON has no `sites`".to_owned()));
    }
}
