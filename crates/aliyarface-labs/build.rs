//! Tells the linker where the laboratories' libraries lie.

use std::env;

fn main() {
    let mut folders = Vec::new();
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_LITERT");
    if let Ok(libtorch) = env::var("LIBTORCH") {
        println!("cargo:rustc-link-search=native={libtorch}/lib");
        folders.push(format!("{libtorch}/lib"));
    }
    folders.extend(env::var("ALIYARFACE_LITERT"));
    for folder in folders {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
}
