//! Drawing what is known of each face over the picture.
//!
//! Each face's box, mesh and axes are drawn on a canvas just large enough for them, then all
//! labels above; a canvas is laid over the picture at once, whatever the picture's format.

// `glib::flags` writes items without the docs that stand on them.
#![allow(missing_docs)]

mod action_units;
mod axes;
mod bar_panel;
mod bar_words;
mod boxes;
mod canvas;
mod colours;
mod events;
mod eyes;
mod free_place;
mod indices;
mod labels;
mod lines;
mod mesh;
mod mesh_edges;
mod notice;
mod panel;
mod pixel_rect;
mod placement;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use words::Language;

use crate::analysis::{Face, TrackId};
use crate::geometry::landmarks::BELOW_NOSE_TIP;
use crate::picture::PictureMut;
use bar_panel::{BarPanels, BarRow};
use canvas::Canvas;
use events::EventCaptions;
use labels::{FaceView, Labels};
use pixel_rect::PixelRect;
use text::Typesetter;

/// The rows of a face's panel of bars.
type BarRows = fn(&Face, Language) -> Vec<BarRow>;

/// Height of the text in shares of the picture's shorter side.
const TEXT_HEIGHT: f32 = 0.026;
/// Text smaller than this many pixels cannot be read.
const MIN_TEXT_PX: f32 = 12.0;
/// Text beyond this share of the picture's shorter side leaves no picture.
const MAX_TEXT_HEIGHT: f32 = 0.1;
/// Width of lines in shares of the picture's shorter side: 1.6 pixels at 720p.
const LINE_WIDTH: f32 = 0.0022;
/// Length of the axes in shares of the box's longer side.
const AXIS_LENGTH: f32 = 0.42;

/// Why no overlay could be made.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The font built into the program is damaged.
    #[error("the built-in font cannot be read")]
    Font(#[from] ab_glyph::InvalidFont),
}

/// What the overlay shows.
#[allow(missing_docs)]
#[glib::flags(name = "GstAliyarFaceOverlay")]
pub enum OverlayParts {
    /// A box around each face.
    #[flags_value(name = "A box around each face", nick = "boxes")]
    BOXES = 0b0001,
    /// The mesh of each face.
    #[flags_value(name = "The mesh of each face", nick = "mesh")]
    MESH = 0b0010,
    /// The head's axes, from the tip of the nose.
    #[flags_value(name = "Axes that show how the head is turned", nick = "pose")]
    POSE = 0b0100,
    /// A panel with the track id, the likeliest emotions and the head pose.
    #[flags_value(name = "A panel with id, emotions and angles", nick = "labels")]
    LABELS = 0b1000,
    /// Micro-expressions, for a second and a half.
    #[flags_value(name = "Micro-expressions, for a second and a half", nick = "events")]
    EVENTS = 0b1_0000,
    /// A bar for each Action Unit.
    #[flags_value(name = "A bar for each Action Unit", nick = "action-units")]
    ACTION_UNITS = 0b10_0000,
    /// The lids, where the eyes look, and a flash while they blink.
    #[flags_value(name = "Lids, gaze rays, and a flash while eyes blink", nick = "eyes")]
    EYES = 0b100_0000,
    /// The indices of the session.
    #[flags_value(name = "Indices over time", nick = "indices")]
    INDICES = 0b1000_0000,
}

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// What is drawn.
    pub parts: OverlayParts,
    /// Size of text and lines; 1 is readable, in relation to the picture's size.
    pub scale: f64,
    /// Red, green and blue for all faces; `None` gives each track a colour of its own.
    pub colour: Option<[u8; 3]>,
    /// The language of the labels.
    pub language: Language,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            parts: OverlayParts::all(),
            scale: 1.0,
            colour: None,
            language: Language::English,
        }
    }
}

impl Style {
    /// The colour of a track: the one set for all, else its own.
    fn colour_of(&self, track: TrackId) -> [u8; 3] {
        let own = || colours::for_track(track.number());
        self.colour.unwrap_or_else(own)
    }
}

/// Draws faces. Keeps its font, glyphs and pixels from one frame to the next.
pub struct Overlay {
    typesetter: Typesetter,
    canvas: Canvas,
    labels: Labels,
    index_panels: BarPanels,
    action_unit_panels: BarPanels,
    events: EventCaptions,
    points: Vec<mesh::Point>,
}

impl Overlay {
    /// Reads the built-in font.
    ///
    /// # Errors
    /// The font is damaged.
    pub fn new() -> Result<Self, OverlayError> {
        Ok(Self {
            typesetter: Typesetter::new()?,
            canvas: Canvas::default(),
            labels: Labels::default(),
            index_panels: BarPanels::default(),
            action_unit_panels: BarPanels::default(),
            events: EventCaptions::default(),
            points: Vec::new(),
        })
    }

    /// Draws `faces` on the picture; without any part set the picture is not touched.
    pub fn draw(&mut self, picture: &mut PictureMut<'_>, faces: &[Face], style: &Style) {
        if style.parts.is_empty() {
            return;
        }
        let scale = DrawScale::new(picture, style.scale);
        let shown: Vec<_> = faces
            .iter()
            .map(|face| FaceView {
                face,
                area: scale.pixels(face),
                colour: style.colour_of(face.id),
            })
            .collect();

        for face in &shown {
            self.draw_face(picture, face, style.parts, &scale);
        }
        let mut taken = Vec::new();
        if style.parts.contains(OverlayParts::LABELS) {
            taken = self.labels.draw(
                picture,
                &mut self.canvas,
                &mut self.typesetter,
                &shown,
                style.language,
                scale.em,
            );
        } else {
            self.labels.clear();
        }
        // No panel of bars covers a face, whatever labels do.
        taken.extend(shown.iter().map(|view| view.area));
        let (indices, units): (BarRows, BarRows) = (indices::rows, action_units::rows);
        let panels = [
            (OverlayParts::INDICES, indices, &mut self.index_panels),
            (
                OverlayParts::ACTION_UNITS,
                units,
                &mut self.action_unit_panels,
            ),
        ];
        for (part, rows, panels) in panels {
            if !style.parts.contains(part) {
                panels.clear();
                continue;
            }
            let rows = shown
                .iter()
                .map(|view| (*view, rows(view.face, style.language)));
            let rows: Vec<_> = rows.collect();
            let tools = (&mut self.canvas, &mut self.typesetter);
            panels.draw(picture, tools, &rows, &mut taken, scale.em);
        }
    }

    /// Draws the meshes of those of `faces` that `shown` chooses, whatever parts `style` has.
    pub fn draw_meshes(
        &mut self,
        picture: &mut PictureMut<'_>,
        faces: &[Face],
        shown: impl Fn(TrackId) -> bool,
        style: &Style,
    ) {
        let scale = DrawScale::new(picture, style.scale);
        for face in faces.iter().filter(|face| shown(face.id)) {
            let shown = FaceView {
                face,
                area: scale.pixels(face),
                colour: style.colour_of(face.id),
            };
            self.draw_face(picture, &shown, OverlayParts::MESH, &scale);
        }
    }

    /// Draws the micro-expressions that `faces` showed lately, `now` being the frame's time in ns.
    pub fn draw_events(
        &mut self,
        picture: &mut PictureMut<'_>,
        faces: &[Face],
        now: u64,
        style: &Style,
    ) {
        if !style.parts.contains(OverlayParts::EVENTS) {
            self.events.clear();
            return;
        }
        self.events.observe(faces, now, style.language);
        let scale = DrawScale::new(picture, style.scale);
        for face in faces {
            if let Some(text) = self.events.get(face.id) {
                let at = scale.pixels(face);
                let (canvas, typesetter) = (&mut self.canvas, &mut self.typesetter);
                let colour = style.colour_of(face.id);
                events::draw(picture, canvas, typesetter, (text, at, colour), scale.em);
            }
        }
    }

    /// Forgets what was seen.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    /// Tells people that they are watched, and whether their `emotions` are read.
    pub fn draw_notice(&mut self, picture: &mut PictureMut<'_>, emotions: bool, style: &Style) {
        let scale = DrawScale::new(picture, style.scale);
        let text = style.language.notice(emotions);
        notice::draw(
            picture,
            &mut self.canvas,
            &mut self.typesetter,
            text,
            scale.em,
        );
    }

    fn draw_face(
        &mut self,
        picture: &mut PictureMut<'_>,
        &FaceView { face, area, colour }: &FaceView<'_>,
        parts: OverlayParts,
        scale: &DrawScale,
    ) {
        self.points.clear();
        if parts.intersects(OverlayParts::MESH | OverlayParts::POSE | OverlayParts::EYES) {
            let points = face
                .landmarks
                .iter()
                .map(|[x, y, z]| [x * scale.width, y * scale.height, z * scale.width]);
            self.points.extend(points);
        }
        let nose = self.points.get(BELOW_NOSE_TIP).map(|[x, y, _]| [*x, *y]);
        let length = area.width().max(area.height()) * AXIS_LENGTH;

        let mut reach = PixelRect::EMPTY;
        if parts.contains(OverlayParts::BOXES) {
            reach = area.expanded(boxes::margin(scale.line));
        }
        if parts.contains(OverlayParts::MESH) {
            reach = reach.union(mesh::bounds(&self.points).expanded(scale.line + 1.0));
        }
        if let (true, Some(nose)) = (parts.contains(OverlayParts::POSE), nose) {
            reach = reach.union(axes::area(nose, length));
        }
        let side = area.width().max(area.height());
        if parts.contains(OverlayParts::EYES) {
            reach = reach.union(eyes::bounds(&self.points, side, scale.line));
        }
        if !self
            .canvas
            .resize(reach, (picture.width(), picture.height()))
        {
            return;
        }
        if parts.contains(OverlayParts::MESH) {
            mesh::draw(&mut self.canvas, &self.points, colour, scale.line);
        }
        if parts.contains(OverlayParts::BOXES) {
            boxes::draw(&mut self.canvas, area, colour, scale.line);
        }
        if let (true, Some(nose)) = (parts.contains(OverlayParts::POSE), nose) {
            axes::draw(&mut self.canvas, nose, length, &face.head_pose, scale.line);
        }
        if parts.contains(OverlayParts::EYES) {
            let looks = (colour, side, scale.line);
            eyes::draw(&mut self.canvas, face, &self.points, looks);
        }
        self.canvas.blend_onto(picture);
    }
}

/// The picture's size and what follows from it, in pixels.
struct DrawScale {
    width: f32,
    height: f32,
    /// Height of the text.
    em: f32,
    /// Width of lines.
    line: f32,
}

impl DrawScale {
    fn new(picture: &PictureMut<'_>, scale: f64) -> Self {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let shorter = width.min(height);
        let scale = if scale.is_finite() { scale as f32 } else { 1.0 };
        let ceiling = (shorter * MAX_TEXT_HEIGHT).max(MIN_TEXT_PX);
        Self {
            width,
            height,
            em: (shorter * TEXT_HEIGHT * scale).clamp(MIN_TEXT_PX, ceiling),
            line: (shorter * LINE_WIDTH * scale).clamp(1.0, (shorter * 0.02).max(1.0)),
        }
    }

    /// The face's box, cut off well beyond the picture's edges so that no number is too large to
    /// draw with.
    fn pixels(&self, face: &Face) -> PixelRect {
        let rect = face.rect;
        let x = |x: f64| x.clamp(-1.0, 2.0) as f32 * self.width;
        let y = |y: f64| y.clamp(-1.0, 2.0) as f32 * self.height;
        PixelRect {
            left: x(rect.x),
            top: y(rect.y),
            right: x(rect.x + rect.width),
            bottom: y(rect.y + rect.height),
        }
    }
}
