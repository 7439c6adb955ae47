//! The plugin in other people's programs: neither takes the other's symbols, whatever the program has loaded.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{folder, repository, sample, scratch};

/// The libraries whose every symbol a host exports in [`trap`].
const HEAVY: [(&str, &str); 6] = [
    ("LIBTORCH", "lib/alftorch_cpu.so"),
    ("LIBTORCH", "lib/alfc10.so"),
    ("LIBTORCH", "lib/alfgomp.so.1"),
    ("ALIYARFACE_LITERT", "alfLiteRt.so"),
    ("OPENCV_LINK_PATHS", "libopencv_core.so"),
    ("OPENCV_LINK_PATHS", "libopencv_imgproc.so"),
];

/// Frames of the clip that a guest reads.
const FRAMES: usize = 24;

/// Runs `words` and gives what it printed; it must succeed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn compile(source: &str, to: &Path, flags: &[&str]) {
    let file = to.with_extension(if source.starts_with('.') { "s" } else { "c" });
    fs::write(&file, source).unwrap();
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(to)
        .arg(&file)
        .args(flags));
}

/// The host program of `guest.c` in `folder`.
fn host(folder: &Path) -> PathBuf {
    let (source, program) = (
        repository().join("tests/element/guest.c"),
        folder.join("guest"),
    );
    let flags = run(Command::new("pkg-config").args(["--cflags", "--libs", "gstreamer-1.0"]));
    let mut compile = Command::new("cc");
    compile.arg(source).arg("-o").arg(&program).arg("-rdynamic");
    run(compile.args(flags.split_whitespace()).arg("-ldl"));
    program
}

/// A library that exports every symbol of the heavy ones but those of the C++ standard library; whoever calls or
/// reads one is stopped.
fn trap(path: &Path) -> usize {
    let mut names = BTreeSet::new();
    for (variable, file) in HEAVY {
        let file = folder(variable).join(file);
        let symbols = run(Command::new("nm")
            .args(["-D", "--defined-only", "-P"])
            .arg(file));
        let symbols = symbols.lines().filter_map(|line| line.split(' ').next());
        let symbols = symbols.map(|name| name.split('@').next().unwrap().to_owned());
        names.extend(symbols);
    }
    // Every C++ library shares these with the standard library.
    let standard = [
        "_ZSt",
        "_ZNSt",
        "_ZNKSt",
        "_ZTISt",
        "_ZTVSt",
        "_ZTSSt",
        "_Zn",
        "_Zd",
        "_ZGV",
        "_ZN9__gnu",
        "_ZNK9__gnu",
        "_ZTSN",
        "_ZTIN",
        "_ZTSP",
        "_ZTIP",
        "_ZTS",
        "_ZTI",
        "_ZZNSt",
        "_ZZNKSt",
        "_ZNSa",
        "_ZNSs",
    ];
    names.retain(|name| !standard.iter().any(|start| name.starts_with(start)));
    names.retain(|name| {
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    });
    names.retain(|name| {
        !["_init", "_fini", "_edata", "_end", "__bss_start"].contains(&name.as_str())
    });
    let labels: String = names
        .iter()
        .map(|name| format!(".globl {name}\n{name}:\n"))
        .collect();
    compile(
        &format!(".text\n{labels} ud2\n.section .note.GNU-stack\n"),
        path,
        &["-Wl,-soname,libtrap.so"],
    );
    names.len()
}

/// A program that uses the plugin, in a folder of its own.
pub struct Guest {
    pub folder: PathBuf,
    program: PathBuf,
}

impl Guest {
    pub fn new(name: &str) -> Self {
        let folder = scratch(&format!("guest-{name}"));
        let plugins = folder.join("plugins");
        fs::create_dir(&plugins).unwrap();
        let built = std::env::current_exe()
            .unwrap()
            .with_file_name("libgstaliyarface.so");
        symlink(built, plugins.join("libgstaliyarface.so")).unwrap();
        // What a scan of the machine's own plugins found spares each guest that scan; ours is still new to it.
        if let Some(known) = env::var_os("GST_REGISTRY") {
            let _ = fs::copy(known, folder.join("registry.bin"));
        }
        Self {
            program: host(&folder),
            folder,
        }
    }

    /// The program, which scans for plugins itself.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("GST_REGISTRY", self.folder.join("registry.bin"))
            .env("GST_REGISTRY_FORK", "no")
            .env("GST_PLUGIN_PATH", self.folder.join("plugins"));
        command
    }

    /// Reads the first frames of a clip after `actions`; their records, and what the program printed.
    pub fn read(&self, actions: &[String], change: impl FnOnce(&mut Command)) -> (String, Output) {
        let records = self.folder.join("records.jsonl");
        let _ = fs::remove_file(&records);
        let pipeline = format!(
            "filesrc location={} ! decodebin ! videoconvert ! identity eos-after={FRAMES} \
             ! aliyarface analysis-mode=sync ! aliyarfaceexport ! filesink location={}",
            sample("single_face.mp4").display(),
            records.display()
        );
        let mut command = self.command();
        change(&mut command);
        let output = command.args(actions).arg(pipeline).output().unwrap();
        let records = fs::read_to_string(records).unwrap_or_default();
        // Behind the header; a decoder lets some more frames through when it is ended.
        let frames = records.split_inclusive('\n').skip(1).take(FRAMES);
        (frames.collect(), output)
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_scan_of_plugins_maps_nothing_heavy() {
    let guest = Guest::new("scan");
    let mapped = |command: &mut Command| run(command.args(["scan", "none"]));
    let with = mapped(&mut guest.command());
    assert!(with.contains("libgstaliyarface.so"), "{with}");
    let bare = guest.folder.join("bare.bin");
    let without = mapped(
        guest
            .command()
            .env_remove("GST_PLUGIN_PATH")
            .env("GST_REGISTRY", bare),
    );
    // What other plugins of the machine need is their own affair.
    let added = with.lines().filter(|line| !without.contains(line));
    let added: Vec<_> = added
        .filter(|line| !line.contains("libgstaliyarface.so"))
        .collect();
    assert_eq!(added, [""; 0]);
}

#[test]
fn a_host_that_exports_every_symbol_of_the_heavy_libraries_is_not_called() {
    let guest = Guest::new("trap");
    let path = guest.folder.join("libtrap.so");
    assert!(trap(&path) > 50_000);
    let (alone, output) = guest.read(&[], |_| ());
    assert!(said(&output).contains("ended"), "{}", said(&output));
    assert!(alone.contains("\"emotion"));
    let (trapped, output) = guest.read(&[format!("global={}", path.display())], |_| ());
    assert!(said(&output).contains("ended"), "{output:?}");
    assert!(trapped == alone, "other results beside a host's symbols");
}

#[test]
fn a_host_finds_its_own_libtorch_after_ours() {
    let guest = Guest::new("after");
    let folder = guest.folder.join("libraries");
    fs::create_dir(&folder).unwrap();
    let singleton = "_ZN3c1019UndefinedTensorImpl10_singletonE";
    compile(
        &format!("int {singleton} = 42;"),
        &folder.join("libc10.so"),
        &["-Wl,-soname,libc10.so"],
    );
    let library = folder.join("libtorch_cpu.so");
    let source = format!("extern int {singleton}; int of_host(void) {{ return {singleton}; }}");
    let (search, run_path) = (
        format!("-L{}", folder.display()),
        format!("-Wl,-rpath,{}", folder.display()),
    );
    compile(
        &source,
        &library,
        &[
            "-Wl,-soname,libtorch_cpu.so",
            &search,
            &run_path,
            "-l:libc10.so",
        ],
    );
    let (alone, _) = guest.read(&[], |_| ());

    let after = format!("after={}:of_host", library.display());
    let (records, output) = guest.read(&[after], |_| ());
    assert!(said(&output).contains("after 42"), "{output:?}");
    assert!(records == alone);

    let before =
        [folder.join("libc10.so"), library].map(|file| format!("global={}", file.display()));
    let (records, output) = guest.read(&before, |_| ());
    assert!(said(&output).contains("ended"), "{output:?}");
    assert!(records == alone, "other results after a host's libtorch");

    // A path with other libraries of these names, from a fresh registry on, spoils neither a run nor the next.
    let other = Guest::new("path");
    let litert = folder.join("libLiteRt.so");
    compile("int nothing;", &litert, &["-Wl,-soname,libLiteRt.so"]);
    let (records, output) = other.read(&[], |command| {
        command.env("LD_LIBRARY_PATH", &folder);
    });
    assert!(said(&output).contains("ended"), "{output:?}");
    assert!(records == alone);
    let (records, _) = other.read(&[], |_| ());
    assert!(records == alone);
}

#[test]
fn everything_is_read_without_executable_memory() {
    let guest = Guest::new("mdwe");
    let (records, output) = guest.read(&["mdwe".to_owned()], |_| ());
    if said(&output).contains("no mdwe") {
        eprintln!("skipped: this kernel has no PR_SET_MDWE");
        return;
    }
    assert!(said(&output).contains("ended"), "{output:?}");
    for part in ["\"pitch\"", "\"AU12\"", "\"emotions\""] {
        assert!(records.contains(part), "{part}");
    }
}
