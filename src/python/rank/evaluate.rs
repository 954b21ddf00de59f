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
    owners: &Bound<'py, PyArray1<i64>>,
    members: &Bound<'py, PyArray1<i64>>,
) -> PyResult<(Bound<'py, PyArray1<bool>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<bool>>)> {
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
        let ((is_asked, degrees), has): ((Vec<bool>, Vec<i64>), Vec<bool>) = looking(pairs.0.iter().zip(&pairs.1))
            .map(of_pair)
            .map(|(is_asked, degree, has)| ((is_asked, degree), has))
            .unzip();
        Ok((is_asked, degrees, has))
    })?;
    let (is_asked, degrees, has) = found;
    Ok((is_asked.into_pyarray(py), degrees.into_pyarray(py), has.into_pyarray(py)))
}
