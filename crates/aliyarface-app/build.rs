//! Tells the linker where the program's private libraries lie.

use std::env;

fn main() {
    // First the folder that `make install` fills, then those the build used.
    let mut folders = vec!["$ORIGIN/../share/aliyarface/lib".to_owned()];
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
