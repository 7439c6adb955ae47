//! Shell completions and man pages, made of the very command line they describe.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate_to};

/// Write completions and man pages below FOLDER, where a `share` folder has them.
#[derive(Args)]
pub struct Options {
    /// The `share` folder.
    folder: PathBuf,
}

const PROGRAM: &str = "aliyarface";
/// Where each shell looks.
const SHELLS: [(Shell, &str, &str); 3] = [
    (Shell::Bash, "bash-completion/completions", PROGRAM),
    (Shell::Zsh, "zsh/site-functions", "_aliyarface"),
    (Shell::Fish, "fish/vendor_completions.d", "aliyarface.fish"),
];

/// Writes the files, and prints the path of each from the folder.
///
/// # Errors
/// They cannot be written.
pub fn run<C: CommandFactory>(options: &Options) -> Result<ExitCode> {
    for (shell, folder, file) in SHELLS {
        let target = made(&options.folder, folder)?;
        let written = generate_to(shell, &mut C::command(), PROGRAM, &target)?;
        fs::rename(written, target.join(file))?;
        println!("{folder}/{file}");
    }
    let pages = made(&options.folder, "man/man1")?;
    clap_mangen::generate_to(C::command(), &pages).context("the man pages")?;
    let mut names: Vec<_> = fs::read_dir(pages)?
        .map(|page| Ok(page?.file_name()))
        .collect::<Result<_>>()?;
    names.retain(|name| name.to_string_lossy().starts_with(PROGRAM));
    names.sort();
    for name in names {
        println!("man/man1/{}", name.to_string_lossy());
    }
    Ok(ExitCode::SUCCESS)
}

fn made(share: &Path, folder: &str) -> Result<PathBuf> {
    let folder = share.join(folder);
    fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    Ok(folder)
}
