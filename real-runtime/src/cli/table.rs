//! Columns for people.

use super::out;

/// Rows whose columns are as wide as they need to be.
pub struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heads: impl IntoIterator<Item = &'static str>) -> Table {
        Table { heads: heads.into_iter().collect(), rows: Vec::new() }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        assert_eq!(N, self.heads.len(), "a row has a cell for each column");
        self.rows.push(cells.into());
    }

    /// Prints it to standard output.
    pub fn print(&self) {
        out::bytes(self.to_text().as_bytes());
    }

    fn to_text(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.heads[column].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.heads.len()).map(width).collect();
        let heads: Vec<String> = self.heads.iter().map(|head| (*head).to_owned()).collect();
        let mut text = String::new();
        for row in core::iter::once(&heads).chain(&self.rows) {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{}{}", cell, pad(cell, *width))).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        text
    }
}

fn pad(cell: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(cell.chars().count()))
}

/// Numbers with commas between them.
pub fn listed(numbers: &[i32]) -> String {
    let texts: Vec<String> = numbers.iter().map(i32::to_string).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(",") }
}

/// A number of things, in the singular where it is one.
pub fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(["NAME", "N"]);
        table.row(["größer als".to_owned(), "1".to_owned()]);
        table.row(["a".to_owned(), "22".to_owned()]);
        assert_eq!(table.to_text(), "NAME        N\ngrößer als  1\na           22\n");
    }
}
