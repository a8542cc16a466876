//! A campaign in every form.

mod sample;

use gracchus_reports::{Campaign, junit, page, run_page, text};
use std::fs;
use std::path::Path;

/// Compares with a reviewed file; `UPDATE_SNAPSHOTS=1` rewrites it.
fn compare(name: &str, seen: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, seen).expect("written");
    }
    let reviewed = fs::read_to_string(&path).expect("a reviewed file");
    assert!(reviewed == seen, "{name} is not as reviewed; UPDATE_SNAPSHOTS=1 rewrites it. Seen:\n{seen}");
}

#[test]
fn the_verdict_as_text() {
    let verdict = text::verdict(&sample::campaign());
    // The catalogue of checks grows; the form of its lines does not.
    let (checks, rest): (Vec<&str>, Vec<&str>) =
        verdict.lines().partition(|line| line.starts_with("checked: ") || line.starts_with("never had anything"));
    assert_eq!(checks[0], "checked: lost-write 16.00M, log-matching 1200");
    assert!(checks[1].starts_with("never had anything to check: lost-write-prefix, "), "{}", checks[1]);
    compare("verdict.txt", &format!("{}\n", rest.join("\n")));
}

#[test]
fn the_story_of_a_failing_run() {
    compare("story.txt", &text::story(&sample::violation(), false));
}

#[test]
fn a_long_story_is_told_around_its_end() {
    let mut outcome = sample::violation();
    let first = outcome.timeline[0].clone();
    outcome.timeline.splice(0..0, (0..500).map(|_| first.clone()));
    let short = text::story(&outcome, false);
    assert!(short.starts_with("  ... 468 moments before\n"), "{short}");
    assert_eq!(text::story(&outcome, true).lines().count(), outcome.timeline.len());
}

#[test]
fn the_verdict_as_junit() {
    compare("junit.xml", &junit(&sample::campaign()));
}

#[test]
fn a_campaign_is_read_back_from_json_as_it_was() {
    let campaign = sample::campaign();
    let json = serde_json::to_string(&campaign).expect("written");
    assert_eq!(serde_json::from_str::<Campaign>(&json).expect("read"), campaign);
}

#[test]
fn pages_escape_what_runs_say_and_need_no_network() {
    for page in [page(&sample::campaign()), run_page("swarm", 3, &sample::violation())] {
        assert!(!page.contains("<script>"), "a message became markup");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(!page.contains("src=") && !page.contains("href="), "a page that loads something");
        assert!(page.contains("<svg") && page.contains("node 2"));
        // For whoever wants to look at them.
        if let Some(folder) = std::env::var_os("PAGES_TO") {
            fs::write(Path::new(&folder).join(format!("{}.html", page.len())), page).expect("written");
        }
    }
}
