//! What `hasmany.evaluate` asks of the links that rankings are of.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1, PyArrayMethods};
use pyo3::prelude::*;

use crate::python::ask::table::Columns;
use crate::python::collection::many::Many;
use crate::python::rank::rankings::Rankings;
use crate::rank::within::Within;
use crate::store::id::{Id, Row};
use crate::store::read::view::Start;
use crate::store::stop::looking;

/// All records of the model that is ranked.
#[pyfunction]
pub fn ranked_members(rankings: &Bound<'_, Rankings>) -> Many {
    let store = rankings.get().store(rankings.py()).clone();
    Many::all(store.unbind(), rankings.get().sides().member)
}

/// The rankings as a table of owner, rank, member and score, as Arrow has it, whatever names the records have.
#[pyfunction]
pub fn ranked_ids(rankings: &Bound<'_, Rankings>) -> PyResult<Columns> {
    let (names, waiting) = rankings.get().ids(rankings.py())?;
    Ok(Columns::waiting(names, Arc::new(waiting)))
}

/// Of pairs of an owner and a member, by ids: whether the owner is among those who are asked, how many members it has, and whether
/// this is one. What was deleted has nothing. O(pairs) where the path is indexed, and O(what it meets from each owner) else.
#[pyfunction]
pub fn tested<'py>(
    rankings: &Bound<'py, Rankings>,
    owners: &Array<'py, i64>,
    members: &Array<'py, i64>,
) -> PyResult<(Array<'py, bool>, Array<'py, i64>, Array<'py, bool>)> {
    let (py, of) = (rankings.py(), rankings.get());
    let pairs = (owners.to_vec()?, members.to_vec()?);
    let found = of.owners.get().compute(py, |world| {
        of.asked.check(world)?;
        let (store, path) = (&world.engine, &*of.asked.question.path);
        let (owners, members) = (store.table(path.from), store.table(path.to));
        let asked = Within::new(of.owners.get().rows(world)?.into_vec(), owners.rows());
        let mut last: Option<(Row, i64)> = None;
        let of_pair = |(&owner, &member): (&i64, &i64)| {
            let Some(owner) = owners.find(owner as Id) else { return (false, 0, false) };
            let degree = match last {
                Some((row, degree)) if row == owner => degree,
                _ => store.count(Start::Row(owner), path) as i64,
            };
            last = Some((owner, degree));
            let has = |member| store.contains(Start::Row(owner), path, member);
            (asked.has(owner), degree, members.find(member as Id).is_some_and(has))
        };
        let (mut is_asked, mut degrees, mut links) = (Vec::new(), Vec::new(), Vec::new());
        looking(pairs.0.iter().zip(&pairs.1)).map(of_pair).for_each(|(asked, degree, is_link)| {
            is_asked.push(asked);
            degrees.push(degree);
            links.push(is_link);
        });
        Ok((is_asked, degrees, links))
    })?;
    let (is_asked, degrees, links) = found;
    Ok((is_asked.into_pyarray(py), degrees.into_pyarray(py), links.into_pyarray(py)))
}

type Array<'py, T> = Bound<'py, PyArray1<T>>;
