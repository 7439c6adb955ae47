//! Heads that walk through a picture, and what ids they were given on their way.

use std::collections::BTreeSet;

use gstaliyarface::analysis::Analyser;

use super::heads::{Head, Planted};
use super::pictures::{Photo, Placement, read};

/// A head on a straight way.
pub struct Walker {
    pub head: Head,
    /// Where its face's middle is on frame 0.
    pub from: [f64; 2],
    /// Pixels a frame.
    pub step: [f64; 2],
}

impl Walker {
    /// `head` with a face of `size` pixels.
    pub fn new(head: &Head, size: f64, from: [f64; 2], step: [f64; 2]) -> Self {
        Self {
            head: head.resized(size, Placement::default()),
            from,
            step,
        }
    }

    /// Where the face is on frame `index`.
    pub fn at(&self, index: usize) -> Planted {
        let middle = [0, 1].map(|axis| self.from[axis] + self.step[axis] * index as f64);
        Planted {
            middle,
            size: self.head.size,
        }
    }
}

/// A hand that covers a face of `size` pixels: skin, with the shadows between four fingers.
pub fn hand(size: f64) -> Photo {
    let side = (size * 1.5).round() as usize;
    Photo::of(side, side, |x, y| {
        let across = x as f64 / side as f64;
        let down = y as f64 / side as f64;
        let finger = (across * 4.0).fract() - 0.5;
        let shade = if down < 0.6 {
            1.0 - 2.4 * finger * finger * finger.abs()
        } else {
            0.85 + 0.15 * across
        };
        [205.0, 150.0, 120.0].map(|value: f64| (value * shade) as u8)
    })
}

/// The id of each walker on each frame; `None` where no face was found.
pub struct Diary(pub Vec<Vec<Option<u32>>>);

impl Diary {
    /// Shows `frames` pictures to `analyser`; the last walker walks in front. `cover` may draw over
    /// each picture.
    pub fn of(
        analyser: &mut Analyser,
        background: &Photo,
        walkers: &[Walker],
        frames: usize,
        cover: impl Fn(&mut Photo, usize),
    ) -> Self {
        analyser.reset();
        let mut diary: Vec<Vec<Option<u32>>> = walkers.iter().map(|_| Vec::new()).collect();
        for index in 0..frames {
            let mut scene = background.clone();
            for walker in walkers {
                walker.head.lay(&mut scene, walker.at(index).middle);
            }
            cover(&mut scene, index);
            let faces = read(analyser, &scene, index).faces;
            for (walker, pages) in walkers.iter().zip(&mut diary) {
                // Of two faces close by, a walker's is the nearer one.
                let [x, y] = walker.at(index).middle;
                let off = |face: &usize| {
                    let rect = faces[*face].rect;
                    let across = (rect.x + rect.width / 2.0) * scene.width as f64 - x;
                    let along = (rect.y + rect.height / 2.0) * scene.height as f64 - y;
                    across.hypot(along)
                };
                let found = walker.at(index).found(&faces, &scene);
                let nearest = found.into_iter().min_by(|a, b| off(a).total_cmp(&off(b)));
                pages.push(nearest.map(|face| faces[face].id.number()));
            }
        }
        Self(diary)
    }

    /// The id of a walker at the first and the last frame on which it was seen.
    pub fn ends(&self, walker: usize) -> [Option<u32>; 2] {
        let ids: Vec<u32> = self.0[walker].iter().flatten().copied().collect();
        [ids.first().copied(), ids.last().copied()]
    }

    /// Every id a walker had.
    pub fn ids(&self, walker: usize) -> BTreeSet<u32> {
        self.0[walker].iter().flatten().copied().collect()
    }

    /// A walker's ids as a line of text, a letter a frame.
    pub fn line(&self, walker: usize) -> String {
        let letter = |id: &Option<u32>| id.map_or('.', |id| char::from_digit(id % 36, 36).unwrap());
        self.0[walker].iter().map(letter).collect()
    }
}
