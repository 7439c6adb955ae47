//! A spool without a broker.

use std::time::Instant;

use super::*;

/// Longer than a sync takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn event(seq: u64) -> Spooled {
    let event = FleetEvent {
        camera: "door".to_owned(),
        epoch: 3,
        seq,
        worker: "one".to_owned(),
        at_ms: 0,
        stream_time: None,
        events: Vec::new(),
    };
    Spooled { event, late: false }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("aliyarface-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn next(spool: &Spool) -> Option<u64> {
    let (event, end) = spool.next()?;
    spool.acknowledge(end).unwrap();
    Some(event.unwrap().event.seq)
}

#[test]
fn events_come_out_in_order_and_the_file_is_empty_then() {
    let folder = folder("spool-order");
    let spool = Spool::new(&folder, "one").unwrap();
    assert!((1..=3).all(|seq| spool.add(&event(seq))));
    assert_eq!(spool.waiting(), 3);
    assert_eq!(
        (1..=3).map(|_| next(&spool)).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    assert_eq!(fs::metadata(folder.join("one.jsonl")).unwrap().len(), 0);
    assert!(spool.add(&event(4)));
    assert_eq!((next(&spool), next(&spool)), (Some(4), None));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_could_not_be_synced_is_tried_again() {
    let folder = folder("spool-sync");
    fs::create_dir_all(&folder).unwrap();
    let spool = Spool::open(folder.join("one.jsonl")).unwrap();
    assert!(!spool.lock().unsynced);
    assert!(spool.add(&event(1)));
    assert!(spool.lock().unsynced);
    spool.sync().unwrap();
    assert!(!spool.lock().unsynced);
    // The file is emptied, and its number written, before the next event.
    assert_eq!(next(&spool), Some(1));
    assert!(spool.add(&event(2)));
    spool.sync().unwrap();
    assert!(spool.add(&event(3)));
    fs::remove_dir_all(&folder).unwrap();
    assert!(spool.sync().is_err(), "the folder is gone");
    assert!(spool.lock().unsynced);
}

#[test]
fn what_is_added_is_synced_without_being_asked_for() {
    let folder = folder("spool-each-second");
    let spool = Spool::new(&folder, "one").unwrap();
    assert!(spool.add(&event(1)));
    let start = Instant::now();
    while spool.lock().unsynced {
        assert!(start.elapsed() < PATIENCE, "the event is not synced");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(spool);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_a_dead_worker_left_is_found_without_what_was_told_and_without_half_a_line() {
    let folder = folder("spool-left");
    let spool = Spool::new(&folder, "one").unwrap();
    assert!((1..=3).all(|seq| spool.add(&event(seq))));
    assert_eq!(next(&spool), Some(1));
    assert!(
        Spool::left(&folder).is_empty(),
        "one who lives is left alone"
    );
    drop(spool);
    let mut file = OpenOptions::new()
        .append(true)
        .open(folder.join("one.jsonl"))
        .unwrap();
    file.write_all(b"{\"event\":").unwrap();
    drop(file);
    let left = Spool::left(&folder);
    assert_eq!(left[0].waiting(), 2);
    assert_eq!(
        [next(&left[0]), next(&left[0]), next(&left[0])],
        [Some(2), Some(3), None]
    );
    fs::remove_dir_all(folder).unwrap();
}
