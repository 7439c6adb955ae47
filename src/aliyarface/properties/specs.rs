//! What GStreamer is told of each property.

use gst::glib;
use gst::prelude::*;

use crate::analysis::LONGEST_PERCLOS_WINDOW;
use crate::overlay::OverlayParts;

use super::super::baseline;
use super::Settings;
use super::indices::Indices;

/// The property that the element itself answers.
pub const STATS: &str = "stats";

/// The specs of all properties, in the order in which they are listed.
pub fn specs() -> Vec<glib::ParamSpec> {
    let default = Settings::default();
    let file = |name, nick, blurb| {
        let spec = glib::ParamSpecString::builder(name).nick(nick).blurb(blurb);
        spec.mutable_ready().build()
    };
    let frames = |name, nick, blurb, least, frames| {
        let spec = glib::ParamSpecUInt::builder(name).nick(nick).blurb(blurb);
        let spec = spec.minimum(least).maximum(100_000);
        spec.default_value(frames).mutable_playing().build()
    };
    let window = |name, nick, blurb, most, length| {
        let spec = glib::ParamSpecUInt::builder(name).nick(nick).blurb(blurb);
        let spec = spec.minimum(1).maximum(most);
        spec.default_value(length).mutable_playing().build()
    };
    vec![
        file(
            "model-path",
            "Model Path",
            "Folder that holds the models; when unset, the one installed with the plugin",
        ),
        file(
            "emotion-model",
            "Emotion Model",
            "ResNet-18 weights (.safetensors, .npz, .ot) or TorchScript (.pt) in place of the bundled one",
        ),
        file(
            "emotion-labels",
            "Emotion Labels",
            "Class names of the emotion model, one a line; when unset, the bundled eight",
        ),
        glib::ParamSpecBoolean::builder("emotions")
            .nick("Emotions")
            .blurb("Read emotions; when false the emotion model is not even loaded")
            .default_value(default.emotions)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("action-units")
            .nick("Action Units")
            .blurb("Read Action Units and eyes; when false their models are not even loaded")
            .default_value(default.action_units)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("device", default.device)
            .nick("Device")
            .blurb("Where the emotion network runs")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("threads")
            .nick("Threads")
            .blurb("Threads that share the work on a frame; 0 takes two, if there are, and gives the emotion net one")
            .maximum(64)
            .default_value(default.threads)
            .mutable_ready()
            .build(),
        glib::ParamSpecBoolean::builder("micro-expressions")
            .nick("Micro-Expressions")
            .blurb("Look for brief movements of the face; they prove nothing about what a person means")
            .default_value(default.micro_expressions)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("analysis-mode", default.analysis_mode)
            .nick("Analysis Mode")
            .blurb("Whether buffers wait for their analysis")
            .mutable_ready()
            .build(),
        glib::ParamSpecDouble::builder("detection-threshold")
            .nick("Detection Threshold")
            .blurb("Score from which a newly found face is believed")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.detection_threshold)
            .mutable_playing()
            .controllable()
            .build(),
        frames(
            "detection-interval",
            "Detection Interval",
            "Frames between two looks for new faces while all known ones are followed",
            1,
            default.detection_interval,
        ),
        frames(
            "emotion-interval",
            "Emotion Interval",
            "Frames between two runs of the emotion model on a face; 0 runs it ten times a second",
            0,
            default.emotion_interval,
        ),
        glib::ParamSpecUInt::builder("emotion-smoothing")
            .nick("Emotion Smoothing")
            .blurb("Time in ms over which emotion probabilities are pooled; 0 reads each picture as a photo")
            .maximum(10_000)
            .default_value(default.emotion_smoothing)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("perclos-window")
            .nick("PERCLOS Window")
            .blurb("Seconds over which PERCLOS, the share of time with closed eyes, is measured")
            .minimum(1)
            .maximum(LONGEST_PERCLOS_WINDOW.as_secs() as u32)
            .default_value(default.perclos_window)
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("profile", default.profile)
            .nick("Profile")
            .blurb("What the use allows to be read; safety and study refuse emotions")
            .mutable_ready()
            .build(),
        glib::ParamSpecFlags::builder::<Indices>("indices")
            .nick("Indices")
            .blurb("Which indices over time are measured, as far as the profile allows")
            .default_value(default.indices)
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("perclos-alarm")
            .nick("PERCLOS Alarm")
            .blurb("PERCLOS from which an event tells of it")
            .minimum(0.0)
            .maximum(1.0)
            .default_value(default.perclos_alarm)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("perclos-without-blinks")
            .nick("PERCLOS Without Blinks")
            .blurb("Leave closures shorter than half a second out of PERCLOS")
            .default_value(default.perclos_without_blinks)
            .mutable_playing()
            .build(),
        window(
            "blink-window",
            "Blink Window",
            "Seconds over which the rate, length and speed of blinks are measured",
            600,
            default.blink_window,
        ),
        window(
            "focus-window",
            "Focus Window",
            "Time in ms over which visual focus is averaged",
            60_000,
            default.focus_window,
        ),
        window(
            "expressiveness-window",
            "Expressiveness Window",
            "Seconds over which expressiveness is averaged",
            600,
            default.expressiveness_window,
        ),
        window(
            "tension-window",
            "Tension Window",
            "Seconds over which the tension signs are averaged",
            600,
            default.tension_window,
        ),
        glib::ParamSpecUInt::builder("max-faces")
            .nick("Maximum Faces")
            .blurb("Faces followed at once")
            .minimum(1)
            .maximum(1000)
            .default_value(default.max_faces)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("remember")
            .nick("Remember")
            .blurb("Seconds for which who left the picture is remembered and recognised; 0 for nobody. Recognising people needs their consent")
            .maximum(86_400)
            .default_value(default.remember)
            .mutable_playing()
            .build(),
        glib::ParamSpecFlags::builder::<OverlayParts>("overlay")
            .nick("Overlay")
            .blurb("What to draw onto the picture")
            .default_value(default.overlay)
            .mutable_playing()
            .build(),
        glib::ParamSpecDouble::builder("overlay-scale")
            .nick("Overlay Scale")
            .blurb("Size of letters and lines, relative to a default that follows the picture's height")
            .minimum(0.25)
            .maximum(4.0)
            .default_value(default.overlay_scale)
            .mutable_playing()
            .controllable()
            .build(),
        glib::ParamSpecUInt::builder("overlay-color")
            .nick("Overlay Color")
            .blurb("Color of the overlay as 0xAARRGGBB; with AA = 0 each face has its own")
            .default_value(default.overlay_color)
            .mutable_playing()
            .controllable()
            .build(),
        glib::ParamSpecEnum::builder_with_default("overlay-language", default.overlay_language)
            .nick("Overlay Language")
            .blurb("Language of the overlay's words")
            .mutable_playing()
            .build(),
        glib::ParamSpecEnum::builder_with_default("anonymize", default.anonymize)
            .nick("Anonymize")
            .blurb("How faces are covered in the picture; what is read of them stays the same")
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt::builder("anonymize-except")
            .nick("Anonymize Except")
            .blurb("Id of the one face that is not covered; 0 covers all")
            .default_value(default.anonymize_except)
            .mutable_playing()
            .build(),
        glib::ParamSpecBoolean::builder("notice")
            .nick("Notice")
            .blurb("Draw a line that tells people that emotion recognition is running")
            .default_value(default.notice)
            .mutable_playing()
            .build(),
        baseline::spec(),
        glib::ParamSpecBoxed::builder::<gst::Structure>(STATS)
            .nick("Statistics")
            .blurb("Frames analysed and skipped since the start, and the time each stage takes")
            .read_only()
            .build(),
    ]
}
