//! Plain values that name records. In memory the row is looked up; where there are no rows, what is compared is the field
//! that stands for the record: its key, or its id; of a key of several fields each of them.

use crate::ask::check::{Checker, Said, refused};
use crate::ask::expr::{Comparison, Expr, Junction, Method, Node, Operator, Total};
use crate::ask::given::Given;
use crate::ask::plan::Of;
use crate::python::ask::operand::{Operand, Tree};
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::ModelId;
use crate::store::schema::declaration::Kind;

/// The expression in which plain values are compared with fields alone. It was checked before, so that its errors speak
/// of what was written.
pub fn spelled(checker: &Checker<'_, Operand>, model: ModelId, tree: &Tree) -> Result<Tree> {
    let own = |of: &Tree| spelled(checker, model, of);
    match tree.node() {
        Node::Path(_) | Node::Given(_) => Ok(tree.clone()),
        Node::Not(of) => own(of)?.denied(),
        Node::Junction(how, all) => {
            let mut all = all.iter().map(own);
            let first = all.next().unwrap_or_else(|| Ok(tree.clone()))?;
            all.try_fold(first, |joined, one| Expr::join(*how, joined, one?))
        }
        Node::Binary(operator, left, right) => {
            let (mut a, mut b) = (own(left)?, own(right)?);
            if let Operator::Compare(how @ (Comparison::Equal | Comparison::Unequal)) = operator {
                let tuple = match (rows_of(checker, model, left)?, rows_of(checker, model, right)?) {
                    (Some(to), None) if is_value(right) => {
                        a = standing_for(checker, model, to, &a)?;
                        None
                    }
                    (None, Some(to)) if is_value(left) => {
                        b = standing_for(checker, model, to, &b)?;
                        None
                    }
                    (Some(to), None) => several(right).map(|named| (to, &a, named)),
                    (None, Some(to)) => several(left).map(|named| (to, &b, named)),
                    _ => None,
                };
                if let Some((to, of, named)) = tuple {
                    let is_named = is_named(checker, model, to, of, named)?;
                    return if *how == Comparison::Equal { Ok(is_named) } else { is_named.denied() };
                }
            }
            Expr::binary(*operator, a, b)
        }
        Node::Call(method, of, arguments) => {
            let inside = match (method, checker.said(model, of)?) {
                (Method::Filter | Method::Total(_), Said::Many(many)) => many.plural.to,
                _ => model,
            };
            let said =
                arguments.iter().map(|argument| spelled(checker, inside, argument)).collect::<Result<Vec<_>>>()?;
            let mut of_what = own(of)?;
            let first = arguments.first();
            let rows = match method {
                Method::IsIn | Method::Contains => rows_of(checker, model, of)?,
                _ => None,
            };
            if let (Some(to), Method::IsIn, Some(named)) = (rows, method, first.and_then(several)) {
                if named.parts().is_some_and(|all| all.iter().any(|one| one.parts().is_some())) {
                    return is_any_of(checker, model, to, &of_what, named);
                }
                of_what = standing_for(checker, model, to, &of_what)?;
            }
            if let (Some(to), Method::Contains, Some(item)) = (rows, method, first)
                && let Some(named) = plain(item)
            {
                let equal = is_named(checker, model, to, &of_what, named)?;
                return equal.call(Method::Total(Total::Any), Vec::new());
            }
            of_what.call(*method, said)
        }
    }
}

/// The model, where an expression is a record, or one of each member.
fn rows_of(checker: &Checker<'_, Operand>, model: ModelId, tree: &Tree) -> Result<Option<ModelId>> {
    let of = match checker.said(model, tree)? {
        Said::One(plan) => plan.of,
        Said::Many(many) => many.plural.value.of,
        Said::List(_) | Said::Given(_) => return Ok(None),
    };
    Ok(match of {
        Of::Row(to) => Some(to),
        Of::Value(_) | Of::Nothing => None,
    })
}

fn is_value(tree: &Tree) -> bool {
    matches!(tree.node(), Node::Given(operand) if matches!(operand.hollow(), Given::Value(..)))
}

/// A tuple, or several.
fn several(tree: &Tree) -> Option<&Operand> {
    match tree.node() {
        Node::Given(operand) if operand.parts().is_some() => Some(operand),
        _ => None,
    }
}

/// A value, or a tuple.
fn plain(tree: &Tree) -> Option<&Operand> {
    match tree.node() {
        Node::Given(operand) if is_value(tree) || operand.parts().is_some() => Some(operand),
        _ => None,
    }
}

/// What says that a record of `to` is the one that a value names, or a tuple: what stands for it, compared with each part.
fn is_named(checker: &Checker<'_, Operand>, model: ModelId, to: ModelId, tree: &Tree, named: &Operand) -> Result<Tree> {
    let (of, equal) = (checker.engine.schema().model(to), Operator::Compare(Comparison::Equal));
    let parts = match (named.parts(), &*of.key) {
        (Some(parts), [_, _, ..]) if parts.len() == of.key.len() => parts,
        _ => return Expr::binary(equal, standing_for(checker, model, to, tree)?, Tree::given(named.clone())),
    };
    let part = |(&by, part): (&usize, &Operand)| {
        let field = &of.fields[by];
        let its = asked_of(checker, model, tree, std::slice::from_ref(&field.name))?;
        // No field of a key is none.
        let none = |its: Tree| its.call(Method::IsIn, vec![Tree::given(Operand::no_values())]);
        match field.kind {
            Kind::Reference(next, _) if part.is_nothing() => none(standing_for(checker, model, next, &its)?),
            Kind::Reference(next, _) => is_named(checker, model, next, &its, part),
            Kind::Value(_) if part.is_nothing() => none(its),
            Kind::Value(_) => Expr::binary(equal, its, Tree::given(part.clone())),
        }
    };
    joined(Junction::All, of.key.iter().zip(parts).map(part))
        .unwrap_or_else(|| refused(format!("{tree}: {} has no key", of.name)))
}

/// What says that a record is one of those that tuples name.
fn is_any_of(
    checker: &Checker<'_, Operand>,
    model: ModelId,
    to: ModelId,
    tree: &Tree,
    named: &Operand,
) -> Result<Tree> {
    let one = |one: &Operand| match one.is_nothing() {
        true => tree.clone().call(Method::IsNone, Vec::new()),
        false => is_named(checker, model, to, tree, one),
    };
    joined(Junction::Any, named.parts().unwrap_or_default().iter().map(one))
        .unwrap_or_else(|| refused(format!("{tree}: is_in() takes several")))
}

fn joined(how: Junction, mut all: impl Iterator<Item = Result<Tree>>) -> Option<Result<Tree>> {
    let first = all.next()?;
    Some(first.and_then(|first| all.try_fold(first, |joined, one| Expr::join(how, joined, one?))))
}

/// What stands for a record of `to` outside, asked of the same rows of `model`.
fn standing_for(checker: &Checker<'_, Operand>, model: ModelId, to: ModelId, tree: &Tree) -> Result<Tree> {
    asked_of(checker, model, tree, &names(checker.engine, to))
}

/// Where names lead from a record, asked of the same rows of `model`.
fn asked_of(checker: &Checker<'_, Operand>, model: ModelId, tree: &Tree, names: &[String]) -> Result<Tree> {
    match tree.node() {
        Node::Path(parts) => {
            let mut parts = parts.to_vec();
            // Only the last name of a path may be `user_id` for `user`.
            let is_whole =
                || Tree::path(&format!("{}.id", parts.join("."))).and_then(|path| checker.said(model, &path));
            if let Some(plain) = parts.last().and_then(|last| last.strip_suffix("_id")).map(str::to_owned)
                && is_whole().is_err()
            {
                parts.pop();
                parts.push(plain);
            }
            parts.extend_from_slice(names);
            Tree::path(&parts.join("."))
        }
        // These only choose among rows.
        Node::Call(method @ Method::Total(Total::First | Total::Last), of, arguments) => {
            asked_of(checker, model, of, names)?.call(*method, arguments.clone())
        }
        Node::Call(Method::Filter, of, arguments)
            if !arguments.iter().any(|of| matches!(of.node(), Node::Given(_))) =>
        {
            asked_of(checker, model, of, names)?.call(Method::Filter, arguments.clone())
        }
        _ => refused(format!("{tree} is compared with a plain value: in a lake, compare a field of it")),
    }
}

/// The path from a record to what stands for it: `id`, or its key, of which a reference leads on.
fn names(engine: &Engine, mut model: ModelId) -> Vec<String> {
    let mut names = Vec::new();
    // Keys that lead to themselves are ids after one round.
    for _ in engine.schema().models() {
        let of = engine.schema().model(model);
        let [by] = *of.key else { break };
        names.push(of.fields[by].name.clone());
        match of.fields[by].kind {
            Kind::Reference(to, _) => model = to,
            Kind::Value(_) => return names,
        }
    }
    names.push("id".to_owned());
    names
}
