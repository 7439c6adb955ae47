use std::str::FromStr;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_video::VideoMeta;

use crate::aliyarface::log_rejected;
use crate::export::Format;

use super::log::CAT;
use super::settings::Settings;
use super::stream::{Export, Outgoing};

/// What carries the meta: raw frames, and what encoders make of them that hand metas on.
const SINK: &str = "video/x-raw(ANY); image/jpeg; image/png; video/x-h264; video/x-h265; \
                    video/x-vp8; video/x-vp9; video/x-av1";
const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";
const TEXT: &str = "text/x-raw";

/// The element. Settings may be touched by any thread; what is remembered of the stream belongs to
/// the streaming thread, and no lock is held while something is pushed.
pub struct AliyarFaceExport {
    sink_pad: gst::Pad,
    src_pad: gst::Pad,
    settings: Mutex<Settings>,
    export: Mutex<Export>,
}

impl AliyarFaceExport {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn export(&self) -> MutexGuard<'_, Export> {
        self.export.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chain(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.begin()?;
        let outgoing = self.export().export(buffer);
        match outgoing {
            Outgoing::Record(record) => self.src_pad.push(record),
            Outgoing::Gap(gap) => {
                self.src_pad.push_event(gap);
                Ok(gst::FlowSuccess::Ok)
            }
            Outgoing::Nothing => Ok(gst::FlowSuccess::Ok),
        }
    }

    /// Sends caps, segment and header, once what is downstream can be asked what it takes.
    fn begin(&self) -> Result<(), gst::FlowError> {
        if self.export().has_begun() {
            return Ok(());
        }
        let settings = self.settings().clone();
        let preferred = self
            .preferred_media_type()
            .ok_or(gst::FlowError::NotNegotiated)?;
        let format = match preferred.as_str() {
            CSV => Format::Csv,
            TEXT => settings.subtitles(),
            _ => Format::Ndjson,
        };
        let source = settings.source().or_else(|| self.upstream_uri());
        let begun = self.export().begin(format, settings.options(), source);
        let (header, held) = begun;
        // Subtitles are shown: no header among them, whatever they hold.
        let header = header.filter(|_| preferred != TEXT);
        let caps = caps(&preferred, header.as_ref());
        gst::debug!(CAT, imp = self, "records as {caps}");
        self.src_pad.push_event(gst::event::Caps::new(&caps));
        for event in held {
            self.src_pad.push_event(event);
        }
        match header {
            Some(header) => self.src_pad.push(header).map(|_| ()),
            None => Ok(()),
        }
    }

    /// The media type that downstream prefers.
    fn preferred_media_type(&self) -> Option<String> {
        let offered = self.src_pad.pad_template_caps();
        let allowed = self.src_pad.peer_query_caps(Some(&offered));
        let name = allowed.structure(0)?.name();
        Some(name.as_str().to_owned())
    }

    fn upstream_uri(&self) -> Option<String> {
        let mut query = gst::query::Uri::new();
        if !self.sink_pad.peer_query(&mut query) {
            return None;
        }
        query.uri().map(String::from)
    }

    fn sink_event(&self, event: gst::Event) -> bool {
        gst::log!(CAT, imp = self, "{event:?}");
        if self.export().note(&event) {
            return true;
        }
        match event.view() {
            gst::EventView::Caps(caps) => {
                self.export().set_caps(caps.caps_owned());
                return true;
            }
            // They describe the video.
            gst::EventView::Tag(tag) if tag.tag().scope() == gst::TagScope::Stream => return true,
            gst::EventView::Segment(segment) => self.export().set_segment(segment.segment()),
            gst::EventView::FlushStop(_) => self.export().flush(),
            gst::EventView::Eos(_) => self.finish(),
            _ => {}
        }
        let early = event.is_serialized() && !self.export().has_begun();
        match event.type_() {
            gst::EventType::StreamStart | gst::EventType::FlushStop | gst::EventType::Eos => {}
            _ if early && event.is_sticky() => {
                self.export().hold(event);
                return true;
            }
            // There is nothing yet that it could stand between.
            _ if early => return true,
            _ => {}
        }
        gst::Pad::event_default(&self.sink_pad, Some(&*self.obj()), event)
    }

    /// What is left to tell when the stream ends: a stream without buffers has its header too.
    fn finish(&self) {
        let begun = self.begin();
        let trailer = self.export().finish();
        if let (Ok(()), Some(trailer)) = (begun, trailer) {
            // Whether it arrives changes nothing any more: EOS follows.
            let _ = self.src_pad.push(trailer);
        }
    }

    fn sink_query(&self, query: &mut gst::QueryRef) -> bool {
        if let gst::QueryViewMut::Allocation(allocation) = query.view_mut() {
            // No pixel is looked at, so any layout will do.
            allocation.add_allocation_meta::<VideoMeta>(None);
            return true;
        }
        gst::Pad::query_default(&self.sink_pad, Some(&*self.obj()), query)
    }
}

/// The caps of records of the media type `name`; sinks send the header in them to who comes late.
fn caps(name: &str, header: Option<&gst::Buffer>) -> gst::Caps {
    let builder = gst::Caps::builder(name);
    let builder = builder.field_if("format", "utf8", name == TEXT);
    let header = header.map(|header| gst::Array::new([header]));
    builder.field_if_some("streamheader", header).build()
}

/// The pad of the template `name`.
fn pad(
    class: &<AliyarFaceExport as ObjectSubclass>::Class,
    name: &str,
    direction: gst::PadDirection,
) -> gst::PadBuilder<gst::Pad> {
    match class.pad_template(name) {
        Some(template) => gst::Pad::builder_from_template(&template),
        None => gst::Pad::builder(direction),
    }
}

#[glib::object_subclass]
impl ObjectSubclass for AliyarFaceExport {
    const NAME: &'static str = "GstAliyarFaceExport";
    type Type = super::AliyarFaceExport;
    type ParentType = gst::Element;

    fn with_class(class: &Self::Class) -> Self {
        let failed = || Err(gst::FlowError::Error);
        let sink_pad = pad(class, "sink", gst::PadDirection::Sink)
            .chain_function(move |_, parent, buffer| {
                Self::catch_panic_pad_function(parent, failed, |export| export.chain(&buffer))
            })
            .event_function(|_, parent, event| {
                Self::catch_panic_pad_function(parent, || false, |export| export.sink_event(event))
            })
            .query_function(|_, parent, query| {
                Self::catch_panic_pad_function(parent, || false, |export| export.sink_query(query))
            })
            .build();
        let src_pad = pad(class, "src", gst::PadDirection::Src)
            .flags(gst::PadFlags::FIXED_CAPS)
            .build();
        Self {
            sink_pad,
            src_pad,
            settings: Mutex::default(),
            export: Mutex::default(),
        }
    }
}

impl ObjectImpl for AliyarFaceExport {
    fn constructed(&self) {
        self.parent_constructed();
        for pad in [&self.sink_pad, &self.src_pad] {
            // Fails only where a pad of this name was added before.
            let _ = self.obj().add_pad(pad);
        }
    }

    fn properties() -> &'static [glib::ParamSpec] {
        Settings::specs()
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        if !self.settings().set(pspec.name(), value) {
            log_rejected(&CAT, &*self.obj(), pspec, value);
        }
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        let value = self.settings().get(pspec.name());
        value.unwrap_or_else(|| pspec.default_value().clone())
    }
}

impl GstObjectImpl for AliyarFaceExport {}

impl ElementImpl for AliyarFaceExport {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Facial behaviour export",
                "Filter/Converter/Text",
                "Writes what aliyarface attached to each buffer as JSON lines, CSV or subtitles",
                "The AliyarFace developers",
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let mut records = gst::Caps::new_empty();
            for name in [NDJSON, CSV, TEXT] {
                records.merge(caps(name, None));
            }
            let pads = [
                (
                    "sink",
                    gst::PadDirection::Sink,
                    gst::Caps::from_str(SINK).ok(),
                ),
                ("src", gst::PadDirection::Src, Some(records)),
            ];
            let template = |(name, direction, caps): (_, _, Option<gst::Caps>)| {
                gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &caps?).ok()
            };
            pads.into_iter().filter_map(template).collect()
        });
        &TEMPLATES
    }

    fn change_state(
        &self,
        transition: gst::StateChange,
    ) -> Result<gst::StateChangeSuccess, gst::StateChangeError> {
        let changed = self.parent_change_state(transition);
        if transition == gst::StateChange::PausedToReady {
            *self.export() = Export::default();
        }
        changed
    }
}
