//! The wire format: what is told of faces, as plain data.
//!
//! Metadata, records, tables and every program that reads them speak these types and no others. A
//! [`Face`] is what a buffer carries; a [`Line`] is a line of application/x-ndjson; [`table`] turns
//! both into rows. The names that serde gives the fields are a promise: [`SCHEMA_VERSION`] grows
//! when one is removed or changes its meaning, not when one is added.
//!
//! ```
//! use gstaliyarface::record::Line;
//!
//! let line = r#"{"record":"end","frames":72}"#;
//! let Line::End(end) = serde_json::from_str(line)? else { unreachable!() };
//! assert_eq!(end.frames, 72);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Times are ns. Coordinates are fractions of the picture unless a field says pixels. Intensities
//! of Action Units go from 0 to 5.

mod emotion;
mod event;
mod expression;
mod eyes;
mod face;
mod line;
mod mesh;
mod object;
mod schema;
mod session;
pub mod table;
mod time;

pub use crate::analysis::EventName;
pub use emotion::{Distribution, Mixture, Transition, TransitionState};
pub use event::Event;
pub use expression::{Expression, ExpressionLimits, MovedActionUnit};
pub use eyes::{Blink, Eyes};
pub use face::{Face, Intensities, Location, Meta, Quality, Readings, Tiers, VisibleParts};
pub use line::{AnalyserInfo, End, Frame, Header, Line, Model, Moment, Resolution, Versions};
pub use mesh::{Landmarks, LengthError, Mesh, Points};
pub use object::{BoundingBox, Detection, Object};
pub use schema::{SCHEMA, SCHEMA_VERSION, json_schema};
pub use session::{Attention, Fatigue, Group, Index, Session, TensionSigns};
pub use time::StreamTime;
