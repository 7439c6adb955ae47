//! What elements cost in memory, in a process of their own: all of it is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::support::{FRAME, Host, clip, faces};
use gst::prelude::*;
use gst_video::VideoFormat;

/// Held by the one test that runs.
static ALONE: Mutex<()> = Mutex::new(());

/// Memory of this process in MB: resident, and its proportional share where pages are shared.
fn memory() -> [usize; 2] {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    ["Rss:", "Pss:"].map(|kind| {
        let line = rollup.lines().find(|line| line.starts_with(kind));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<usize>().unwrap() / 1024
    })
}

fn resident() -> usize {
    memory()[0]
}

/// How often the element is started and stopped.
const TURNS: usize = 60;

#[test]
fn sixty_starts_and_stops_leave_no_more_memory_than_ten() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let still = clip("single_face.mp4", VideoFormat::I420, 1).remove(0);
    let mut host = Host::new("", &still.caps());
    let element = host.element();
    let mut after_ten = 0;
    for turn in 1..=TURNS {
        // In async mode the stop comes while the frame is analysed.
        let mode = ["sync", "async"][turn % 2];
        element.set_property_from_str("analysis-mode", mode);
        element.set_state(gst::State::Playing).unwrap();
        host.greet(&still.caps());
        let result = host.pass(still.at(FRAME));
        assert!(mode == "async" || faces(&result).len() == 1, "{turn}");
        element.set_state(gst::State::Null).unwrap();
        if turn == 10 {
            after_ten = resident();
        }
    }
    let grown = resident().saturating_sub(after_ten);
    assert!(
        grown < 24,
        "{grown} MB in 50 turns, {after_ten} MB after ten"
    );
}

/// Takes `count` blocks of 64 kB in a thread of its own and gives all but the last back, so that the C library
/// keeps them.
fn leave_behind(count: usize) -> Vec<u8> {
    let thread = thread::spawn(move || {
        let mut blocks: Vec<Vec<u8>> = (0..count).map(|_| vec![1; 1 << 16]).collect();
        blocks.pop().unwrap()
    });
    thread.join().unwrap()
}

#[test]
fn what_the_threads_of_a_stream_freed_is_given_back_when_it_stops_and_before_the_next() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let still = clip("single_face.mp4", VideoFormat::I420, 1).remove(0);
    let mut host = Host::new("", &still.caps());
    let element = host.element();
    host.show(&still);
    for state in [gst::State::Ready, gst::State::Paused, gst::State::Null] {
        let before = resident();
        let kept = leave_behind(512);
        let left = resident().saturating_sub(before);
        assert!(left >= 24, "only {left} MB are left behind");
        element.set_state(state).unwrap();
        let grown = resident().saturating_sub(before);
        assert!(grown < 8, "{grown} of {left} MB remain after {state:?}");
        drop(kept);
    }
}

#[test]
fn further_elements_cost_less_than_20_mb_each() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let frames = clip("single_face.mp4", VideoFormat::I420, 4);
    let mut hosts: Vec<Host> = Vec::new();
    let mut costs = Vec::new();
    for _ in 0..5 {
        let before = memory();
        let mut host = Host::new("", &frames[0].caps());
        for still in &frames {
            assert_eq!(faces(&host.show(still)).len(), 1);
        }
        hosts.push(host);
        let after = memory();
        costs.push([0, 1].map(|kind| after[kind].saturating_sub(before[kind])));
    }
    println!("MB [RSS, PSS] of each element: {costs:?}");
    assert!(costs[1].iter().all(|&cost| cost < 30), "{costs:?}");
    // Those that bring detectors for themselves and the next cost more, the others less.
    let further: usize = costs[1..].iter().map(|cost| cost[0]).sum();
    assert!(further < 20 * (costs.len() - 1), "{costs:?}");
}
