//! The letters of plots: the overlay's, so that a plot needs no font of the machine.

use std::sync::Once;

use plotters::style::{FontStyle, register_font};

static FONT: &[u8] = include_bytes!("../../../src/overlay/font/DejaVuSansCondensed.ttf");
static REGISTERED: Once = Once::new();

/// Makes `sans-serif` known to the plotting library.
pub fn register() {
    REGISTERED.call_once(|| {
        let _ = register_font("sans-serif", FontStyle::Normal, FONT);
    });
}
