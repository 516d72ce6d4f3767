//! Views of numbers as matrices: what a product reads and writes.
//!
//! A matrix is strided (row-major, or a transposed view of it), or it is stored in *panels*: 32
//! columns, row after row, then the next 32. A product reads panels in order, and a thread that owns
//! columns owns a stretch of memory. Dense weights are stored so.

use std::ops::Range;

/// Columns of a panel. The tiles of every instruction set divide it.
pub(crate) const PANEL: usize = 32;

/// A view of numbers as `rows x cols`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    pub(super) data: &'a [f32],
    pub(super) rows: usize,
    pub(super) cols: usize,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// Element (i, j) is at `i * row + j * col`.
    Strided { row: usize, col: usize },
    /// Panels of columns.
    Panels,
    /// The transposed view of panels: panels of rows.
    Turned,
}

/// Where an element of panels is: `long` counts along the panel, `across` across all panels, which
/// are `length` long and `width` wide together.
fn place(long: usize, across: usize, length: usize, width: usize) -> usize {
    across / PANEL * PANEL * length + long * panel_width(across, width) + across % PANEL
}

/// Width of the panel that column `across` of `width` is in.
fn panel_width(across: usize, width: usize) -> usize {
    PANEL.min(width - across / PANEL * PANEL)
}

impl<'a> Matrix<'a> {
    /// Row-major, `rows x cols`.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        assert_eq!(Some(data.len()), rows.checked_mul(cols), "{rows} x {cols} numbers");
        Self { data, rows, cols, layout: Layout::Strided { row: cols, col: 1 } }
    }

    /// Row-major, `rows x cols`, with the starts of the rows `row_stride` numbers apart.
    ///
    /// # Panics
    /// If rows overlap or `data` ends before the last of them.
    pub fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        check_strides(data.len(), rows, cols, row_stride);
        Self { data, rows, cols, layout: Layout::Strided { row: row_stride, col: 1 } }
    }

    /// `rows x cols`, in panels of columns.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    pub fn panels(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self { layout: Layout::Panels, ..Self::new(data, rows, cols) }
    }

    /// The transposed view.
    #[must_use]
    pub fn transposed(self) -> Self {
        let layout = match self.layout {
            Layout::Strided { row, col } => Layout::Strided { row: col, col: row },
            Layout::Panels => Layout::Turned,
            Layout::Turned => Layout::Panels,
        };
        Self { rows: self.cols, cols: self.rows, layout, ..self }
    }

    /// Whether the numbers of a row lie side by side; in panels, those of a row within a panel.
    pub(super) fn is_rowwise(&self) -> bool {
        matches!(self.layout, Layout::Strided { col: 1, .. } | Layout::Panels)
    }

    /// Whether columns are stored in panels.
    pub(super) fn is_panels(&self) -> bool {
        self.layout == Layout::Panels
    }

    /// Whether all rows, and all columns, are equally far apart.
    pub(super) fn is_strided(&self) -> bool {
        matches!(self.layout, Layout::Strided { .. })
    }

    /// Index of element (i, j).
    pub(super) fn index(&self, i: usize, j: usize) -> usize {
        match self.layout {
            Layout::Strided { row, col } => i * row + j * col,
            Layout::Panels => place(i, j, self.rows, self.cols),
            Layout::Turned => place(j, i, self.cols, self.rows),
        }
    }

    /// Address of element (i, j).
    ///
    /// # Safety
    /// The element must exist. An address one past the end is allowed if it is not read.
    pub(super) unsafe fn at(&self, i: usize, j: usize) -> *const f32 {
        // SAFETY: passed on to the caller.
        unsafe { self.data.as_ptr().add(self.index(i, j)) }
    }

    /// Numbers from element (i, j) to the next row and to the next column. In panels, the next
    /// column (or row, if turned) is in the same panel.
    pub(super) fn strides(&self, i: usize, j: usize) -> (usize, usize) {
        match self.layout {
            Layout::Strided { row, col } => (row, col),
            Layout::Panels => (panel_width(j, self.cols), 1),
            Layout::Turned => (1, panel_width(i, self.rows)),
        }
    }

    /// Rows after which the row stride does not lead to the next row, and how much further that one
    /// is.
    pub(super) fn jump(&self) -> (usize, usize) {
        match self.layout {
            Layout::Turned => (PANEL, PANEL * self.cols.saturating_sub(1)),
            _ => (usize::MAX, 0),
        }
    }

    /// The rows in blocks of at most `most`, which is a multiple of [`PANEL`]; a panel that is
    /// narrower than the others has a block of its own, because its strides are others.
    pub(super) fn row_blocks(&self, most: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let rows = self.rows;
        let whole = if self.layout == Layout::Turned { rows / PANEL * PANEL } else { rows };
        let blocks = (0..whole).step_by(most).map(move |start| start..whole.min(start + most));
        blocks.chain((whole < rows).then_some(whole..rows))
    }
}

/// A view of numbers that a product is written to, `rows x cols`.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    pub(super) data: &'a mut [f32],
    pub(super) rows: usize,
    pub(super) cols: usize,
    layout: Layout,
}

impl<'a> MatrixMut<'a> {
    /// Row-major, `rows x cols`.
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        assert_eq!(Some(data.len()), rows.checked_mul(cols), "{rows} x {cols} numbers");
        Self { data, rows, cols, layout: Layout::Strided { row: cols, col: 1 } }
    }

    /// The starts of the rows are `row_stride` numbers apart. What lies between the rows is not
    /// touched.
    ///
    /// # Panics
    /// If rows overlap or `data` ends before the last of them.
    pub fn strided(data: &'a mut [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        check_strides(data.len(), rows, cols, row_stride);
        Self { data, rows, cols, layout: Layout::Strided { row: row_stride, col: 1 } }
    }

    /// In panels of columns, as [`Matrix::panels`].
    ///
    /// # Panics
    /// If `data` does not have `rows * cols` numbers.
    pub fn panels(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        Self { layout: Layout::Panels, ..Self::new(data, rows, cols) }
    }

    /// Whether all rows are equally far apart.
    pub(super) fn is_strided(&self) -> bool {
        matches!(self.layout, Layout::Strided { .. })
    }

    /// Fills it with zeros.
    pub(super) fn clear(self) {
        match self.layout {
            Layout::Strided { row, .. } if row > self.cols => {
                self.data.chunks_mut(row).take(self.rows).for_each(|numbers| numbers[..self.cols].fill(0.0));
            }
            _ => self.data[..self.rows * self.cols].fill(0.0),
        }
    }

    /// Where its elements are, for threads that each write a part.
    pub(super) fn shared(self) -> SharedMatrix {
        let Self { rows, cols, layout, .. } = self;
        SharedMatrix { data: self.data.as_mut_ptr(), rows, cols, layout }
    }
}

/// The elements of a [`MatrixMut`], of which each thread dereferences only its own part.
#[derive(Clone, Copy)]
pub(super) struct SharedMatrix {
    data: *mut f32,
    rows: usize,
    cols: usize,
    layout: Layout,
}

// SAFETY: only the address is shared; the code that dereferences it says why its parts are
// disjoint.
unsafe impl Send for SharedMatrix {}
// SAFETY: as above.
unsafe impl Sync for SharedMatrix {}

impl SharedMatrix {
    /// Address of element (i, j).
    ///
    /// # Safety
    /// The element must exist.
    pub(super) unsafe fn at(&self, i: usize, j: usize) -> *mut f32 {
        let index = match self.layout {
            Layout::Strided { row, col } => i * row + j * col,
            _ => place(i, j, self.rows, self.cols),
        };
        // SAFETY: passed on to the caller.
        unsafe { self.data.add(index) }
    }

    /// Numbers from an element of column `j` to the next row.
    pub(super) fn row_stride(&self, j: usize) -> usize {
        match self.layout {
            Layout::Strided { row, .. } => row,
            _ => panel_width(j, self.cols),
        }
    }

    /// Whether columns are stored in panels.
    pub(super) fn is_panels(&self) -> bool {
        self.layout == Layout::Panels
    }
}

fn check_strides(len: usize, rows: usize, cols: usize, row_stride: usize) {
    let end = rows.saturating_sub(1).checked_mul(row_stride).and_then(|start| start.checked_add(cols));
    let fits = rows == 0 || row_stride >= cols && end.is_some_and(|end| end <= len);
    assert!(fits, "{rows} x {cols} numbers, rows {row_stride} apart, in {len}");
}

/// Where the elements of `rows x cols` in panels are, in row-major order.
pub(crate) fn panel_places(rows: usize, cols: usize) -> impl Iterator<Item = usize> {
    (0..rows).flat_map(move |i| (0..cols).map(move |j| place(i, j, rows, cols)))
}

/// The same for the transposed matrix, `cols x rows`.
pub(crate) fn turned_panel_places(rows: usize, cols: usize) -> impl Iterator<Item = usize> {
    (0..cols).flat_map(move |j| (0..rows).map(move |i| place(i, j, rows, cols)))
}
