//! `gracchus-sim report`, and what `run` leaves in its folder for it.

use super::CannotDo;
use super::args::ReportArgs;
use super::run::cannot_write;
use crate::exit::Exit;
use gracchus_reports::{Campaign, junit, page, text};
use std::fs;
use std::path::{Path, PathBuf};

/// The whole campaign, for later reports.
const CAMPAIGN: &str = "campaign.json";

/// Shows a run again.
pub fn report(args: &ReportArgs) -> Result<Exit, CannotDo> {
    let file = args.folder.join(CAMPAIGN);
    let content = fs::read_to_string(&file).map_err(|error| {
        let next = "Name a folder that `gracchus-sim run` wrote, such as runs/7.";
        CannotDo(format!("{} cannot be read: {error}. {next}", file.display()))
    })?;
    let campaign: Campaign = serde_json::from_str(&content).map_err(|error| {
        let next = "It was written by another version, or changed: run the campaign again.";
        CannotDo(format!("{} is not a campaign of this version: {error}. {next}", file.display()))
    })?;
    let page = write_report(&campaign, &args.folder)?;
    if args.json {
        println!("{content}");
    } else {
        print!("{}", text::verdict(&campaign));
    }
    eprintln!("report: {}", page.display());
    Ok(Exit::Passed)
}

/// Writes the campaign in every form, and says where the page is.
pub fn write_report(campaign: &Campaign, folder: &Path) -> Result<PathBuf, CannotDo> {
    let html = folder.join("report.html");
    let forms = [
        (folder.join(CAMPAIGN), serde_json::to_string_pretty(campaign)?),
        (folder.join("verdict.txt"), text::verdict(campaign)),
        (folder.join("junit.xml"), junit(campaign)),
        (html.clone(), page(campaign)),
    ];
    for (path, content) in forms {
        fs::write(&path, content).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(html)
}
