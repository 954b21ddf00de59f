//! Expressions as they were written, and as the names of columns.
//!
//! What others read again is whole, `{:#}`: descriptions, names of columns. What a message says of a long value is its
//! beginning, `{}`.

use std::fmt::{self, Display, Write};

use crate::ask::expr::{Arithmetic, Comparison, Expr, Junction, Method, Node, Operator, Part, Total};

/// As it was written: `col("ratings.stars").mean()`.
impl<O: Display> Display for Expr<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_whole = f.alternate();
        show(self, f, Style { with_col: true, is_whole })
    }
}

/// As a column is called: `ratings.stars.mean()`.
pub fn name<O: Display>(expr: &Expr<O>) -> String {
    let mut name = String::new();
    // To write into a string does not fail.
    _ = show(expr, &mut name, Style { with_col: false, is_whole: true });
    name
}

fn bracketed<O: Display>(expr: &Expr<O>, is_bare: bool, is_whole: bool) -> String {
    let text = if is_whole { format!("{expr:#}") } else { expr.to_string() };
    if is_bare { text } else { format!("({text})") }
}

/// It as it stands before a method.
pub fn called<O: Display>(expr: &Expr<O>, is_whole: bool) -> String {
    bracketed(expr, binds(expr) == Binds::Call, is_whole)
}

/// A key of an order, as it was written.
pub fn key<O: Display>(expr: &Expr<O>, falls: bool, is_whole: bool) -> String {
    match falls {
        true => format!("{}.desc()", called(expr, is_whole)),
        false => bracketed(expr, true, is_whole),
    }
}

/// Conditions of which all must hold, as they were written.
pub fn all<O: Display>(conditions: &[&Expr<O>], is_whole: bool) -> String {
    let part = |expr: &&Expr<O>| bracketed(*expr, conditions.len() == 1 || binds(expr) > Binds::And, is_whole);
    conditions.iter().map(part).collect::<Vec<_>>().join(" & ")
}

/// How much of a value a message shows.
const SHOWN: usize = 80;

/// What `write` writes: whole where the format says so, else its beginning.
pub fn cut(f: &mut fmt::Formatter<'_>, write: impl FnOnce(&mut dyn Write) -> fmt::Result) -> fmt::Result {
    if f.alternate() {
        return write(f);
    }
    let mut beginning = Beginning { text: String::new(), left: SHOWN };
    // What is long ends it early.
    _ = write(&mut beginning);
    f.write_str(&beginning.text)
}

struct Beginning {
    text: String,
    left: usize,
}

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if self.left == 0 {
                self.text.push('…');
                return Err(fmt::Error);
            }
            self.text.push(letter);
            self.left -= 1;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Style {
    /// Whether a path is `col("a")`, and not `a`.
    with_col: bool,
    /// Whether long values are shown to their ends.
    is_whole: bool,
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

fn show<O: Display>(expr: &Expr<O>, f: &mut impl Write, style: Style) -> fmt::Result {
    // `least`: what binds as tightly needs no brackets.
    let operand = |of: &Expr<O>, f: &mut _, is_bare: bool| -> fmt::Result {
        if is_bare {
            return show(of, f, style);
        }
        Write::write_char(f, '(')?;
        show(of, f, style)?;
        Write::write_char(f, ')')
    };
    let own = binds(expr);
    match expr.node() {
        Node::Path(parts) if style.with_col => write!(f, "col(\"{}\")", parts.join(".")),
        Node::Path(parts) => f.write_str(&parts.join(".")),
        Node::Given(given) if style.is_whole => write!(f, "{given:#}"),
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
                show(argument, f, style)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::error::Result;

    type Plain = Expr<i64>;

    #[test]
    fn what_stands_before_a_method_or_among_conditions_has_brackets() -> Result<()> {
        let compared = Plain::binary(Operator::Compare(Comparison::Equal), Plain::path("a")?, Plain::given(1))?;
        let any = Plain::join(Junction::Any, compared.clone(), Plain::path("b")?)?;
        let sum = Plain::binary(Operator::Combine(Arithmetic::Plus), Plain::path("a")?, Plain::given(-1))?;
        assert_eq!(key(&sum, true, true), r#"(col("a") + -1).desc()"#);
        assert_eq!(key(&sum, false, true), r#"col("a") + -1"#);
        assert_eq!(key(&Plain::path("a")?, true, true), r#"col("a").desc()"#);
        assert_eq!(key(&compared.clone().denied()?, true, true), r#"(~(col("a") == 1)).desc()"#);
        assert_eq!(all(&[&any], true), r#"(col("a") == 1) | col("b")"#);
        assert_eq!(
            all(&[&any, &compared, &sum], true),
            r#"((col("a") == 1) | col("b")) & (col("a") == 1) & col("a") + -1"#
        );
        Ok(())
    }
}
