//! Tells the plugin when and of what it was built, and where its private libraries lie.

use std::env;

fn main() {
    gst_plugin_version_helper::info();
    // First the folder that `make install` fills, then those the build used: a plugin that finds no
    // libtorch at load is blacklisted in the user's registry.
    let mut folders = vec!["$ORIGIN/../../aliyarface/lib".to_owned()];
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_LITERT");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_MODELS");
    if let Ok(libtorch) = env::var("LIBTORCH") {
        // Ahead of the system's folders, where a distribution's own libtorch may lie.
        println!("cargo:rustc-link-search=native={libtorch}/lib");
        folders.push(format!("{libtorch}/lib"));
    }
    if let Ok(litert) = env::var("ALIYARFACE_LITERT") {
        folders.push(litert);
    }
    for folder in folders {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
