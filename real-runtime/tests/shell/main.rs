//! The production shell on simulated TCP and time: framing, back-pressure, hand-over, vanishing clients, a graceful stop.

mod broker;
mod toy;
mod turmoil_host;

use gracchus_core::io::ListenerId;
use gracchus_core::metadata::{ListenerConfig, ListenerRole, NodeConfig};
use gracchus_core::shard::Halt;
use gracchus_server::disk::LogDirs;
use gracchus_server::shell::{ConnectionLimits, Node, NodeNews, NodeParts};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use toy::{Diary, Luggage, Toy};
use turmoil::Sim;
use turmoil::net::TcpStream;
use turmoil_host::Turmoil;

const SERVER: &str = "server";
const PORT: u16 = 9092;

/// How a test's client may fail.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A simulation with one node of `shards` toy shards, and what its shards note.
fn simulation(seed: u64, shards: u16, stop_after: Option<Duration>) -> (Sim<'static>, Diary) {
    simulation_of(seed, shards, stop_after, ConnectionLimits::default())
}

/// The same, with limits on connections.
fn simulation_of(
    seed: u64,
    shards: u16,
    stop_after: Option<Duration>,
    connections: ConnectionLimits,
) -> (Sim<'static>, Diary) {
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .epoch(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
        .simulation_duration(Duration::from_secs(120))
        .build();
    let diary = Diary::default();
    let noted = diary.clone();
    sim.host(SERVER, move || {
        let (noted, connections) = (noted.clone(), connections.clone());
        async move {
            let halt = serve(shards, stop_after, noted.clone(), connections).await?;
            assert_eq!(halt, Halt::Clean);
            noted.lock().unwrap().push("halted".to_owned());
            Ok(())
        }
    });
    (sim, diary)
}

async fn serve(
    shards: u16,
    stop_after: Option<Duration>,
    diary: Diary,
    connections: ConnectionLimits,
) -> std::io::Result<Halt> {
    let folder = tempfile::tempdir()?;
    let dirs = LogDirs::open(&[folder.path().to_path_buf()]).expect("a fresh folder is free");
    let listener = ListenerConfig {
        id: ListenerId(0),
        name: "PLAINTEXT".into(),
        role: ListenerRole::Brokers,
        host: "".into(),
        port: PORT,
        advertised: None,
    };
    let config = NodeConfig { shards, listeners: vec![listener], ..NodeConfig::default() };
    let (config, dirs) = (Arc::new(config), Arc::new(dirs));
    let (file_descriptors, frame_budget) = (1000, 4 << 20);
    let parts = NodeParts { config, dirs, file_descriptors, frame_budget, connections, seed: [7; 32] };
    let luggage = Luggage::default();
    let toy = |config: Arc<NodeConfig>, me| Toy::new(&config, me, diary.clone(), luggage.clone());
    let mut node = Node::start(Turmoil::new(), &parts, toy)?;
    let stopper = node.stopper();
    if let Some(after) = stop_after {
        tokio::task::spawn_local(async move {
            tokio::time::sleep(after).await;
            stopper.stop();
        });
    }
    loop {
        if let NodeNews::Halted(halt) = node.next().await {
            return Ok(halt);
        }
    }
}

async fn connect() -> std::io::Result<TcpStream> {
    TcpStream::connect((SERVER, PORT)).await
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}

async fn send(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<()> {
    stream.write_all(&framed(body)).await
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let len = stream.read_u32().await?;
    let mut body = vec![0; len as usize];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn ask(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<Vec<u8>> {
    send(stream, body).await?;
    receive(stream).await
}

#[test]
fn frames_come_whole_however_their_bytes_arrive() {
    for seed in gracchus_cases::seeds(2) {
        let (mut sim, _) = simulation(seed, 2, None);
        sim.client("client", async {
            let mut stream = connect().await?;
            // One byte at a time, then two frames and a half in one write.
            for byte in framed(b"drop by drop") {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(receive(&mut stream).await?, b"drop by drop");
            let mut lump = [framed(b"one"), framed(b""), framed(b"three")].concat();
            let rest = lump.split_off(lump.len() - 3);
            stream.write_all(&lump).await?;
            assert_eq!(receive(&mut stream).await?, b"one");
            assert_eq!(receive(&mut stream).await?, b"");
            stream.write_all(&rest).await?;
            assert_eq!(receive(&mut stream).await?, b"three");
            // Larger than what a connection owns, and than a small frame.
            for len in [16_384, 16_385, 20_000, 1_200_000] {
                let body: Vec<u8> = (0..len).map(|at| at as u8 | 0x80).collect();
                assert!(ask(&mut stream, &body).await? == body, "{len} bytes come back as they went");
            }
            Outcome::Ok(())
        });
        sim.run().unwrap();
    }
}

#[test]
fn a_paused_connection_hands_in_nothing_and_loses_nothing() {
    let (mut sim, _) = simulation(1, 2, None);
    sim.client("client", async {
        let mut stream = connect().await?;
        let began = tokio::time::Instant::now();
        let frames: Vec<Vec<u8>> = (0..200).map(|number| framed(format!("frame {number}").as_bytes())).collect();
        assert_eq!(ask(&mut stream, b"pause 3000").await?, b"pause 3000");
        // The toy panics where a frame comes while it has the connection paused.
        stream.write_all(&frames.concat()).await?;
        for number in 0..200 {
            assert_eq!(receive(&mut stream).await?, format!("frame {number}").as_bytes());
            assert!(began.elapsed() >= Duration::from_secs(3), "no answer before the pause was over");
        }
        Outcome::Ok(())
    });
    sim.run().unwrap();
}

#[test]
fn a_slow_reader_holds_up_nobody_else() {
    let (mut sim, diary) = simulation(2, 2, None);
    sim.client("slow", async {
        let mut stream = connect().await?;
        send(&mut stream, b"flood 1000000").await?;
        send(&mut stream, b"bye").await?;
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(receive(&mut stream).await?.len(), 1_000_000);
        assert_eq!(receive(&mut stream).await?, b"bye", "a close after drain lets everything leave");
        assert_eq!(stream.read(&mut [0]).await?, 0);
        Outcome::Ok(())
    });
    sim.client("quick", async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut stream = connect().await?;
        for _ in 0..20 {
            assert_eq!(ask(&mut stream, b"hello").await?, b"hello");
        }
        assert!(turmoil::elapsed() < Duration::from_secs(10));
        Outcome::Ok(())
    });
    sim.run().unwrap();
    let diary = diary.lock().unwrap();
    let drained = diary.iter().position(|line| line == "s1 drained c0");
    let closed = diary.iter().position(|line| line == "s1 closed c0");
    assert!(closed.is_some(), "a close of our own is answered too: {diary:?}");
    assert!(drained.is_none() || drained < closed);
}

#[test]
fn a_client_that_sends_no_more_still_gets_its_answers() {
    let (mut sim, _) = simulation(4, 3, None);
    sim.client("client", async {
        let mut stream = connect().await?;
        stream.write_all(&[framed(b"one"), framed(b"two")].concat()).await?;
        stream.shutdown().await?;
        assert_eq!(receive(&mut stream).await?, b"one");
        assert_eq!(receive(&mut stream).await?, b"two");
        assert_eq!(stream.read(&mut [0]).await?, 0);
        // In the midst of a request, and on the way to another shard.
        let mut stream = connect().await?;
        stream.write_all(&[framed(b"move 1"), framed(b"where"), framed(b"half")[..6].to_vec()].concat()).await?;
        stream.shutdown().await?;
        assert_eq!(receive(&mut stream).await?, b"moving");
        assert_eq!(receive(&mut stream).await?, b"moved");
        assert_eq!(receive(&mut stream).await?, b"s1");
        assert_eq!(stream.read(&mut [0]).await?, 0);
        Outcome::Ok(())
    });
    sim.run().unwrap();
}

#[test]
fn connections_are_dealt_in_turn_and_move_with_their_bytes() {
    let (mut sim, diary) = simulation(3, 4, None);
    sim.client("client", async {
        let mut homes = Vec::new();
        for _ in 0..6 {
            let mut stream = connect().await?;
            homes.push(String::from_utf8(ask(&mut stream, b"where").await?)?);
        }
        assert_eq!(homes, ["s1", "s2", "s3", "s1", "s2", "s3"]);
        let mut stream = connect().await?;
        // The question behind the move, and half of another, are in the first shard's buffer when it moves.
        let half = framed(b"half and half");
        stream.write_all(&[framed(b"move 3"), framed(b"where"), half[..7].to_vec()].concat()).await?;
        assert_eq!(receive(&mut stream).await?, b"moving");
        assert_eq!(receive(&mut stream).await?, b"moved");
        assert_eq!(receive(&mut stream).await?, b"s3");
        stream.write_all(&half[7..]).await?;
        assert_eq!(receive(&mut stream).await?, b"half and half");
        drop(stream);
        tokio::time::sleep(Duration::from_secs(1)).await;
        Outcome::Ok(())
    });
    sim.run().unwrap();
    let diary = diary.lock().unwrap();
    assert!(diary.contains(&"s3 handed over c6".to_owned()), "{diary:?}");
    assert!(diary.contains(&"s3 closed c6".to_owned()), "its end is told where it went: {diary:?}");
    assert!(!diary.contains(&"s1 closed c6".to_owned()));
}

#[test]
fn a_client_that_vanishes_is_told_of_once() {
    let (mut sim, diary) = simulation(4, 2, None);
    sim.client("client", async {
        let mut mid_frame = connect().await?;
        mid_frame.write_all(&[0, 0, 1]).await?;
        let mut with_answer = connect().await?;
        send(&mut with_answer, b"flood 500000").await?;
        let mut behind_frames = connect().await?;
        send(&mut behind_frames, b"last words").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop((mid_frame, with_answer, behind_frames));
        tokio::time::sleep(Duration::from_secs(5)).await;
        Outcome::Ok(())
    });
    sim.run().unwrap();
    let diary = diary.lock().unwrap();
    for conn in ["c0", "c1", "c2"] {
        let ends = diary.iter().filter(|line| **line == format!("s1 closed {conn}")).count();
        assert_eq!(ends, 1, "{conn}: {diary:?}");
    }
}

#[test]
fn a_full_broker_takes_the_next_connection_when_one_ends() {
    let limits = ConnectionLimits { most: 2, ..ConnectionLimits::default() };
    let (mut sim, diary) = simulation_of(8, 3, None, limits);
    sim.client("client", async {
        let mut first = connect().await?;
        assert_eq!(ask(&mut first, b"where").await?, b"s1");
        // One that moves between shards keeps its place.
        send(&mut first, b"move 2").await?;
        assert_eq!(receive(&mut first).await?, b"moving");
        assert_eq!(receive(&mut first).await?, b"moved");
        let mut second = connect().await?;
        assert_eq!(ask(&mut second, b"second").await?, b"second");
        for _ in 0..3 {
            let third = async { ask(&mut connect().await?, b"third").await };
            let early = tokio::time::timeout(Duration::from_secs(5), third).await;
            assert!(!matches!(early, Ok(Ok(_))), "there is no place for a third");
            assert_eq!(ask(&mut second, b"still").await?, b"still");
        }
        drop(first);
        let third = async { ask(&mut connect().await?, b"third").await };
        assert_eq!(tokio::time::timeout(Duration::from_secs(30), third).await??, b"third");
        assert_eq!(ask(&mut second, b"still").await?, b"still");
        Outcome::Ok(())
    });
    sim.run().unwrap();
    assert!(diary.lock().unwrap().contains(&"s2 closed c0".to_owned()), "{diary:?}");
}

#[test]
fn an_address_with_its_share_is_refused_and_others_are_not() {
    let limits = ConnectionLimits { per_ip: 2, ..ConnectionLimits::default() };
    let (mut sim, _) = simulation_of(9, 2, None, limits);
    for client in ["one", "other"] {
        sim.client(client, async {
            let (mut first, mut second) = (connect().await?, connect().await?);
            assert_eq!(ask(&mut first, b"first").await?, b"first");
            assert_eq!(ask(&mut second, b"second").await?, b"second");
            let refused = async { ask(&mut connect().await?, b"third").await };
            assert!(tokio::time::timeout(Duration::from_secs(5), refused).await?.is_err(), "it is closed at once");
            drop(first);
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(ask(&mut connect().await?, b"again").await?, b"again");
            Outcome::Ok(())
        });
    }
    sim.run().unwrap();
}

#[test]
fn lengths_that_lie_end_the_connection() {
    let (mut sim, diary) = simulation(5, 2, None);
    sim.client("client", async {
        for lie in [-1, i32::MIN, i32::MAX, 104_857_601] {
            let mut stream = connect().await?;
            assert_eq!(ask(&mut stream, b"before").await?, b"before");
            stream.write_all(&lie.to_be_bytes()).await?;
            assert!(stream.read(&mut [0]).await.is_ok_and(|read| read == 0), "{lie}");
        }
        Outcome::Ok(())
    });
    sim.run().unwrap();
    assert_eq!(diary.lock().unwrap().iter().filter(|line| line.contains("closed")).count(), 4);
}

#[test]
fn half_a_request_gives_way_when_others_need_its_memory() {
    let (mut sim, diary) = simulation(6, 2, None);
    sim.client("silent", async {
        let mut held = Vec::new();
        // Five times a megabyte of a larger frame: more than the node's four megabytes lend.
        for _ in 0..5 {
            let mut stream = connect().await?;
            let mut start = 50_000_000u32.to_be_bytes().to_vec();
            start.resize(1 << 20, 0);
            let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(&start)).await;
            held.push(stream);
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        Outcome::Ok(())
    });
    sim.client("honest", async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        let mut stream = connect().await?;
        let began = tokio::time::Instant::now();
        let body = vec![b'x'; 900_000];
        assert!(ask(&mut stream, &body).await? == body);
        assert!(began.elapsed() < Duration::from_secs(1), "a small frame has its own share");
        let body = vec![b'y'; 3_000_000];
        assert!(ask(&mut stream, &body).await? == body, "a large one waits until the silent ones are closed");
        Outcome::Ok(())
    });
    sim.run().unwrap();
    assert!(diary.lock().unwrap().iter().any(|line| line.starts_with("s1 closed")));
}

#[test]
fn a_graceful_stop_answers_first_and_listens_no_more() {
    let (mut sim, diary) = simulation(7, 1, Some(Duration::from_secs(5)));
    sim.client("client", async {
        let mut stream = connect().await?;
        assert_eq!(ask(&mut stream, b"hello").await?, b"hello");
        assert_eq!(receive(&mut stream).await?, b"stopping");
        assert_eq!(stream.read(&mut [0]).await?, 0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let again = tokio::time::timeout(Duration::from_secs(1), connect()).await;
        assert!(!matches!(again, Ok(Ok(_))), "the listener is gone");
        Outcome::Ok(())
    });
    sim.run().unwrap();
    assert_eq!(diary.lock().unwrap().last().map(String::as_str), Some("halted"));
}

#[test]
fn the_same_seed_runs_the_same() {
    let run = |seed| {
        let (mut sim, diary) = simulation(seed, 3, None);
        for client in 0..4 {
            sim.client(format!("client-{client}"), async move {
                let mut stream = connect().await?;
                for round in 0..10 {
                    let body = if round == 5 { format!("move {}", 1 + client % 2) } else { format!("flood {round}00") };
                    ask(&mut stream, body.as_bytes()).await?;
                }
                Outcome::Ok(())
            });
        }
        sim.run().unwrap();
        std::mem::take(&mut *diary.lock().unwrap())
    };
    assert_eq!(run(11), run(11));
}
