// A picture as it goes to the server: flags, the sender's number, time in us, the picture.

export const [KEY, JPEG] = [1, 2];
const HEAD = 13;

/**
 * @param {number} flags @param {number} seq @param {number} us
 * @param {{ byteLength: number, copyTo: (to: Uint8Array) => void }} picture
 */
export function message(flags, seq, us, picture) {
  const bytes = new Uint8Array(HEAD + picture.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, flags);
  view.setUint32(1, seq, true);
  view.setBigUint64(5, BigInt(Math.max(0, Math.round(us))), true);
  picture.copyTo(bytes.subarray(HEAD));
  return bytes;
}

/** A configuration with which this browser encodes H.264 as it comes. @param {number} width @param {number} height */
export async function encoding(width, height) {
  if (!("VideoEncoder" in window) || !("MediaStreamTrackProcessor" in window)) return null;
  for (const codec of ["avc1.42e01f", "avc1.42001f"]) {
    /** @type {VideoEncoderConfig} */
    const config = { codec, width, height, bitrate: 2_500_000, framerate: 30, latencyMode: "realtime", avc: { format: "annexb" } };
    const found = await VideoEncoder.isConfigSupported(config).catch(() => null);
    if (found?.supported) return config;
  }
  return null;
}
