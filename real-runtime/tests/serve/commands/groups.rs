//! `gracchus consume --group` and `gracchus group`.

use super::{Ran, Running, Server, fed, gracchus};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

/// Long enough for a rebalance on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn server_with(topic: &str, partitions: u32) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    // The first rebalance of a group need not wait for members that do not come.
    let server = Server::start(folder.path(), &["--set", "group.initial.rebalance.delay.ms=0"]);
    gracchus(&server, &format!("topic create {topic} --partitions {partitions}")).ok();
    (folder, server)
}

/// `count` records to each partition of `orders`, numbered from `from` on.
fn produce(server: &Server, partitions: u32, from: u32, count: u32) {
    let line = |partition, number| format!("{{\"partition\":{partition},\"value\":\"{partition}/{number}\"}}\n");
    let input: String =
        (0..partitions).flat_map(|partition| (from..from + count).map(move |number| line(partition, number))).collect();
    fed(server, "produce orders --json", input.as_bytes()).ok();
}

fn described(server: &Server, group: &str) -> Value {
    let ran = gracchus(server, &format!("group describe {group} --json"));
    if ran.code == 0 { ran.json()[0].clone() } else { Value::Null }
}

/// How many partitions each member has, and nothing is between two generations.
fn shares(server: &Server, group: &str) -> Vec<usize> {
    let group = described(server, group);
    if group["state"] != "Stable" {
        return Vec::new();
    }
    let members = group["members"].as_array().unwrap();
    members.iter().map(|member| member["partitions"].as_array().unwrap().len()).collect()
}

fn sorted(lines: &str) -> Vec<String> {
    let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_group_goes_on_where_it_committed() {
    let (_folder, server) = server_with("orders", 1);
    produce(&server, 1, 0, 5);
    let run = |arguments: &str| gracchus(&server, arguments);
    assert_eq!(run("consume orders --group readers --count 2").ok(), "0/0\n0/1\n");
    let group = described(&server, "readers");
    assert_eq!((&group["state"], &group["members"], &group["lag"]), (&json!("Empty"), &json!([]), &json!(3)));
    assert_eq!(
        group["partitions"],
        json!([{ "topic": "orders", "partition": 0, "committed": 2, "end": 5, "lag": 3, "member": null }])
    );
    assert_eq!(run("consume orders --group readers --until-end").ok(), "0/2\n0/3\n0/4\n");
    assert_eq!(run("consume orders --group readers --until-end").ok(), "");
    assert_eq!(run("consume orders --group others --from end --until-end").ok(), "");

    let listed = run("group list --json").json();
    assert_eq!(listed[0]["group"], "others");
    assert_eq!((&listed[1]["group"], &listed[1]["state"]), (&json!("readers"), &json!("Empty")));
    assert_eq!(listed[1]["protocol_type"], "consumer");
    let text = run("group list").ok();
    assert_eq!(
        text.lines().nth(2).unwrap().split_whitespace().collect::<Vec<_>>(),
        ["readers", "Empty", "consumer", "1"]
    );
    let text = run("group describe readers").ok();
    assert!(text.starts_with("group readers: Empty, 0 members, coordinator 1, lag 0\n"), "{text}");
    let row: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(row, ["orders", "0", "5", "5", "0", "-"]);

    let offsets = run("group offsets readers --json").json();
    assert_eq!(
        offsets,
        json!([{ "topic": "orders", "partition": 0, "committed": 5, "end": 5, "lag": 0, "metadata": "" }])
    );
    let deleted = run("group offsets readers --topic orders --delete").ok();
    assert_eq!(deleted, "group readers: deleted the offset of orders-0\n");
    assert_eq!(run("group offsets readers --json").json(), json!([]));
    assert_eq!(run("group delete readers others").ok(), "deleted group readers\ndeleted group others\n");
    assert_eq!(
        run("group delete readers --if-exists --json").json(),
        json!([{ "group": "readers", "deleted": false }])
    );
    assert_eq!(run("group list --json").json(), json!([]));
}

#[test]
fn a_group_is_reset_when_nobody_is_in_it() {
    let (_folder, server) = server_with("orders", 2);
    produce(&server, 2, 0, 4);
    let run = |arguments: &str| gracchus(&server, arguments);
    assert_eq!(run("consume orders --group readers --until-end").ok().lines().count(), 8);
    let committed = |server: &Server| {
        let group = described(server, "readers");
        group["partitions"].as_array().unwrap().iter().map(|row| row["committed"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let dry = run("group reset readers --topic orders --to beginning --dry-run").ok();
    assert!(dry.contains("nothing is changed; without --dry-run group readers is reset so"), "{dry}");
    assert_eq!(dry.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>(), ["orders", "0", "4", "0"]);
    assert_eq!(committed(&server), [4, 4]);
    let cases = [
        ("--topic orders:1 --to 2", [4, 2]),
        ("--topic orders --to beginning", [0, 0]),
        ("--all-topics --to latest", [4, 4]),
        ("--topic orders --topic orders:0 --to 1970-01-01", [0, 0]),
        ("--topic orders:0 --to 2999-01-01", [4, 0]),
    ];
    for (arguments, after) in cases {
        run(&format!("group reset readers {arguments}")).ok();
        assert_eq!(committed(&server), after, "{arguments}");
    }
    assert_eq!(run("consume orders --group readers --until-end").ok(), "1/0\n1/1\n1/2\n1/3\n");
    // A group may be given offsets before it has ever had a member.
    let json = run("group reset fresh --topic orders:0 --to 3 --json").json();
    let rows = json!([{ "topic": "orders", "partition": 0, "before": null, "after": 3 }]);
    assert_eq!(json, json!({ "group": "fresh", "dry_run": false, "partitions": rows }));

    let mut member = Running::start(&server, "consume orders --group fresh");
    let first = member.line();
    assert!(first == "0/3" || first.starts_with("1/"), "{first}");
    let said = run("group reset fresh --topic orders --to beginning").failed(1);
    assert!(said.contains("group fresh is not reset, as it has 1 member; stop them first: gracchus at "), "{said}");
    let said = run("group delete fresh").failed(1);
    assert!(said.contains("the group has members (NON_EMPTY_GROUP); stop them first"), "{said}");
    let said = run("group offsets fresh --topic orders --delete").failed(1);
    assert!(said.contains("GROUP_SUBSCRIBED_TO_TOPIC"), "{said}");
    member.signal(Signal::INT);
    member.end().ok();
    run("group delete fresh").ok();
}

#[test]
fn two_members_share_the_partitions_and_each_record_is_printed_once() {
    for assignor in ["range", "roundrobin", "cooperative-sticky"] {
        let (_folder, server) = server_with("orders", 4);
        let consume = format!("consume orders --group readers --assignor {assignor}");
        produce(&server, 4, 0, 10);
        let one = Running::start(&server, &consume);
        assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0), "the first reads all");
        let two = Running::start(&server, &consume);
        assert!(Server::until(PATIENCE, || shares(&server, "readers") == [2, 2]), "{assignor}: the two share");
        produce(&server, 4, 10, 10);
        assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0), "both read on");
        one.signal(Signal::INT);
        let one = one.end().ok();
        assert!(Server::until(PATIENCE, || shares(&server, "readers") == [4]), "{assignor}: one is left");
        produce(&server, 4, 20, 10);
        assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0), "the other reads all");
        two.signal(Signal::TERM);
        let two = two.end().ok();
        assert_eq!(described(&server, "readers")["members"], json!([]), "{assignor}: both have left");
        assert!(!one.is_empty() && !two.is_empty());
        let mut wanted: Vec<String> =
            (0..4).flat_map(|partition| (0..30).map(move |number| format!("{partition}/{number}"))).collect();
        wanted.sort();
        assert_eq!(sorted(&format!("{one}{two}")), wanted, "{assignor}");
    }
}

#[test]
fn records_that_flow_through_rebalances_are_printed_once_each() {
    for assignor in ["range", "cooperative-sticky"] {
        let (_folder, server) = server_with("orders", 4);
        let consume = format!("consume orders --group readers --assignor {assignor}");
        let one = Running::start(&server, &consume);
        assert!(Server::until(PATIENCE, || shares(&server, "readers") == [4]));
        let mut producer = Running::start(&server, "produce orders --key-separator :");
        let mut number = 0;
        let mut flow = |producer: &mut Running| {
            // Some at once and then a pause, so that commits fall between any two.
            for _ in 0..5 {
                producer.write(format!("{number}:{number}\n").as_bytes());
                number += 1;
            }
        };
        let two = Running::start(&server, &consume);
        let is_shared = Server::until(PATIENCE, || {
            flow(&mut producer);
            shares(&server, "readers") == [2, 2]
        });
        assert!(is_shared, "{assignor}: the two share");
        one.signal(Signal::INT);
        let is_left = Server::until(PATIENCE, || {
            flow(&mut producer);
            shares(&server, "readers") == [4]
        });
        assert!(is_left, "{assignor}: one is left");
        producer.end().ok();
        assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0));
        two.signal(Signal::INT);
        let mut printed: Vec<u32> =
            format!("{}{}", one.end().ok(), two.end().ok()).lines().map(|line| line.parse().unwrap()).collect();
        printed.sort_unstable();
        assert_eq!(printed, (0..number).collect::<Vec<_>>(), "{assignor}");
    }
}

#[test]
fn a_member_goes_on_behind_a_killed_server_and_loses_nothing() {
    let (folder, server) = server_with("orders", 2);
    produce(&server, 2, 0, 5);
    let member = Running::start(&server, "consume orders --group readers");
    assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0));
    let address = server.address.clone();
    server.signal(Signal::KILL);
    server.wait();
    let server = Server::restart(folder.path(), &address);
    produce(&server, 2, 5, 5);
    assert!(Server::until(PATIENCE, || described(&server, "readers")["lag"] == 0), "it has come back and read on");
    member.signal(Signal::INT);
    let Ran { code, out, err } = member.end();
    assert_eq!(code, 0, "{err}");
    let mut wanted: Vec<String> =
        (0..2).flat_map(|partition| (0..10).map(move |number| format!("{partition}/{number}"))).collect();
    wanted.sort();
    // A commit that the kill took with it is read again: each record at least once.
    let mut printed = sorted(&out);
    printed.dedup();
    assert_eq!(printed, wanted);
    assert!(err.lines().all(|line| line.starts_with("gracchus: ") && !line.contains("panicked")), "{err}");
}

#[test]
fn a_member_whose_reader_has_had_enough_leaves_the_group_and_commits_no_more_than_it_printed() {
    let (_folder, server) = server_with("orders", 1);
    // What one fetch brings is more than a pipe holds: none of it is ever printed to its end.
    let line = "x".repeat(4_000);
    let input = format!("{line}\n").repeat(1_000);
    fed(&server, "produce orders", input.as_bytes()).ok();
    let mut member = Running::start(&server, "consume orders --group readers");
    assert_eq!(member.line(), line);
    let ran = member.end_unread();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let group = described(&server, "readers");
    assert_eq!((&group["state"], &group["members"]), (&json!("Empty"), &json!([])));
    assert_eq!(group["partitions"], json!([]), "what could not be printed is for the next member");
    assert_eq!(gracchus(&server, "consume orders --group readers --until-end").ok().lines().count(), 1_000);
}

#[test]
fn what_is_wrong_with_a_group_is_said_with_the_next_step() {
    let (_folder, server) = server_with("orders", 1);
    let run = |arguments: &str| gracchus(&server, arguments);
    run("consume orders --group readers --until-end").ok();
    let cases: [(&str, i32, &[&str]); 9] = [
        ("group describe raeders", 1, &["group raeders does not exist", "did you mean readers?"]),
        ("group describe zebra", 1, &["group zebra does not exist", "gracchus group list"]),
        ("group delete raeders", 1, &["group raeders does not exist", "did you mean readers?"]),
        ("group offsets zebra", 1, &["group zebra does not exist"]),
        ("group reset readers --topic ordres --to end", 1, &["topic ordres does not exist", "did you mean orders?"]),
        ("group reset readers --topic orders:3 --to end", 1, &["topic orders has no partition 3"]),
        ("group reset readers --topic orders --to 17", 1, &["orders-0 has offsets 0 to 0, 17 is none of them"]),
        ("group reset readers --to end", 64, &["give --topic or --all-topics"]),
        (
            "consume orders --group readers --from 17",
            64,
            &["--from takes beginning or end", "gracchus group reset readers"],
        ),
    ];
    for (arguments, code, words) in cases {
        let said = run(arguments).failed(code);
        assert!(words.iter().all(|word| said.contains(word)), "{arguments}: {said}");
    }
    for arguments in
        ["consume orders --group a --partition 0", "consume orders --group a --assignor x", "group reset a"]
    {
        assert_eq!(run(arguments).code, 64, "{arguments}");
    }
    // Members that share partitions out in different ways are no group.
    let mut member = Running::start(&server, "consume orders --group readers --assignor roundrobin");
    produce(&server, 1, 0, 1);
    assert_eq!(member.line(), "0/0");
    let said = run("consume orders --group readers --assignor range").failed(1);
    assert!(said.contains("INCONSISTENT_GROUP_PROTOCOL") && said.contains("--assignor"), "{said}");
    member.signal(Signal::INT);
    member.end().ok();
}
