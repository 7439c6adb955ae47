//! Tells the plugin when and of what it was built, and its tests where libtorch lies.

use std::env;

fn main() {
    gst_plugin_version_helper::info();
    // Where `runtime::private` looks besides the folder that `make install` fills.
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_LITERT");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_MODELS");
    if let Ok(libtorch) = env::var("LIBTORCH") {
        // Tests make networks with libtorch itself; the plugin links nothing of it.
        println!("cargo:rustc-link-search=native={libtorch}/lib");
        println!("cargo:rustc-link-arg-tests=-Wl,-rpath,{libtorch}/lib");
    }
}
