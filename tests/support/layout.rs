//! The same frame, laid out in memory in other ways.

use gst_video::VideoMeta;
use gstaliyarface::picture::PixelFormat;

use super::Still;

/// Bytes that fill what no frame shows.
pub const GARBAGE: u8 = 0xa5;

/// How the planes of a frame may lie in memory.
#[derive(Debug, Clone, Copy)]
pub enum Layout {
    /// One memory, rows and planes with space between them.
    Padded,
    /// A memory for each plane, rows with space between them.
    MemoryPerPlane,
    /// The frame is the lower right part of a larger one: nothing follows its last pixel.
    Cropped,
}

/// The frame in another layout, and the bytes of that in which a pixel lies.
pub fn laid_out(still: &Still, layout: Layout) -> (Still, Vec<bool>) {
    let info = &still.info;
    let bytes = still.bytes();
    let planes = PixelFormat::ALL
        .into_iter()
        .find(|format| format.to_gst() == info.format())
        .unwrap()
        .planes(info.width() as usize, info.height() as usize);
    let padding = 48;
    let (mut memories, mut shown) = (Vec::new(), Vec::new());
    let (mut offsets, mut strides) = (Vec::new(), Vec::new());
    for (plane, &(row_bytes, rows)) in planes.iter().enumerate() {
        let stride = row_bytes + padding;
        let lead = match layout {
            Layout::Padded => 64,
            Layout::MemoryPerPlane => 0,
            Layout::Cropped => padding,
        };
        let mut memory = vec![GARBAGE; lead];
        let mut visible = vec![false; lead];
        for row in 0..rows {
            let from = info.offset()[plane] + row * info.stride()[plane] as usize;
            memory.extend(&bytes[from..from + row_bytes]);
            visible.extend(vec![true; row_bytes]);
            let last = row + 1 == rows;
            if !(last && matches!(layout, Layout::Cropped)) {
                memory.extend([GARBAGE; 48]);
                visible.extend([false; 48]);
            }
        }
        offsets.push(shown.len() + lead);
        strides.push(stride as i32);
        memories.push(memory);
        shown.extend(visible);
    }
    if !matches!(layout, Layout::MemoryPerPlane) {
        memories = vec![memories.concat()];
    }
    let mut buffer = gst::Buffer::new();
    let filled = buffer.get_mut().unwrap();
    for memory in memories {
        filled.append_memory(gst::Memory::from_mut_slice(memory));
    }
    VideoMeta::add_full(
        filled,
        gst_video::VideoFrameFlags::empty(),
        info.format(),
        info.width(),
        info.height(),
        &offsets,
        &strides,
    )
    .unwrap();
    let still = Still {
        info: info.clone(),
        buffer,
    };
    (still, shown)
}
