//! What is asked of a lake, as plain data, and the answers as tables. The lake's models are those of a store in memory that has
//! no rows, so expressions are checked there by the rules and with the errors of any store.

use std::cell::RefCell;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};

use crate::ask::answer::Question;
use crate::ask::check::Checker;
use crate::ask::expr::{Method, Total};
use crate::ask::given::Given;
use crate::ask::plan::Of;
use crate::ask::resolve::extended;
use crate::exchange::columns;
use crate::exchange::foreign::Foreign;
use crate::exchange::incoming;
use crate::exchange::visit::Misfit;
use crate::python::ask::asking::{all_of, bound, column, columns as named_columns, keyword, path_of};
use crate::python::ask::expr::Expr;
use crate::python::ask::operand::{Operand, Tree};
use crate::python::ask::select::conditions;
use crate::python::ask::table::Columns;
use crate::python::bulk::foreign::{carefully, foreign};
use crate::python::collection::many::Many;
use crate::python::declare::{bind, path};
use crate::python::error::FieldError;
use crate::python::lake::named::spelled;
use crate::python::lake::plain::{Writer, named_models};
use crate::python::record::raise::raise;
use crate::python::record::value::text;
use crate::python::store::Store;
use crate::python::store::habits;
use crate::store::calendar::Unit;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{ModelId, Row};
use crate::store::read::path::Path;
use crate::store::types::Type;

/// Of numbers that are times: engines that have no type for a length of time read it as a number.
const UNIT: Option<Unit> = Some(Unit::Micro);

/// A store in memory for the models of a lake. It is nobody's default, and not among those that could be meant.
#[pyfunction]
pub fn lake_store(py: Python<'_>) -> PyResult<Bound<'_, Store>> {
    Bound::new(py, Store::in_memory())
}

/// All records of a class, in this store.
#[pyfunction]
pub fn lake_members(store: &Bound<'_, Store>, cls: &Bound<'_, PyType>) -> PyResult<Many> {
    let model = bind::model(store, cls)?;
    Ok(Many::all(store.clone().unbind(), model))
}

/// The plans of some expressions about the members of a collection, and what to write them with.
fn planned<'py, T>(
    many: &Bound<'py, Many>,
    trees: &[Tree],
    check: impl Fn(&Checker<'_, Operand>, ModelId, &Tree) -> Result<T>,
) -> PyResult<(Vec<T>, Writer<'py>)> {
    let model = many.get().model();
    let asked: Vec<(ModelId, Tree)> = trees.iter().map(|tree| (model, tree.clone())).collect();
    planned_of(many.get().store(many.py()), &asked, check)
}

/// The plans of some expressions, each about rows of its model.
pub(super) fn planned_of<'py, T>(
    store: &Bound<'py, Store>,
    asked: &[(ModelId, Tree)],
    check: impl Fn(&Checker<'_, Operand>, ModelId, &Tree) -> Result<T>,
) -> PyResult<(Vec<T>, Writer<'py>)> {
    let py = store.py();
    bound(store, asked.iter().map(|(_, tree)| tree), |checker| {
        asked.iter().try_for_each(|(model, tree)| check(checker, *model, tree).map(drop))
    })?;
    let met = RefCell::new(Vec::new());
    let hollow = |operand: &Operand| Ok(operand.hollow());
    // The place of a collection among those that were met stands for its rows.
    let given = |operand: &Operand| {
        Ok(match operand.collection(py) {
            None => operand.hollow(),
            Some((collection, model)) => {
                let mut met = met.borrow_mut();
                met.push(collection);
                Given::Rows(model, vec![met.len() as Row - 1])
            }
        })
    };
    let planned = {
        let world = store.get().read(py);
        let engine = &world.engine;
        let path = |model: ModelId, name: &str| path::path_under(&world, model, name);
        let hollow = Checker { engine, given: &hollow, path: &path, is_lasting: false };
        let plan = |(model, tree): &(ModelId, Tree)| {
            let tree = spelled(&hollow, *model, tree)?;
            check(&Checker { engine, given: &given, path: &path, is_lasting: false }, *model, &tree)
        };
        let plans = asked.iter().map(plan).collect::<Result<Vec<_>>>();
        plans.map(|plans| (plans, named_models(engine)))
    };
    let (plans, models) = planned.map_err(|error| raise(store, error))?;
    Ok((plans, Writer { py, models, collections: met.into_inner() }))
}

/// The plan of what `where` was asked, or None where that is nothing.
#[pyfunction]
pub fn lake_condition<'py>(
    many: &Bound<'py, Many>,
    given: &Bound<'py, PyTuple>,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = many.py();
    let mut all = conditions(py, many.get(), "where", given)?;
    let (spec, _) = many.get().store(py).get().spec(py, many.get().model());
    for (name, given) in fields {
        let name = text(&name);
        let is_field = |name: &str| spec.field(name).is_some();
        let is_reference = name.strip_suffix("_id").is_some_and(is_field);
        if !name.contains('.') && name != "id" && !is_field(&name) && !is_reference {
            return Err(habits::no_condition(&spec, &name));
        }
        all.push(keyword(Some(many.get()), &name, &given)?);
    }
    let Some(tree) = all_of(all)? else { return Ok(None) };
    let (plans, writer) = planned(many, &[tree], |checker, model, tree| checker.condition(model, tree))?;
    plans.first().map(|plan| writer.plan(plan)).transpose()
}

/// The plans of keys to order by, each with whether it falls.
#[pyfunction]
pub fn lake_keys<'py>(
    many: &Bound<'py, Many>,
    keys: &Bound<'py, PyTuple>,
    reverse: bool,
) -> PyResult<Bound<'py, PyList>> {
    if keys.is_empty() {
        return Err(habits::no_keys());
    }
    let key = |given: Bound<'py, PyAny>| match given.cast::<Expr>() {
        Ok(expr) => expr.get().key(),
        Err(_) => match given.cast::<PyString>() {
            Ok(name) => path_of(&text(name)).map(|tree| (tree, false)),
            Err(_) => Err(habits::no_order(&given)),
        },
    };
    let (trees, falls): (Vec<Tree>, Vec<bool>) =
        keys.iter().map(key).collect::<PyResult<Vec<_>>>()?.into_iter().unzip();
    let (plans, writer) = planned(many, &trees, |checker, model, tree| checker.key(model, tree))?;
    let keys: Vec<_> = plans.into_iter().zip(falls).map(|(plan, falls)| (plan, falls != reverse)).collect();
    writer.keys(&keys)
}

/// The plan of a number to rank by: an expression, or a collection, of which it is how many members there are.
#[pyfunction]
pub fn lake_number<'py>(many: &Bound<'py, Many>, by: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let tree = match (by.cast::<Expr>(), by.cast::<PyString>()) {
        (Ok(expr), _) => expr.get().condition()?,
        (_, Ok(name)) => {
            let (name, store) = (text(name), many.get().store(many.py()));
            // What is no collection is refused as in memory.
            path::path_named(store, many.get().model(), &name)?;
            let counted = path_of(&name)?.call(Method::Total(Total::Count), Vec::new());
            counted.map_err(|error| raise(store, error))?
        }
        _ => return Err(PyTypeError::new_err("top(by=...) takes the name of a collection or an expression")),
    };
    let (plans, writer) = planned(many, &[tree], |checker, model, tree| checker.number(model, tree))?;
    plans.first().map_or_else(|| Err(PyTypeError::new_err("by")), |plan| writer.plan(plan))
}

/// The way that `through` takes: its hops, whether no member is come to twice, and the table of the members.
#[pyfunction]
pub fn lake_way<'py>(many: &Bound<'py, Many>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    let (py, own, name) = (many.py(), many.get(), text(name));
    let store = own.store(py);
    let from = Path::all(own.model());
    let (path, models) =
        path::look_up(store, |world| Ok((extended(&world.engine, &from, &name)?, named_models(&world.engine))))?;
    Writer { py, models, collections: Vec::new() }.path(&path)
}

/// Columns that were asked for, and how to read the answer.
#[pyclass(frozen, module = "hasmany")]
pub struct LakeQuestion {
    names: Vec<String>,
    columns: Vec<(Of, bool)>,
    plans: Py<PyList>,
}

/// What `select` was asked; without columns, the id and all fields as `to_dicts` has them.
#[pyfunction]
pub fn lake_columns<'py>(
    many: &Bound<'py, Many>,
    given: &Bound<'py, PyTuple>,
    named: &Bound<'py, PyDict>,
    method: &str,
) -> PyResult<LakeQuestion> {
    let py = many.py();
    let mut asked = named_columns(given, Some(named), method)?;
    if asked.is_empty() {
        let names = {
            let world = many.get().store(py).get().read(py);
            columns::columns(&world.engine, many.get().model())
        };
        asked = names.iter().map(|(name, ..)| column(&PyString::new(py, name), method)).collect::<PyResult<_>>()?;
    }
    let (trees, names): (Vec<Tree>, Vec<String>) = asked.into_iter().unzip();
    let (questions, writer) = planned(many, &trees, |checker, model, tree| checker.column(model, tree, false))?;
    let columns = questions.iter().map(answered).collect();
    let plans = questions.iter().map(|question| writer.question(question)).collect::<PyResult<Vec<_>>>()?;
    LakeQuestion::new(py, names, columns, plans)
}

/// What the values of an answer are, and whether there are several a row.
pub(super) fn answered(question: &Question) -> (Of, bool) {
    match question {
        Question::One(plan) => (plan.of, false),
        Question::List(plural) => (plural.value.of, true),
    }
}

impl LakeQuestion {
    pub(super) fn new(
        py: Python<'_>,
        names: Vec<String>,
        columns: Vec<(Of, bool)>,
        plans: Vec<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Ok(LakeQuestion { names, columns, plans: PyList::new(py, plans)?.unbind() })
    }
}

#[pymethods]
impl LakeQuestion {
    /// The names of the columns.
    #[getter]
    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.names)
    }

    /// What is asked for each: `("one", plan)` or `("list", plural)`.
    #[getter]
    fn plans<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.plans.bind(py).clone()
    }

    /// The answer, from an Arrow stream whose columns are these in their order, as the table that it would be in memory.
    fn table(&self, given: &Bound<'_, PyAny>) -> PyResult<Columns> {
        let batches = foreign("the answer", given)??;
        given.py().detach(|| carefully("the answer", || self.read(batches)))
    }
}

impl LakeQuestion {
    fn read(&self, batches: Foreign) -> PyResult<Columns> {
        let kind = |of| match of {
            Of::Value(of) => of,
            Of::Nothing | Of::Row(_) => Type::Bool,
        };
        let mut cells: Vec<(Type, Column)> =
            self.columns.iter().map(|&(of, _)| (kind(of), Column::new(kind(of).storage(), true))).collect();
        let mut starts: Vec<Option<Vec<usize>>> =
            self.columns.iter().map(|&(_, is_list)| is_list.then(|| vec![0])).collect();
        if !matches!(batches.field.data_type(), DataType::Struct(_)) {
            return Err(FieldError::new_err("the answer is no table"));
        }
        for batch in batches {
            let batch = batch.map_err(|why| FieldError::new_err(format!("the answer: {why}")))?;
            let batch = batch.as_struct();
            if batch.num_columns() != cells.len() {
                return Err(FieldError::new_err("the answer has other columns than were asked for"));
            }
            for (at, (of, column)) in cells.iter_mut().enumerate() {
                let array = batch.column(at);
                let read = match &mut starts[at] {
                    None => incoming::values(column, *of, UNIT, array),
                    Some(starts) => lists(column, *of, starts, array),
                };
                read.map_err(|misfit| {
                    let why = match misfit {
                        Misfit::Type(why) | Misfit::Row(_, why) => why,
                        Misfit::Id(_, id) => format!("{id} is no id"),
                    };
                    FieldError::new_err(format!("the answer: {} {why}", self.names[at]))
                })?;
            }
        }
        Ok(Columns::of_lists(self.names.clone(), cells, starts))
    }
}

/// Appends lists: their values one after the other, and where each ends.
fn lists(column: &mut Column, of: Type, starts: &mut Vec<usize>, array: &ArrayRef) -> std::result::Result<(), Misfit> {
    let ends: Vec<Option<(usize, usize)>> = match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            let end = |at: usize| (lists.value_offsets()[at] as usize, lists.value_offsets()[at + 1] as usize);
            (0..lists.len()).map(|at| lists.is_valid(at).then(|| end(at))).collect()
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            let end = |at: usize| (lists.value_offsets()[at] as usize, lists.value_offsets()[at + 1] as usize);
            (0..lists.len()).map(|at| lists.is_valid(at).then(|| end(at))).collect()
        }
        other => return Err(Misfit::Type(format!("is {other}, no list"))),
    };
    let values: &ArrayRef = match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().values(),
        _ => array.as_list::<i64>().values(),
    };
    for list in ends {
        if let Some((from, to)) = list {
            incoming::values(column, of, UNIT, &values.slice(from, to - from))?;
        }
        starts.push(column.len());
    }
    Ok(())
}
