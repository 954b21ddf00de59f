//! The operators of expressions, and what Python would make of them that they are not.

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::ask::expr::{Arithmetic, Comparison, Junction, Operator};
use crate::python::ask::expr::Expr;

#[pymethods]
impl Expr {
    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Self> {
        let how = match op {
            CompareOp::Eq => Comparison::Equal,
            CompareOp::Ne => Comparison::Unequal,
            CompareOp::Lt => Comparison::Less,
            CompareOp::Le => Comparison::AtMost,
            CompareOp::Gt => Comparison::Greater,
            CompareOp::Ge => Comparison::AtLeast,
        };
        self.binary(Operator::Compare(how), other, false)
    }

    fn __add__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Plus), other, false)
    }

    fn __radd__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Plus), other, true)
    }

    fn __sub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Minus), other, false)
    }

    fn __rsub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Minus), other, true)
    }

    fn __mul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Times), other, false)
    }

    fn __rmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Times), other, true)
    }

    fn __truediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Over), other, false)
    }

    fn __rtruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.binary(Operator::Combine(Arithmetic::Over), other, true)
    }

    fn __and__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.join(Junction::All, other, false)
    }

    fn __rand__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.join(Junction::All, other, true)
    }

    fn __or__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.join(Junction::Any, other, false)
    }

    fn __ror__(&self, other: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.join(Junction::Any, other, true)
    }

    fn __invert__(&self) -> PyResult<Self> {
        self.denied()
    }

    /// An expression is neither true nor false.
    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        Err(PyTypeError::new_err(format!(
            "{} is asked of rows and is neither true nor false by itself: write & for and, | for or, ~ for not, each side \
             in brackets; low < x < high is (x > low) & (x < high), and low <= x < high is x.between(low, high)",
            self.written(py, false)
        )))
    }

    /// `in` would ask whether the expression is true.
    fn __contains__(&self, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        let _ = item;
        Err(PyTypeError::new_err(
            "write .contains(item) where a collection has it, .is_in(values) where it is one of them",
        ))
    }

    /// NumPy's operators leave it to ours.
    #[classattr]
    fn __array_ufunc__() -> Option<bool> {
        None
    }
}
