// The wire format as the page uses it (docs/aliyarface-record.schema.json), and what the pinned modules export.

export type Shares = Record<string, number>;
export type Point = [number, number, number?];
export type Tier = "good" | "fair" | "weak" | "poor";

export interface Eyes {
  "openness-left": number;
  "openness-right": number;
  "blinks-per-minute": number;
  "gaze-pitch"?: number | null;
  "gaze-yaw"?: number | null;
}

/** An index of a session: its value, and why it does not hold where it does not. */
export interface Index {
  value?: number | null;
  valid?: boolean;
  validity?: string | number;
  [more: string]: unknown;
}

export interface Face {
  id: number;
  detection: { bounding_box: { x_min: number; y_min: number; x_max: number; y_max: number } };
  score: number;
  quality?: { "size-px": number; blur: number; occlusion: number; angle: number; usable: boolean };
  pitch: number;
  yaw: number;
  roll: number;
  rotation?: number[];
  emotion?: string | null;
  confidence?: number | null;
  emotions?: Shares | null;
  mixture?: { kind: string; labels: string[]; name?: string | null } | null;
  transition?: { state: string; from: string; to: string; progress: number } | null;
  valence?: number | null;
  arousal?: number | null;
  baseline?: string | null;
  "action-units-observable"?: boolean | null;
  "action-units"?: Shares | null;
  "action-units-left"?: Shares | null;
  "action-units-right"?: Shares | null;
  "action-unit-tiers"?: Record<string, Tier> | null;
  eyes?: Eyes | null;
  "micro-expression-limits"?: { shortest: number; smallest: number; observable: boolean; "not-observable"?: string } | null;
  landmarks?: Point[] | null;
  session?: Record<string, unknown> | null;
}

export interface FaceEvent {
  event: string;
  "face-id": number;
  timestamp?: number | null;
  "stream-time"?: number | null;
  duration?: number | null;
  from?: string | null;
  to?: string | null;
  onset?: number | null;
  apex?: number | null;
  offset?: number | null;
  "action-units"?: { code: string; side: string }[] | null;
  confidence?: number | null;
}

/** A frame's record, or another line (`record` says which). */
export interface Line {
  record: "header" | "frame" | "events" | "end";
  frame: number;
  "stream-time": number | null;
  objects: Face[];
  events?: FaceEvent[] | null;
  session?: Record<string, unknown> | null;
}

export interface SessionInfo {
  id: string;
  source: string;
  upload?: string;
  uri?: string;
  recorded?: boolean;
  state: string;
  reason?: string;
  "fps-in": number;
  "fps-read": number;
  "latency-ms"?: number;
  skipped: number;
  faces: number;
  settings: Record<string, unknown>;
  profile?: string;
}

/** Who asks, and what the operator fixed for all. */
export interface Me {
  role: "viewer" | "operator";
  profile?: string;
  sources: string[];
  "recording-hours"?: number;
  sessions: number;
  workers: boolean;
}

/** A camera that a worker reads, or waits for one. */
export interface FleetCamera {
  name: string;
  uri: string;
  state: string;
  reason?: string;
  worker?: string;
  fps: number;
  faces: number;
  events: number;
}

/** A worker that lives. */
export interface FleetWorker {
  name: string;
  cameras: number;
  capacity: number;
  "cost-ms"?: number;
  spooled: number;
}

/** What the server kept of a session. */
export interface Recording {
  id: string;
  began: number;
  expires: number;
  bytes: number;
  films: number;
}

export interface Upload {
  id: string;
  name?: string;
  seconds?: number;
  width?: number;
  height?: number;
}

export type Layers = Record<"boxes" | "mesh" | "pose" | "labels" | "units" | "eyes" | "gaze", boolean>;
/** A span of time in seconds. */
export type Span = [number, number];
export type Drawable = CanvasImageSource & { videoWidth?: number; displayWidth?: number; width?: unknown };

declare global {
  interface Window {
    aliyarface: any;
  }
  class MediaStreamTrackProcessor {
    constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
    readonly readable: ReadableStream<VideoFrame>;
  }
  interface CanvasCaptureMediaStreamTrack {
    requestFrame(): void;
  }
}
