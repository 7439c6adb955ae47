use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use gst_video::VideoInfo;
use gst_video::subclass::prelude::*;

use crate::analysis::{Event, Gallery, Memory};
use crate::runtime::malloc;

use super::log::{self, CAT};
use super::processor::{END_PATIENCE, FrameProcessor};
use super::properties::{STATS, Settings};
use super::stats::Stats;
use super::{baseline, factory, notify};

/// The element. Settings may be touched by any thread; the processor is taken out of its lock by the
/// streaming thread for as long as a frame is worked on, so that no lock is held meanwhile.
#[derive(Default)]
pub struct AliyarFace {
    settings: Mutex<Settings>,
    processor: Mutex<Option<FrameProcessor>>,
    stats: Arc<Stats>,
    /// Added to the pipeline's latency, in ns.
    latency: AtomicU64,
    reset_wanted: AtomicBool,
    memory: Memory,
    /// Whether the stream was told how it is read.
    described: AtomicBool,
}

impl AliyarFace {
    /// Whom it knows.
    pub fn gallery(&self) -> Gallery {
        self.memory.gallery.clone()
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn processor(&self) -> MutexGuard<'_, Option<FrameProcessor>> {
        self.processor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `work` use the processor, if there is one, outside of its lock.
    fn with_processor<T>(&self, work: impl FnOnce(&mut FrameProcessor) -> T) -> Option<T> {
        let mut processor = self.processor().take()?;
        let result = work(&mut processor);
        *self.processor() = Some(processor);
        Some(result)
    }

    fn open(&self) -> Result<(), gst::ErrorMessage> {
        let settings = self.settings().clone();
        let (stats, memory) = (Arc::clone(&self.stats), self.memory.clone());
        let processor = FrameProcessor::new(&settings, stats, memory);
        *self.processor() = Some(processor.map_err(|err| err.message())?);
        Ok(())
    }

    /// Makes ready for a stream: the models are loaded again only where a stage kept the last ones.
    fn begin(&self) -> Result<(), gst::ErrorMessage> {
        // What the threads of the last stream freed after its stop, those of other elements too.
        malloc::trim();
        self.stats.restart();
        self.latency.store(0, Ordering::Release);
        match self.with_processor(FrameProcessor::begin) {
            Some(()) => Ok(()),
            None => self.open(),
        }
    }

    fn end(&self) {
        self.reset(Duration::ZERO);
        if self.with_processor(FrameProcessor::stop) == Some(false) {
            *self.processor() = None;
        }
        malloc::trim();
    }

    fn close(&self) {
        *self.processor() = None;
        malloc::trim();
    }

    fn reset(&self, patience: Duration) {
        let events = self.with_processor(|processor| processor.reset(patience));
        self.publish_events(events);
    }

    /// A segment begins, played at `rate`. Faces end, unless the stream was flushed for another rate.
    fn enter_segment(&self, rate: f64) {
        let flushed = self.reset_wanted.swap(false, Ordering::AcqRel);
        let goes_on = self.with_processor(|processor| processor.set_rate(rate, flushed));
        match (goes_on, flushed) {
            (Some(true), _) => {}
            // What was flushed is worth no wait.
            (_, true) => self.reset(Duration::ZERO),
            (_, false) => self.reset(END_PATIENCE),
        }
        if rate != 1.0 {
            gst::info!(
                CAT,
                imp = self,
                "played at rate {rate}: no micro-expressions are looked for"
            );
        }
    }

    fn publish_events(&self, events: Option<Vec<Event>>) {
        let (events, profile) = (events.unwrap_or_default(), self.settings().profile);
        notify::publish_events(self.obj().upcast_ref(), &events, profile);
    }

    /// Takes frames to be turned as a tag says, or as they are.
    fn set_orientation(&self, tag: Option<&str>) {
        let orientation = tag.map(str::parse).transpose().unwrap_or_else(|err| {
            gst::warning!(CAT, imp = self, "{err}");
            None
        });
        let orientation = orientation.unwrap_or_default();
        let events = self.with_processor(|processor| processor.set_orientation(orientation));
        self.publish_events(events);
    }

    /// Tells those downstream how this stream is read, before its first buffer.
    fn describe(&self) {
        if self.described.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(description) = self.with_processor(|processor| processor.description()) {
            let _ = self.obj().src_pad().push_event(description);
            notify::refuse(self.obj().upcast_ref(), &self.settings().clone());
        }
    }
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

    fn signals() -> &'static [glib::subclass::Signal] {
        static SIGNALS: LazyLock<Vec<glib::subclass::Signal>> = LazyLock::new(|| {
            baseline::signals(|element: &super::AliyarFace| element.imp().memory.baselines.clone())
        });
        &SIGNALS
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        let set = match pspec.name() {
            baseline::PROPERTY => baseline::import(&self.memory.baselines, value),
            name => self.settings().set(name, value),
        };
        if !set {
            log::rejected(&CAT, &*self.obj(), pspec, value);
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            STATS => return self.stats.structure().to_value(),
            baseline::PROPERTY => return baseline::export(&self.memory.baselines).to_value(),
            _ => {}
        }
        let value = self.settings().get(pspec.name());
        value.unwrap_or_else(|| pspec.default_value().clone())
    }
}

impl GstObjectImpl for AliyarFace {}

impl ElementImpl for AliyarFace {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        Some(&factory::METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        &factory::PAD_TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        // What can fail fails here: a failure in start() would freeze OBS for good.
        let ready = match transition {
            gst::StateChange::NullToReady => self.open(),
            gst::StateChange::ReadyToPaused => self.begin(),
            _ => Ok(()),
        };
        if let Err(err) = ready {
            self.post_error_message(err);
            return Err(gst::StateChangeError);
        }
        let changed = self.parent_change_state(transition);
        match transition {
            gst::StateChange::PausedToReady => self.end(),
            gst::StateChange::ReadyToNull => self.close(),
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

    fn query(&self, direction: gst::PadDirection, query: &mut gst::QueryRef) -> bool {
        let answered = BaseTransformImplExt::parent_query(self, direction, query);
        if direction == gst::PadDirection::Src
            && let gst::QueryViewMut::Latency(latency) = query.view_mut()
            && answered
        {
            let held = gst::ClockTime::from_nseconds(self.latency.load(Ordering::Acquire));
            let (live, least, most) = latency.result();
            latency.set(live, least + held, most.map(|most| most + held));
        }
        answered
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::StreamStart(_) => {
                self.described.store(false, Ordering::Release);
                self.set_orientation(None);
            }
            gst::EventView::Tag(tags) => {
                if let Some(tag) = tags.tag().get::<gst::tags::ImageOrientation>() {
                    self.set_orientation(Some(tag.get()));
                }
            }
            gst::EventView::FlushStop(_) => self.reset_wanted.store(true, Ordering::Release),
            gst::EventView::Segment(segment) => self.enter_segment(segment.segment().rate()),
            gst::EventView::Eos(_) => self.reset(END_PATIENCE),
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
            self.reset(Duration::ZERO);
        }
        self.describe();
        let settings = self.settings().clone();
        let element = self.obj();
        let report = self
            .with_processor(|processor| processor.process(buffer, &settings, element.sink_pad()))
            .unwrap_or_default();
        if let Some(latency) = report.latency {
            self.latency.store(latency, Ordering::Release);
        }
        notify::publish(element.upcast_ref(), &report, buffer, &settings);
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
        let events = self.with_processor(|processor| processor.set_info(info.clone()));
        self.publish_events(events);
        Ok(())
    }
}
