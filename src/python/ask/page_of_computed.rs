//! Pages of computed collections, of orders that are not read, too.

use crate::python::ask::beyond::{Stood, as_they_stood, run, split_by, whole};
use crate::python::ask::page::{Asked, Page, Token};
use crate::python::collection::fixed::Fixed;
use crate::python::collection::placed::Placing;
use crate::python::collection::recipe::{Node, Recipe};
use crate::python::collection::unread::Unread;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::read::token::{self, Part, Place};
use crate::store::room;

/// Members of a computed collection with their places in its list, one more than a page if there are as many.
struct Found {
    members: Vec<(usize, Row)>,
    /// So many of them, from the first, stand in the order of their places as they are now.
    in_order: usize,
}

impl Asked<'_> {
    /// A page of an order that is not read, which it stays; nothing where it has to be.
    pub fn of_unread(&self, world: &World, unread: &Unread, after: Option<&Token>) -> Result<Option<Page>> {
        let Some((recipe, _)) = unread.recipe() else { return Ok(None) };
        let (Ok(placing), Ok(of)) = (Placing::new(world, unread.model(), recipe), self.of(world, recipe)) else {
            return Ok(None);
        };
        let place = match after {
            Some((given, _)) if *given != of => return Ok(None),
            after => after.map(|(_, place)| place),
        };
        let (model, len) = (unread.model(), unread.count(world));
        let row = |at: usize| unread.rows(world, at, 1).first().copied();
        let Some(split) = self.split(world, (model, &placing), place, len, row)? else { return Ok(Some(None)) };
        let places = run(split, len, self.reverse, self.limit.saturating_add(1));
        let mut rows = unread.rows(world, places.start, places.len());
        if self.reverse {
            rows.reverse();
        }
        let next = self.cut(world, model, (of, &placing), &mut rows)?;
        Ok(next.map(|next| Some((self.fixed(world, rows), next))))
    }

    /// A page of a computed collection: a token says where one was in its expression or, where that cannot be known, in its
    /// list.
    pub fn of_computed(&self, world: &World, fixed: &Fixed, after: Option<&Token>) -> Result<Page> {
        // What it was computed of may be gone, or of before a redefinition: then it is a list.
        let recipe = fixed.recipe().map(|(recipe, moment)| (recipe, recipe.is_steady() || *moment == world.moment));
        let known = recipe.and_then(|(recipe, is_now)| {
            let placing = Placing::new(world, fixed.model(), recipe).ok()?;
            Some((self.of(world, recipe).ok()?, placing, is_now))
        });
        match (after, &known) {
            (None, Some((of, placing, is_now))) => {
                let in_order = if *is_now { usize::MAX } else { 0 };
                let found = Found { members: self.from(world, fixed, None), in_order };
                self.with_place(world, fixed, found, (*of, placing))
            }
            (Some((given, place)), Some((of, placing, is_now))) if given == of => {
                let found = match is_now {
                    true => self.beyond(world, fixed, placing, place)?,
                    false => self.beyond_in_old(world, fixed, placing, place)?,
                };
                match found {
                    Some(found) => self.with_place(world, fixed, found, (*of, placing)),
                    None => Ok(None),
                }
            }
            (None, None) => self.with_number(world, fixed, self.from(world, fixed, None)).map(Some),
            (Some((given, place)), _) => match place[..] {
                [Part::Number(at)] if *given == self.of_list(world, fixed)? => {
                    let after = usize::try_from(at).unwrap_or(usize::MAX);
                    self.with_number(world, fixed, self.from(world, fixed, Some(after))).map(Some)
                }
                _ => Ok(None),
            },
        }
    }

    /// A page and a token that says where its last member stands in the expression; in the list, where that does not say which
    /// were seen.
    fn with_place(&self, world: &World, fixed: &Fixed, found: Found, (of, placing): (u64, &Placing)) -> Result<Page> {
        let Found { mut members, in_order } = found;
        if let Some(&(at, row)) = members.get(self.limit).and_then(|_| members.get(self.limit - 1)) {
            let place = match self.limit <= in_order {
                true => placing.place(world, row)?,
                false => split_by(world, placing, &self.all(world, fixed), (at, row))?,
            };
            let Some(place) = place else { return self.with_number(world, fixed, members).map(Some) };
            members.truncate(self.limit);
            let next = token::text(of, &place, world.engine.table(fixed.model()).id(row));
            return Ok(Some((self.rows_of(world, members), Some(next))));
        }
        Ok(Some((self.rows_of(world, members), None)))
    }

    /// A page and a token that says where its last member is in the list.
    fn with_number(
        &self,
        world: &World,
        fixed: &Fixed,
        mut members: Vec<(usize, Row)>,
    ) -> Result<(Fixed, Option<String>)> {
        let mut next = None;
        if members.len() > self.limit {
            members.truncate(self.limit);
            let (at, row) = members[self.limit - 1];
            let id = world.engine.table(fixed.model()).id(row);
            next = Some(token::text(self.of_list(world, fixed)?, &[Part::Number(at as u64)], id));
        }
        Ok((self.rows_of(world, members), next))
    }

    fn of_list(&self, world: &World, fixed: &Fixed) -> Result<u64> {
        self.of(world, &Recipe::of(Node::Listed(fixed.model(), fixed.all_ids().clone())))
    }

    fn rows_of(&self, world: &World, members: Vec<(usize, Row)>) -> Fixed {
        self.fixed(world, room::collected(members.into_iter().map(|(_, row)| row)))
    }

    /// One more than a page has.
    fn most(&self) -> usize {
        self.limit.saturating_add(1)
    }

    /// The members from a place in the list on.
    fn from(&self, world: &World, fixed: &Fixed, after: Option<usize>) -> Vec<(usize, Row)> {
        let (ids, table) = (fixed.all_ids(), world.engine.table(fixed.model()));
        let after = after.map(|at| at.min(ids.len()));
        let places = match self.reverse {
            true => 0..after.unwrap_or(ids.len()),
            false => after.map_or(0, |at| (at + 1).min(ids.len()))..ids.len(),
        };
        let there = |at: usize| table.find(ids.get(at)).map(|row| (at, row));
        match self.reverse {
            true => room::collected(places.rev().filter_map(there).take(self.most())),
            false => room::collected(places.filter_map(there).take(self.most())),
        }
    }

    /// The members beyond a place of the expression; nothing where it can be none of it.
    fn beyond(&self, world: &World, fixed: &Fixed, placing: &Placing, place: &Place) -> Result<Option<Found>> {
        let all = self.all(world, fixed);
        let row = |at: usize| all.get(at).map(|&(_, row)| row);
        let split = self.split(world, (fixed.model(), placing), Some(place), all.len(), row)?;
        Ok(split.map(|split| {
            let mut members = room::copied(&all[run(split, all.len(), self.reverse, self.most())]);
            if self.reverse {
                members.reverse();
            }
            Found { members, in_order: usize::MAX }
        }))
    }

    /// As [`beyond`](Self::beyond), of members some of which may have moved since they were put in order.
    fn beyond_in_old(&self, world: &World, fixed: &Fixed, placing: &Placing, place: &Place) -> Result<Option<Found>> {
        let place = whole(world, fixed.model(), placing, place)?;
        let mut all = self.all(world, fixed);
        if self.reverse {
            all.reverse();
        }
        let stood = as_they_stood(world, placing, &all, (&place, self.reverse), self.limit)?;
        Ok(stood.map(|stood| match stood {
            Stood::Behind(at) => Found { members: self.from(world, fixed, Some(at)), in_order: 0 },
            Stood::With(members, in_order) => Found { members, in_order },
        }))
    }

    /// All members with their places in the list.
    fn all(&self, world: &World, fixed: &Fixed) -> Vec<(usize, Row)> {
        let table = world.engine.table(fixed.model());
        room::collected(fixed.all_ids().iter().enumerate().filter_map(|(at, id)| table.find(id).map(|row| (at, row))))
    }
}
