//! Scenario files: what is refused, with which words, and that those which are shipped are not.

use gracchus_core::io::Mutant;
use gracchus_scenarios::scenario::{Scenario, find};
use gracchus_world::checks::Check;
use gracchus_world::nemesis::FaultKind;
use std::fs;
use std::path::Path;

const HEAD: &str = "title = \"t\"\ndescription = \"d\"\n";

fn refusal(body: &str) -> String {
    let text = format!("{HEAD}{body}");
    match Scenario::parse("a.scenario.toml", &text) {
        Ok(_) => panic!("accepted: {body}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_least_scenario_is_a_title_and_a_description() {
    let scenario = Scenario::parse("folder/least.scenario.toml", HEAD).expect("accepted");
    assert_eq!(scenario.name, "least");
    assert_eq!(scenario.trial.cluster.brokers, 3);
}

#[test]
fn refusals_name_file_line_key_cause_and_next_step() {
    for (body, expected) in [
        ("[clustr]\n", "a.scenario.toml:3: clustr: unknown field `clustr`\n  Did you mean `cluster`?"),
        ("[cluster]\nborkers = 3\n", "a.scenario.toml:4: cluster.borkers: unknown field `borkers`"),
        (
            "[cluster]\nbrokers = 3.5\n",
            "a.scenario.toml:4: cluster.brokers: invalid type: floating point `3.5`, expected u32",
        ),
        ("[cluster]\nbrokers = 99\n", "a.scenario.toml:4: cluster.brokers: 99 is out of bounds\n  Give 1 to 15."),
        (
            "[[cluster.topics]]\nname = \"a\"\nreplication-factor = 5\n",
            "a.scenario.toml:5: cluster.topics[0].replication-factor: 5 is out of bounds\n  Give 1 to 3.",
        ),
        (
            "[[cluster.topics]]\nname = \"a/b\"\n",
            "a.scenario.toml:4: cluster.topics[0].name: is no topic's name\n  A topic is named by",
        ),
        (
            "[[cluster.topics]]\nname = \"a\"\n[[cluster.topics]]\nname = \"a\"\n",
            "a.scenario.toml:6: cluster.topics[1].name: is the name of another topic too",
        ),
        (
            "[[cluster.topics]]\nname = \"a\"\n[cluster.topics.configs]\n\"min.insync.replica\" = \"2\"\n",
            "a.scenario.toml:6: cluster.topics[0].configs.min.insync.replica: ",
        ),
        (
            "[[cluster.topics]]\nname = \"a\"\n[cluster.topics.configs]\n\"min.insync.replicas\" = \"4\"\n",
            "a.scenario.toml:6: cluster.topics[0].configs.min.insync.replicas: 4 is above the replication factor",
        ),
        (
            "[nemesis.faults.power-los]\nevery-ms = 5\n",
            "a.scenario.toml:3: nemesis.faults.power-los: there is no fault named `power-los`\n  Did you mean `power-loss`?",
        ),
        (
            "[nemesis.faults.kill]\nevery-ms = 5\n",
            "a.scenario.toml:4: nemesis.faults.kill.every-ms: 5 is out of bounds\n  Give 20 to 86400000.",
        ),
        (
            "[nemesis.faults.kill]\nnodes = [4]\n",
            "a.scenario.toml:4: nemesis.faults.kill.nodes: there is no node 4\n  Nodes are 1 to 3.",
        ),
        (
            "[nemesis]\nbegin-ms = 9\nend-ms = 5\n",
            "a.scenario.toml:4: nemesis.begin-ms: 9 is out of bounds\n  Give 0 to 5.",
        ),
        (
            "[requires]\nchecks = [\"lost-wrote\"]\n",
            "a.scenario.toml:4: requires.checks[0]: there is no check named `lost-wrote`\n  Did you mean `lost-write`?",
        ),
        (
            "[requires]\nfaults = [\"kill\"]\n",
            "a.scenario.toml:4: requires.faults[0]: is a fault that never comes here\n  Add `[nemesis.faults.kill]`",
        ),
        ("[requires]\nsites = [\"shard.fresh-uid\"]\n", "a.scenario.toml:4: requires.sites[0]: there is no site named"),
        (
            "[requires]\ncounters = { torn_page = 1 }\n",
            "a.scenario.toml:4: requires.counters.torn_page: there is no such counter\n  Did you mean `torn_pages`?",
        ),
        (
            "[expects]\nlosses = \"never\"\n",
            "a.scenario.toml:4: expects.losses: unknown variant `never`\n  Known here: permitted, none, required.",
        ),
        (
            "[[script]]\ndo = \"exploed\"\n",
            "a.scenario.toml:4: script[0].do: unknown variant `exploed`\n  Known here: wait, ",
        ),
        (
            "[[script]]\ndo = \"produce\"\npartition = \"orders-9\"\n",
            "a.scenario.toml:3: script[0]: there is no partition `orders-9`\n  Did you mean `orders-0`?",
        ),
        (
            "[[script]]\ndo = \"expect\"\ncondition = { is = \"answered\", label = \"x\" }\n",
            "a.scenario.toml:3: script[0]: no step before this one is labelled `x`",
        ),
        ("finds = [\"M99\"]\n", "a.scenario.toml:3: finds: there is no mutant named `M99`\n  Did you mean `M"),
        ("title = \"again\"\n", "a.scenario.toml:3: duplicate key"),
        ("[cluster\n", "a.scenario.toml:3: "),
    ] {
        let refusal = refusal(body);
        assert!(refusal.starts_with(expected), "{body}\n  said: {refusal}\n  wanted: {expected}");
    }
}

#[test]
fn a_title_is_needed() {
    let error = Scenario::parse("a.scenario.toml", "description = \"d\"\n").expect_err("refused").to_string();
    assert_eq!(error, "a.scenario.toml:1: missing field `title`\n  Add `title = ...`.");
}

#[test]
fn hostile_files_are_refused_in_their_own_time() {
    let deep = format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("{}\n", "a.".repeat(60_000) + "b = 1");
    let long_key = format!("{} = 1\n", "k".repeat(200_000));
    let topics = "[[cluster.topics]]\nname = \"a\"\n".repeat(5_000);
    let large = " ".repeat(1 << 20);
    for hostile in [&deep, &wide, &long_key, &topics, &large, "\u{0}", "title = \"\\u", "[[[[", "= = =", "a = 1e999999"]
    {
        let refusal = refusal(hostile);
        assert!(refusal.len() < 2_000, "a refusal of {} bytes", refusal.len());
    }
}

#[test]
fn every_cut_and_every_flipped_byte_of_a_scenario_is_read_or_refused() {
    let whole = fs::read_to_string(shipped().join("scripts/s18-truncation-to-the-high-watermark.scenario.toml"))
        .expect("there");
    for at in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        let _ = Scenario::parse("a.scenario.toml", &whole[..at]);
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 4;
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = Scenario::parse("a.scenario.toml", &text);
        }
    }
}

#[test]
fn every_shipped_scenario_is_read_and_every_mutant_has_one_that_is_to_find_it() {
    let found = find(shipped()).unwrap_or_else(|error| panic!("{error}"));
    assert!(found.len() >= 20, "{} scenarios", found.len());
    for mutant in Mutant::ALL {
        assert!(found.iter().any(|found| found.scenario.finds.contains(mutant)), "{}", mutant.id());
    }
}

#[test]
fn two_scenarios_of_one_name_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for sub in ["a", "b"] {
        fs::create_dir(folder.path().join(sub)).expect("made");
        fs::write(folder.path().join(sub).join("same.scenario.toml"), HEAD).expect("written");
    }
    let error = find(folder.path()).expect_err("refused").to_string();
    assert!(error.contains("has the same name as"), "{error}");
}

fn shipped() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_manual_names_every_fault_and_every_check_and_its_example_is_read() {
    let manual = fs::read_to_string(shipped().join("../docs/scenarios.md")).expect("there");
    for kind in FaultKind::ALL {
        assert!(manual.contains(&format!("| `{kind}` |")), "{kind}");
    }
    for check in Check::ALL {
        assert!(manual.contains(&format!("| `{check}` | {}", check.says())), "{check}: {}", check.says());
    }
    let example = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    Scenario::parse("docs/scenarios.md", example).unwrap_or_else(|error| panic!("{error}"));
}
