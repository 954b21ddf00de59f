//! `Expr`: what is asked of each member of a collection. Made by `col`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::ask::expr::{Comparison, Junction, Method, Operator, Part, Total};
use crate::ask::show;
use crate::python::ask::operand::{Operand, Tree, is_collection};
use crate::python::error::{SchemaError, shown, wrong_type};
use crate::store::error::Result;

/// What is asked of each member of a collection: `col("ratings.stars").mean()`.
///
/// Expressions are values: made by `col`, combined by operators and methods, never changed, of no store (unless a record
/// or a collection stands in one), printed as they were written. Only `where`, `select`, `order_by` and the like compute
/// them, column by column.
///
/// `==`, `!=`, `<`, `<=`, `>`, `>=` compare with a value, a record or another expression; a record is also its id or, where its
/// model has one, its key (a tuple, where that has several fields). `&`, `|` and `~` join conditions, each in brackets; `+`,
/// `-`, `*` and `/` are of numbers. None equals None and nothing else: `!=` None is
/// "has a value", and `<`, `<=`, `>`, `>=` with a None do not hold, so that `~(col("a") > 3)` holds for None. Arithmetic
/// with None is None, and so is what is divided by zero; an int over 64 bits is an `OverflowError`.
///
/// >>> from hasmany import col
/// >>> (col("director.country") == "DK") & (col("ratings").count() >= 20)
/// (col("director.country") == 'DK') & (col("ratings").count() >= 20)
#[pyclass(frozen, module = "hasmany")]
pub struct Expr {
    tree: Tree,
    alias: Option<String>,
    /// Whether the largest comes first in an order.
    falls: bool,
}

/// What a path leads to, for `where`, `select`, `order_by` and the like: a field, over references and collections where it
/// is dotted (`"title"`, `"movie.title"`, `"ratings.stars"`); `col("")` is the member itself.
///
/// A path is many values for each member from the first collection on. Raises `SchemaError` for what is no path; whether
/// its names are there, a store says when it is asked.
///
/// >>> from hasmany import Store, User, col
/// >>> with Store():
/// ...     ann, bea = User("ann"), User("bea")
/// ...     _ = ann.like_tweet(bea.post_tweet("hello"))
/// ...     User.where(col("liked_tweets").count() > 0).values("username")
/// ['ann']
#[pyfunction]
#[pyo3(signature = (path, /))]
pub fn col(path: &Bound<'_, PyString>) -> PyResult<Expr> {
    said(Tree::path(&path.to_cow()?))
}

fn said(tree: Result<Tree>) -> PyResult<Expr> {
    tree.map(Expr::of).map_err(|error| SchemaError::new_err(error.to_string()))
}

impl Expr {
    fn of(tree: Tree) -> Self {
        Expr { tree, alias: None, falls: false }
    }

    /// It as a part of another: what names a column or an order comes last.
    fn inner(&self) -> PyResult<Tree> {
        match (&self.alias, self.falls) {
            (None, false) => Ok(self.tree.clone()),
            (Some(_), _) => Err(self.comes_last("alias() comes last")),
            (None, true) => Err(self.comes_last("desc() comes last")),
        }
    }

    fn comes_last(&self, what: &str) -> PyErr {
        SchemaError::new_err(Python::attach(|py| format!("{}: {what}", self.written(py, false))))
    }

    /// It as it was written: whole, or as a message says it.
    pub fn written(&self, py: Python<'_>, is_whole: bool) -> String {
        let Some(alias) = &self.alias else { return show::key(&self.tree, self.falls, is_whole) };
        let named =
            format!("{}.alias({})", show::called(&self.tree, is_whole), shown(PyString::new(py, alias).as_any()));
        if self.falls { format!("{named}.desc()") } else { named }
    }

    /// What it is in a condition, which has neither a name nor an order.
    pub fn condition(&self) -> PyResult<Tree> {
        self.inner()
    }

    /// What it is in an order, and whether it falls.
    pub fn key(&self) -> PyResult<(Tree, bool)> {
        match self.alias {
            None => Ok((self.tree.clone(), self.falls)),
            Some(_) => self.inner().map(|tree| (tree, false)),
        }
    }

    /// What it is as a column, and its name.
    pub fn column(&self) -> PyResult<(Tree, String)> {
        match (&self.alias, self.falls) {
            (Some(alias), false) => Ok((self.tree.clone(), alias.clone())),
            (None, false) => Ok((self.tree.clone(), show::name(&self.tree))),
            (_, true) => Err(self.comes_last("desc() is for order_by")),
        }
    }

    /// With an operator between it and another.
    pub fn binary(&self, operator: Operator, other: &Bound<'_, PyAny>, is_right: bool) -> PyResult<Self> {
        let other = match operator {
            Operator::Compare(Comparison::Equal | Comparison::Unequal) => named(other)?,
            Operator::Compare(_) | Operator::Combine(_) => operand(other)?,
        };
        let own = self.inner()?;
        let (left, right) = if is_right { (other, own) } else { (own, other) };
        said(Tree::binary(operator, left, right))
    }

    /// Two conditions joined.
    pub fn join(&self, junction: Junction, other: &Bound<'_, PyAny>, is_right: bool) -> PyResult<Self> {
        let (own, other) = (self.inner()?, operand(other)?);
        let (left, right) = if is_right { (other, own) } else { (own, other) };
        said(Tree::join(junction, left, right))
    }

    fn call(&self, method: Method, arguments: Vec<Tree>) -> PyResult<Self> {
        said(self.inner()?.call(method, arguments))
    }

    /// Where it does not hold.
    pub fn denied(&self) -> PyResult<Self> {
        said(self.inner()?.denied())
    }

    fn total(&self, total: Total) -> PyResult<Self> {
        self.call(Method::Total(total), Vec::new())
    }
}

/// An expression, or something that stands in one.
fn operand(given: &Bound<'_, PyAny>) -> PyResult<Tree> {
    match given.cast::<Expr>() {
        Ok(expr) => expr.get().inner(),
        Err(_) => Operand::one(given).map(Tree::given),
    }
}

/// As [`operand`], or a key that is a tuple.
fn named(given: &Bound<'_, PyAny>) -> PyResult<Tree> {
    match given.is_instance_of::<PyTuple>() {
        true => Operand::naming(given).map(Tree::given),
        false => operand(given),
    }
}

/// A condition on members.
fn condition(given: &Bound<'_, PyAny>, method: &str) -> PyResult<Tree> {
    match given.cast::<Expr>() {
        Ok(expr) => expr.get().inner(),
        Err(_) => Err(wrong_type(method, "a condition, as in col(\"stars\") > 3", given)),
    }
}

#[pymethods]
impl Expr {
    /// Of many, only those for which a condition holds, whose paths start at the member (of "ratings.movie" the rating);
    /// or, given a collection, those that are in it: the record at the path's end, where there is one, else the member.
    #[pyo3(signature = (condition, /))]
    fn filter(&self, condition: &Bound<'_, PyAny>) -> PyResult<Self> {
        let argument = match condition.is_instance_of::<Expr>() {
            true => operand(condition)?,
            false if is_collection(condition)? => Tree::given(Operand::one(condition)?),
            false => return Err(wrong_type("filter()", "a condition or a collection", condition)),
        };
        self.call(Method::Filter, vec![argument])
    }

    /// How many members; of a field, how many values that are not None.
    fn count(&self) -> PyResult<Self> {
        self.total(Total::Count)
    }

    /// The sum of those that are not None: of ints, floats, Decimals, timedeltas. Of none it is 0.
    fn sum(&self) -> PyResult<Self> {
        self.total(Total::Sum)
    }

    /// The mean of those that are not None, of ints and floats. Of none it is None.
    fn mean(&self) -> PyResult<Self> {
        self.total(Total::Mean)
    }

    /// The least of those that are not None. Of none it is None.
    fn min(&self) -> PyResult<Self> {
        self.total(Total::Min)
    }

    /// The most of those that are not None. Of none it is None.
    fn max(&self) -> PyResult<Self> {
        self.total(Total::Max)
    }

    /// That of the first member, in the collection's order, which may be None. Of no members it is None.
    fn first(&self) -> PyResult<Self> {
        self.total(Total::First)
    }

    /// That of the last member, as `first`.
    fn last(&self) -> PyResult<Self> {
        self.total(Total::Last)
    }

    /// All of them, None included, in the collection's order: the last method, and for `select` and `to_dicts`.
    fn list(&self) -> PyResult<Self> {
        self.call(Method::List, Vec::new())
    }

    /// How many different ones, None left out.
    fn n_unique(&self) -> PyResult<Self> {
        self.total(Total::Unique)
    }

    /// Whether a condition holds for any member; without one, whether there is a member, or a condition on members holds
    /// for any. Of no members it is False.
    #[pyo3(signature = (condition=None, /))]
    fn any(&self, condition: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let arguments = condition.map(|given| self::condition(given, "any()")).transpose()?;
        self.call(Method::Total(Total::Any), arguments.into_iter().collect())
    }

    /// Whether a condition holds for all members. Of no members it is True.
    #[pyo3(signature = (condition=None, /))]
    fn all(&self, condition: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let arguments = condition.map(|given| self::condition(given, "all()")).transpose()?;
        self.call(Method::Total(Total::All), arguments.into_iter().collect())
    }

    /// Whether a collection has this record, or a text this text in it.
    #[pyo3(signature = (item, /))]
    fn contains(&self, item: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.call(Method::Contains, vec![named(item)?])
    }

    /// Whether a text begins with this text.
    #[pyo3(signature = (text, /))]
    fn startswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.call(Method::StartsWith, vec![operand(text)?])
    }

    /// Whether a text ends with this text.
    #[pyo3(signature = (text, /))]
    fn endswith(&self, text: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.call(Method::EndsWith, vec![operand(text)?])
    }

    /// Whether it is one of several values or records, or in a collection. An iterable is read now, a collection when it
    /// is asked. None is in it where None is one of the values.
    #[pyo3(signature = (values, /))]
    fn is_in(&self, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        if values.is_instance_of::<Expr>() {
            return Err(PyTypeError::new_err(
                "is_in() takes values or a collection; whether a collection of the row has a record says .contains()",
            ));
        }
        self.call(Method::IsIn, vec![Tree::given(Operand::several(values)?)])
    }

    /// Whether it is at least `low` and less than `high`; None is an open end. None is between nothing.
    #[pyo3(signature = (low, high, /))]
    fn between(&self, low: &Bound<'_, PyAny>, high: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.call(Method::Between, vec![operand(low)?, operand(high)?])
    }

    /// Whether there is no value.
    fn is_none(&self) -> PyResult<Self> {
        self.call(Method::IsNone, Vec::new())
    }

    /// This value, or expression, where there is none.
    #[pyo3(signature = (value, /))]
    fn if_none(&self, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.call(Method::IfNone, vec![operand(value)?])
    }

    /// A text in small letters.
    fn lower(&self) -> PyResult<Self> {
        self.call(Method::Lower, Vec::new())
    }

    /// A number with so many digits after the point, of a half the even one, as Python's `round`; its type stays.
    #[pyo3(signature = (digits=0, /))]
    fn round(&self, digits: i32) -> PyResult<Self> {
        self.call(Method::Round(digits), Vec::new())
    }

    /// A number, or a timedelta, without its sign.
    fn abs(&self) -> PyResult<Self> {
        self.call(Method::Abs, Vec::new())
    }

    /// The year of a datetime (in UTC) or date.
    fn year(&self) -> PyResult<Self> {
        self.call(Method::Part(Part::Year), Vec::new())
    }

    /// The month of a datetime (in UTC) or date, from 1.
    fn month(&self) -> PyResult<Self> {
        self.call(Method::Part(Part::Month), Vec::new())
    }

    /// The day of the month of a datetime (in UTC) or date.
    fn day(&self) -> PyResult<Self> {
        self.call(Method::Part(Part::Day), Vec::new())
    }

    /// The day of the week of a datetime (in UTC) or date: 0 for Monday, as Python's.
    fn weekday(&self) -> PyResult<Self> {
        self.call(Method::Part(Part::Weekday), Vec::new())
    }

    /// This expression, whose column has another name.
    #[pyo3(signature = (name, /))]
    fn alias(&self, name: &Bound<'_, PyString>) -> PyResult<Self> {
        let alias = Some(name.to_cow()?.into_owned());
        Ok(Expr { tree: self.tree.clone(), alias, falls: self.falls })
    }

    /// This expression as a key of `order_by` that puts the largest first.
    fn desc(&self) -> PyResult<Self> {
        Ok(Expr { tree: self.tree.clone(), alias: self.alias.clone(), falls: true })
    }

    pub fn __repr__(&self, py: Python<'_>) -> String {
        self.written(py, true)
    }
}
