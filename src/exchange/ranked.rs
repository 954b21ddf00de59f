//! Rankings as Arrow record batches.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::store::id::Id;
use crate::store::room;

static ONE: LazyLock<SchemaRef> = LazyLock::new(|| schema(&["rank", "id"]));
static MANY: LazyLock<SchemaRef> = LazyLock::new(|| schema(&["owner", "rank", "member"]));

/// These columns of whole numbers, and a score.
fn schema(names: &[&str]) -> SchemaRef {
    let whole = names.iter().map(|&name| Field::new(name, DataType::Int64, false));
    Arc::new(Schema::new(whole.chain([Field::new("score", DataType::Float64, false)]).collect::<Vec<_>>()))
}

/// What one ranking is made of: rank (from 1), id, score. Nothing is no batch.
pub fn one(ranked: &[(Id, f64)]) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let ids = ranked.iter().map(|&(id, _)| id as i64);
    let columns = vec![numbers(ranks(ranked)), numbers(ids), scores(ranked.iter())];
    let batches = if ranked.is_empty() { Vec::new() } else { vec![RecordBatch::try_new(ONE.clone(), columns)?] };
    Ok((ONE.clone(), batches))
}

/// The columns of the rankings of many owners: owner, rank, member, score.
pub fn many_schema() -> SchemaRef {
    MANY.clone()
}

/// The rankings of these owners.
pub fn many(rankings: &[(Id, Vec<(Id, f64)>)]) -> Result<RecordBatch, ArrowError> {
    room::check(rankings.iter().map(|(_, ranked)| ranked.len() * 32).sum());
    let owners = rankings.iter().flat_map(|(owner, ranked)| ranked.iter().map(move |_| *owner as i64));
    let all = || rankings.iter().flat_map(|(_, ranked)| ranked);
    let columns = vec![
        numbers(owners),
        numbers(rankings.iter().flat_map(|(_, ranked)| ranks(ranked))),
        numbers(all().map(|&(id, _)| id as i64)),
        scores(all()),
    ];
    RecordBatch::try_new(MANY.clone(), columns)
}

fn ranks(ranked: &[(Id, f64)]) -> impl Iterator<Item = i64> {
    1..=ranked.len() as i64
}

fn numbers(numbers: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(numbers))
}

fn scores<'a>(ranked: impl Iterator<Item = &'a (Id, f64)>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(ranked.map(|&(_, score)| score)))
}
