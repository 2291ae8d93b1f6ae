//! What others see of this user's data and secrets, and what an export does to what is there.

#![cfg(unix)]

use super::{Home, REVIEWS};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn all_below(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_below(&path, found);
        }
        found.push(path);
    }
}

#[test]
fn everything_in_the_data_folder_is_for_this_user_only() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    // A folder of before, open to everybody.
    for name in ["spool", "fulltext"] {
        fs::create_dir_all(home.data().join(name)).unwrap();
        fs::set_permissions(home.data().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let line = format!("umask 000; exec {} import reviews.csv", env!("CARGO_BIN_EXE_soundings"));
    let status = std::process::Command::new("sh").args(["-c", &line]).current_dir(home.path()).status().unwrap();
    assert!(status.success());
    let mut found = Vec::new();
    all_below(&home.data(), &mut found);
    assert!(found.len() > 5, "{found:?}");
    for path in found {
        assert_eq!(mode(&path) & 0o077, 0, "{} has {:o}", path.display(), mode(&path));
    }
}

#[test]
fn an_export_leaves_what_it_writes_to_as_it_is() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv").ends_with(0);
    let kept = home.file("kept.csv", "old");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("kept.csv", home.path().join("link.csv")).unwrap();
    home.run("export -o link.csv").ends_with(0);
    assert_eq!(fs::read_link(home.path().join("link.csv")).unwrap(), Path::new("kept.csv"));
    assert_eq!(mode(&kept), 0o600);
    assert!(fs::read_to_string(&kept).unwrap().contains("refund"));

    let before = fs::metadata("/dev/null").unwrap();
    home.run("export -o /dev/null").ends_with(0);
    let after = fs::metadata("/dev/null").unwrap();
    assert_eq!((before.ino(), before.rdev(), before.mode()), (after.ino(), after.rdev(), after.mode()));
    let through = home.run("export -o /dev/stdout").ends_with(0);
    assert!(through.out.contains("refund"), "{}", through.out);

    let fresh = home.run_args(["export", "-o", "new\u{1b}[31m.csv"]).ends_with(0);
    assert!(fresh.err.contains("new\\u{1b}[31m.csv") && !fresh.err.contains('\u{1b}'), "{:?}", fresh.err);
    assert!(home.path().join("new\u{1b}[31m.csv").is_file());
}

#[test]
fn no_pipe_or_device_is_taken_for_a_model() {
    let home = Home::new();
    let pipe = |path: &Path| {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    };
    pipe(&home.path().join("pipe"));
    let folder = home.path().join("folder");
    fs::create_dir(&folder).unwrap();
    pipe(&folder.join("config.json"));
    for (path, said) in
        [("pipe", "not a folder"), ("/dev/zero", "not a folder"), ("folder", "config.json is not a file")]
    {
        let begun = Instant::now();
        let refused = home.run_args(["models", "add", path, "--name", "x"]).ends_with(2);
        assert!(refused.err.contains(said), "{path}: {}", refused.err);
        assert!(begun.elapsed() < Duration::from_mins(1), "{path} took {:?}", begun.elapsed());
    }
}

#[test]
fn a_hangup_closes_in_order_and_nohup_keeps_its_meaning() {
    let home = Home::new();
    let server = home.serve("serve --listen 127.0.0.1:0");
    server.signal(rustix::process::Signal::HUP);
    let (code, log) = server.wait();
    assert_eq!(code, Some(0), "{log}");
    assert!(!home.data().join("owner.json").exists());
    #[cfg(target_os = "linux")]
    {
        let line = format!("trap '' HUP; exec {} serve --listen 127.0.0.1:0", env!("CARGO_BIN_EXE_soundings"));
        let mut child = std::process::Command::new("sh")
            .args(["-c", &line])
            .current_dir(home.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut first).unwrap();
        let mut server = super::Server { child, url: first.trim().to_owned(), log: None };
        server.signal(rustix::process::Signal::HUP);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(500) {
            assert_eq!(server.get("/api/v1/health/live").unwrap().0, 200, "it was told to ignore that");
        }
        server.signal(rustix::process::Signal::TERM);
        assert!(server.child.wait().unwrap().success());
    }
}

#[test]
fn a_token_comes_from_a_file_and_does_not_stand_in_the_list_of_processes() {
    let home = Home::new();
    home.file("token", "open-sesame\n");
    let server = home.serve("serve --listen 127.0.0.1:0 --token-file token");
    assert_eq!(server.get("/api/v1/items").unwrap().0, 401);
    drop(server);
    home.run("serve --token a --token-file token").ends_with(2);
    let missing = home.run("serve --token-file none").ends_with(2);
    assert!(missing.err.contains("--token-file") && missing.err.contains("none"), "{}", missing.err);
    #[cfg(target_os = "linux")]
    {
        let server = home.serve("serve --listen 127.0.0.1:0 --token open-sesame");
        assert_eq!(server.get("/api/v1/items").unwrap().0, 401);
        let shown = fs::read_to_string(format!("/proc/{}/cmdline", server.child.id())).unwrap();
        assert!(shown.contains("serve") && !shown.contains("open-sesame"), "{shown}");
    }
}
