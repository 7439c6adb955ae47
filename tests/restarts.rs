//! Starts and stops in great number, in a process of their own: its memory is what is measured.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;

use common::{FRAME, Host, clip, faces};
use gst::prelude::*;
use gst_video::VideoFormat;

/// Memory of this process in MB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<usize>().unwrap() / 1024
}

#[test]
fn a_hundred_starts_and_stops_leave_no_more_memory_than_ten() {
    let still = clip("single_face.mp4", VideoFormat::I420, 1).remove(0);
    let mut host = Host::new("", &still.caps());
    let element = host.element();
    let mut after_ten = 0;
    for turn in 1..=100 {
        element.set_state(gst::State::Playing).unwrap();
        host.greet(&still.caps());
        assert_eq!(faces(&host.pass(still.at(FRAME))).len(), 1, "{turn}");
        element.set_state(gst::State::Null).unwrap();
        if turn == 10 {
            after_ten = resident();
        }
    }
    let grown = resident().saturating_sub(after_ten);
    assert!(
        grown < 40,
        "{grown} MB in 90 turns, {after_ten} MB after ten"
    );
}
