//! Expressions: what somebody wrote, and nothing of any store. They are values: immutable, cheap to copy, shared.

use std::sync::Arc;

use crate::store::error::{Error, Result};
use crate::store::read::path::DEEPEST;

/// An expression; `O` is what stands in it besides paths: values, records, collections.
#[derive(Debug)]
pub struct Expr<O> {
    node: Arc<Node<O>>,
    /// How many expressions stand in each other, so that nothing that walks down one runs out of stack.
    depth: usize,
    /// How many there are in all: the same one may stand in it twice, and again in what that stands in.
    size: usize,
}

/// A condition on members stands so much deeper than what it is asked of: to go down into it takes more stack.
const WITHIN: usize = 3;

/// So many expressions may one be made of.
const MOST: usize = 100_000;

impl<O> Clone for Expr<O> {
    fn clone(&self) -> Self {
        Expr { node: self.node.clone(), depth: self.depth, size: self.size }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<O> {
    /// "ratings.movie.title", its parts; none for the member itself.
    Path(Box<[String]>),
    /// A value, a record, several.
    Given(O),
    /// `==`, `<`, `+` and so on.
    Binary(Operator, Expr<O>, Expr<O>),
    /// All of `&`, or any of `|`: a chain of them is one, however long.
    Junction(Junction, Vec<Expr<O>>),
    /// `~`
    Not(Expr<O>),
    /// `a.method(b, ...)`
    Call(Method, Expr<O>, Vec<Expr<O>>),
}

/// Equal where they were written alike.
impl<O: PartialEq> PartialEq for Expr<O> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node) || self.node == other.node
    }
}

/// An operator between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Whether two compare so.
    Compare(Comparison),
    /// What two numbers make.
    Combine(Arithmetic),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What two numbers make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// How conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Junction {
    /// `&`
    All,
    /// `|`
    Any,
}

/// A method of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Only those members for which something holds.
    Filter,
    /// One value of many.
    Total(Total),
    /// All of many.
    List,
    /// Whether a collection has this record, or a text this text.
    Contains,
    /// Whether a text begins so.
    StartsWith,
    /// Whether a text ends so.
    EndsWith,
    /// A text in small letters.
    Lower,
    /// Whether it is one of several.
    IsIn,
    /// Whether it is at least the one and less than the other.
    Between,
    /// Whether there is no value.
    IsNone,
    /// Another where there is no value.
    IfNone,
    /// So many digits after the point.
    Round(i32),
    /// Without its sign.
    Abs,
    /// A number of the calendar.
    Part(Part),
}

/// How many become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Total {
    /// How many.
    Count,
    /// How many different.
    Unique,
    /// Together.
    Sum,
    /// On average.
    Mean,
    /// The least.
    Min,
    /// The most.
    Max,
    /// The first in order.
    First,
    /// The last in order.
    Last,
    /// Whether it holds for any.
    Any,
    /// Whether it holds for all.
    All,
}

/// A number of the calendar, of a time (in UTC) or a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The year.
    Year,
    /// 1 to 12.
    Month,
    /// 1 to 31.
    Day,
    /// 0 for Monday to 6.
    Weekday,
}

impl<O> Expr<O> {
    /// What a path leads to: `"ratings.stars"`; the member itself of the empty one.
    pub fn path(path: &str) -> Result<Self> {
        let parts: Vec<String> = match path {
            "" => Vec::new(),
            path => path.split('.').map(str::to_owned).collect(),
        };
        let is_name = |part: &String| {
            let mut letters = part.chars();
            letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
                && letters.all(|c| c.is_alphanumeric() || c == '_')
        };
        match parts.iter().find(|part| !is_name(part)) {
            Some(part) => Err(Error::Schema(format!(
                "'{path}' is no path: {}; a path is names with dots between them, as in \"ratings.movie.title\"",
                if part.is_empty() { "a name is missing".to_owned() } else { format!("'{part}' is no name") }
            ))),
            None => Ok(Expr { node: Arc::new(Node::Path(parts.into())), depth: 1, size: 1 }),
        }
    }

    /// Something that is no path.
    pub fn given(given: O) -> Self {
        Expr { node: Arc::new(Node::Given(given)), depth: 1, size: 1 }
    }

    /// Two with an operator between.
    pub fn binary(operator: Operator, left: Self, right: Self) -> Result<Self> {
        let (depth, size) = (left.depth.max(right.depth), left.size + right.size);
        Self::over(depth, size, Node::Binary(operator, left, right))
    }

    /// Two conditions joined. To a chain of the same the right one is added.
    pub fn join(junction: Junction, left: Self, right: Self) -> Result<Self>
    where
        O: Clone,
    {
        let size = left.size + right.size;
        let (below, mut all) = match &*left.node {
            Node::Junction(of, all) if *of == junction => (left.depth - 1, all.clone()),
            _ => (left.depth, vec![left]),
        };
        let depth = below.max(right.depth);
        all.push(right);
        Self::over(depth, size, Node::Junction(junction, all))
    }

    /// Where it does not hold.
    pub fn denied(self) -> Result<Self> {
        Self::over(self.depth, self.size, Node::Not(self))
    }

    /// A method of it.
    pub fn call(self, method: Method, arguments: Vec<Self>) -> Result<Self> {
        let depth = arguments.iter().map(|argument| argument.depth + WITHIN).fold(self.depth, usize::max);
        let size = arguments.iter().map(|argument| argument.size).fold(self.size, usize::saturating_add);
        Self::over(depth, size, Node::Call(method, self, arguments))
    }

    fn over(depth: usize, size: usize, node: Node<O>) -> Result<Self> {
        match depth < DEEPEST {
            true if size < MOST => Ok(Expr { node: Arc::new(node), depth: depth + 1, size: size + 1 }),
            true => Err(Error::Schema(format!(
                "an expression may have {MOST} parts; is_in() takes any number of values as one"
            ))),
            false => Err(Error::Schema(format!(
                "an expression may be {DEEPEST} deep; chains of & or | count as one, is_in() takes any number of values"
            ))),
        }
    }

    /// This expression with other operands and other paths. Paths of conditions on members start at those, and stay.
    pub fn changed<P, E>(
        &self,
        operand: &impl Fn(&O) -> std::result::Result<P, E>,
        path: &dyn Fn(&[String]) -> Box<[String]>,
    ) -> std::result::Result<Expr<P>, E> {
        let whole = |of: &Self| of.changed(operand, path);
        let inside = |of: &Self| of.changed(operand, &|path| path.into());
        let node = match &*self.node {
            Node::Path(parts) => Node::Path(path(parts)),
            Node::Given(given) => Node::Given(operand(given)?),
            Node::Binary(operator, left, right) => Node::Binary(*operator, whole(left)?, whole(right)?),
            Node::Junction(how, all) => {
                Node::Junction(*how, all.iter().map(whole).collect::<std::result::Result<_, E>>()?)
            }
            Node::Not(of) => Node::Not(whole(of)?),
            Node::Call(method, of, arguments) => {
                let is_of_member = matches!(method, Method::Filter | Method::Total(_));
                let argument = |of: &Self| if is_of_member { inside(of) } else { whole(of) };
                let arguments = arguments.iter().map(argument).collect::<std::result::Result<_, E>>()?;
                Node::Call(*method, whole(of)?, arguments)
            }
        };
        Ok(Expr { node: Arc::new(node), depth: self.depth, size: self.size })
    }

    /// Visits the paths in it that start at the row it is asked of.
    pub fn each_path(&self, visit: &mut dyn FnMut(&[String])) {
        match &*self.node {
            Node::Path(parts) => visit(parts),
            Node::Given(_) => {}
            Node::Binary(_, left, right) => {
                left.each_path(visit);
                right.each_path(visit);
            }
            Node::Junction(_, all) => all.iter().for_each(|of| of.each_path(visit)),
            Node::Not(of) => of.each_path(visit),
            Node::Call(method, of, arguments) => {
                of.each_path(visit);
                if !matches!(method, Method::Filter | Method::Total(_)) {
                    arguments.iter().for_each(|of| of.each_path(visit));
                }
            }
        }
    }

    /// What it is.
    pub fn node(&self) -> &Node<O> {
        &self.node
    }

    /// Whether it is a path.
    pub fn is_path(&self) -> bool {
        matches!(*self.node, Node::Path(_))
    }

    /// It with other paths where it is asked; those of conditions on members start at them, and stay.
    pub fn with_paths<E>(
        &self,
        of: &mut impl FnMut(&[String]) -> std::result::Result<Box<[String]>, E>,
    ) -> std::result::Result<Self, E> {
        self.with(&mut |part| match &*part.node {
            Node::Path(parts) => of(parts).map(Some),
            _ => Ok(None),
        })
    }

    /// It with paths in the place of the largest parts for which there are some; conditions on members stay.
    pub fn with<E>(
        &self,
        of: &mut impl FnMut(&Self) -> std::result::Result<Option<Box<[String]>>, E>,
    ) -> std::result::Result<Self, E> {
        let all = |exprs: &[Self], of: &mut _| exprs.iter().map(|expr| expr.with(of)).collect();
        if let Some(path) = of(self)? {
            return Ok(Expr { node: Arc::new(Node::Path(path)), depth: self.depth, size: self.size });
        }
        let node = match &*self.node {
            Node::Path(_) | Node::Given(_) => return Ok(self.clone()),
            Node::Binary(operator, left, right) => Node::Binary(*operator, left.with(of)?, right.with(of)?),
            Node::Junction(junction, parts) => Node::Junction(*junction, all(parts, of)?),
            Node::Not(expr) => Node::Not(expr.with(of)?),
            Node::Call(method, expr, arguments) => {
                let expr = expr.with(of)?;
                let arguments: std::result::Result<Vec<Self>, E> = match method {
                    Method::Filter | Method::Total(_) => Ok(arguments.clone()),
                    _ => all(arguments, of),
                };
                Node::Call(*method, expr, arguments?)
            }
        };
        Ok(Expr { node: Arc::new(node), depth: self.depth, size: self.size })
    }

    /// Everything in it that is no path.
    pub fn each_given<E>(
        &self,
        visit: &mut impl FnMut(&O) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        match &*self.node {
            Node::Path(_) => Ok(()),
            Node::Given(given) => visit(given),
            Node::Binary(_, left, right) => {
                left.each_given(visit)?;
                right.each_given(visit)
            }
            Node::Junction(_, all) => all.iter().try_for_each(|of| of.each_given(visit)),
            Node::Not(of) => of.each_given(visit),
            Node::Call(_, of, arguments) => {
                of.each_given(visit)?;
                arguments.iter().try_for_each(|of| of.each_given(visit))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plain = Expr<i64>;

    #[test]
    fn a_chain_is_one_and_the_rest_has_an_end() {
        let a = || Plain::path("a").unwrap_or_else(|_| unreachable!());
        let mut chain = a();
        for _ in 0..1000 {
            chain = Plain::join(Junction::Any, chain, a()).unwrap_or_else(|_| unreachable!());
        }
        assert_eq!(chain.depth, 2);
        let mut deep = Ok(a());
        for _ in 0..10_000 {
            deep = deep.and_then(|deep: Plain| deep.denied());
        }
        assert!(deep.is_err_and(|error| error.to_string().contains("64 deep")));
    }

    #[test]
    fn paths_of_conditions_on_members_stay() {
        let path = |path| Plain::path(path).unwrap_or_else(|_| unreachable!());
        let holds = Plain::binary(Operator::Compare(Comparison::Less), path("owner.a"), Plain::given(3));
        let some = holds.and_then(|holds| path("owner.all").call(Method::Filter, vec![holds]));
        let whole = some.and_then(|some| some.call(Method::IfNone, vec![path("owner.b")]));
        let moved = whole.and_then(|whole| whole.with_paths(&mut |path| Result::Ok(path[1..].into())));
        let written = r#"col("all").filter(col("owner.a") < 3).if_none(col("b"))"#;
        assert!(moved.is_ok_and(|moved| moved.to_string() == written));
    }

    #[test]
    fn a_path_is_names_with_dots() {
        assert!(["", "a", "a.b_1", "é"].iter().all(|path| Plain::path(path).is_ok()));
        assert!([".", "a.", ".a", "a..b", "a b", "1a", "a.*"].iter().all(|path| Plain::path(path).is_err()));
    }
}
