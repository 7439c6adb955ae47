//! What a use allows to be read: drivers and machines, classes and meetings.

use gst::glib;

use crate::analysis::{Face, IndexKinds};
use crate::metadata::FaceMeta;
use crate::overlay::{OverlayParts, Style};

/// Colour of every face where none may be told apart.
const NOBODY: [u8; 3] = [220, 224, 230];

/// What a use allows to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[enum_type(name = "GstAliyarFaceProfile")]
pub enum Profile {
    /// All that is asked for.
    #[default]
    #[enum_value(name = "All that is asked for", nick = "full")]
    Full,
    /// Drivers and machines: eyes, head and their indices; no emotions anywhere.
    #[enum_value(
        name = "Drivers and machines: eyes, head and their indices; no emotions anywhere",
        nick = "safety"
    )]
    Safety,
    /// Classes and meetings: visual focus of five faces or more together; nothing of one person.
    #[enum_value(
        name = "Classes and meetings: visual focus of five faces or more together, nothing of one person",
        nick = "study"
    )]
    Study,
}

impl Profile {
    /// Whether emotions may be read, and named in movements.
    pub fn allows_emotions(self) -> bool {
        self == Self::Full
    }

    /// Whether anything may be told of one person.
    pub fn tells_of_persons(self) -> bool {
        self != Self::Study
    }

    /// Those of `wanted` that may be measured.
    pub fn indices(self, wanted: IndexKinds) -> IndexKinds {
        let physical = self != Self::Study;
        let full = self == Self::Full;
        IndexKinds {
            fatigue: wanted.fatigue && physical,
            // Sums over a group are all that a study is for.
            attention: wanted.attention,
            expressivity: wanted.expressivity && full,
            tension: wanted.tension && full,
            gestures: wanted.gestures && physical,
        }
    }

    /// `style` without what tells of one person, where that may not be.
    pub fn style(self, style: Style) -> Style {
        if self.tells_of_persons() {
            return style;
        }
        Style {
            parts: style.parts & OverlayParts::BOXES,
            colour: style.colour.or(Some(NOBODY)),
            ..style
        }
    }

    /// What of `meta` may leave the element.
    pub fn permitted(self, meta: &FaceMeta) -> Option<FaceMeta> {
        (!self.tells_of_persons()).then(|| FaceMeta {
            faces: Vec::<Face>::new(),
            ..meta.clone()
        })
    }

    /// Why emotions are refused; `None` where they are not.
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::Safety => Some(
                "emotions are not read: profile=safety reads eyes, head and their indices alone",
            ),
            Self::Study => Some(
                "emotions are not read: profile=study tells of groups of five faces or more alone, \
                 since the EU's AI Act, Article 5(1)(f), prohibits inferring emotions of people at \
                 work and in education; this is no legal advice",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Group;

    #[test]
    fn a_study_lets_nothing_of_one_person_out() {
        let group = Some(Group {
            faces: 6,
            focus: 0.5,
        });
        let meta = FaceMeta {
            analysis_pts: 3,
            faces: vec![Face::default(); 6],
            group,
        };
        let permitted = Profile::Study.permitted(&meta).unwrap();
        assert!(permitted.faces.is_empty());
        assert_eq!(permitted.group, group);
        assert_eq!(Profile::Full.permitted(&meta), None);
        let style = Profile::Study.style(Style::default());
        assert_eq!(style.parts, OverlayParts::BOXES);
        assert_eq!(style.colour, Some(NOBODY));
        let kinds = Profile::Study.indices(IndexKinds::ALL);
        assert!(kinds.attention && !kinds.fatigue && !kinds.gestures && !kinds.tension);
    }

    #[test]
    fn emotions_are_refused_with_a_reason_wherever_they_are_not_allowed() {
        for profile in [Profile::Full, Profile::Safety, Profile::Study] {
            assert_eq!(profile.allows_emotions(), profile.refusal().is_none());
        }
        let reason = Profile::Study.refusal().unwrap();
        assert!(reason.contains("5(1)(f)") && reason.contains("no legal advice"));
        let kinds = Profile::Safety.indices(IndexKinds::ALL);
        assert!(kinds.fatigue && kinds.attention && !kinds.expressivity && !kinds.tension);
    }
}
