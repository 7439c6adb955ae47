//! Builds the one part in C++, and puts the library through which the process gives memory, exit and output ahead of
//! the C library.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=src/serial.cpp");
    println!("cargo:rerun-if-env-changed=OPENCV_INCLUDE_PATHS");
    let include =
        env::var("OPENCV_INCLUDE_PATHS").unwrap_or_else(|_| "/usr/include/opencv4".into());
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .includes(include.split(','))
        .file("src/serial.cpp")
        .compile("aliyarface_opencv_serial");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    if let Ok(libtorch) = env::var("LIBTORCH") {
        let shim = format!("{libtorch}/lib/alfmalloc.so");
        println!("cargo:rerun-if-changed={shim}");
        if Path::new(&shim).exists() {
            println!("cargo:rustc-link-search=native={libtorch}/lib");
            // For a test program of its own, which opens nothing beforehand.
            println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}/lib");
            println!("cargo:rustc-link-lib=dylib:+verbatim=alfmalloc.so");
        }
    }
}
