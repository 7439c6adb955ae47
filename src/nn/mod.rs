//! Running neural networks: LiteRT for `.tflite` files, a reader of what such a file holds, and
//! convolution kernels of our own. Nothing here knows what a network is for.

pub mod kernels;
pub mod litert;
pub mod tflite;
