//! A server of this test's own, and plain requests to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A server that ends with this value.
pub struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
    pub token: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|err| panic!("{err}: {text}"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The path of a sample that set-up fetched.
pub fn sample(name: &str) -> PathBuf {
    let folder = std::env::var_os("ALIYARFACE_SAMPLES");
    let folder = folder.expect("ALIYARFACE_SAMPLES is not set: type `make test`");
    Path::new(&folder).join(name)
}

/// The first line that a program prints, without its end, and what is to be read of the rest.
pub fn first_line(process: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut line = String::new();
    let mut output = BufReader::new(process.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    (line.trim().to_owned(), output)
}

/// An empty folder of a server's own.
pub fn config(name: &str) -> PathBuf {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{name}"));
    let _ = std::fs::remove_dir_all(&config);
    std::fs::create_dir_all(&config).unwrap();
    config
}

impl Server {
    /// Starts the program with `words`, a config folder of its own and a short clip as the sample.
    pub fn start(name: &str, words: &[&str]) -> Self {
        Self::start_in(&config(name), words)
    }

    /// Starts the program with `words`, the folder `config` and a short clip as the sample.
    pub fn start_in(config: &Path, words: &[&str]) -> Self {
        Self::start_with(config, words, &[])
    }

    /// The same with these variables.
    pub fn start_with(config: &Path, words: &[&str], variables: &[(&str, String)]) -> Self {
        let mut process = run(config, "0", words, variables);
        let (line, output) = first_line(&mut process);
        let (page, token) = line.split_once("/#token=").expect("an address and a token");
        let (_, address) = page.split_once("://").unwrap();
        Self {
            process,
            output,
            address: address.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Kills it.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it once more in the folder `config` after [`Server::kill`]: its token and its port stay.
    pub fn start_again(&mut self, config: &Path) {
        let (_, port) = self.address.rsplit_once(':').unwrap();
        self.process = run(config, port, &[], &[]);
    }

    /// Asks the program to end, as a system does that stops a service.
    pub fn terminate(&self) {
        let process = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &process]).status();
        assert!(asked.unwrap().success());
    }

    /// The next token that it prints.
    pub fn next_token(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "no token");
            if let Some((_, token)) = line.trim().split_once("/#token=") {
                return token.to_owned();
            }
        }
    }

    /// Asks with these headers and no others.
    pub fn plain(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses may close before it has read everything.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("an answer");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = bytes[end + 4..].to_vec();
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            body = joined(&body);
        }
        Answer { status, head, body }
    }

    /// Asks with the token; a body is JSON.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        self.plain(method, path, &headers, body.as_bytes())
    }

    /// Begins a session and gives its id.
    pub fn begin(&self, source: &Value) -> String {
        let body = serde_json::json!({ "source": source });
        let answer = self.ask("POST", "/sessions", Some(&body));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the session is in one of these states.
    pub fn wait(&self, id: &str, states: &[&str]) -> Value {
        let start = Instant::now();
        loop {
            let info = self.ask("GET", &format!("/sessions/{id}"), None).json();
            if states.contains(&info["state"].as_str().unwrap()) {
                return info;
            }
            assert!(start.elapsed() < PATIENCE, "{info}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A WebSocket with the token.
    pub fn socket(&self, path: &str) -> WebSocket<MaybeTlsStream<TcpStream>> {
        self.try_socket(path, None).unwrap()
    }

    /// A WebSocket that says it comes from a page of `origin`.
    pub fn try_socket(
        &self,
        path: &str,
        origin: Option<&str>,
    ) -> tungstenite::Result<WebSocket<MaybeTlsStream<TcpStream>>> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request()?;
        let bearer = format!("Bearer {}", self.token);
        request
            .headers_mut()
            .insert("authorization", bearer.parse().unwrap());
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = tungstenite::connect(request)?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        Ok(socket)
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program as a server.
fn run(config: &Path, port: &str, words: &[&str], variables: &[(&str, String)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_aliyarface"))
        .args(["serve", "--port", port, "--config"])
        .arg(config)
        .arg("--sample")
        .arg(sample("single_face.mp4"))
        .args(words)
        .envs(variables.iter().cloned())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The next message that is text, as JSON; `None` where the socket closed.
pub fn next(socket: &mut WebSocket<MaybeTlsStream<TcpStream>>) -> Option<Value> {
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// The frame by which the server closes the socket.
pub fn last(socket: &mut WebSocket<MaybeTlsStream<TcpStream>>) -> Option<CloseFrame> {
    loop {
        match socket.read() {
            Ok(Message::Close(frame)) => return frame,
            Ok(_) => {}
            Err(err) => panic!("it broke off: {err}"),
        }
    }
}

/// What chunks hold.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&chunks[..end]).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 4 + size..];
    }
    whole
}
