//! `Schema.describe()`: what a schema says, as plain data.
//!
//! Collections lead over models that a store may not have yet. So its classes are bound to a store of the moment, in
//! memory, which looks the paths up: they are the engine's own, and a description binds nothing and changes no file.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::python::declare::{bind, path};
use crate::python::error::SchemaError;
use crate::python::record::make;
use crate::python::store::Store;
use crate::python::store::class::{Default, FieldSpec, Maker, Spec};
use crate::python::store::schema::Schema;
use crate::store::id::ModelId;
use crate::store::members::Values;
use crate::store::read::path::{Hop, Path, Shape};
use crate::store::schema::Schema as Models;
use crate::store::schema::declaration::{Field, Kind, OnDelete};
use crate::store::schema::model::Model;
use crate::store::types::Type;

#[pymethods]
impl Schema {
    /// What the schema says, as data that JSON can hold: models, fields, unique tuples, and collections with the hops over
    /// which they lead, as the store walks them. `["down", "Visit", "user"]` is from a row to the visits that refer to it
    /// by `user`, `["up", "Visit", "place"]` from a visit to the place that it refers to. `SchemaDescription` says each key.
    ///
    /// It is of the moment of the call. Models on the way of a collection that this store does not have yet are described,
    /// too (`in_store` is False then), and not added to it. A collection that cannot work has its error as `problem`, and
    /// no hops. O(models, fields and collections).
    ///
    /// >>> from hasmany import Store, User
    /// >>> with Store() as store:
    /// ...     alice = User("alice")
    /// ...     users = store.schema.describe()["models"][0]
    /// >>> users["name"], [field["name"] for field in users["fields"]]
    /// ('User', ['username'])
    /// >>> users["collections"][2]["name"], users["collections"][2]["hops"]
    /// ('liked_tweets', [['down', 'Like', 'user'], ['up', 'Like', 'tweet']])
    fn describe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let picture = Picture::of(self.store.bind(py))?;
        let models = picture.entries.iter().map(|entry| picture.model(py, entry)).collect::<PyResult<Vec<_>>>()?;
        let description = PyDict::new(py);
        description.set_item("models", models)?;
        Ok(description)
    }
}

#[pymethods]
impl Schema {
    /// The text of a module that declares the models: what a person would go on with, of a file whose program is gone or
    /// that was another program's. Run, it declares what `describe()` says. A default factory that has no name of its own
    /// is left out, with a comment.
    ///
    /// >>> from hasmany import Model, Store, User
    /// >>> class Tune(Model):
    /// ...     title: str
    /// ...     singer: User | None = None
    /// >>> with Store() as store:
    /// ...     _ = Tune("x")
    /// ...     print(store.schema.to_python())
    /// from __future__ import annotations
    /// <BLANKLINE>
    /// from hasmany import Model, User
    /// <BLANKLINE>
    /// <BLANKLINE>
    /// class Tune(Model):
    ///     title: str
    ///     singer: User | None = None
    /// <BLANKLINE>
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("hasmany.written")?.call_method1("module", (self.describe(py)?,))
    }
}

#[pymethods]
impl Store {
    /// The classes of all models, by name (with the table, where two have one name). For tables of a file that nobody has
    /// declared here they are made: with the fields that the file says, a collection for each reference between them, and
    /// collections through join models, on both sides. They belong to this store: `store.models()["Song"].all()` asks it,
    /// whichever store is current, and they keep it open.
    ///
    /// What this program declares should be used in the store before: a table has one class. Asking again gives the same
    /// classes. No file changes. O(models and fields). Raises `SchemaError`, and `StoreClosedError`.
    ///
    /// >>> import tempfile, pathlib
    /// >>> from hasmany import Model, Store
    /// >>> class Coin(Model):
    /// ...     value: int
    /// >>> path = pathlib.Path(tempfile.mkdtemp(), "coins.db")
    /// >>> with Store(path):
    /// ...     _ = Coin(5)
    /// >>> with Store(path) as store:
    /// ...     store.models()["Coin"].all().values("value")
    /// [5]
    fn models<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().open_or_raise()?;
        slf.py().import("hasmany.made")?.call_method1("models_of", (slf,))
    }
}

/// A model to be described.
struct Entry {
    model: ModelId,
    /// Whether it is one of the store of the moment; else only the file of the store that was asked knows it.
    is_declared: bool,
    in_store: bool,
}

/// What is described.
struct Picture {
    entries: Vec<Entry>,
    /// Of the store that was asked.
    stored: (Models, Vec<Arc<Spec>>),
    /// By its models, those fields that only the file knows and that no class had when it was last written.
    taken_out: Vec<Vec<usize>>,
    /// Of the one of the moment, with the path of each collection or what is wrong with it.
    declared: (Models, Vec<Arc<Spec>>),
    paths: Vec<Vec<Result<Arc<Path>, String>>>,
}

impl Picture {
    fn of(store: &Bound<'_, Store>) -> PyResult<Self> {
        let py = store.py();
        let said = |store: &Bound<'_, Store>| {
            let world = store.get().read(py);
            (world.engine.schema().clone(), world.specs())
        };
        let stored = said(store);
        let taken_out = store.get().read(py).taken_out();
        let moment = Bound::new(py, Store::in_memory())?;
        for spec in stored.1.iter().filter(|spec| !matches!(spec.maker, Maker::Unclaimed)) {
            bind::model(&moment, &make::class(&spec.maker, py))?;
        }
        let mut paths = Vec::new();
        // Looking a path up binds the models on the way, so there may be more each time.
        while let Some(spec) = said(&moment).1.get(paths.len()) {
            let model = ModelId(paths.len() as u32);
            let known = (0..spec.collections.len()).map(|at| match path::path(&moment, model, at) {
                Err(error) if error.is_instance_of::<SchemaError>(py) => Ok(Err(error.value(py).to_string())),
                path => path.map(Ok),
            });
            paths.push(known.collect::<PyResult<Vec<_>>>()?);
        }
        let declared = said(&moment);
        let of_stored = |(at, model): (usize, &Model)| match declared.0.by_table(&model.table) {
            Some(model) => Entry { model, is_declared: true, in_store: true },
            None => Entry { model: ModelId(at as u32), is_declared: false, in_store: true },
        };
        let mut entries: Vec<Entry> = stored.0.models().iter().enumerate().map(of_stored).collect();
        for (at, model) in declared.0.models().iter().enumerate() {
            if stored.0.by_table(&model.table).is_none() {
                entries.push(Entry { model: ModelId(at as u32), is_declared: true, in_store: false });
            }
        }
        Ok(Picture { entries, stored, taken_out, declared, paths })
    }

    fn schema(&self, entry: &Entry) -> &(Models, Vec<Arc<Spec>>) {
        if entry.is_declared { &self.declared } else { &self.stored }
    }

    /// The name of a model, with its table where another has the same name.
    fn label(&self, schema: &Models, model: ModelId) -> String {
        let (name, table) = (&schema.model(model).name, &schema.model(model).table);
        let is_same = |entry: &&Entry| self.schema(entry).0.model(entry.model).name == *name;
        match self.entries.iter().filter(is_same).count() {
            ..=1 => name.clone(),
            _ => format!("{name} ({table})"),
        }
    }

    fn model<'py>(&self, py: Python<'py>, entry: &Entry) -> PyResult<Bound<'py, PyDict>> {
        let (schema, specs) = self.schema(entry);
        let (model, spec) = (schema.model(entry.model), &specs[entry.model.index()]);
        let unique = |key: &[usize]| key.iter().map(|&at| model.fields[at].name.as_str()).collect::<Vec<_>>();
        let (fields, collections) = (PyList::empty(py), PyList::empty(py));
        let is_left = |at: &usize| !entry.is_declared && self.taken_out[entry.model.index()].contains(at);
        for (at, (field, of)) in model.fields.iter().zip(&spec.fields).enumerate().filter(|(at, _)| !is_left(at)) {
            let said = self.field(py, schema, field, of)?;
            said.set_item("unique", model.unique.iter().any(|key| **key == [at]))?;
            said.set_item("index", model.indexed.contains(&at))?;
            fields.append(said)?;
        }
        for at in 0..spec.collections.len() {
            collections.append(self.collection(py, entry.model, at)?)?;
        }
        let said = PyDict::new(py);
        said.set_item("name", self.label(schema, entry.model))?;
        said.set_item("table", &model.table)?;
        said.set_item("is_declared", entry.is_declared)?;
        said.set_item("in_store", entry.in_store)?;
        said.set_item("fields", fields)?;
        said.set_item("unique", model.unique.iter().map(|key| unique(key)).collect::<Vec<_>>())?;
        said.set_item("key", unique(&model.key))?;
        said.set_item("collections", collections)?;
        Ok(said)
    }

    /// What a field says by itself.
    fn field<'py>(
        &self,
        py: Python<'py>,
        schema: &Models,
        field: &Field,
        of: &FieldSpec,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (name, to, on_delete) = match field.kind {
            Kind::Value(of) => (of.name(), None, None),
            Kind::Reference(to, on_delete) => {
                ("reference", Some(self.label(schema, to)), Some(on_delete_name(on_delete)))
            }
        };
        let plain = |value: &Py<PyAny>| py.import("hasmany.described")?.call_method1("plain", (value,));
        let (default, factory) = match &of.default {
            Default::Required => (None, None),
            Default::Value(value) => (Some(plain(value)?), None),
            Default::Factory(factory) => (None, Some(plain(factory)?)),
        };
        let said = PyDict::new(py);
        said.set_item("name", &field.name)?;
        said.set_item("type", name)?;
        match field.kind {
            Kind::Value(Type::Enum(members)) => match &members.values {
                Values::Texts(texts) => said.set_item("values", texts)?,
                Values::Ints(ints) => said.set_item("values", ints)?,
            },
            Kind::Value(_) | Kind::Reference(..) => said.set_item("values", None::<bool>)?,
        }
        said.set_item("to", to)?;
        said.set_item("on_delete", on_delete)?;
        said.set_item("optional", field.optional)?;
        said.set_item("required", matches!(of.default, Default::Required))?;
        said.set_item("default", default)?;
        said.set_item("default_factory", factory)?;
        said.set_item("kw_only", of.kw_only)?;
        Ok(said)
    }

    fn collection<'py>(&self, py: Python<'py>, model: ModelId, at: usize) -> PyResult<Bound<'py, PyDict>> {
        let schema = &self.declared.0;
        let (of, path) = (&schema.model(model).collections[at], &self.paths[model.index()][at]);
        let hop = |hop: &Hop| {
            let (way, reference) = match hop {
                Hop::Down(reference) => ("down", reference),
                Hop::Up(reference) => ("up", reference),
                Hop::Keep(_) | Hop::Sorted(..) => return None,
            };
            let field = schema.model(reference.model).fields[reference.field].name.clone();
            Some([way.to_owned(), self.label(schema, reference.model), field])
        };
        let path = path.as_ref();
        let is_unique = |path: &Arc<Path>| match path.bare {
            Shape::Join(join) => join.unique.is_some(),
            Shape::All | Shape::Inverse(_) | Shape::Walk => false,
        };
        let said = PyDict::new(py);
        said.set_item("name", &of.name)?;
        said.set_item("of", path.map_or_else(|_| of.of.clone(), |path| self.label(schema, path.to)))?;
        said.set_item("through", &of.through)?;
        said.set_item("source", &of.source)?;
        said.set_item("by", &of.by)?;
        said.set_item("one", of.is_one)?;
        said.set_item("where", of.terms.as_ref().and_then(|terms| terms.condition.as_deref()))?;
        said.set_item("order_by", of.terms.as_ref().map_or(&[][..], |terms| &terms.order))?;
        said.set_item("hops", path.ok().map(|path| path.references().into_iter().filter_map(hop).collect::<Vec<_>>()))?;
        said.set_item("unique_pair", path.is_ok_and(is_unique))?;
        said.set_item("problem", path.err())?;
        Ok(said)
    }
}

fn on_delete_name(on_delete: OnDelete) -> &'static str {
    match on_delete {
        OnDelete::Restrict => "restrict",
        OnDelete::Cascade => "cascade",
        OnDelete::Nullify => "nullify",
    }
}
