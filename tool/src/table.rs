//! Tables that fit the terminal: columns are cut where that is all right, left out before a line gets too
//! long, and cut at the edge where nothing else helps. Where there is no edge nothing is cut.

use crate::output::{BOLD, Output, PLAIN};
use anstyle::Style;
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: usize = 2;

/// What a column is called and how it may be treated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
    /// The width down to which its cells may be cut.
    least: Option<usize>,
    /// Whether it is the beginning of a cell that is left out, as of a path.
    front: bool,
    /// Columns of a higher number are left out first; those without one never.
    rank: Option<u8>,
}

impl Column {
    pub(crate) const fn left(title: &'static str) -> Self {
        Self { title, right: false, least: None, front: false, rank: None }
    }

    pub(crate) const fn right(title: &'static str) -> Self {
        Self { right: true, ..Self::left(title) }
    }

    pub(crate) const fn cut(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
    }

    /// The same, so that the end of a cell stays.
    pub(crate) const fn cut_front(self, least: usize) -> Self {
        Self { front: true, ..self.cut(least) }
    }

    pub(crate) const fn optional(self, rank: u8) -> Self {
        Self { rank: Some(rank), ..self }
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, PLAIN)
    }
}

#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    pub(crate) fn write(&self, out: &mut Output) -> io::Result<()> {
        let width = out.width;
        self.write_to(out, width)
    }

    fn write_to(&self, out: &mut impl Write, room: Option<usize>) -> io::Result<()> {
        let widths = self.widths(room);
        let titles: Vec<_> =
            self.columns.iter().map(|column| Cell::styled(column.title, BOLD)).collect();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let shown = row.iter().zip(&self.columns).zip(&widths);
            let shown = shown.filter_map(|(cell, width)| width.map(|width| (cell, width)));
            let mut line = String::new();
            let (mut blank, mut used) = (0, 0);
            for ((cell, column), width) in shown {
                let mut text = shorten(&cell.text, width, column.front);
                let fill = width.saturating_sub(text.width());
                let (before, after) = if column.right { (fill, 0) } else { (0, fill) };
                // Blanks are written once something follows, so that no line ends in some.
                if text.is_empty() {
                    blank += before;
                } else {
                    // What cannot be left out is cut where there is no room even for that.
                    let left = room.map(|room| room.saturating_sub(used + blank + before));
                    if let Some(left) = left.filter(|left| *left < text.width()) {
                        if left == 0 {
                            break;
                        }
                        text = shorten(&text, left, column.front);
                    }
                    used += blank + before + text.width();
                    line.extend(std::iter::repeat_n(' ', blank + before));
                    let style = cell.style;
                    line.extend([
                        style.render().to_string(),
                        text,
                        style.render_reset().to_string(),
                    ]);
                    blank = 0;
                }
                blank += after + GAP;
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// The width of each column; none for those that are left out.
    fn widths(&self, room: Option<usize>) -> Vec<Option<usize>> {
        let longest = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let longest = cells.map(|cell| cell.text.width()).max().unwrap_or_default();
            longest.max(self.columns[at].title.width())
        };
        let mut widths: Vec<_> = (0..self.columns.len()).map(|at| Some(longest(at))).collect();
        let Some(room) = room else {
            return widths;
        };
        loop {
            let over = total(&widths).saturating_sub(room);
            if over == 0 {
                return widths;
            }
            let spare: usize = self
                .columns
                .iter()
                .zip(&widths)
                .filter_map(|(column, width)| Some((*width)?.saturating_sub(column.least?)))
                .sum();
            let droppable = self.columns.iter().zip(&widths).enumerate();
            let droppable = droppable
                .filter_map(|(at, (column, width))| {
                    Some((column.rank.filter(|_| width.is_some())?, at))
                })
                .max();
            match droppable {
                // Leaving out comes after cutting.
                Some((_, at)) if spare < over => widths[at] = None,
                _ => {
                    // The longest are cut first, so that what is short stays whole.
                    let cuts = self.columns.iter().zip(&mut widths);
                    let mut cuts: Vec<_> = cuts
                        .filter_map(|(column, width)| Some((column.least?, width.as_mut()?)))
                        .collect();
                    for _ in 0..over.min(spare) {
                        let widest = cuts.iter_mut().filter(|(least, width)| **width > *least);
                        if let Some((_, width)) = widest.max_by_key(|(_, width)| **width) {
                            **width -= 1;
                        }
                    }
                    return widths;
                }
            }
        }
    }
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}

/// At most `width` columns of a text, with a mark where something is missing: at its end, or at its
/// front.
fn shorten(text: &str, width: usize, front: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let mut fits = |c: &char| {
        used += c.width().unwrap_or_default();
        used <= width
    };
    if front {
        let kept: Vec<_> = text.chars().rev().take_while(&mut fits).collect();
        std::iter::once('…').chain(kept.into_iter().rev()).collect()
    } else {
        text.chars().take_while(&mut fits).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([
            Column::left("name").cut_front(6),
            Column::right("size"),
            Column::left("inputs").cut(8).optional(1),
            Column::right("age").optional(2),
        ]);
        table.row(["app::simulate", "1.2 KiB", "seed: 7, steps: 1000", "3 d"].map(Cell::from));
        table.row(["app::f", "12 B", "", "5 min"].map(Cell::from));
        table
    }

    #[track_caller]
    fn check(width: Option<usize>, expected: &[&str]) {
        let mut out = Vec::new();
        table().write_to(&mut anstream::StripStream::new(&mut out), width).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        if let Some(width) = width {
            assert!(text.lines().all(|line| line.width() <= width));
        }
    }

    #[test]
    fn without_a_terminal_nothing_is_cut_and_no_line_ends_in_blanks() {
        check(
            None,
            &[
                "name              size  inputs                  age",
                "app::simulate  1.2 KiB  seed: 7, steps: 1000    3 d",
                "app::f            12 B                        5 min",
            ],
        );
    }

    #[test]
    fn a_narrow_terminal_gets_cut_cells_before_it_gets_fewer_columns() {
        check(
            Some(40),
            &[
                "name            size  inputs         age",
                "…::simulate  1.2 KiB  seed: 7, s…    3 d",
                "app::f          12 B               5 min",
            ],
        );
        check(Some(20), &["name            size", "…::simulate  1.2 KiB", "app::f          12 B"]);
        // Where not even what stays has room, lines end at the edge.
        check(Some(11), &["name", "…ulate  1.…", "app::f"]);
        check(Some(3), &["…me", "…te", "…:f"]);
    }

    #[test]
    fn wide_characters_count_as_wide() {
        assert_eq!(shorten("日本語", 6, false), "日本語");
        assert_eq!(shorten("日本語", 5, false), "日本…");
        assert_eq!(shorten("日本語", 4, false), "日…");
        assert_eq!(shorten("日本語", 5, true), "…本語");
        assert_eq!(shorten("abc", 1, false), "…");
    }
}
