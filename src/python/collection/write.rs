//! Writing through a collection: on an inverse the reference is set, on a join path join rows come and go.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::change::door;
use crate::python::collection::link::Writable;
use crate::python::collection::many::Many;
use crate::python::declare::meet::meet_referrers;
use crate::python::store::world::World;
use crate::store::error::Result;
use crate::store::id::Row;

#[pymethods]
impl Many {
    /// Links records; those that are linked already stay as they are. Returns the collection. One transaction.
    ///
    /// Each argument is a record or an iterable of records (a list, a collection, a generator), which is read to its end
    /// before anything changes. New links are made in the order in which the records are given.
    ///
    /// On a join path a join row is created for each, with `fields`; on an inverse the record's reference is set. Where
    /// `fields` are given to a pair that is linked, one of its join rows must have them all, or a unique tuple of the
    /// join model that has more than the pair must be given whole and free: then one more join row is created.
    /// Otherwise it is a `DuplicateError` that names the fields that differ, with the join row as `existing`. Defaults
    /// are never compared. All or nothing. O(k) over a unique pair, else O(links of the pair's end that has fewer) each.
    ///
    /// Of a collection with a condition (`has_many(where=...)`) new join rows, or the records themselves, are given what a
    /// mapping says of their own fields; what would be no member then is a `SchemaError`, and so is any condition that is an
    /// expression. A unique pair whose join row does not meet the condition is a `DuplicateError`.
    ///
    /// Raises `TypeError` for records of another model, `ForeignStoreError`, `DeletedError`, `FieldError`, and
    /// `SchemaError` where the collection cannot be written.
    ///
    /// >>> from hasmany import Many, Model, Store, has_many
    /// >>> class Course(Model):
    /// ...     title: str
    /// >>> class Student(Model):
    /// ...     name: str
    /// ...     enrollments: Many["Enrollment"] = has_many()
    /// ...     courses: Many[Course] = has_many(through="enrollments")
    /// >>> class Enrollment(Model, unique=("student", "course", "term")):
    /// ...     student: Student
    /// ...     course: Course
    /// ...     term: str
    /// >>> with Store():
    /// ...     ann, art = Student("Ann"), Course("Art")
    /// ...     _ = ann.courses.add(art, term="2024").add(art, term="2025").add(art, term="2025").add(art)
    /// ...     _ = ann.courses.add([Course("Chemistry"), Course("Latin")], term="2026")
    /// ...     ann.enrollments.values("term")
    /// ['2024', '2025', '2026', '2026']
    #[pyo3(signature = (*records, **fields))]
    fn add<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Writable::of(many, py)?;
        let ids = many.ids_given(records)?;
        target.bring_in(many, py, &ids, fields, false)?;
        Ok(slf)
    }

    /// Unlinks records, given as to `add`; returns the collection. Records that are not members, or deleted, are passed
    /// over. One transaction.
    ///
    /// On a join path every join row of the pair is deleted; on an inverse the reference becomes None, and where it
    /// is required that is a `SchemaError`. Raises `TypeError` for records of another model, `ForeignStoreError`,
    /// `RestrictError`.
    #[pyo3(signature = (*records))]
    fn remove<'py>(slf: Bound<'py, Self>, records: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, Self>> {
        let (many, py) = (slf.get(), slf.py());
        let target = Writable::of(many, py)?;
        let ids = many.ids_given(records)?;
        target.meet_referrers(many.store(py))?;
        door::write(many.store(py), target.serial, |world| {
            let engine = &mut world.engine;
            let owner = target.owner(engine)?;
            let mut rows: Vec<Row> = ids.iter().filter_map(|&id| engine.table(many.model()).find(id)).collect();
            rows.sort_unstable();
            rows.dedup();
            rows.retain(|&row| target.is_linked(engine, owner, row));
            target.unlink(engine, owner, &rows)
        })?;
        Ok(slf)
    }

    /// Makes exactly these records the members; returns the collection. One transaction.
    ///
    /// They are given as to `add`; an empty list unlinks all, as `clear()` does. Links that stay keep their rows and
    /// places, and with `fields` they are as `add` finds them; new ones are made in this order, with `fields` on new join
    /// rows. All or nothing. Raises as `add` and `remove` do, and `TypeError` where nothing is given.
    #[pyo3(signature = (*records, **fields))]
    fn replace<'py>(
        slf: Bound<'py, Self>,
        records: &Bound<'py, PyTuple>,
        fields: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, Self>> {
        if records.is_empty() {
            let message = "replace takes the records that are to be the members; clear() unlinks all of them";
            return Err(PyTypeError::new_err(message));
        }
        let (many, py) = (slf.get(), slf.py());
        let target = Writable::of(many, py)?;
        let ids = many.ids_given(records)?;
        target.bring_in(many, py, &ids, fields, true)?;
        Ok(slf)
    }

    /// Unlinks all members; returns the collection. As `remove` of each.
    fn clear(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let (many, py) = (slf.get(), slf.py());
        Writable::of(many, py)?.bring_in(many, py, &[], None, true)?;
        Ok(slf)
    }

    /// Deletes the members themselves, as one `delete`: all or nothing. Returns how many rows of each model went.
    ///
    /// On any collection, fixed ones too. Raises `RestrictError` where rows that stay refer to them. O(rows that go).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store():
    /// ...     _ = User("a"), User("b")
    /// ...     User.where(username="a").delete_all(), len(User.all())
    /// ({'User': 1}, 1)
    fn delete_all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        meet_referrers(self.store(py), self.model())?;
        let serial = self.store(py).get().serial();
        let went = self.write_members(py, serial, |world, rows| {
            let went = world.engine.delete(self.model(), rows)?;
            Ok(door::counts(&world.engine, went))
        })?;
        PyDict::from_sequence(&went.into_pyobject(py)?)
    }
}

impl Many {
    /// Changes those who are the members then, in one transaction, with the interpreter released.
    pub fn write_members<T: Send>(
        &self,
        py: Python<'_>,
        serial: u32,
        change: impl FnOnce(&mut World, &[Row]) -> Result<T> + Send,
    ) -> PyResult<T> {
        door::write_long(self.store(py), serial, |world| {
            let rows = self.rows(world)?.into_vec();
            change(world, &rows)
        })
    }
}
