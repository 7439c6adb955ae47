//! The program `aliyarface`: what the element reads, for people who do not write pipelines.

mod analyse;
mod archive;
mod cameras;
mod demo;
mod doctor;
mod install_files;
mod limits;
mod monitor;
mod nats;
mod pipelines;
mod report;
mod serve;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads the faces in videos, cameras and pictures.
#[derive(Parser)]
#[command(name = "aliyarface", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Analyse(analyse::Options),
    Monitor(monitor::Options),
    Report(report::Options),
    Serve(serve::Options),
    Worker(worker::Options),
    Submit(archive::SubmitOptions),
    Jobs(archive::JobsOptions),
    Collect(archive::CollectOptions),
    Cameras(cameras::Options),
    Demo(demo::Options),
    Doctor(doctor::Options),
    #[command(hide = true)]
    Session(serve::child::Options),
    #[command(hide = true)]
    InstallFiles(install_files::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Analyse(options) => analyse::run(&options),
        Command::Monitor(options) => monitor::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Demo(options) => demo::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Session(options) => serve::child::run(&options),
        Command::Worker(options) => worker::run(&options),
        Command::Submit(options) => archive::submit(&options),
        Command::Jobs(options) => archive::jobs(&options),
        Command::Collect(options) => archive::collect(&options),
        Command::Cameras(options) => cameras::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::InstallFiles(options) => install_files::run::<Cli>(&options),
    };
    match result {
        Ok(code) => code,
        Err(err) => {
            eprintln!("aliyarface: {}", line(&err));
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes in a line; a cause that was said already is not said again.
fn line(err: &anyhow::Error) -> String {
    err.chain().fold(String::new(), |mut line, cause| {
        let cause = cause.to_string();
        if !line.contains(&cause) {
            if !line.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&cause);
        }
        line
    })
}
