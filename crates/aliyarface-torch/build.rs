//! Tells the library where libtorch lies.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rustc-link-arg-cdylib=-Wl,-rpath,$ORIGIN");
    if let Ok(libtorch) = env::var("LIBTORCH") {
        // Ahead of the system's folders, where a distribution's own libtorch may lie.
        println!("cargo:rustc-link-search=native={libtorch}/lib");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}/lib");
        let shim = format!("{libtorch}/lib/alfmalloc.so");
        println!("cargo:rerun-if-changed={shim}");
        if std::path::Path::new(&shim).exists() {
            // Ahead of the C library, from which memory would come otherwise.
            println!("cargo:rustc-link-lib=dylib:+verbatim=alfmalloc.so");
        }
    }
}
