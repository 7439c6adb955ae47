//! Reads the records of `aliyarfaceexport` (application/x-ndjson) while they come: a line a face and
//! event on standard output.
//!
//! `read_export` reads standard input, `read_export HOST:PORT` what a `tcpserversink` there sends.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpStream;

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let stream: Box<dyn Read> = match std::env::args().nth(1) {
        Some(address) => Box::new(TcpStream::connect(address)?),
        None => Box::new(io::stdin()),
    };
    for line in BufReader::new(stream).lines() {
        let record: Value = serde_json::from_str(&line?)?;
        match record["record"].as_str() {
            Some("header") => header(&record)?,
            Some("end") => println!("end after {} frames", record["frames"]),
            _ => moment(&record),
        }
    }
    Ok(())
}

/// A reader says which version it knows: a higher one may mean something else by a name.
fn header(record: &Value) -> Result<(), Box<dyn Error>> {
    if record["schema-version"] != 1 {
        return Err(format!("records of version {}", record["schema-version"]).into());
    }
    println!("source {}", record["source"].as_str().unwrap_or("unknown"));
    Ok(())
}

fn moment(record: &Value) {
    let time = record["timestamp"].as_f64().unwrap_or_default() * 1e-9;
    for face in record["objects"].as_array().into_iter().flatten() {
        let mut line = format!("{time:.3} s face {}", face["id"]);
        for angle in ["pitch", "yaw", "roll"] {
            line += &format!(" {angle} {:.1}", face[angle].as_f64().unwrap_or_default());
        }
        // Absent where emotions are not read.
        if let Some(emotion) = face["emotion"].as_str() {
            line += &format!(" {emotion}");
        }
        // Absent where the head is turned too far.
        if let Some(smile) = face["action-units"]["AU12"].as_f64() {
            line += &format!(" AU12 {smile:.1}");
        }
        println!("{line}");
    }
    // There with select=both and select=events.
    for event in record["events"].as_array().into_iter().flatten() {
        let name = event["event"].as_str().unwrap_or("event");
        println!("{time:.3} s {name} of face {}", event["face-id"]);
    }
}
