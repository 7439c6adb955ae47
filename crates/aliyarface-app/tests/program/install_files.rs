//! What is installed beside the program.

use std::fs;
use std::process::Command;

use crate::support::{aliyarface, printed, scratch};

#[test]
fn completions_and_man_pages_name_every_command() {
    let share = scratch("install-files");
    let listed = printed(&aliyarface(&["install-files", share.to_str().unwrap()]));
    let files: Vec<_> = listed.lines().collect();
    assert!(
        files.iter().all(|file| share.join(file).is_file()),
        "{listed}"
    );
    let bash = fs::read_to_string(share.join("bash-completion/completions/aliyarface")).unwrap();
    let page = fs::read_to_string(share.join("man/man1/aliyarface.1")).unwrap();
    for command in ["analyse", "monitor", "report", "doctor"] {
        assert!(
            bash.contains(command) && page.contains(command),
            "{command}"
        );
        let own = share.join(format!("man/man1/aliyarface-{command}.1"));
        assert!(own.is_file(), "{}", own.display());
    }
    assert!(!page.contains("install-files"), "it is for `make install`");
}

#[test]
fn the_completion_is_a_script_that_bash_reads() {
    let share = scratch("install-files-bash");
    printed(&aliyarface(&["install-files", share.to_str().unwrap()]));
    let script = share.join("bash-completion/completions/aliyarface");
    let read = Command::new("bash").arg("-n").arg(script).status().unwrap();
    assert!(read.success());
}
