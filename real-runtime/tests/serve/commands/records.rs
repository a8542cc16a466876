//! `gracchus produce` and `gracchus consume`.

use super::{Ran, Running, Server, fed, gracchus};
use serde_json::{Value, json};
use std::process::Stdio;

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    (folder, server)
}

/// The objects that were printed, one on each line.
fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("one object on each line")).collect()
}

#[test]
fn lines_go_in_and_come_out() {
    let (_folder, server) = server();
    gracchus(&server, "topic create greetings --partitions 1").ok();
    let said = fed(&server, "produce greetings", b"hello\n\nlast without an end").ok();
    assert_eq!(said, "3 records to greetings\n  partition 0: 3 records, offsets 0 to 2\n");
    let printed = gracchus(&server, "consume greetings --until-end").ok();
    assert_eq!(printed, "hello\n\nlast without an end\n");
    assert_eq!(fed(&server, "produce greetings", b"").ok(), "0 records to greetings\n");
    let said = fed(&server, "produce greetings --acks 0", b"x\n").ok();
    assert_eq!(said, "1 record to greetings\n  partition 0: 1 record\n");
    let said = fed(&server, "produce greetings --acks 1", b"y\n").ok();
    assert_eq!(said, "1 record to greetings\n  partition 0: 1 record, offset 4\n");
    assert_eq!(gracchus(&server, "consume greetings --from 3 --until-end").ok(), "x\ny\n");
}

#[test]
fn a_key_always_goes_to_its_partition() {
    let (_folder, server) = server();
    gracchus(&server, "topic create orders --partitions 10").ok();
    let input: String = (0..200).map(|number| format!("foobar:{number}\n21:{number}\n")).collect();
    fed(&server, "produce orders --key-separator :", input.as_bytes()).ok();
    let printed = rows(&gracchus(&server, "consume orders --until-end --json").ok());
    assert_eq!(printed.len(), 400);
    // As Kafka's own clients have it: see the hashes that `murmur2` is tested with.
    for (key, partition) in [("foobar", (-790_332_482 & i32::MAX) % 10), ("21", (-973_932_308 & i32::MAX) % 10)] {
        let of_key: Vec<&Value> = printed.iter().filter(|row| row["key"] == key).collect();
        assert!(of_key.iter().all(|row| row["partition"] == partition));
        let values: Vec<String> = of_key.iter().map(|row| row["value"].as_str().unwrap().to_owned()).collect();
        assert_eq!(values, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    }
    let printed = gracchus(&server, "consume orders --until-end --key --count 1").ok();
    assert!(printed == "foobar\t0\n" || printed == "21\t0\n", "{printed}");
}

#[test]
fn what_is_consumed_as_json_can_be_produced_again() {
    let (_folder, server) = server();
    gracchus(&server, "topic create first --partitions 3").ok();
    gracchus(&server, "topic create second --partitions 3").ok();
    let input = concat!(
        r#"{"key":"a","value":"größer","headers":[{"key":"h","value":"1"},{"key":"h","value":null}],"partition":2,"timestamp":1700000000000}"#,
        "\n",
        r#"{"key":{"base64":"/wA="},"value":{"base64":"AP8="},"partition":1,"timestamp":1700000000001}"#,
        "\n",
        r#"{"key":"gone","value":null,"partition":0,"timestamp":1700000000002}"#,
        "\n",
    );
    let said: Value = fed(&server, "produce first --json", input.as_bytes()).json();
    assert_eq!(said["partitions"][2], json!({ "partition": 2, "records": 1, "first_offset": 0, "last_offset": 0 }));
    let first = gracchus(&server, "consume first --until-end --json").ok();
    fed(&server, "produce second --json", first.as_bytes()).ok();
    let second = gracchus(&server, "consume second --until-end --json").ok();
    let sorted = |text: &str| {
        let mut rows = rows(text);
        rows.sort_by_key(|row| row["partition"].as_i64());
        rows.iter_mut().for_each(|row| _ = row.as_object_mut().unwrap().remove("topic"));
        rows
    };
    assert_eq!(sorted(&first), sorted(&second));
    assert_eq!(
        sorted(&first)[2],
        json!({
            "partition": 2, "offset": 0, "timestamp": 1_700_000_000_000_i64, "key": "a", "value": "größer",
            "headers": [{ "key": "h", "value": "1" }, { "key": "h", "value": null }],
        })
    );
    assert_eq!(sorted(&first)[1]["value"], json!({ "base64": "AP8=" }));
    assert_eq!(sorted(&first)[0]["value"], Value::Null);
}

#[test]
fn reading_begins_and_ends_where_it_is_told_to() {
    let (_folder, server) = server();
    gracchus(&server, "topic create orders --partitions 2").ok();
    let input: String = (0..10)
        .map(|number| {
            format!("{{\"value\":\"{number}\",\"partition\":{},\"timestamp\":{}}}\n", number % 2, number * 1_000)
        })
        .collect();
    fed(&server, "produce orders --json --header a=b", input.as_bytes()).ok();
    let cases = [
        ("--partition 1 --until-end", "1\n3\n5\n7\n9\n"),
        ("--partition 1 --from 2 --until-end", "5\n7\n9\n"),
        ("--partition 1 --from 2 --count 2", "5\n7\n"),
        ("--partition 0 --from 1970-01-01T00:00:03Z --until-end", "4\n6\n8\n"),
        ("--partition 0 --from 1970-01-01T00:00:09Z --until-end", ""),
        ("--partition 0 --from end --until-end", ""),
        ("--partition 0 --from 1m --until-end", ""),
        ("--count 0", ""),
    ];
    for (arguments, printed) in cases {
        assert_eq!(gracchus(&server, &format!("consume orders {arguments}")).ok(), printed, "{arguments}");
    }
    let both = rows(&gracchus(&server, "consume orders --partition 0,1 --until-end --json").ok());
    assert_eq!(both.len(), 10);
    assert!(both.iter().all(|row| row["headers"] == json!([{ "key": "a", "value": "b" }])));
}

#[test]
fn what_cannot_be_written_or_read_is_said_with_the_next_step() {
    let (folder, server) = server();
    gracchus(&server, "topic create orders --partitions 2").ok();
    let missing = folder.path().join("missing.txt");
    let missing = format!("produce orders --file {}", missing.display());
    let cases: [(&str, &[u8], i32, &[&str]); 12] = [
        ("produce ordres", b"x\n", 1, &["topic ordres does not exist", "did you mean orders?"]),
        ("produce zebra", b"x\n", 1, &["topic zebra does not exist", "gracchus topic create zebra"]),
        ("produce orders --partition 2", b"x\n", 1, &["topic orders has no partition 2", "partitions 0 to 1"]),
        ("produce orders --key-separator =", b"a=b\nx\n", 65, &["line 2 has no key"]),
        ("produce orders --json", b"{}\n{\"vaule\":\"x\"}\n", 65, &["line 2 is no record", "unknown field `vaule`"]),
        ("produce orders --json", b"{\"partition\":7}\n", 65, &["line 1: topic orders has no partition 7"]),
        (&missing, b"", 66, &["missing.txt", "No such file"]),
        ("consume ordres", b"", 1, &["topic ordres does not exist", "did you mean orders?"]),
        ("consume orders --partition 5", b"", 1, &["topic orders has no partition 5"]),
        ("consume orders --partition 0 --from 17", b"", 1, &["orders-0 has offsets 0 to", "17 is none of them"]),
        ("consume orders payments", b"", 1, &["topic payments does not exist"]),
        ("consume orders zebra --partition 0", b"", 64, &["--partition takes one topic"]),
    ];
    for (arguments, input, code, words) in cases {
        let said = fed(&server, arguments, input).failed(code);
        assert!(words.iter().all(|word| said.contains(word)), "{arguments}: {said}");
    }
    for arguments in ["consume", "consume orders --from yesterday", "produce", "produce orders --acks 2"] {
        assert_eq!(gracchus(&server, arguments).code, 64, "{arguments}");
    }
    // What came before a line that cannot be understood is written.
    assert_eq!(
        gracchus(&server, "consume orders --until-end --key").ok().lines().filter(|it| *it == "a\tb").count(),
        1
    );
}

#[test]
fn a_record_that_is_too_large_is_named_and_the_others_are_written() {
    let (_folder, server) = server();
    gracchus(&server, "topic create small --partitions 1 --config max.message.bytes=1000").ok();
    let mut running = Running::start(&server, "produce small --json");
    running.write(b"{\"value\":\"before\"}\n");
    let large = format!("{{\"value\":\"{}\"}}\n", "x".repeat(5_000));
    running.write(large.as_bytes());
    let ran = running.end();
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("line 2, partition 0: not written"), "{}", ran.err);
    assert!(ran.err.contains("max.message.bytes (MESSAGE_TOO_LARGE)"), "{}", ran.err);
    assert!(ran.err.ends_with("gracchus: 1 of 2 records not written\n"), "{}", ran.err);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(said["failures"][0]["error"], "MESSAGE_TOO_LARGE");
    assert_eq!(said["failures"][0]["may_be_written"], false);
    assert_eq!(gracchus(&server, "consume small --until-end").ok(), "before\n");
}

#[test]
fn a_reader_that_has_had_enough_ends_the_command_quietly() {
    let (_folder, server) = server();
    gracchus(&server, "topic create orders --partitions 1").ok();
    let input = "a line of some length that fills pipes\n".repeat(20_000);
    fed(&server, "produce orders", input.as_bytes()).ok();
    for arguments in ["consume orders", "consume orders --json", "consume orders --until-end"] {
        let mut running = Running::start(&server, arguments);
        assert!(running.line().contains("a line of some length"));
        let ran = running.end_unread();
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments}");
    }
}

/// Commands that print, each in its own way.
const PRINTING: [&str; 12] = [
    "--help",
    "topic list",
    "topic create more",
    "topic describe orders",
    "produce orders",
    "consume orders --until-end",
    "consume orders --until-end --group printing",
    "group list",
    "group describe readers",
    "config show broker 1",
    "perf produce --topic orders --seconds 0.1",
    "perf fetch --topic orders --seconds 0.1",
];

/// Runs one of them, with its output there.
fn printing_to(server: &Server, arguments: &str, out: impl Into<Stdio>) -> Ran {
    let mut words: Vec<&str> = arguments.split(' ').collect();
    if arguments != "--help" {
        words.extend(["--bootstrap", &server.address]);
    }
    Ran::of(&super::child::gracchus(&words).stdin(Stdio::null()).stdout(out).output().unwrap())
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let (_folder, server) = server();
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", b"x\n").ok();
    gracchus(&server, "consume orders --until-end --group readers").ok();
    for arguments in PRINTING {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ran = printing_to(&server, arguments, full);
        assert_eq!(ran.code, 74, "{arguments}: {}", ran.err);
        assert!(ran.err.contains("standard output cannot be written: No space left"), "{arguments}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{arguments}: {}", ran.err);
    }
}

#[test]
fn a_command_whose_reader_is_gone_before_it_prints_ends_quietly() {
    let (_folder, server) = server();
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", b"x\n").ok();
    gracchus(&server, "consume orders --until-end --group readers").ok();
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = printing_to(&server, arguments, writer);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments}");
    }
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_no_signals_business() {
    let (folder, server) = server();
    gracchus(&server, "topic create orders --partitions 1").ok();
    fed(&server, "produce orders", "a line of some length\n".repeat(20_000).as_bytes()).ok();
    let file = folder.path().join("printed");
    let script = "ulimit -f 8; exec \"$0\" consume orders --until-end --bootstrap \"$1\" > \"$2\"";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_gracchus"), &server.address]).arg(file);
    let said = Ran::of(&shell.output().unwrap()).failed(74);
    assert!(said.contains("standard output cannot be written: File too large"), "{said}");
}

/// Batches that Apache Kafka 4.3.1's `MemoryRecords` wrote: six records with keys `k0` to `k5`.
const OF_KAFKA: [(&str, &str); 4] = [
    (
        "gzip",
        "000000000000000000000091ffffffff0272f07f6800010000000500000000000003e80000000000000442ffffffffffffff\
         ffffffffffffff000000061f8b08000000000000fff361606060c936b029c94855284ecc4d55284bcc294d55484c4fcccc53\
         48cc4b81b0187c18449858b20d092bd36061c93622a4cc8f610b231b4bb63161e3023858b24d082b4be162c93625a40c00f6\
         977b24eb000000",
    ),
    (
        "snappy",
        "00000000000000000000009fffffffff02e2513c8200020000000500000000000003e80000000000000442ffffffffffffff\
         ffffffffffffff0000000682534e415050590000000001000000010000005aeb017c4c000000046b303c7468652073616d65\
         2076616c756520616761696e20616e64090a1c004c001402046b31862700102804046b327e27001c4e00b40106046b337e28\
         00184c005008046b3486270010640a046b357e2700",
    ),
    (
        "lz4",
        "00000000000000000000009fffffffff023c5516d600030000000500000000000003e80000000000000442ffffffffffffff\
         ffffffffffffff0000000604224d186040825f000000f2114c000000046b303c7468652073616d652076616c756520616761\
         696e20616e640a008f004c001402046b3127000f5f2804046b3227000d8f4e00b40106046b3328000d7f4c005008046b3427\
         000f5f640a046b35270008506761696e0000000000",
    ),
    (
        "zstd",
        "000000000000000000000091ffffffff02e4dedfc300040000000500000000000003e80000000000000442ffffffffffffff\
         ffffffffffffff0000000628b52ffd0058a4020014044c000000046b303c7468652073616d652076616c756520616761696e\
         20616e64004c001402046b312804046b324e00b40106046b335008046b344c00640a046b35060051c00de05a0a0e07b856ca\
         7174284f010000",
    ),
];

#[test]
fn compressed_batches_are_read() {
    let (_folder, server) = server();
    for (codec, hex) in OF_KAFKA {
        let bytes = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        let batch: Vec<u8> = (0..hex.len()).step_by(2).map(bytes).collect();
        gracchus(&server, &format!("topic create {codec} --partitions 1")).ok();
        let mut caller = server.caller();
        assert_eq!(crate::produce(&mut caller, codec, batch.into()), 0, "{codec}");
        fed(&server, &format!("produce {codec}"), b"plain\n").ok();
        let printed = rows(&gracchus(&server, &format!("consume {codec} --until-end --json")).ok());
        let keys: Vec<&str> = printed.iter().take(6).map(|row| row["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["k0", "k1", "k2", "k3", "k4", "k5"], "{codec}");
        assert_eq!(printed[3]["timestamp"], 1_090, "{codec}");
        assert_eq!((printed.len(), &printed[6]["value"]), (7, &json!("plain")));
        // Reading begins within a batch, and a member of a group goes on within one.
        let consume = format!("consume {codec} --partition 0 --from 4 --count 1 --key");
        assert_eq!(gracchus(&server, &consume).ok(), "k4\tthe same value again and again\n");
        let consume = format!("consume {codec} --group {codec} --key");
        let first = gracchus(&server, &format!("{consume} --count 2")).ok();
        assert!(first.starts_with("k0\t") && first.lines().count() == 2, "{codec}: {first}");
        let rest = gracchus(&server, &format!("{consume} --until-end")).ok();
        assert!(rest.starts_with("k2\t") && rest.lines().count() == 5, "{codec}: {rest}");
    }
}
