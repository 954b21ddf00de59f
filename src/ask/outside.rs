//! The columns that a row is outside: its id, then its fields, references as what stands for their rows.

use crate::store::Store;
use crate::store::id::ModelId;
use crate::store::schema::declaration::Kind;

/// Their paths. A reference to a model whose key has several fields is a column for each.
pub fn outside(engine: &Store, model: ModelId) -> Vec<String> {
    let mut paths = vec!["id".to_owned()];
    engine.schema().model(model).fields.iter().enumerate().for_each(|(field, own)| {
        add(engine, model, field, own.name.clone(), &mut Vec::new(), &mut paths);
    });
    paths
}

fn add(
    engine: &Store,
    model: ModelId,
    field: usize,
    path: String,
    met: &mut Vec<(ModelId, usize)>,
    paths: &mut Vec<String>,
) {
    let schema = engine.schema();
    if let Kind::Reference(to, _) = schema.model(model).fields[field].kind
        && let key = &schema.model(to).key
        && key.len() > 1
    {
        // Keys that lead to themselves end at an id.
        if met.contains(&(model, field)) {
            paths.push(format!("{path}.id"));
            return;
        }
        met.push((model, field));
        for &by in key {
            add(engine, to, by, format!("{path}.{}", schema.model(to).fields[by].name), met, paths);
        }
        met.pop();
        return;
    }
    paths.push(path);
}
