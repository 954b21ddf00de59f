//! Keys of which few are different: places are counted by them, not compared.

use std::ops::Range;

use crate::store::cells::column::Column;
use crate::store::room;
use crate::store::stop::Pace;

/// Whole numbers that lie close together: so many different ones at most, of so many places that it pays to count.
pub struct Few<'k> {
    cells: &'k Column,
    least: i64,
    /// How many numbers there may be.
    count: usize,
}

/// The counts of so many stay in a core's second cache.
const MOST: usize = 1 << 16;

impl<'k> Few<'k> {
    /// The numbers of these places, if they are few.
    pub fn of(cells: &'k Column, places: &[u32]) -> Option<Self> {
        let ints = cells.ints();
        if ints.is_empty() || places.len() < 2 {
            return None;
        }
        // What is in cells without a value makes them more at worst.
        let (least, most) = match places.len() == ints.len() {
            true => ends(ints.iter().copied()),
            false => ends(places.iter().map(|&place| ints[place as usize])),
        };
        let count = usize::try_from(most.checked_sub(least)?).ok()?.checked_add(1)?;
        (count <= MOST && count <= places.len()).then_some(Few { cells, least, count })
    }

    /// Puts a part of some places in order, which ascend, and adds the parts of it that are equal. None is last. O(places).
    pub fn order(&self, falls: bool, places: &mut [u32], part: Range<usize>, ties: &mut Vec<Range<usize>>) {
        let (ints, nones, last) = (self.cells.ints(), self.cells.nones(), self.count - 1);
        let key = |place: u32| match nones.is_some_and(|nones| nones.get(place as usize)) {
            true => self.count,
            false => {
                let above = (ints[place as usize] - self.least) as usize;
                if falls { last - above } else { above }
            }
        };
        let mut pace = Pace::default();
        let mut starts: Vec<usize> = room::filled(0, self.count + 2);
        for &place in &places[part.clone()] {
            pace.step();
            starts[key(place) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let equal = starts.windows(2).map(|at| part.start + at[0]..part.start + at[1]);
        equal.filter(|tie| tie.len() > 1).for_each(|tie| room::push(ties, tie));
        let before = room::copied(&places[part.clone()]);
        let places = &mut places[part];
        for place in before {
            pace.step();
            let at = &mut starts[key(place)];
            places[*at] = place;
            *at += 1;
        }
    }
}

/// The least and the largest.
fn ends(ints: impl Iterator<Item = i64>) -> (i64, i64) {
    ints.fold((i64::MAX, i64::MIN), |(least, most), int| (least.min(int), most.max(int)))
}
