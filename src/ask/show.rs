//! Expressions as they were written, and as the names of columns.

use std::fmt::{self, Display, Write};

use crate::ask::expr::{Arithmetic, Comparison, Expr, Junction, Method, Node, Operator, Part, Total};

/// As it was written: `col("ratings.stars").mean()`.
impl<O: Display> Display for Expr<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f, true)
    }
}

/// As a column is called: `ratings.stars.mean()`.
pub fn name<O: Display>(expr: &Expr<O>) -> String {
    let mut name = String::new();
    // To write into a string does not fail.
    _ = show(expr, &mut name, false);
    name
}

/// How tightly Python binds: what binds less stands in brackets where it is an operand of what binds more.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binds {
    Compared,
    Or,
    And,
    Sum,
    Product,
    Not,
    Call,
}

fn binds<O>(expr: &Expr<O>) -> Binds {
    match expr.node() {
        Node::Binary(Operator::Compare(_), ..) => Binds::Compared,
        Node::Junction(Junction::Any, _) => Binds::Or,
        Node::Junction(Junction::All, _) => Binds::And,
        Node::Binary(Operator::Combine(Arithmetic::Plus | Arithmetic::Minus), ..) => Binds::Sum,
        Node::Binary(Operator::Combine(Arithmetic::Times | Arithmetic::Over), ..) => Binds::Product,
        Node::Not(_) => Binds::Not,
        Node::Path(_) | Node::Given(_) | Node::Call(..) => Binds::Call,
    }
}

fn show<O: Display>(expr: &Expr<O>, f: &mut impl Write, with_col: bool) -> fmt::Result {
    // `least`: what binds as tightly needs no brackets.
    let operand = |of: &Expr<O>, f: &mut _, is_bare: bool| -> fmt::Result {
        if is_bare {
            return show(of, f, with_col);
        }
        Write::write_char(f, '(')?;
        show(of, f, with_col)?;
        Write::write_char(f, ')')
    };
    let own = binds(expr);
    match expr.node() {
        Node::Path(parts) if with_col => write!(f, "col(\"{}\")", parts.join(".")),
        Node::Path(parts) => f.write_str(&parts.join(".")),
        Node::Given(given) => write!(f, "{given}"),
        Node::Binary(operator, left, right) => {
            let is_left_bare = if own == Binds::Compared { binds(left) > own } else { binds(left) >= own };
            operand(left, f, is_left_bare)?;
            write!(f, " {} ", operator.sign())?;
            operand(right, f, binds(right) > own)
        }
        Node::Junction(junction, all) => {
            for (at, of) in all.iter().enumerate() {
                if at > 0 {
                    f.write_str(if *junction == Junction::All { " & " } else { " | " })?;
                }
                operand(of, f, binds(of) > own)?;
            }
            Ok(())
        }
        Node::Not(of) => {
            f.write_char('~')?;
            operand(of, f, binds(of) >= Binds::Not)
        }
        Node::Call(method, of, arguments) => {
            operand(of, f, binds(of) == Binds::Call)?;
            write!(f, ".{}(", method.name())?;
            if let Method::Round(digits) = method
                && *digits != 0
            {
                write!(f, "{digits}")?;
            }
            for (at, argument) in arguments.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                show(argument, f, with_col)?;
            }
            f.write_char(')')
        }
    }
}

impl Method {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Method::Filter => "filter",
            Method::Total(total) => total.name(),
            Method::List => "list",
            Method::Contains => "contains",
            Method::StartsWith => "startswith",
            Method::EndsWith => "endswith",
            Method::Lower => "lower",
            Method::IsIn => "is_in",
            Method::Between => "between",
            Method::IsNone => "is_none",
            Method::IfNone => "if_none",
            Method::Round(_) => "round",
            Method::Abs => "abs",
            Method::Part(Part::Year) => "year",
            Method::Part(Part::Month) => "month",
            Method::Part(Part::Day) => "day",
            Method::Part(Part::Weekday) => "weekday",
        }
    }
}

impl Total {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Total::Count => "count",
            Total::Unique => "n_unique",
            Total::Sum => "sum",
            Total::Mean => "mean",
            Total::Min => "min",
            Total::Max => "max",
            Total::First => "first",
            Total::Last => "last",
            Total::Any => "any",
            Total::All => "all",
        }
    }
}

impl Operator {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Compare(Comparison::Equal) => "==",
            Operator::Compare(Comparison::Unequal) => "!=",
            Operator::Compare(Comparison::Less) => "<",
            Operator::Compare(Comparison::AtMost) => "<=",
            Operator::Compare(Comparison::Greater) => ">",
            Operator::Compare(Comparison::AtLeast) => ">=",
            Operator::Combine(Arithmetic::Plus) => "+",
            Operator::Combine(Arithmetic::Minus) => "-",
            Operator::Combine(Arithmetic::Times) => "*",
            Operator::Combine(Arithmetic::Over) => "/",
        }
    }
}
