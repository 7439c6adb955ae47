//! Puts the library through which the process gives memory, exit and output ahead of the C library, and builds the half
//! in C++.

use std::env;
use std::path::Path;

/// Where Debian keeps OpenCV's headers, without the huge libopencv-dev and its pkg-config file.
const HEADERS: &str = "/usr/include/opencv4,/usr/include/x86_64-linux-gnu/opencv4";
/// The modules that are used.
const MODULES: [&str; 2] = ["opencv_core", "opencv_imgproc"];

fn main() {
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

    println!("cargo:rerun-if-changed=src/cpp");
    println!("cargo:rerun-if-env-changed=OPENCV_INCLUDE_PATHS");
    println!("cargo:rerun-if-env-changed=OPENCV_LINK_PATHS");
    let headers = env::var("OPENCV_INCLUDE_PATHS").unwrap_or_else(|_| HEADERS.to_owned());
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .includes(headers.split(','))
        .file("src/cpp/images.cpp")
        .compile("aliyarface_opencv_cpp");
    if let Ok(libraries) = env::var("OPENCV_LINK_PATHS") {
        println!("cargo:rustc-link-search=native={libraries}");
    }
    for module in MODULES {
        println!("cargo:rustc-link-lib=dylib={module}");
    }
}
