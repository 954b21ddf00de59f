//! Where the members of a path stand: what a walk comes by, as keys and ids, which say it also after the rows have changed.

use crate::store::Store;
use crate::store::id::{ModelId, Row};
use crate::store::read::path::{Hop, Path};
use crate::store::read::token::{Part, Place};
use crate::store::read::view::Start;
use crate::store::room;

/// The trails of what a walk came to, one after the other, all equally long; and how far they are read.
struct Trails<'t> {
    rows: &'t [Row],
    width: usize,
    at: usize,
}

impl<'t> Trails<'t> {
    /// The next row of each.
    fn next(&mut self) -> impl ExactSizeIterator<Item = Row> + Clone + use<'t> {
        let at = self.at;
        self.at += 1;
        self.rows.chunks(self.width.max(1)).map(move |trail| trail[at])
    }
}

impl Store {
    /// Goes on with places, each of which may be begun, by the trails of a walk from one kind of start ([`trace`](Self::trace)):
    /// an order says the keys of the row that is in it, a hop down the id of its row.
    pub fn add_places(&self, start: Start, path: &Path, trails: &[Row], places: &mut [Place]) {
        let mut trails = Trails { rows: trails, width: trails.len() / places.len().max(1), at: 0 };
        if start == Start::Every {
            self.place_by_id(path.from, &mut trails, places);
        }
        self.place_by_hops(&path.hops, &mut trails, places);
    }

    fn place_by_hops(&self, hops: &[Hop], trails: &mut Trails, places: &mut [Place]) {
        for hop in hops {
            match hop {
                Hop::Down(reference) => self.place_by_id(reference.model, trails, places),
                Hop::Sorted(inner, order) => {
                    let keys = order.keys(self, &room::collected(trails.next()));
                    places.iter_mut().zip(keys).for_each(|(place, keys)| place.extend(keys));
                    self.place_by_hops(inner, trails, places);
                }
                Hop::Up(_) | Hop::Keep(_) => {}
            }
        }
    }

    fn place_by_id(&self, model: ModelId, trails: &mut Trails, places: &mut [Place]) {
        let table = self.table(model);
        places.iter_mut().zip(trails.next()).for_each(|(place, row)| place.push(Part::Number(table.id(row))));
    }
}
