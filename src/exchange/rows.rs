//! The rows of an Arrow array: dictionaries and runs are looked through, not written out.

use arrow_array::cast::AsArray;
use arrow_array::iterator::ArrayIter;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{Array, ArrayAccessor, ArrayRef, make_array};
use arrow_buffer::ArrowNativeType;
use arrow_schema::{ArrowError, DataType};

use crate::store::room::collected;

/// An array as it is read, row by row.
pub struct Rows {
    /// Neither a dictionary nor runs.
    pub cells: ArrayRef,
    /// Where the cell of each row is, unless that is its own place.
    places: Option<Vec<usize>>,
}

/// The place of a row without a cell.
const NOWHERE: usize = usize::MAX;

impl Rows {
    /// Those of an array. Its keys and ends, which come from elsewhere, are checked. O(1) of an array that has none,
    /// else O(rows), and 8 bytes for each.
    pub fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        let mut rows = Rows { cells: array.clone(), places: None };
        loop {
            let (cells, places) = match rows.cells.data_type() {
                DataType::Dictionary(..) => from_dictionary(&rows.cells)?,
                DataType::RunEndEncoded(..) => from_runs(&rows.cells)?,
                _ => return Ok(rows),
            };
            let through = |&outer: &usize| if outer == NOWHERE { NOWHERE } else { places[outer] };
            let places = match &rows.places {
                Some(outer) => collected(outer.iter().map(through)),
                None => places,
            };
            rows = Rows { cells, places: Some(places) };
        }
    }

    pub fn len(&self) -> usize {
        self.places.as_ref().map_or(self.cells.len(), Vec::len)
    }

    /// Where the cell of a row is; nothing of a row without one. The cell may be null.
    pub fn place(&self, row: usize) -> Option<usize> {
        let Some(places) = &self.places else { return Some(row) };
        Some(places[row]).filter(|&at| at != NOWHERE)
    }

    /// Whether each cell is one row, and holds a value.
    pub fn are_plain(&self) -> bool {
        self.places.is_none() && self.cells.null_count() == 0
    }

    /// Visits the rows' cells, read as `cells`, which are [`Rows::cells`] in the type that they are.
    pub fn each<A: ArrayAccessor, E>(
        &self,
        cells: A,
        mut visit: impl FnMut(Option<A::Item>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(places) = &self.places else { return ArrayIter::new(cells).try_for_each(visit) };
        let holds = |at: usize| at != NOWHERE && cells.is_valid(at);
        places.iter().try_for_each(|&at| visit(holds(at).then(|| cells.value(at))))
    }
}

fn from_dictionary(array: &ArrayRef) -> Result<(ArrayRef, Vec<usize>), ArrowError> {
    array.to_data().validate_data()?;
    let dictionary = array.as_any_dictionary();
    let (keys, values) = (dictionary.keys(), dictionary.values());
    let places = match values.is_empty() {
        true => collected(std::iter::repeat_n(NOWHERE, keys.len())),
        false => {
            let place = |(row, place)| if keys.is_null(row) { NOWHERE } else { place };
            collected(dictionary.normalized_keys().into_iter().enumerate().map(place))
        }
    };
    Ok((values.clone(), places))
}

fn from_runs(array: &ArrayRef) -> Result<(ArrayRef, Vec<usize>), ArrowError> {
    array.to_data().validate_data()?;
    let places = match array.data_type() {
        DataType::RunEndEncoded(ends, _) if ends.data_type() == &DataType::Int16 => places_in_runs::<Int16Type>(array),
        DataType::RunEndEncoded(ends, _) if ends.data_type() == &DataType::Int32 => places_in_runs::<Int32Type>(array),
        _ => places_in_runs::<Int64Type>(array),
    };
    Ok((make_array(array.to_data().child_data()[1].clone()), places))
}

fn places_in_runs<T: RunEndIndexType>(array: &ArrayRef) -> Vec<usize> {
    let ends = array.as_run::<T>().run_ends();
    let (ends, first) = (ends.values(), ends.offset());
    let mut run = 0;
    collected((first..first + array.len()).map(|row| {
        while ends[run].as_usize() <= row {
            run += 1;
        }
        run
    }))
}
