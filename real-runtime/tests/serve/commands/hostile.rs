//! What listens is no broker, or nobody listens.

use super::gracchus_at;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Commands that ask a broker, each in its own way.
const COMMANDS: [&str; 8] = [
    "topic list",
    "topic describe orders",
    "config show broker 1",
    "produce orders",
    "consume orders",
    "consume orders --group readers",
    "group list",
    "group reset readers --topic orders --to end",
];

/// A listener that treats every connection so. It goes with the test's process.
fn listener(treat: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(treat));
    address
}

#[test]
fn nobody_listens() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    for command in COMMANDS {
        let said = gracchus_at(&address, command).failed(69);
        assert!(said.contains(&format!("cannot connect to {address}: connection refused")), "{said}");
        assert!(said.contains("is the broker running"), "{said}");
    }
    let two = format!("{address},no.such.host.invalid:9092");
    let said = gracchus_at(&two, "topic list").failed(69);
    let unknown = "no.such.host.invalid:9092: the host name no.such.host.invalid is not known: ";
    assert!(said.contains(&address) && said.contains(unknown), "{said}");
    for command in COMMANDS {
        let said = gracchus_at("no.such.host.invalid:9092", command).failed(69);
        assert!(said.contains(unknown) && said.contains("make it known (DNS, /etc/hosts)"), "{said}");
    }
    let said = gracchus_at("no.such.host.invalid:9092", "perf fetch").failed(69);
    assert!(said.contains("the host name no.such.host.invalid is not known: "), "{said}");
    assert_eq!(gracchus_at("localhost", "topic list").code, 64);
}

#[test]
fn who_listens_never_answers() {
    let mut kept = Vec::new();
    let (sender, receiver) = std::sync::mpsc::channel();
    let address = listener(move |stream| sender.send(stream).unwrap());
    for command in COMMANDS {
        let said = gracchus_at(&address, &format!("{command} --timeout 0.3")).failed(69);
        assert!(said.contains(&format!("{address} takes connections but has not answered for 0.3 s")), "{said}");
        kept.extend(receiver.try_iter());
    }
    assert!(!kept.is_empty());
}

#[test]
fn who_listens_drips_its_answer() {
    let address = listener(|mut stream| {
        thread::spawn(move || {
            // Each byte comes long before the timeout, the whole answer never.
            while stream.write_all(&[0]).is_ok() {
                thread::sleep(std::time::Duration::from_millis(50));
            }
        });
    });
    for command in COMMANDS {
        // Length nought is no answer; an answer that is whole in time is told of as no Kafka.
        let ran = gracchus_at(&address, &format!("{command} --timeout 0.4"));
        assert!(matches!(ran.code, 69 | 76), "{}", ran.err);
    }
}

#[test]
fn who_listens_closes_at_once() {
    let address = listener(drop);
    for command in COMMANDS {
        let said = gracchus_at(&address, command).failed(69);
        assert!(said.contains(&format!("the connection to {address} ended before an answer came")), "{said}");
    }
}

#[test]
fn who_listens_speaks_no_kafka() {
    let answers: [&[u8]; 4] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        &[0xff; 40],
        // A whole frame of nothing, and one whose count of APIs lies.
        &[0, 0, 0, 0],
        &[0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff],
    ];
    for answer in answers {
        let address = listener(move |mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
        });
        for command in COMMANDS {
            let said = gracchus_at(&address, command).failed(76);
            assert!(said.contains(&format!("{address} does not speak Kafka's protocol")), "{said}");
        }
    }
}
