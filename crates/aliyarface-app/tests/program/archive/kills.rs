//! Workers and the broker are killed at random over a hundred jobs: `make test-archive`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use super::broker::{Broker, clip, files, picture};
use crate::dice::Dice;
use crate::support::{aliyarface, printed, scratch};

/// One job in so many is a clip, the others are pictures.
const PICTURES_A_CLIP: u32 = 10;

/// How many jobs there are; `ALIYARFACE_ARCHIVE_JOBS` says otherwise.
fn jobs() -> u32 {
    let told = std::env::var("ALIYARFACE_ARCHIVE_JOBS").ok();
    told.and_then(|told| told.parse().ok()).unwrap_or(100)
}

/// What each file's output is, by the file's name.
fn outputs(table: &str, folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let rows = table.lines().skip(1).map(|row| {
        let id = row.split(',').next().unwrap();
        let name = row.rsplit('/').next().unwrap().trim_end_matches('"');
        let bytes = fs::read(folder.join(format!("{id}.parquet"))).unwrap();
        (name.to_owned(), bytes)
    });
    rows.collect()
}

#[test]
#[ignore = "takes a quarter of an hour: make test-archive"]
fn a_hundred_jobs_are_done_once_while_workers_and_broker_are_killed_at_random() {
    let folder = scratch("archive-kills");
    let (videos, out) = (folder.join("videos"), folder.join("out"));
    fs::create_dir(&videos).unwrap();
    let jobs = jobs();
    for number in 0..jobs {
        if number % PICTURES_A_CLIP == 0 {
            clip(&videos.join(format!("{number}.mp4")), number);
        } else {
            picture(&videos.join(format!("{number}.jpg")), number);
        }
    }
    let alone = folder.join("alone");
    let words = ["analyse", videos.to_str().unwrap(), "-o"];
    let words = [
        &words[..],
        &[alone.to_str().unwrap(), "--format", "parquet"],
    ]
    .concat();
    printed(&aliyarface(&words));

    let mut broker = Broker::start(folder.join("broker"));
    printed(&broker.type_in(&["submit", videos.to_str().unwrap()]));
    let mut dice = Dice::new(22);
    let mut workers: Vec<Child> = (0..2).map(|_| broker.worker(&videos, &out)).collect();
    let (mut worker_kills, mut broker_kills) = (0, 0);
    loop {
        sleep(Duration::from_millis(1500 + 1000 * dice.below(6) as u64));
        let told = broker.state();
        let count = |name: &str| told["counts"][name].as_u64().unwrap();
        if count("done") == u64::from(jobs) {
            break;
        }
        if count("waiting") == 0 && count("running") == 0 && count("dead") > 0 {
            // Who was read by three workers that were killed is given up; a person puts it back.
            for dead in told["dead"].as_array().unwrap() {
                assert!(dead["reason"].as_str().unwrap().contains("died"), "{dead}");
            }
            printed(&broker.type_in(&["jobs", "--retry"]));
        }
        let index = dice.below(workers.len());
        if dice.below(4) == 0 {
            broker.kill();
            broker_kills += 1;
            sleep(Duration::from_secs(1));
            broker.restart();
        } else {
            workers[index].kill().unwrap();
            worker_kills += 1;
        }
        for worker in &mut workers {
            if worker.try_wait().unwrap().is_some() {
                *worker = broker.worker(&videos, &out);
            }
        }
    }
    for worker in &mut workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    println!("{jobs} jobs, {worker_kills} workers and {broker_kills} brokers killed");

    let set = folder.join("set");
    printed(&broker.type_in(&["collect", set.to_str().unwrap()]));
    let table = fs::read_to_string(set.join("files.csv")).unwrap();
    let read = outputs(&table, &set);
    assert_eq!(read.len(), jobs as usize);
    assert_eq!(files(&out, "parquet").len(), jobs as usize);
    assert!(files(&out, "part").is_empty(), "{:?}", files(&out, "part"));
    for (name, bytes) in read {
        let single = fs::read(alone.join(Path::new(&name).with_extension("parquet"))).unwrap();
        assert!(
            bytes == single,
            "{name}: another file than one machine writes"
        );
    }
}
