//! Plain values that name records. In memory the row is looked up; where there are no rows, what is compared is the field
//! that stands for the record: its key, or its id.

use crate::ask::check::{Checker, Said, refused};
use crate::ask::expr::{Comparison, Expr, Method, Node, Operator, Total};
use crate::ask::given::Given;
use crate::ask::plan::Of;
use crate::python::ask::operand::{Operand, Tree};
use crate::store::Store as Engine;
use crate::store::error::Result;
use crate::store::id::ModelId;
use crate::store::schema::declaration::Kind;

/// The same expression, in which plain values are compared with fields alone. It was checked before, so that its errors speak
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
            if let Operator::Compare(Comparison::Equal | Comparison::Unequal) = operator {
                match (rows_of(checker, model, left)?, rows_of(checker, model, right)?) {
                    (Some(to), None) if is_value(right) => a = standing_for(checker, model, to, &a)?,
                    (None, Some(to)) if is_value(left) => b = standing_for(checker, model, to, &b)?,
                    (Some(_), None) if is_several(right, |_| true) => return no_tuples(tree),
                    (None, Some(_)) if is_several(left, |_| true) => return no_tuples(tree),
                    _ => {}
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
            let are_values = *method == Method::IsIn && arguments.iter().all(|of| is_several(of, |_| true));
            if are_values && let Some(to) = rows_of(checker, model, of)? {
                let is_tuple = |one: &Given| matches!(one, Given::Several(_));
                if arguments.iter().any(|of| is_several(of, |all| all.iter().any(is_tuple))) {
                    return no_tuples(tree);
                }
                of_what = standing_for(checker, model, to, &of_what)?;
            }
            let contained = arguments.first().filter(|item| *method == Method::Contains && is_value(item));
            if contained.is_some()
                && let Some(to) = rows_of(checker, model, of)?
            {
                of_what = standing_for(checker, model, to, &of_what)?;
                let equal = said.into_iter().next().map_or_else(
                    || Ok(tree.clone()),
                    |item| Expr::binary(Operator::Compare(Comparison::Equal), of_what, item),
                )?;
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

fn is_several(tree: &Tree, of: impl Fn(&[Given]) -> bool) -> bool {
    matches!(tree.node(), Node::Given(operand) if matches!(&operand.hollow(), Given::Several(all) if of(all)))
}

/// Refuses keys of several fields: what is compared would be several expressions.
fn no_tuples<T>(tree: &Tree) -> Result<T> {
    refused(format!("{tree}: in a lake, compare the fields of the key one by one, joined by &"))
}

/// What stands for a record of `to` outside, asked of the same rows of `model`.
fn standing_for(checker: &Checker<'_, Operand>, model: ModelId, to: ModelId, tree: &Tree) -> Result<Tree> {
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
            parts.extend(names(checker.engine, to));
            Tree::path(&parts.join("."))
        }
        // These only choose among rows.
        Node::Call(method @ Method::Total(Total::First | Total::Last), of, arguments) => {
            standing_for(checker, model, to, of)?.call(*method, arguments.clone())
        }
        Node::Call(Method::Filter, of, arguments)
            if !arguments.iter().any(|of| matches!(of.node(), Node::Given(_))) =>
        {
            standing_for(checker, model, to, of)?.call(Method::Filter, arguments.clone())
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
