//! `aliyarface collect`: the outputs of an archive become one data set.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::broker::{Address, Broker};
use super::job::{Done, hash};

/// Put the outputs of all jobs that are done into one folder: a Parquet data set and a table of its files.
///
/// Each output is held against its hash; one that is missing or differs is told of, and the exit code is 1 then.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: Address,
    /// The folder of the data set.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Collects.
///
/// # Errors
/// The broker is gone, or the folder cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let all = super::block_on(async {
        let broker = Broker::connect(&options.address).await?;
        broker.all_done().await
    })?;
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut table = String::from("id,sha256,worker,file\n");
    let mut whole = 0;
    for (id, done) in &all {
        match take(id, done, folder) {
            Ok(()) => {
                whole += 1;
                let file = done.file.display().to_string().replace('"', "\"\"");
                table += &format!("{id},{},{},\"{file}\"\n", done.sha256, done.worker);
            }
            Err(err) => eprintln!("{}: {err:#}", done.file.display()),
        }
    }
    let part = folder.join("files.csv.part");
    let mut file = File::create(&part)?;
    file.write_all(table.as_bytes())?;
    file.sync_all()?;
    fs::rename(part, folder.join("files.csv"))?;
    println!(
        "{whole} of {} outputs are in {}",
        all.len(),
        folder.display()
    );
    Ok(ExitCode::from(u8::from(whole < all.len())))
}

fn take(id: &str, done: &Done, folder: &Path) -> Result<()> {
    let target = folder.join(format!("{id}.parquet"));
    let is_whole = |path: &Path| hash(path, || {}).is_ok_and(|found| found == done.sha256);
    if is_whole(&target) {
        return Ok(());
    }
    let part = folder.join(format!("{id}.parquet.part"));
    fs::copy(&done.output, &part)
        .with_context(|| format!("its output {} is missing", done.output.display()))?;
    if !is_whole(&part) {
        // A copy of what is wrong serves nobody.
        let _ = fs::remove_file(&part);
        bail!("its output {} was changed since", done.output.display());
    }
    File::open(&part)?.sync_all()?;
    fs::rename(part, target)?;
    Ok(())
}
