//! The two builds: of the working tree as it lies there, and of the revision in a git worktree below `target/same`.
//!
//! **Invariants**: the revision's worktree and its target directory are kept, so that the next comparison builds what
//! changed only; a lock keeps two comparisons from using them at the same time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Both builds, ready to run.
#[derive(Debug)]
pub struct Builds {
    pub working_tree: Build,
    pub revision: Build,
    /// Where runs may write.
    pub runs: PathBuf,
    /// Held until the comparison ends.
    _lock: File,
}

/// One build of `gracchus-sim`.
#[derive(Debug)]
pub struct Build {
    /// What the table calls it.
    pub name: String,
    /// The directory that its scenarios lie in.
    pub root: PathBuf,
    pub binary: PathBuf,
}

impl Builds {
    /// Builds both.
    pub fn make(revision: &str) -> Result<Builds, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |it| root.join(it));
        let commit =
            git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])
                .map_err(|_| format!("git knows no revision {revision:?}"))?;
        let place = target.join("same");
        fs::create_dir_all(&place).map_err(|why| format!("{} cannot be made: {why}", place.display()))?;
        let lock = lock(&place.join("lock"))?;
        let tree = place.join("revision");
        check_out(&root, &tree, &commit)?;
        eprintln!("building the working tree");
        build(&root, &target)?;
        eprintln!("building {revision}");
        build(&tree, &place.join("target"))?;
        // A copy, so that a build made during the comparison does not replace the program.
        let binary = place.join("gracchus-sim");
        fs::copy(target.join("release/gracchus-sim"), &binary)
            .map_err(|why| format!("the working tree's gracchus-sim cannot be copied: {why}"))?;
        let name = match commit.starts_with(revision) {
            true => short(&commit).to_owned(),
            false => format!("{revision} ({})", short(&commit)),
        };
        Ok(Builds {
            working_tree: Build { name: working_tree_name(&root)?, root, binary },
            revision: Build { name, root: tree, binary: place.join("target/release/gracchus-sim") },
            runs: place.join("runs"),
            _lock: lock,
        })
    }
}

fn working_tree_name(root: &Path) -> Result<String, String> {
    let changes = if git(root, &["status", "--porcelain"])?.is_empty() { "" } else { " and changes" };
    Ok(format!("working tree ({}{changes})", short(&git(root, &["rev-parse", "HEAD"])?)))
}

fn short(commit: &str) -> &str {
    &commit[..12.min(commit.len())]
}

fn lock(path: &Path) -> Result<File, String> {
    let file = File::create(path).map_err(|why| format!("{} cannot be made: {why}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(format!("another comparison of this working tree is running: it holds {}", path.display())),
    }
}

/// Makes the worktree, or takes the one of an earlier comparison to `commit`.
fn check_out(root: &Path, tree: &Path, commit: &str) -> Result<(), String> {
    // Git answers from a parent directory where `tree` is no worktree of its own.
    let top = git(tree, &["rev-parse", "--show-toplevel"]).ok().map(PathBuf::from);
    let is_worktree = top.is_some_and(|top| top.canonicalize().ok() == tree.canonicalize().ok());
    if is_worktree {
        return git(tree, &["checkout", "--quiet", "--force", "--detach", commit]).map(drop);
    }
    if tree.exists() {
        fs::remove_dir_all(tree).map_err(|why| format!("{} cannot be removed: {why}", tree.display()))?;
    }
    let path = tree.to_str().ok_or_else(|| format!("{} is no UTF-8", tree.display()))?;
    // Forced: git may still know a worktree there whose directory was removed with the rest of `target`.
    git(root, &["worktree", "add", "--quiet", "--force", "--detach", path, commit]).map(drop)
}

fn build(root: &Path, target: &Path) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["build", "--release", "--package", "gracchus-scenarios", "--bin", "gracchus-sim"]);
    // Each tree says itself which toolchain it is built with.
    command.arg("--target-dir").arg(target).env_remove("CARGO_TARGET_DIR").env_remove("RUSTUP_TOOLCHAIN");
    let status = command.status().map_err(|why| format!("cargo could not be started: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("gracchus-sim in {} does not build", root.display())) }
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output();
    let output = output.map_err(|why| format!("git could not be started in {}: {why}", folder.display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(format!("`git {}` failed: {}", arguments.join(" "), text(&output.stderr))),
    }
}
