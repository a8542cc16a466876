//! `gracchus topic` and `gracchus config`.

use super::{Server, fed, gracchus};
use serde_json::json;

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    (folder, server)
}

#[test]
fn a_topic_is_created_listed_described_altered_and_deleted() {
    let (_folder, server) = server();
    let run = |arguments: &str| gracchus(&server, arguments);
    let made = run("topic create orders --partitions 3 --config retention.ms=60000").ok();
    assert_eq!(made, "created topic orders: 3 partitions, replication factor 1\n");

    let listed = run("topic list").ok();
    let row: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["orders", "3", "1"]);
    assert_eq!(row[3].len(), 22, "an id as Kafka writes it");

    let described = run("topic describe orders").ok();
    let lines: Vec<&str> = described.lines().collect();
    assert!(lines[0].starts_with("topic orders: 3 partitions, replication factor 1, id "), "{described}");
    assert_eq!(lines[1], "config retention.ms=60000");
    assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>().join(" "), "PARTITION LEADER REPLICAS IN SYNC OFFLINE");
    assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["0", "1", "1", "1", "-"]);
    assert_eq!(lines.len(), 6);

    let altered = run("topic alter orders --partitions 5 --config cleanup.policy=compact --delete-config retention.ms");
    let altered = altered.ok();
    assert_eq!(
        altered,
        "topic orders: set cleanup.policy=compact\ntopic orders: deleted retention.ms\ntopic orders: 5 partitions\n"
    );
    let described = run("topic describe --json").json();
    assert_eq!(described[0]["partitions"].as_array().unwrap().len(), 5);
    assert_eq!(described[0]["configs"], json!({ "cleanup.policy": "compact" }));
    assert_eq!(described[0]["partitions"][4]["isr"], json!([1]));

    assert_eq!(run("topic delete orders").ok(), "deleted topic orders\n");
    assert_eq!(run("topic list --json").json(), json!([]));
}

#[test]
fn topics_in_json() {
    let (_folder, server) = server();
    let run = |arguments: &str| gracchus(&server, arguments);
    let made = run("topic create orders --partitions 2 --json").json();
    let id = made["id"].clone();
    assert_eq!(made, json!({ "name": "orders", "created": true, "id": id, "partitions": 2, "replication_factor": 1 }));
    let again = run("topic create orders --if-not-exists --json").json();
    assert_eq!(again["created"], json!(false));
    assert_eq!(
        run("topic list --json").json(),
        json!([{ "name": "orders", "id": id, "internal": false, "partitions": 2, "replication_factor": 1 }])
    );
    assert_eq!(
        run("topic alter orders --partitions 3 --config retention.ms=1 --json").json(),
        json!({ "name": "orders", "partitions": 3, "set": ["retention.ms"], "deleted": [] })
    );
    assert_eq!(
        run("topic delete orders payments --if-exists --json").json(),
        json!([{ "name": "orders", "deleted": true }, { "name": "payments", "deleted": false }])
    );
}

#[test]
fn what_is_wrong_with_a_topic_is_said_with_the_next_step() {
    let (_folder, server) = server();
    let run = |arguments: &str| gracchus(&server, arguments);
    run("topic create orders --partitions 2").ok();
    let cases = [
        ("topic create orders", "TOPIC_ALREADY_EXISTS", "--if-not-exists"),
        ("topic create or/ders", "topic or/ders is not created", "INVALID_TOPIC_EXCEPTION"),
        ("topic create other --replication-factor 3", "topic other is not created", "INVALID_REPLICATION_FACTOR"),
        ("topic create other --config retention.sm=1", "topic other is not created", "INVALID_CONFIG"),
        ("topic describe ordres", "topic ordres does not exist", "did you mean orders?"),
        ("topic describe zebra", "topic zebra does not exist", "gracchus topic list"),
        ("topic alter ordres --partitions 3", "topic ordres does not exist", "did you mean orders?"),
        ("topic alter orders --partitions 1", "the partitions of topic orders stay as they are", "only ever added"),
        (
            "topic alter orders --config retention.sm=1",
            "topic orders: nothing is changed",
            "did you mean retention.ms?",
        ),
        ("topic delete ordres", "topic ordres does not exist", "did you mean orders?"),
    ];
    for (arguments, what, next) in cases {
        let said = run(arguments).failed(1);
        assert!(said.contains(what) && said.contains(next), "{arguments}: {said}");
    }
    for arguments in ["topic alter orders", "topic create", "topic create a --partitions 0", "topic list --timeout 0"] {
        assert_eq!(run(arguments).code, 64, "{arguments}");
    }
}

#[test]
fn a_configuration_is_shown_set_and_deleted() {
    let (_folder, server) = server();
    let run = |arguments: &str| gracchus(&server, arguments);
    run("topic create orders").ok();
    assert!(run("config show topic orders").ok().contains("nothing is set"));
    let set = run("config set topic orders retention.ms=1000 cleanup.policy=compact,delete").ok();
    assert_eq!(set, "topic orders: set retention.ms=1000\ntopic orders: set cleanup.policy=compact,delete\n");
    let shown = run("config show topic orders").ok();
    let rows: Vec<Vec<&str>> = shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["KEY", "VALUE", "SOURCE"]);
    assert_eq!(rows[1..], [vec!["cleanup.policy", "compact,delete", "topic"], vec!["retention.ms", "1000", "topic"]]);
    let all = run("config show topic orders --all").ok();
    assert!(all.contains("retention.bytes=-1  (default)\n    "), "{all}");
    assert!(all.contains("retention.ms=1000  (topic)\n    "), "{all}");
    assert_eq!(run("config delete topic orders retention.ms").ok(), "topic orders: deleted retention.ms\n");
    let json = run("config show topic orders --json").json();
    assert_eq!(json[0]["name"], "cleanup.policy");
    assert_eq!((json[0]["source"].as_str(), json.as_array().unwrap().len()), (Some("topic"), 1));

    let broker = run("config show broker 1").ok();
    assert!(broker.contains("server.properties"), "{broker}");
    let said = run("config show broker 7").failed(1);
    assert!(said.contains("there is no broker 7; the cluster has broker 1"), "{said}");
    let said = run("config set topic orders retention.ms=soon").failed(1);
    assert!(said.contains("topic orders: nothing is changed") && said.contains("INVALID_CONFIG"), "{said}");
    let said = run("config delete topic orders retention.sm").failed(1);
    assert!(said.contains("did you mean retention.ms?"), "{said}");
}

#[test]
fn the_oldest_records_are_deleted() {
    let (_folder, server) = server();
    let run = |arguments: &str| gracchus(&server, arguments);
    run("topic create orders --partitions 2").ok();
    fed(&server, "produce orders --partition 1", b"a\nb\nc\nd\n").ok();
    let dry = run("topic delete-records orders:1 --before 3 --dry-run").ok();
    assert!(dry.contains("nothing is deleted"), "{dry}");
    assert_eq!(run("consume orders --until-end").ok(), "a\nb\nc\nd\n");
    let said = run("topic delete-records orders:1 --before 3 --json").json();
    assert_eq!(said, json!([{ "topic": "orders", "partition": 1, "from": 0, "to": 3 }]));
    assert_eq!(run("consume orders --until-end").ok(), "d\n");
    let text = run("topic delete-records orders --before end").ok();
    assert_eq!(text.lines().last().unwrap().split_whitespace().collect::<Vec<_>>(), ["orders", "1", "3", "4"]);
    assert_eq!(run("consume orders --until-end").ok(), "");
    let said = run("topic delete-records orders:1 --before 2").failed(1);
    assert!(said.contains("orders-1 has offsets 4 to 4, 2 is none of them"), "{said}");
    let said = run("topic delete-records orders:7 --before 0").failed(1);
    assert!(said.contains("topic orders has no partition 7"), "{said}");
    assert_eq!(run("topic delete-records orders").code, 64);
}
