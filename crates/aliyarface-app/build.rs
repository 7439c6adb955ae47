//! Tells the compiler where the modules of the page lie that set-up brought (`scripts/setup`, `fetch_web`).

use std::path::PathBuf;

fn main() -> Result<(), String> {
    println!("cargo:rerun-if-changed=web");
    println!("cargo:rerun-if-env-changed=ALIYARFACE_WEB");
    let folder = std::env::var_os("ALIYARFACE_WEB").map(PathBuf::from);
    let folder = folder
        .filter(|folder| folder.join("htm.js").is_file())
        .ok_or("the page's modules are missing; type 'make', or '. scripts/env.sh && scripts/setup' before cargo")?;
    println!("cargo:rustc-env=ALIYARFACE_WEB={}", folder.display());
    println!("cargo:rerun-if-changed={}", folder.display());
    Ok(())
}
