//! What a store holds in memory.

use crate::store::Store;

impl Store {
    /// Bytes on the heap: for each model its rows, then each inverse, each unique index and each index of an order, by name.
    pub fn bytes(&self) -> Vec<(String, usize)> {
        let mut parts = Vec::new();
        for (model, table) in self.schema.models().iter().zip(&self.tables) {
            let label = self.schema.label(model);
            let name = |fields: &[usize]| {
                let names: Vec<&str> = fields.iter().map(|&field| model.fields[field].name.as_str()).collect();
                format!("{label}.{}", names.join(","))
            };
            parts.push((label.clone(), table.bytes()));
            for field in 0..model.fields.len() {
                if let Some(inverse) = table.inverse(field) {
                    parts.push((format!("{} inverse", name(&[field])), inverse.bytes()));
                }
            }
            for unique in table.uniques() {
                parts.push((format!("{} unique", name(&unique.fields)), unique.bytes()));
            }
            parts.extend(table.order_bytes().map(|(field, bytes)| (format!("{} index", name(&[field])), bytes)));
        }
        parts
    }
}
