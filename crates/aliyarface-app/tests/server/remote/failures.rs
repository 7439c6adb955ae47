//! What happens to a stream whose server fails.

use super::stream::{Stream, at, camera};
use crate::client::{Server, config};

#[test]
fn a_server_that_is_killed_is_told_of_once_and_this_machine_reads_in_its_place() {
    let server = Server::start("remote-killed", &[]);
    let mut stream = Stream::start(&camera(), &at(&server));
    stream.until("remote results", |stream| {
        stream.count("results-remote") > 20
    });
    let id = |stream: &Stream| {
        let metas = stream.run.frames.iter().rev();
        let meta = metas.filter_map(|(_, meta)| meta.as_ref()).next().unwrap();
        meta.faces[0].id.number()
    };
    assert_eq!(id(&stream), 1);
    drop(server);
    stream.until("local results", |stream| stream.count("results-local") > 20);
    assert_eq!(stream.run.warnings.len(), 1, "{:?}", stream.run.warnings);
    assert_eq!(stream.state(), "lost");
    assert_eq!(id(&stream), 1, "the person goes on under the id");
    stream.pass(std::time::Duration::from_secs(3));
    assert_eq!(stream.run.warnings.len(), 1, "one outage, one warning");
    let faces = stream
        .run
        .events
        .iter()
        .filter(|event| event.get::<&str>("event") == Ok("face-appeared"));
    assert_eq!(faces.count(), 1, "nobody appeared again");
}

#[test]
fn a_server_that_is_killed_and_started_again_reads_on_and_the_person_stays_the_same() {
    let folder = config("remote-restarted");
    let mut server = Server::start_in(&folder, &[]);
    let mut stream = Stream::start(&camera(), &at(&server));
    stream.until("remote results", |stream| {
        stream.count("results-remote") > 20
    });
    server.kill();
    stream.until("local results", |stream| stream.count("results-local") > 10);
    server.start_again(&folder);
    let before = stream.count("results-remote");
    stream.until("remote results again", |stream| {
        stream.count("results-remote") > before + 30
    });
    assert_eq!(stream.run.warnings.len(), 1, "{:?}", stream.run.warnings);
    assert_eq!(stream.state(), "connected", "{:?}", stream.stats());
    let again = |info: &&String| info.contains("reads again");
    assert_eq!(stream.run.infos.iter().filter(again).count(), 1);
    let metas = stream
        .run
        .frames
        .iter()
        .filter_map(|(pts, meta)| Some((pts, meta.as_ref()?)));
    for (pts, meta) in metas {
        assert!(meta.analysis_pts <= *pts);
        assert!(meta.faces.iter().all(|face| face.id.number() == 1));
    }
    let names = stream
        .run
        .events
        .iter()
        .map(|event| event.get::<String>("event").unwrap());
    let came_or_went = names.filter(|name| name.starts_with("face-"));
    assert_eq!(came_or_went.collect::<Vec<_>>(), ["face-appeared"]);
}
