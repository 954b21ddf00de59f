//! The rows for which a condition holds.

use crate::ask::plan::{Plan, Step};
use crate::ask::scope::{Scope, block_of};
use crate::ask::spread::Kept;
use crate::store::Store;
use crate::store::error::Result;
use crate::store::id::Row;
use crate::store::room;

/// Those of these rows for which a condition holds. Of several that must hold, those that read collections are asked of what
/// the others left.
pub fn held(scope: &Scope, condition: &Plan) -> Result<Vec<Row>> {
    let is_wide = |plan: &&Plan| plan.widest(scope.engine) > 0;
    match &condition.step {
        Step::All(all) if all.iter().any(|plan| is_wide(&plan)) => {
            let truths = scope.joined(all.iter().filter(|plan| !is_wide(plan)), true)?;
            all.iter().filter(is_wide).try_fold(kept(scope.rows, &truths), |rows, plan| {
                let truths = Scope::new(scope.engine, &rows).block(plan)?.truths(rows.len());
                Ok(kept(&rows, &truths))
            })
        }
        _ => Ok(kept(scope.rows, &scope.block(condition)?.truths(scope.rows.len()))),
    }
}

fn kept(rows: &[Row], truths: &[bool]) -> Vec<Row> {
    let mut kept = Kept::new(truths);
    kept.add(rows, truths);
    kept.rows()
}

/// Rows a block, as of what is asked of many.
const BLOCK: usize = 1 << 14;

/// For which of these rows a condition holds: block by block, by this thread. What reads collections is computed once for
/// each different row.
pub fn holding(engine: &Store, rows: &[Row], condition: &Plan) -> Result<Vec<bool>> {
    if rows.len() <= BLOCK {
        return Ok(block_of(engine, rows, condition)?.truths(rows.len()));
    }
    let mut all = Vec::new();
    room::reserve(&mut all, rows.len());
    for rows in rows.chunks(BLOCK) {
        all.extend(block_of(engine, rows, condition)?.truths(rows.len()));
    }
    Ok(all)
}
