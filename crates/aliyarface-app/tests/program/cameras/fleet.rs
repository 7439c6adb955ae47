//! Workers of cameras, and what they told the broker.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::archive::broker::Broker;
use crate::support::printed;

/// A worker that ends with this value.
pub struct Worker(pub Child);

impl Worker {
    /// Reads files of `folder` as cameras, two at the most, with its spool in `spool`.
    pub fn start(broker: &Broker, folder: &Path, spool: &Path) -> Self {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_aliyarface"));
        worker
            .args(["worker", "--cameras", "--max-cameras", "2"])
            .args(["--nats", &broker.url("worker")])
            .args(["--source", &format!("file://{}/", folder.display())])
            .arg("--spool")
            .arg(spool)
            .stdout(Stdio::null());
        Self(worker.spawn().unwrap())
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and waits until it did.
    pub fn end(mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(asked.unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What `aliyarface cameras list` tells.
pub fn list(broker: &Broker) -> Value {
    let told = printed(&broker.type_in(&["cameras", "list", "--json"]));
    serde_json::from_str(&told).unwrap()
}

/// The lease of a camera, null where it has none.
pub fn lease(list: &Value, camera: &str) -> Value {
    let mut cameras = list["cameras"].as_array().unwrap().iter();
    let found = cameras.find(|found| found["name"] == camera).unwrap();
    found["lease"].clone()
}

/// An event in the stream: its id and itself.
pub type Stored = (String, Value);

/// A broker's content, as a program of a user's own reads it.
pub struct Reader {
    runtime: tokio::runtime::Runtime,
    url: String,
}

impl Reader {
    pub fn new(broker: &Broker) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let url = broker.url("archivist");
        Self { runtime, url }
    }

    async fn context(&self) -> async_nats::jetstream::Context {
        let server: async_nats::ServerAddr = self.url.parse().unwrap();
        let (user, word) = (server.username().unwrap(), server.password().unwrap());
        let options = async_nats::ConnectOptions::new().user_and_password(user.into(), word.into());
        async_nats::jetstream::new(options.connect(server).await.unwrap())
    }

    async fn store(&self) -> async_nats::jetstream::kv::Store {
        let context = self.context().await;
        context.get_key_value("aliyarface").await.unwrap()
    }

    /// Every event in its order.
    pub fn events(&self) -> Vec<Stored> {
        self.runtime.block_on(async {
            let stream = self
                .context()
                .await
                .get_stream("ALIYARFACE_EVENTS")
                .await
                .unwrap();
            let state = stream.cached_info().state.clone();
            let mut all = Vec::new();
            for number in state.first_sequence.max(1)..=state.last_sequence {
                let message = stream.get_raw_message(number).await.unwrap();
                let id = message.headers.get("Nats-Msg-Id").unwrap().to_string();
                all.push((id, serde_json::from_slice(&message.payload).unwrap()));
            }
            all
        })
    }

    /// The value of a key.
    pub fn value(&self, key: &str) -> Option<Value> {
        self.runtime.block_on(async {
            let store = self.store().await;
            let value = store.get(key).await.unwrap()?;
            Some(serde_json::from_slice(&value).unwrap())
        })
    }

    /// Puts a value.
    pub fn put(&self, key: &str, value: &Value) {
        self.runtime.block_on(async {
            let store = self.store().await;
            store.put(key, value.to_string().into()).await.unwrap();
        });
    }
}

/// Holds that no event is there twice, and of each camera and epoch none is missing and all are in order; their ids.
pub fn whole(events: &[Stored]) -> Vec<&str> {
    let mut last = std::collections::BTreeMap::new();
    for (id, told) in events {
        let (camera, epoch) = (
            told["camera"].as_str().unwrap(),
            told["epoch"].as_u64().unwrap(),
        );
        let seq = told["seq"].as_u64().unwrap();
        assert_eq!(*id, format!("{camera}:{epoch}:{seq}"));
        let before = last.insert((camera, epoch), seq).unwrap_or(0);
        assert_eq!(seq, before + 1, "{id} comes after {before}");
        assert!(!told["events"].as_array().unwrap().is_empty(), "{told}");
    }
    events.iter().map(|(id, _)| id.as_str()).collect()
}

/// The ids of events that wait on the disk.
pub fn spooled(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    let files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap_or_default());
    let texts: Vec<String> = texts.collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .map(|line| {
            let event = &line["event"];
            format!(
                "{}:{}:{}",
                event["camera"].as_str().unwrap(),
                event["epoch"],
                event["seq"]
            )
        })
        .collect()
}
