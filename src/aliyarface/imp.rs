use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use gst_video::subclass::prelude::*;

use crate::analysis::Event;
use crate::metadata::{self, Times};
use crate::models::ModelError;
use crate::picture::PixelFormat;

use super::session::{FrameError, Outcome, Session, SessionError};
use super::settings::Settings;

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "aliyarface",
        gst::DebugColorFlags::empty(),
        Some("Facial behaviour analysis"),
    )
});

/// The element. Settings may be touched by any thread; the session is taken out of its lock by the
/// streaming thread for as long as a frame is worked on, so that no lock is held meanwhile.
#[derive(Default)]
pub struct AliyarFace {
    settings: Mutex<Settings>,
    session: Mutex<Option<Session>>,
    reset_wanted: AtomicBool,
    /// Whether the stream was told how it is read.
    introduced: AtomicBool,
}

impl AliyarFace {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `work` use the session, if there is one, outside of its lock.
    fn with_session<T>(&self, work: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut session = self.session().take()?;
        let result = work(&mut session);
        *self.session() = Some(session);
        Some(result)
    }

    fn open(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings().clone();
        let session = Session::new(&settings).map_err(|err| unusable(&err))?;
        *self.session() = Some(session);
        Ok(())
    }

    fn reset(&self) {
        let events = self.with_session(Session::reset).unwrap_or_default();
        self.post(&events);
    }

    /// Tells those downstream how this stream is read, before its first buffer.
    fn introduce(&self) {
        if self.introduced.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(about) = self.with_session(|session| session.about()) {
            let _ = self.obj().src_pad().push_event(about);
        }
    }

    fn post(&self, events: &[Event]) {
        let segment = self.obj().segment();
        let segment = segment.downcast_ref::<gst::ClockTime>();
        for event in events {
            let timestamp = gst::ClockTime::from_nseconds(event.time);
            let times = Times {
                timestamp: Some(timestamp),
                stream_time: segment.and_then(|segment| segment.to_stream_time(timestamp)),
                running_time: segment.and_then(|segment| segment.to_running_time(timestamp)),
            };
            let structure = metadata::message(event, times);
            gst::debug!(CAT, imp = self, "{structure}");
            // A stream that is not running has no place for the event.
            let _ = (self.obj().src_pad()).push_event(metadata::event::downstream(&structure));
            let message = gst::message::Element::builder(structure).src(&*self.obj());
            // Fails only where the element is not in a pipeline and nobody could listen.
            let _ = self.obj().post_message(message.build());
        }
    }

    fn tell(&self, outcome: &Outcome) {
        self.post(&outcome.events);
        let Some(err) = &outcome.warning else {
            return;
        };
        let consequence = match outcome.gave_up {
            true => "no more frames are analysed",
            false => "the frame passes as it is",
        };
        match err {
            FrameError::Mapping(_) | FrameError::Picture(_) => gst::element_imp_warning!(
                self,
                gst::StreamError::Format,
                ("A frame cannot be read; {consequence}"),
                ["{}", chain(err)]
            ),
            FrameError::Analysis(_) | FrameError::Panic(_) | FrameError::Attach(_) => {
                gst::element_imp_warning!(
                    self,
                    gst::LibraryError::Failed,
                    ("A frame cannot be analysed; {consequence}"),
                    ["{}", chain(err)]
                );
            }
        }
    }
}

/// An error with its causes, outermost first.
fn chain(err: &dyn Error) -> String {
    let mut text = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        text = format!("{text}: {err}");
        cause = err.source();
    }
    text
}

/// What the user reads when the element cannot start: what is wrong, and what to do about it.
fn unusable(err: &SessionError) -> gst::ErrorMessage {
    let cure = match err {
        SessionError::Model(ModelError::Missing { .. }) => {
            "set model-path to the folder that holds it, or run make install again"
        }
        SessionError::Model(ModelError::Emotion { .. }) => "check emotion-model and emotion-labels",
        SessionError::Model(_) => "replace the file: run make install again, or set model-path",
        SessionError::Overlay(_) => "build the plugin again",
    };
    let text = err.to_string();
    let mut letters = text.chars();
    let text: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    gst::error_msg!(
        gst::ResourceError::NotFound,
        ("{text}; {cure}"),
        ["{}", chain(err)]
    )
}

#[glib::object_subclass]
impl ObjectSubclass for AliyarFace {
    const NAME: &'static str = "GstAliyarFace";
    type Type = super::AliyarFace;
    type ParentType = gst_video::VideoFilter;
}

impl ObjectImpl for AliyarFace {
    fn constructed(&self) {
        self.parent_constructed();
        // The base class would drop late frames; this element never drops a picture.
        self.obj().set_qos(false);
    }

    fn properties() -> &'static [glib::ParamSpec] {
        Settings::specs()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if !self.settings().set(pspec.name(), value) {
            gst::error!(
                CAT,
                imp = self,
                "{} cannot be set to {value:?}",
                pspec.name()
            );
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let value = self.settings().get(pspec.name());
        value.unwrap_or_else(|| pspec.default_value().clone())
    }
}

impl GstObjectImpl for AliyarFace {}

impl ElementImpl for AliyarFace {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Facial behaviour analyser",
                "Filter/Analyzer/Effect/Video",
                "Reads faces: mesh, head pose and the emotion a face shows, as metadata and overlay",
                "The AliyarFace developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let formats = PixelFormat::ALL.map(PixelFormat::to_gst);
            let caps = gst_video::VideoCapsBuilder::new()
                .format_list(formats)
                .build();
            let pads = [
                ("sink", gst::PadDirection::Sink),
                ("src", gst::PadDirection::Src),
            ];
            let template = |(name, direction)| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps).ok()
            };
            pads.into_iter().filter_map(template).collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        if transition == gst::StateChange::NullToReady
            && let Err(err) = self.open()
        {
            self.post_error_message(err);
            return Err(gst::StateChangeError);
        }
        let changed = self.parent_change_state(transition);
        match transition {
            gst::StateChange::PausedToReady => self.reset(),
            gst::StateChange::ReadyToNull => *self.session() = None,
            _ => {}
        }
        changed
    }
}

impl BaseTransformImpl for AliyarFace {
    const MODE: gst_base::subclass::BaseTransformMode =
        gst_base::subclass::BaseTransformMode::AlwaysInPlace;
    const PASSTHROUGH_ON_SAME_CAPS: bool = false;
    const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

    fn sink_event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::StreamStart(_) => self.introduced.store(false, Ordering::Release),
            gst::EventView::FlushStop(_) => self.reset_wanted.store(true, Ordering::Release),
            gst::EventView::Segment(_) | gst::EventView::Eos(_) => self.reset(),
            _ => {}
        }
        self.parent_sink_event(event)
    }

    // Here rather than in transform_frame_ip(): a mapped frame lends no way to its buffer's metas.
    fn transform_ip(
        &self,
        buffer: &mut gst::BufferRef,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        if self.reset_wanted.swap(false, Ordering::AcqRel) {
            self.reset();
        }
        self.introduce();
        let settings = self.settings().clone();
        let outcome = self.with_session(|session| session.process(buffer, &settings));
        self.tell(&outcome.unwrap_or_default());
        Ok(gst::FlowSuccess::Ok)
    }
}

impl VideoFilterImpl for AliyarFace {
    fn set_info(
        &self,
        _: &gst::Caps,
        info: &VideoInfo,
        _: &gst::Caps,
        _: &VideoInfo,
    ) -> Result<(), gst::LoggableError> {
        gst::debug!(CAT, imp = self, "{info:?}");
        let events = self.with_session(|session| session.set_info(info.clone()));
        self.post(&events.unwrap_or_default());
        Ok(())
    }
}
