//! What `insert_all` takes as its data: columns by name, a table, a collection, rows, or the path of a file.

use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping};

use crate::python::bulk::foreign::{columns_of_pandas, columns_with_objects, foreign, is_producer, is_refusal};
use crate::python::bulk::table::InputTable;
use crate::python::collection::many::Many;
use crate::python::error::{SchemaError, wrong_type};
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::class::Holds;
use crate::store::id::ModelId;

impl<'py> InputTable<'_, 'py> {
    /// Reads the columns of data.
    pub fn read_data(&mut self, data: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(mapping) = data.cast::<PyMapping>() {
            return self.read_columns(mapping.items()?.iter().map(|item| named(&item)).collect::<PyResult<_>>()?);
        }
        if let Some(columns) = columns_with_objects(data)? {
            let named = columns.into_iter().map(|column| Ok((text(&column.getattr("name")?), column)));
            return self.read_columns(named.collect::<PyResult<_>>()?);
        }
        if let Some(columns) = columns_of_pandas(data, |name| self.is_of_documents(name))? {
            return self.read_columns(columns);
        }
        match !data.is_instance_of::<PyList>() && is_producer(data)? {
            true => self.read_table(data),
            false => self.read_source(data),
        }
    }

    fn read_columns(&mut self, named: Vec<(String, Bound<'py, PyAny>)>) -> PyResult<()> {
        let (names, columns): (Vec<String>, Vec<Bound<'py, PyAny>>) = named.into_iter().unzip();
        let known = self.known(&names)?;
        let columns = names.iter().zip(&columns).zip(known).filter(|(_, known)| *known);
        columns.map(|(column, _)| column).try_for_each(|(name, column)| self.read_column(name, column))
    }

    /// Reads what hands over Arrow arrays. A collection of this store leaves its ids out, one of another brings them.
    fn read_table(&mut self, data: &Bound<'py, PyAny>) -> PyResult<()> {
        let many = data.cast::<Many>().ok().map(Bound::get);
        if let Some(many) = many {
            self.check_references(many)?;
        }
        let what = format!("{}.insert_all", self.spec.name);
        let batches = match foreign(&what, data) {
            // Of pandas' objects of several types it is not known which they are to be: their column says.
            Err(error) if is_refusal(data.py(), &error) && data.hasattr("items")? => {
                let items = data.call_method0("items")?.try_iter()?.collect::<PyResult<Vec<_>>>()?;
                return self.read_columns(items.iter().map(named).collect::<PyResult<_>>()?);
            }
            read => read??,
        };
        let of = batches.field.data_type();
        if !matches!(of, DataType::Struct(_)) {
            let misfit = wrong_type(&what, "a table with named columns", data);
            return Err(PyTypeError::new_err(format!("{} (its rows are {of})", misfit.value(data.py()))));
        }
        let is_own = many.is_some_and(|many| many.is_in(self.store.as_unbound()));
        self.read_stream(data.py(), batches, is_own)
    }

    /// Reads rows, or a file: what else is data, Python's side knows.
    fn read_source(&mut self, data: &Bound<'py, PyAny>) -> PyResult<()> {
        let what = format!("{}.insert_all", self.spec.name);
        let read = data.py().import("hasmany.sources")?.call_method1("read", (data, what))?;
        let (source, is_csv): (Bound<'py, PyAny>, bool) = read.extract()?;
        self.is_csv = is_csv;
        let read = match source.cast::<PyDict>() {
            Ok(columns) => {
                self.has_no_rows = columns.is_empty();
                self.read_columns(columns.iter().map(|(name, column)| (text(&name), column)).collect())
            }
            Err(_) => self.read_table(&source),
        };
        self.is_csv = false;
        read
    }

    /// Whether the field of this name holds JSON.
    fn is_of_documents(&self, name: &str) -> bool {
        let field = self.spec.field(name).map(|at| &self.spec.fields[at].holds);
        matches!(field, Some(Holds::Value(of)) if of.is_document())
    }

    /// Refuses a collection whose references lead to other models than those of the same name here, or go out as other
    /// keys than they come in.
    fn check_references(&self, many: &Many) -> PyResult<()> {
        let (py, from) = (self.store.py(), many.store(self.store.py()));
        let is_own = many.is_in(self.store.as_unbound());
        let (source, _) = from.get().spec(py, many.model());
        for field in &source.fields {
            let here = self.spec.field(&field.name).map(|at| &self.spec.fields[at].holds);
            let (Holds::Record(there, _), Some(Holds::Record(here, _))) = (&field.holds, here) else { continue };
            let (name, spec) = (&field.name, &self.spec.name);
            if is_own && there != here {
                let message = format!("{}.{name} and {spec}.{name} are not of one model", source.name);
                return Err(PyTypeError::new_err(message));
            }
            if !is_own && shown_by(from, *there) != shown_by(self.store, *here) {
                return Err(SchemaError::new_err(format!(
                    "{0}.{name} and {spec}.{name} are not of one model with one key: what stands for a row of one is not \
                     what stands for a row of the other; pass a table with a column that {spec}.{name} takes",
                    source.name
                )));
            }
        }
        Ok(())
    }
}

/// A column and its name.
fn named<'py>(item: &Bound<'py, PyAny>) -> PyResult<(String, Bound<'py, PyAny>)> {
    let (name, column): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item.extract()?;
    Ok((text(&name), column))
}

/// By what rows of a model go out and come in: its name, and the names of its key and of the keys in that.
fn shown_by(store: &Bound<'_, Store>, model: ModelId) -> Vec<String> {
    let (mut models, mut names) = (vec![model], Vec::new());
    let mut next = 0;
    while let Some(&model) = models.get(next) {
        let (spec, _) = store.get().spec(store.py(), model);
        names.push(spec.name.clone());
        for field in spec.key.iter().map(|&at| &spec.fields[at]) {
            names.push(format!("{}.{}", spec.name, field.name));
            if let Holds::Record(to, _) = field.holds
                && !models.contains(&to)
            {
                models.push(to);
            }
        }
        next += 1;
    }
    names
}
