//! Moving scenes of any size with a known number of faces, all of one size.

use gst_video::{VideoFormat, VideoInfo};

use crate::common::{Failure, decode, pick, sample};

/// Frames of a scene, and how far the same clip is apart in neighbouring tiles.
const FRAMES: usize = 24;
const APART: usize = 5;

/// The frames of a picture of `width` x `height` pixels in `format`, the first `faces` of whose `grid`
/// (columns, rows) of tiles each show the face of the sample clip.
pub fn tiled(
    [width, height]: [usize; 2],
    format: VideoFormat,
    grid: [usize; 2],
    faces: usize,
) -> Result<Vec<gst::Sample>, Failure> {
    let [columns, rows] = grid;
    let (tile_width, tile_height) = (width / columns, height / rows);
    let filter = format!(
        "videocrop left=160 right=160 ! videoscale ! \
         video/x-raw,width={tile_width},height={tile_height},pixel-aspect-ratio=1/1"
    );
    let tiles = decode(&sample("single_face.mp4")?, &filter, &format.to_string())?;
    let tile_info = VideoInfo::from_caps(pick(&tiles, 0).caps().ok_or("no caps")?)?;
    let info = VideoInfo::builder(format, width as u32, height as u32)
        .fps(gst::Fraction::new(30, 1))
        .colorimetry(&tile_info.colorimetry())
        .build()?;
    let caps = info.to_caps()?;
    let frame = |index: usize| {
        let mut bytes = vec![128; info.size()];
        for place in 0..faces.min(columns * rows) {
            let tile = pick(&tiles, index + APART * place);
            let tile = tile.buffer().ok_or("no buffer")?.map_readable()?;
            let (column, row) = (place % columns, place / columns);
            copy(&tile, &tile_info, &mut bytes, &info, [column, row]);
        }
        let buffer = gst::Buffer::from_slice(bytes);
        Ok(gst::Sample::builder().buffer(&buffer).caps(&caps).build())
    };
    (0..FRAMES).map(frame).collect()
}

/// Copies a tile, plane by plane, to its place in the picture.
fn copy(
    from: &[u8],
    tile: &VideoInfo,
    to: &mut [u8],
    whole: &VideoInfo,
    [column, row]: [usize; 2],
) {
    for plane in 0..whole.n_planes() as usize {
        let [reach, step] = [tile, whole].map(|info| info.stride()[plane] as usize);
        let [start, place] = [tile, whole].map(|info| info.offset()[plane]);
        // Chroma planes of NV12 have half of the rows; a row's bytes are as many as the luma's.
        let bytes = step * tile.width() as usize / whole.width() as usize;
        let rows = match (whole.format(), plane) {
            (VideoFormat::Nv12, 1) => tile.height() as usize / 2,
            _ => tile.height() as usize,
        };
        for line in 0..rows {
            let source = start + line * reach;
            let target = place + (row * rows + line) * step + column * bytes;
            to[target..target + bytes].copy_from_slice(&from[source..source + bytes]);
        }
    }
}
