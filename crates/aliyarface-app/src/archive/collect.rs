//! `aliyarface collect`: the outputs of an archive become one data set.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::broker::Broker;
use super::job::{CompletedJob, hash};
use super::{csv, url};
use crate::nats::{BrokerAddress, block_on};

/// Put the outputs of all jobs that are done into one folder: a data set and a table of its files.
///
/// Each output is held against its hash; one that is missing or differs is told of, and the exit code is 1 then.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    address: BrokerAddress,
    /// The folder of the data set.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// What the outputs become.
    #[arg(long, value_enum, default_value_t = Format::Parquet)]
    format: Format,
}

/// Of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Each output as its worker wrote it.
    Parquet,
    /// Each output as comma-separated values, with the same columns.
    Csv,
}

/// Collects.
///
/// # Errors
/// The broker is gone, or the folder cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let all = block_on(async {
        let broker = Broker::connect(&options.address).await?;
        broker.all_done().await
    })?;
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut table = String::from("id,sha256,worker,file\n");
    let mut whole = 0;
    for (id, done) in &all {
        match take(id, done, folder, options.format) {
            Ok(()) => {
                whole += 1;
                let file = url::redacted(&done.file).replace('"', "\"\"");
                table += &format!("{id},{},{},\"{file}\"\n", done.sha256, done.worker);
            }
            Err(err) => eprintln!("{}: {err:#}", url::redacted(&done.file)),
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

fn take(id: &str, done: &CompletedJob, folder: &Path, format: Format) -> Result<()> {
    let is_whole = |path: &Path| hash(path, || {}).is_ok_and(|found| found == done.sha256);
    if format == Format::Csv {
        if !is_whole(&done.output) {
            bail!(
                "its output {} is missing, or was changed since",
                done.output.display()
            );
        }
        let part = folder.join(format!("{id}.csv.part"));
        csv::write(&done.output, &part)?;
        fs::rename(part, folder.join(format!("{id}.csv")))?;
        return Ok(());
    }
    let target = folder.join(format!("{id}.parquet"));
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
