//! What a program notices of the plugin in its process: memory, output, its own exit.

use std::thread;

use crate::guests::{Guest, run, said};
use crate::support::sample;

/// A picture with one face at 720p, `count` times, read in `mode` by an element called "reader".
fn camera(mode: &str, count: usize) -> String {
    format!(
        "multifilesrc location={} num-buffers=1 ! jpegdec ! videoconvert ! videoscale add-borders=true \
         ! video/x-raw,format=NV12,width=1280,height=720,pixel-aspect-ratio=1/1 \
         ! imagefreeze num-buffers={count} ! aliyarface name=reader analysis-mode={mode} ! fakesink",
        sample("single_face.jpg").display()
    )
}

#[test]
fn a_process_that_reads_720p_with_every_stage_never_holds_200_mb() {
    let guest = Guest::new("memory");
    // A scan maps the libraries of all plugins there are.
    run(guest.command().args(["scan", "none"]));
    let mut command = guest.command();
    let said = run(command.arg("resident").arg(camera("sync", 40)));
    let kilobytes = said.lines().find_map(|line| line.strip_prefix("resident "));
    let kilobytes = kilobytes.and_then(|text| text.strip_suffix(" kB"));
    let megabytes = kilobytes.unwrap().parse::<usize>().unwrap() / 1024;
    println!("{megabytes} MB");
    assert!((60..200).contains(&megabytes), "{megabytes} MB at most");
}

#[test]
fn nothing_is_printed_and_what_libraries_say_is_in_the_log() {
    let guest = Guest::new("output");
    let (_, output) = guest.read(&[], |_| ());
    assert!(said(&output).contains("ended"), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let (_, output) = guest.read(&[], |command| {
        command.env("GST_DEBUG", "aliyarface:5");
    });
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("LiteRT environment"), "{log}");
}

#[test]
fn a_program_may_exit_while_it_reads() {
    const EXITS: usize = 12;
    const AT_A_TIME: usize = 3;
    let guest = Guest::new("exit");
    // The registry is written once.
    run(guest.command().args(["scan", "none"]));
    thread::scope(|scope| {
        for first in 0..AT_A_TIME {
            let guest = &guest;
            scope.spawn(move || {
                for turn in (first..EXITS).step_by(AT_A_TIME) {
                    let mode = ["async", "sync"][turn % 2];
                    let exit = format!("exit={}", 3 + 3 * turn);
                    let said = run(guest.command().args([exit, camera(mode, 100_000)]));
                    assert_eq!(said, "exits\n", "exit {turn} of {mode}");
                }
            });
        }
    });
}
