//! Who left the picture is remembered by a server as by this machine.

use std::fs;
use std::path::Path;

use super::stream::{Run, Stream, at};
use crate::camera::pictures;
use crate::client::{Server, sample};

/// Frames in which the person is seen, in which nobody is, and in which the person is back.
const SHOTS: [usize; 3] = [70, 70, 40];

/// A film of somebody who leaves and comes back.
fn film() -> String {
    super::stream::init();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("remote-remember");
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
        "multifilesrc location={}/%03d.jpg caps=image/jpeg,framerate=30/1 ! jpegdec ! videoconvertscale \
         ! video/x-raw,format=I420,width=640,height=480,pixel-aspect-ratio=1/1",
        folder.display()
    )
}

#[test]
fn who_left_and_is_remembered_by_a_server_comes_back_under_the_same_id() {
    let server = Server::start("remote-remember", &[]);
    let film = film();
    let words = "analysis-mode=sync emotions=false micro-expressions=false remember=60";
    let here = Stream::start(&film, words).finish();
    let words = format!(
        "{words} {} remote-codec=raw remote-fallback=none",
        at(&server)
    );
    let there = Stream::start(&film, &words).finish();
    assert_eq!(there.warnings, [""; 0]);
    let comings = |events: &[gst::Structure]| {
        let names = events.iter().map(|event| {
            let name = event.get::<String>("event").unwrap();
            let returned = event.get::<bool>("returned").unwrap_or_default();
            (name, event.get::<u32>("face-id").unwrap(), returned)
        });
        let faces = names.filter(|(name, ..)| name.starts_with("face-"));
        faces.collect::<Vec<_>>()
    };
    let (appeared, lost) = ("face-appeared".to_owned(), "face-lost".to_owned());
    let expected = [
        (appeared.clone(), 1, false),
        (lost.clone(), 1, false),
        (appeared, 1, true),
        (lost, 1, false),
    ];
    assert_eq!(comings(&here.events), expected);
    assert_eq!(comings(&there.events), expected);
    let faces = |run: &Run| {
        let metas = run.frames.iter().filter_map(|(_, meta)| meta.clone());
        metas.map(|meta| meta.faces).collect::<Vec<_>>()
    };
    assert!(faces(&here) == faces(&there), "each face is read as here");
}
