//! Whole pipelines, from a description to their end.

use gst::prelude::*;
use gst_app::AppSink;

use super::init;

/// After this long a pipeline hangs.
pub const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// What a pipeline left behind.
#[derive(Debug, Default)]
pub struct Run {
    /// The buffers that reached the sink.
    pub samples: Vec<gst::Sample>,
    /// Structures of the element messages.
    pub events: Vec<gst::Structure>,
    /// What the user reads of an information.
    pub informations: Vec<String>,
    /// What the user reads of a warning.
    pub warnings: Vec<String>,
    /// What the user reads of the error that ended it, and the details.
    pub error: Option<(String, String)>,
}

impl Run {
    /// The buffers that reached the sink.
    pub fn buffers(&self) -> impl Iterator<Item = &gst::BufferRef> {
        self.samples.iter().filter_map(|sample| sample.buffer())
    }
}

/// The pipeline of a description.
pub fn launch(description: &str) -> gst::Pipeline {
    init();
    let pipeline = gst::parse::launch(description);
    let pipeline = pipeline.unwrap_or_else(|err| panic!("{description}: {err}"));
    pipeline.downcast().expect("several elements")
}

/// Runs `description` to its end; `! appsink` is put behind it.
pub fn run(description: &str) -> Run {
    let pipeline = launch(&format!(
        "{description} ! appsink name=result sync=false wait-on-eos=false"
    ));
    let _stop = Stop(pipeline.clone());
    let sink = pipeline.by_name("result").unwrap();
    let sink = sink.downcast::<AppSink>().unwrap();
    let bus = pipeline.bus().unwrap();
    // Its failure is on the bus.
    let _ = pipeline.set_state(gst::State::Playing);
    let mut run = Run::default();
    loop {
        let message = bus.timed_pop(PATIENCE).expect("the pipeline does not hang");
        match message.view() {
            gst::MessageView::Eos(_) => break,
            gst::MessageView::Element(message) => {
                run.events
                    .extend(message.structure().map(ToOwned::to_owned));
            }
            gst::MessageView::Info(information) => {
                run.informations
                    .push(information.error().message().to_owned());
            }
            gst::MessageView::Warning(warning) => {
                run.warnings.push(warning.error().message().to_owned());
            }
            gst::MessageView::Error(error) => {
                let details = error.debug().map(String::from).unwrap_or_default();
                run.error = Some((error.error().message().to_owned(), details));
                break;
            }
            _ => {}
        }
    }
    let pulled = std::iter::from_fn(|| sink.try_pull_sample(gst::ClockTime::ZERO));
    run.samples.extend(pulled);
    run
}

/// Stops a pipeline at the end of a test, failed ones included.
pub struct Stop(pub gst::Pipeline);

impl Drop for Stop {
    fn drop(&mut self) {
        let _ = self.0.set_state(gst::State::Null);
    }
}
