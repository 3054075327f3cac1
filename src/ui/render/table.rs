//! Columns that fit what is in them; the last one takes the rest of the width and wraps below itself.

use super::text::{Line, Page, Role};

/// Rows of cells under one heading.
#[derive(Debug, Clone, Default)]
pub struct Table {
    indent: usize,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
enum Row {
    Cells(Vec<Line>),
    /// A line of its own, without columns.
    Section(Line),
}

impl Row {
    fn cells(&self) -> &[Line] {
        match self {
            Self::Cells(cells) => cells,
            Self::Section(_) => &[],
        }
    }
}

impl Table {
    /// A table without heading that starts at column `indent`.
    pub fn at(indent: usize) -> Self {
        Self { indent, rows: Vec::new() }
    }

    /// Names the columns, in the first row.
    #[must_use]
    pub fn heading<const N: usize>(mut self, titles: [&str; N]) -> Self {
        let cells = titles.into_iter().map(|t| Line::new().add(Role::Dim, t)).collect();
        self.rows.push(Row::Cells(cells));
        self
    }

    pub fn row<const N: usize>(&mut self, cells: [Line; N]) {
        self.rows.push(Row::Cells(cells.into_iter().collect()));
    }

    /// A line between the rows that takes no part in their columns.
    pub fn section(&mut self, line: Line) {
        self.rows.push(Row::Section(line));
    }

    /// Two blanks between columns.
    pub fn write(self, page: &mut Page) {
        let columns = self.rows.iter().map(|r| r.cells().len()).max().unwrap_or(0);
        let width =
            |column: usize| self.rows.iter().filter_map(|r| r.cells().get(column)).map(Line::end).max().unwrap_or(0);
        let mut starts = vec![self.indent];
        for column in 0..columns {
            let start = starts[column];
            starts.push(start + width(column) + if width(column) == 0 { 0 } else { 2 });
        }
        for row in self.rows {
            let cells = match row {
                Row::Cells(cells) => cells,
                Row::Section(line) => {
                    page.push(line);
                    continue;
                }
            };
            let mut line = Line::at(self.indent);
            // A cell without text leaves its place to the one before.
            let last = cells.iter().rposition(|cell| !cell.is_blank()).unwrap_or(0);
            for (column, cell) in cells.into_iter().enumerate().take(last + 1) {
                line = line.fill(starts[column]).hang(starts[column]);
                line = if column == last && column > 0 { line.last_cell() } else { line };
                line = line.join(cell);
            }
            page.push(line);
        }
    }
}
