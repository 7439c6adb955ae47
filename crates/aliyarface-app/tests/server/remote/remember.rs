//! Who left the picture is remembered by a server as by this machine.

use std::fs;
use std::path::Path;

use super::stream::{Run, Stream, at};
use crate::camera::pictures;
use crate::client::{Server, config, sample};

/// Frames, eight a second, in which the person is seen, in which nobody is, and in which the person is back.
/// Neutrals are known after three seconds, and told every two.
const SHOTS: [usize; 3] = [35, 19, 11];

/// A film of somebody who leaves and comes back.
fn film(name: &str) -> String {
    super::stream::init();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let face = fs::read(sample("single_face.jpg")).unwrap();
    let (_, nobody) = pictures("videobalance contrast=0 saturation=0 ! jpegenc", 1).remove(0);
    let pictures = [(SHOTS[0], &face), (SHOTS[1], &nobody), (SHOTS[2], &face)];
    let pictures = pictures
        .iter()
        .flat_map(|&(count, picture)| std::iter::repeat_n(picture, count));
    for (index, picture) in pictures.enumerate() {
        fs::write(folder.join(format!("{index:03}.jpg")), picture).unwrap();
    }
    format!(
        "multifilesrc location={}/%03d.jpg caps=image/jpeg,framerate=8/1 ! jpegdec ! videoconvertscale \
         ! video/x-raw,format=I420,width=640,height=480,pixel-aspect-ratio=1/1",
        folder.display()
    )
}

/// Who came and left: the event, the id, and whether somebody remembered returned.
fn comings(run: &Run) -> Vec<(String, u32, bool)> {
    let events = run.events.iter().map(|event| {
        let name = event.get::<String>("event").unwrap();
        let returned = event.get::<bool>("returned").unwrap_or_default();
        (name, event.get::<u32>("face-id").unwrap(), returned)
    });
    let faces = events.filter(|(name, ..)| name.starts_with("face-"));
    faces.collect()
}

fn came_back() -> [(String, u32, bool); 4] {
    let (appeared, lost) = ("face-appeared".to_owned(), "face-lost".to_owned());
    [
        (appeared.clone(), 1, false),
        (lost.clone(), 1, false),
        (appeared, 1, true),
        (lost, 1, false),
    ]
}

#[test]
fn who_left_and_is_remembered_by_a_server_comes_back_under_the_same_id() {
    let server = Server::start("remote-remember", &[]);
    let film = film("remote-remember");
    let words = "analysis-mode=sync emotions=false micro-expressions=false remember=60";
    let here = Stream::start(&film, words).finish();
    let words = format!(
        "{words} {} remote-codec=raw remote-fallback=none",
        at(&server)
    );
    let there = Stream::start(&film, &words).finish();
    assert_eq!(there.warnings, [""; 0]);
    assert_eq!(comings(&here), came_back());
    assert_eq!(comings(&there), came_back());
    let faces = |run: &Run| {
        let metas = run.frames.iter().filter_map(|(_, meta)| meta.clone());
        metas.map(|meta| meta.faces).collect::<Vec<_>>()
    };
    assert!(faces(&here) == faces(&there), "each face is read as here");
}

/// Frames after which the person is still in view, and has been away for two seconds.
const IN_VIEW: u32 = SHOTS[0] as u32 - 1;
const AWAY: u32 = SHOTS[0] as u32 + 16;

/// A server reads `frames` frames of the film and is killed; the rest is read by one that is started anew, or where this
/// machine may, here.
fn is_known_again(frames: u32, fallback: &str) {
    let name = format!("remote-remember-{frames}-{fallback}");
    let (folder, film) = (config(&format!("{name}-server")), film(&name));
    let mut server = Server::start_in(&folder, &[]);
    let words = format!(
        "analysis-mode=sync emotions=false micro-expressions=false remember=60 {} remote-codec=raw \
         remote-fallback={fallback}",
        at(&server)
    );
    let (mut stream, go_on) = Stream::start_held(frames, &film, &words);
    stream.until("the frames before", |stream| {
        stream.run.frames.len() == frames as usize
    });
    server.kill();
    stream.until("the outage", |stream| stream.state() == "lost");
    if fallback == "none" {
        server.start_again(&folder);
    }
    go_on.send(()).unwrap();
    let run = stream.finish();
    assert_eq!(comings(&run), came_back());
    assert_eq!(run.warnings.len(), 1, "{:?}", run.warnings);
    let (_, last) = run.frames.last().unwrap();
    let [face] = &last.as_ref().unwrap().faces[..] else {
        panic!("one face");
    };
    let units = face.action_units.as_ref().unwrap();
    assert_eq!(units.baseline.name(), "ready", "it is told, not learned");
}

#[test]
fn who_left_is_known_again_with_the_neutral_by_a_server_started_anew() {
    is_known_again(AWAY, "none");
}

#[test]
fn who_left_is_known_again_with_the_neutral_by_this_machine_once_the_server_is_gone() {
    is_known_again(AWAY, "local");
}

#[test]
fn who_is_in_view_while_the_server_goes_stays_the_same_here_and_is_known_again() {
    is_known_again(IN_VIEW, "local");
}

#[test]
fn who_is_spared_from_covering_is_covered_once_a_server_knows_them_by_their_looks_alone() {
    let server = Server::start("remote-remember-spared", &[]);
    let film = film("remote-remember-spared");
    let words = "analysis-mode=sync emotions=false micro-expressions=false remember=60";
    let frames = SHOTS.iter().sum::<usize>();
    let last = |more: &str| {
        let mut stream = Stream::start(&film, &format!("{words} {more}"));
        stream.until("every frame", |stream| stream.run.frames.len() == frames);
        stream.last_bytes()
    };
    let remote = format!("{} remote-codec=raw remote-fallback=none", at(&server));
    let covering = "anonymize=pixelate anonymize-except=1";
    let bare = last(&remote);
    let [here, there] =
        [covering.to_owned(), format!("{covering} {remote}")].map(|more| last(&more));
    assert!(here != bare, "this machine covers who came back");
    assert!(there != bare, "so does it where a server reads");
    const FIRST: u32 = 16;
    // From the beginning on nobody is covered but who is not the first.
    let spared = Stream::start_first(FIRST, &film, &format!("{words} {covering} {remote}"));
    let seen = Stream::start_first(FIRST, &film, &format!("{words} {remote}"));
    let [spared, seen] = [spared, seen].map(|mut stream| {
        stream.until("the first frames", |stream| {
            stream.run.frames.len() == FIRST as usize
        });
        stream.last_bytes()
    });
    assert!(spared == seen, "the first is spared while followed");
}
