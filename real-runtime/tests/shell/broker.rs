//! The real core under the shell: a broker on simulated TCP, with its files in a folder of the test's own.

use super::turmoil_host::Turmoil;
use super::{Outcome, PORT, SERVER, connect};
use bytes::Bytes;
use gracchus_core::client::{Answered, Conn, Connection};
use gracchus_core::io::ListenerId;
use gracchus_core::metadata::{ListenerConfig, ListenerRole, NodeConfig};
use gracchus_core::record::{BatchBuilder, BatchHeader};
use gracchus_core::shard::{Halt, Shard};
use gracchus_core::types::{Instant, Timestamp};
use gracchus_core::wire::fetch::{FetchPartition, FetchTopic};
use gracchus_core::wire::metadata::MetadataRequestTopic;
use gracchus_core::wire::produce::{PartitionProduceData, TopicProduceData};
use gracchus_core::wire::{
    FetchRequest, FetchResponse, MetadataRequest, MetadataResponse, ProduceRequest, ProduceResponse, Request,
};
use gracchus_server::disk::LogDirs;
use gracchus_server::shell::{ConnectionLimits, Node, NodeNews, NodeParts};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use turmoil::Sim;
use turmoil::net::TcpStream;

/// Runs a broker on `folder` until it is told to stop, `after` its start.
async fn serve(folder: PathBuf, shards: u16, after: Duration) -> io::Result<Halt> {
    let dirs = LogDirs::open(&[folder]).expect("nobody else has the folder");
    let name = "PLAINTEXT".into();
    let advertised = Some((SERVER.into(), PORT));
    let listener = ListenerConfig {
        id: ListenerId(0),
        name,
        role: ListenerRole::Brokers,
        host: "".into(),
        port: PORT,
        advertised,
    };
    let config = NodeConfig { shards, listeners: vec![listener], ..NodeConfig::default() };
    let (config, dirs, connections) = (Arc::new(config), Arc::new(dirs), ConnectionLimits::default());
    let (file_descriptors, frame_budget) = (1000, 4 << 20);
    let parts = NodeParts { config, dirs, file_descriptors, frame_budget, connections, seed: [7; 32] };
    let mut node = Node::start(Turmoil::new(), &parts, Shard::new)?;
    let stopper = node.stopper();
    tokio::task::spawn_local(async move {
        tokio::time::sleep(after).await;
        stopper.stop();
    });
    loop {
        if let NodeNews::Halted(halt) = node.next().await {
            return Ok(halt);
        }
    }
}

fn simulation(seed: u64, folder: PathBuf, shards: u16, stop_after: Duration) -> Sim<'static> {
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .epoch(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
        .simulation_duration(Duration::from_secs(60))
        .build();
    sim.host(SERVER, move || {
        let folder = folder.clone();
        async move {
            assert_eq!(serve(folder, shards, stop_after).await?, Halt::Clean);
            Ok(())
        }
    });
    sim
}

/// A client's connection.
struct Client {
    stream: TcpStream,
    connection: Connection<()>,
}

impl Client {
    async fn connect() -> io::Result<Client> {
        Ok(Client { stream: connect().await?, connection: Connection::new(Conn(0), "test".into()) })
    }

    async fn send<R: Request>(&mut self, body: &R, version: i16) -> io::Result<()> {
        let parts = self.connection.request(body, version, Instant(u64::MAX), ());
        self.stream.write_all(&parts.concat()).await
    }

    async fn receive(&mut self) -> io::Result<Answered<()>> {
        let len = self.stream.read_u32().await?;
        let mut frame = vec![0; len as usize];
        self.stream.read_exact(&mut frame).await?;
        Ok(self.connection.on_frame(Bytes::from(frame)).expect("an answer to a request"))
    }

    /// Waits until the topic is created on first use.
    async fn await_topic(&mut self, name: &str) -> io::Result<()> {
        let topic = MetadataRequestTopic { name: Some(name.into()), ..Default::default() };
        let body = MetadataRequest {
            topics: Some(vec![topic]),
            allow_auto_topic_creation: true,
            ..MetadataRequest::default()
        };
        loop {
            self.send(&body, 9).await?;
            let answer: MetadataResponse = self.receive().await?.read().unwrap();
            if answer.topics[0].partitions.first().is_some_and(|partition| partition.error_code == 0) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn produce(&mut self, topic: &str, value: &str) -> io::Result<()> {
        self.send(&produce_request(topic, value), 9).await
    }

    /// The base offset of the oldest unanswered produce.
    async fn produced(&mut self) -> io::Result<i64> {
        let answer: ProduceResponse = self.receive().await?.read().unwrap();
        let row = &answer.responses[0].partition_responses[0];
        assert_eq!(row.error_code, 0);
        Ok(row.base_offset)
    }

    /// How many records the partition holds, by reading them all.
    async fn count(&mut self, topic: &str) -> io::Result<i64> {
        let mut next = 0;
        loop {
            self.send(&fetch_request(topic, next), 11).await?;
            let mut answer: FetchResponse = self.receive().await?.read().unwrap();
            let row = &mut answer.responses[0].partitions[0];
            assert_eq!(row.error_code, 0);
            let bytes = row.records.take().unwrap_or_default().into_bytes();
            let mut rest = &bytes[..];
            while let Ok(head) = BatchHeader::parse(rest) {
                assert_eq!(head.base.0, next, "offsets leave no gap");
                next = head.next().0;
                rest = &rest[head.len as usize..];
            }
            if next >= row.high_watermark {
                return Ok(next);
            }
        }
    }
}

fn produce_request(topic: &str, value: &str) -> ProduceRequest {
    let mut batch = BatchBuilder::new(100);
    batch.append(Timestamp(1_700_000_000_000), None, Some(value.as_bytes()), &[]);
    let partition_data = vec![PartitionProduceData { index: 0, records: Some(batch.build().into()) }];
    let topic = TopicProduceData { name: topic.into(), partition_data, ..Default::default() };
    ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 10_000, topic_data: vec![topic] }
}

fn fetch_request(topic: &str, from: i64) -> FetchRequest {
    let partition = FetchPartition { fetch_offset: from, partition_max_bytes: 4096, ..Default::default() };
    let topics = vec![FetchTopic { topic: topic.into(), partitions: vec![partition], ..Default::default() }];
    FetchRequest { max_wait_ms: 100, max_bytes: 1 << 20, session_epoch: -1, topics, ..Default::default() }
}

#[test]
fn a_broker_serves_pipelined_clients_through_vanishing_ones_and_stops_clean() {
    for seed in gracchus_cases::seeds(3) {
        let folder = tempfile::tempdir().unwrap();
        let shards = 2 + (seed % 2) as u16;
        let mut sim = simulation(seed, folder.path().to_path_buf(), shards, Duration::from_secs(20));
        sim.client("pipelining", async {
            let mut client = Client::connect().await?;
            client.await_topic("orders").await?;
            // Far more than one connection may have unanswered: the rest waits in buffers, in order.
            for number in 0..300 {
                client.produce("orders", &format!("record {number}")).await?;
            }
            let mut last = -1;
            for _ in 0..300 {
                let base = client.produced().await?;
                assert!(base > last, "answers keep the order of requests");
                last = base;
            }
            Outcome::Ok(())
        });
        sim.client("vanishing", async {
            for cut in [2, 4, 20, usize::MAX] {
                let mut client = Client::connect().await?;
                client.await_topic("orders").await?;
                let parts = client.connection.request(&produce_request("orders", "half"), 9, Instant(u64::MAX), ());
                let whole = parts.concat();
                client.stream.write_all(&whole[..cut.min(whole.len())]).await?;
                drop(client);
            }
            Outcome::Ok(())
        });
        sim.client("reading", async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let mut client = Client::connect().await?;
            client.await_topic("orders").await?;
            let count = client.count("orders").await?;
            assert!((300..=301).contains(&count), "every record once, and perhaps the vanished client's: {count}");
            // The stop ends the connection: after what was asked is answered.
            let mut rest = [0];
            assert_eq!(client.stream.read(&mut rest).await?, 0);
            Outcome::Ok(())
        });
        sim.run().unwrap();
        assert!(folder.path().join(".kafka_cleanshutdown").exists(), "a graceful stop says so on disk");
        let mut again = simulation(seed, folder.path().to_path_buf(), shards, Duration::from_secs(20));
        again.client("reading", async {
            let mut client = Client::connect().await?;
            client.await_topic("orders").await?;
            assert!(client.count("orders").await? >= 300);
            Outcome::Ok(())
        });
        again.run().unwrap();
    }
}
