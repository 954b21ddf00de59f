//! What tells expressions apart, also between two runs of a program.

use std::hash::{Hash, Hasher};

use crate::ask::expr::{Expr, Node};
use crate::store::error::Result;

/// Adds all of an expression to a digest; what is given in it as `given` says.
pub fn hash<O>(
    expr: &Expr<O>,
    mut state: &mut dyn Hasher,
    given: &dyn Fn(&O, &mut dyn Hasher) -> Result<()>,
) -> Result<()> {
    match expr.node() {
        Node::Path(parts) => {
            (0, parts).hash(&mut state);
            Ok(())
        }
        Node::Given(one) => {
            1.hash(&mut state);
            given(one, state)
        }
        Node::Binary(operator, left, right) => {
            (2, operator).hash(&mut state);
            hash(left, state, given)?;
            hash(right, state, given)
        }
        Node::Junction(junction, all) => {
            (3, junction, all.len()).hash(&mut state);
            all.iter().try_for_each(|of| hash(of, state, given))
        }
        Node::Not(of) => {
            4.hash(&mut state);
            hash(of, state, given)
        }
        Node::Call(method, of, arguments) => {
            (5, method, arguments.len()).hash(&mut state);
            hash(of, state, given)?;
            arguments.iter().try_for_each(|of| hash(of, state, given))
        }
    }
}
