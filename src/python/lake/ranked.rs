//! Rankings of a lake: what is asked of their records as plans, and rows by the ids that a lake has for them.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::ask::plan::Of;
use crate::ask::ranked::Wanted;
use crate::python::collection::many::Many;
use crate::python::error::SchemaError;
use crate::python::lake::asked::{LakeQuestion, answered, planned_of};
use crate::python::rank::rankings::Rankings;
use crate::python::rank::select::wanted;
use crate::store::id::{Id, ModelId};
use crate::store::schema::declaration::Kind;
use crate::store::types::Type;

/// Those with these ids, in this order. What is none of the model's is left out.
#[pyfunction]
pub fn lake_rows(many: &Bound<'_, Many>, ids: Vec<i64>) -> PyResult<Many> {
    let model = many.get().model();
    many.get().fix(many.py(), model, |world| {
        let table = world.engine.table(model);
        Ok(ids.iter().filter_map(|&id| table.find(Id::try_from(id).ok()?)).collect())
    })
}

/// What `Rankings.select` was asked: each plan is `("rank", None)`, `("score", None)`, or of whom it is asked, "owner" or
/// "member", and the question. Raises as `Rankings.select` does.
#[pyfunction]
pub fn lake_ranked<'py>(
    rankings: &Bound<'py, Rankings>,
    given: &Bound<'py, PyTuple>,
    named: &Bound<'py, PyDict>,
) -> PyResult<LakeQuestion> {
    let (py, store, sides) = (rankings.py(), rankings.get().store(rankings.py()), rankings.get().sides());
    let (names, wanted) = wanted(store, sides, given, Some(named))?;
    if let Some(at) = wanted.iter().position(|column| matches!(column, Wanted::Computed(..))) {
        return Err(SchemaError::new_err(format!(
            "select: '{}' is computed of a rank, a score or of both sides, which is not asked of a lake: select what it is computed of, and \
             compute where that is read, as in pl.DataFrame(...)",
            names[at]
        )));
    }
    let asked = wanted.iter().filter_map(|column| match column {
        Wanted::Rank | Wanted::Score | Wanted::Computed(..) => None,
        Wanted::Member(tree) => Some((sides.member, tree.clone())),
        Wanted::Owner(tree) => sides.owner.map(|owner| (owner, tree.clone())),
    });
    let asked: Vec<_> = asked.collect();
    let (questions, writer) = planned_of(store, &asked, |checker, model, tree| checker.column(model, tree, false))?;
    let mut questions = questions.iter();
    let (mut columns, mut plans) = (Vec::new(), Vec::new());
    for column in &wanted {
        let (side, of) = match column {
            Wanted::Rank => ("rank", Type::Int),
            Wanted::Score => ("score", Type::Float),
            Wanted::Member(_) => ("member", Type::Int),
            Wanted::Owner(_) => ("owner", Type::Int),
            Wanted::Computed(..) => continue,
        };
        let question = match column {
            Wanted::Rank | Wanted::Score | Wanted::Computed(..) => None,
            Wanted::Member(_) | Wanted::Owner(_) => questions.next(),
        };
        columns.push(question.map_or((Of::Value(of), false), answered));
        let plan = question.map(|question| writer.question(question)).transpose()?;
        plans.push((side, plan).into_pyobject(py)?.into_any());
    }
    LakeQuestion::new(py, names, columns, plans)
}

/// The columns of rankings themselves: owner, rank, member, score. A side whose rows have no ids in the lake is known by the
/// field that is named.
#[pyfunction]
pub fn lake_rankings(
    rankings: &Bound<'_, Rankings>,
    owner_key: Option<String>,
    member_key: Option<String>,
) -> PyResult<LakeQuestion> {
    let (py, of) = (rankings.py(), rankings.get());
    let (store, sides) = (of.store(py), of.sides());
    let (owner, member) = {
        let world = store.get().read(py);
        let kind = |model: ModelId, key: Option<String>| {
            let fields = &world.engine.schema().model(model).fields;
            match fields.iter().find(|field| key.as_ref() == Some(&field.name)).map(|field| &field.kind) {
                Some(&Kind::Value(of)) => of,
                Some(Kind::Reference(..)) | None => Type::Int,
            }
        };
        (kind(sides.owner.unwrap_or(sides.member), owner_key), kind(sides.member, member_key))
    };
    let names = ["owner", "rank", "member", "score"].map(str::to_owned);
    let columns = [owner, Type::Int, member, Type::Float].map(|of| (Of::Value(of), false));
    LakeQuestion::new(py, names.into(), columns.into(), Vec::new())
}
