//! Everything that can be read from a store, against its model.

use std::collections::BTreeSet;
use std::ops::Bound;

use hasmany::ask::answer::{first, matching};
use hasmany::ask::domain::Domain;
use hasmany::ask::grouped::Grouped;
use hasmany::ask::plan::{Of, Plan, Step};
use hasmany::ask::{fields, resolve};
use hasmany::store::id::{Id, ModelId, NO_ROW, Row};
use hasmany::store::read::algebra::{Operator, Side};
use hasmany::store::read::find::{Subject, Test};
use hasmany::store::read::order::Sorting;
use hasmany::store::read::path::{Path, Shape};
use hasmany::store::read::view::Start;
use hasmany::store::schema::declaration::Kind;
use hasmany::store::table::orders::Part;
use hasmany::store::types::Type;
use hasmany::store::value::Value;

use super::naive::{Cell, NONE};
use super::pair::Pair;

impl Pair {
    /// Both hold the same, whichever way it is read.
    pub fn compare(&self) {
        assert_eq!(self.store.check(), Ok(()));
        assert_eq!(self.store.schema().models().len(), self.naive.declarations.len());
        for model in self.naive.models() {
            self.compare_rows(model);
            self.compare_cells(model);
            self.compare_inverses(model);
            self.compare_all(model);
            self.compare_collections(model);
            self.compare_finding_by_field(model);
            self.compare_finding_by_key(model);
            self.compare_finding_by_id(model);
        }
    }

    // ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────

    fn compare_rows(&self, model: ModelId) {
        let (table, ids) = (self.store.table(model), self.naive.ids(model));
        assert_eq!(self.ids(model, table.live()), ids);
        assert_eq!(self.ids(model, table.live().rev()), ids.iter().copied().rev().collect::<Vec<_>>());
        assert_eq!((table.len(), table.is_empty()), (ids.len(), ids.is_empty()));
        for id in 0..=self.naive.next[model.index()] {
            match ids.contains(&id) {
                true => assert!(table.find(id).is_some_and(|row| table.lives(row) && table.id(row) == id)),
                false => self.assert_gone(model, id),
            }
        }
    }

    fn compare_cells(&self, model: ModelId) {
        for (&id, cells) in &self.naive.rows[model.index()] {
            let row = self.row(model, id);
            for (field, expected) in cells.iter().enumerate() {
                assert_eq!(self.cell(model, row, field), *expected, "{id}.{field}");
                assert_eq!(self.store.table(model).column(field).is_none(row), *expected == NONE);
            }
        }
    }

    // ── relations ───────────────────────────────────────────────────────────────────────────────────────────────────

    /// Each reference, from the parents' end.
    fn compare_inverses(&self, child: ModelId) {
        for (at, field) in self.naive.fields(child).iter().enumerate() {
            let Some(parent) = self.naive.referred(field) else {
                assert!(self.store.table(child).inverse(at).is_none());
                continue;
            };
            for id in self.naive.ids(parent) {
                self.compare_children(child, at, (parent, id));
            }
        }
    }

    fn compare_children(&self, child: ModelId, field: usize, parent: (ModelId, Id)) {
        let (table, row) = (self.store.table(child), self.row(parent.0, parent.1));
        let expected = self.rows(child, &self.naive.children(child, field, parent));
        assert_eq!(table.children(field, row).collect::<Vec<_>>(), expected);
        assert!(table.children(field, row).rev().eq(expected.iter().copied().rev()), "from the end");
        assert_eq!(table.count(field, row), expected.len());
        for other in table.live() {
            assert_eq!(table.refers(field, other, row), expected.contains(&other));
        }
    }

    /// The collection of all rows, and from each row the path without hops.
    fn compare_all(&self, model: ModelId) {
        let (path, ids) = (Path::all(model), self.naive.ids(model));
        self.compare_members(Start::Every, &path, &ids);
        ids.iter().for_each(|&id| self.compare_members(Start::Row(self.row(model, id)), &path, &[id]));
    }

    /// Each collection: of each row, of all rows, and of the rows from the last to the first.
    fn compare_collections(&self, model: ModelId) {
        for collection in &self.naive.declaration(model).collections {
            let name = &collection.name;
            let path = resolve::path(&self.store, model, name);
            let Some(to) = self.naive.target(model, name) else {
                assert!(path.is_err(), "{name} leads nowhere");
                continue;
            };
            let path = path.expect("the model can follow it");
            assert_eq!((path.from, path.to), (model, to), "{name}");
            let mut ids = self.naive.ids(model);
            for &id in &ids {
                self.compare_members(Start::Row(self.row(model, id)), &path, &self.naive.members(model, id, name));
            }
            self.compare_members(Start::Every, &path, &self.naive.members_of(model, &ids, name));
            ids.reverse();
            let members = self.store.members_from(&self.rows(model, &ids), &path);
            assert_eq!(self.ids(to, members), self.naive.members_of(model, &ids, name), "{name} from the last");
            if path.to == model {
                let beyond = self.store.members_beyond(&self.rows(model, &ids), &path);
                assert_eq!(self.ids(to, beyond), self.beyond(model, &ids, name), "{name} on and on");
            }
            self.compare_links(&path);
            self.compare_sets(&path, name);
        }
    }

    /// What a collection leads to again and again, distance by distance.
    fn beyond(&self, model: ModelId, ids: &[Id], name: &str) -> Vec<Id> {
        let (mut all, mut ring) = (Vec::new(), self.naive.members_of(model, ids, name));
        while !ring.is_empty() {
            all.extend(&ring);
            ring = self.naive.members_of(model, &ring, name);
            ring.retain(|id| !all.contains(id));
        }
        all
    }

    /// Each owner's members with the next owner's: twice, because sets of long lists are kept from the second time on.
    fn compare_sets(&self, path: &Path, name: &str) {
        let owners = self.naive.ids(path.from);
        for (one, two) in owners.iter().zip(owners.iter().cycle().skip(1)) {
            let (left, right) = (self.naive.members(path.from, *one, name), self.naive.members(path.from, *two, name));
            let side = |id: Id| Side::Path(Start::Row(self.row(path.from, id)), path);
            let universe = self.store.table(path.to).rows();
            let shared: Vec<Id> = left.iter().copied().filter(|id| right.contains(id)).collect();
            let rest: Vec<Id> = left.iter().copied().filter(|id| !right.contains(id)).collect();
            for _ in 0..2 {
                assert_eq!(self.store.overlap(side(*one), side(*two), universe), shared.len(), "{name}");
                let and = self.store.combine(Operator::And, side(*one), side(*two), universe);
                assert_eq!(self.ids(path.to, and), shared, "{name} of {one} and of {two}");
                let sub = self.store.combine(Operator::Sub, side(*one), side(*two), universe);
                assert_eq!(self.ids(path.to, sub), rest, "{name} of {one} and not of {two}");
            }
        }
        assert_eq!(self.store.check(), Ok(()));
    }

    fn compare_members(&self, start: Start, path: &Path, expected: &[Id]) {
        assert_eq!(self.ids(path.to, self.store.members(start, path)), expected, "members from {start:?} by {path:?}");
        assert_eq!(self.store.count(start, path), expected.len(), "count from {start:?} by {path:?}");
        for id in self.naive.ids(path.to) {
            let contains = self.store.contains(start, path, self.row(path.to, id));
            assert_eq!(contains, expected.contains(&id), "contains {id} from {start:?} by {path:?}");
        }
    }

    /// The join rows between each owner and each row that may be its member.
    fn compare_links(&self, path: &Path) {
        let Shape::Join(join) = path.shape else { return };
        let links = self.naive.links(join.model, join.near, join.far);
        for owner in self.naive.ids(path.from) {
            for member in self.naive.ids(path.to) {
                let expected = links.get(&(owner, member)).map(|ids| self.rows(join.model, ids)).unwrap_or_default();
                let (owner, member) = (self.row(path.from, owner), self.row(path.to, member));
                assert_eq!(self.store.links_between(&join, owner, member).collect::<Vec<_>>(), expected);
                assert_eq!(self.store.link(&join, owner, member), expected.first().copied());
            }
        }
    }

    // ── finding ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// By each value of each field, by none, by two values and by what lies between them.
    fn compare_finding_by_field(&self, model: ModelId) {
        for field in 0..self.naive.fields(model).len() {
            let mut cells = vec![NONE];
            for row in self.naive.rows[model.index()].values() {
                if !cells.contains(&row[field]) {
                    cells.push(row[field].clone());
                }
            }
            cells.iter().for_each(|cell| self.compare_finding(model, &[(field, cell)]));
            if let [_, one, two, ..] = &*cells {
                self.compare_finding_any(model, field, &[one, two]);
                self.compare_finding_any(model, field, &[one, &NONE]);
                self.compare_finding_between(model, field, &self.value(one), &self.value(two));
            }
            if !matches!(self.store.schema().model(model).fields[field].kind, Kind::Reference(..)) {
                self.compare_order(model, field);
            }
        }
    }

    /// All rows, and those of each list, in the order of a field; also only some of them.
    fn compare_order(&self, model: ModelId, field: usize) {
        let table = self.store.table(model);
        let mut parts = vec![Part::All];
        for by in (0..table.columns().len()).filter(|&by| table.inverse(by).is_some()) {
            let parents: BTreeSet<Row> = table.live().map(|row| table.column(by).parent(row)).collect();
            parts.extend(
                parents.into_iter().filter(|&row| row != NO_ROW).map(|parent| Part::List { field: by, parent }),
            );
        }
        for (part, falls) in parts.into_iter().flat_map(|part| [(part, false), (part, true)]) {
            let cell = |&row: &Row| table.column(field).get(row);
            let mut expected = table.part(part);
            // Stable, so ties stay.
            expected.sort_by(|one, two| match (cell(one), cell(two)) {
                (one, two) if one.is_none() || two.is_none() => one.is_none().cmp(&two.is_none()),
                (one, two) => {
                    if falls {
                        two.cmp(&one)
                    } else {
                        one.cmp(&two)
                    }
                }
            });
            let sorting = (part, Subject::Field(field), falls);
            for skip in [0, 1, expected.len() / 2, expected.len()] {
                let found = self.store.rows_in_order(model, sorting, skip, 3);
                assert!(
                    found.iter().eq(expected[skip.min(expected.len())..].iter().take(3)),
                    "{sorting:?} from {skip}"
                );
            }
            assert_eq!(self.store.rows_in_order(model, sorting, 0, usize::MAX), expected, "{sorting:?}");
            self.compare_groups(model, sorting, expected);
        }
    }

    /// An order whose ties fall by age, place by place.
    fn compare_groups(&self, model: ModelId, (part, by, falls): Sorting, mut expected: Vec<Row>) {
        let Subject::Field(field) = by else { return };
        let column = self.store.table(model).column(field);
        expected.chunk_by_mut(|&one, &two| column.get(one) == column.get(two)).for_each(<[Row]>::reverse);
        let itself = || Box::new(Plan::itself(model));
        let keys = [
            (Plan::new(Step::Field(itself(), model, field), Of::Value(Type::Int)), falls),
            (Plan::new(Step::Id(itself(), model), Of::Value(Type::Int)), true),
        ];
        let Some(order) = Grouped::of(&self.store, model, part, &keys) else { return };
        assert_eq!(order.len(&self.store), expected.len());
        for place in (0..expected.len()).step_by(expected.len() / 4 + 1) {
            let around = order.around(&self.store, place..place + 2);
            assert!(around.contains(&place));
            assert_eq!(order.rows(&self.store, around.clone()), expected[around], "{by:?} {falls} around {place}");
        }
    }

    /// By each unique tuple, as each row has it; and with one value of the next row's in it.
    fn compare_finding_by_key(&self, model: ModelId) {
        let rows: Vec<&Vec<Cell>> = self.naive.rows[model.index()].values().collect();
        for tuple in self.naive.uniques(model) {
            for (at, row) in rows.iter().enumerate() {
                let next = rows[(at + 1) % rows.len()];
                let mut asked: Vec<(usize, &Cell)> = tuple.iter().map(|&field| (field, &row[field])).collect();
                self.compare_finding(model, &asked);
                asked[0].1 = &next[tuple[0]];
                self.compare_finding(model, &asked);
            }
        }
    }

    fn compare_finding_by_id(&self, model: ModelId) {
        for id in 0..=self.naive.next[model.index()] {
            let value = Value::Int(id as i64);
            let expected = self.naive.select(model, |other, _| other == id);
            self.compare_found(model, &[(Subject::Id, Test::Is(value.clone()))], &expected);
            let expected = self.naive.select(model, |other, _| other < id);
            self.compare_found(
                model,
                &[(Subject::Id, Test::Between(Bound::Unbounded, Bound::Excluded(value)))],
                &expected,
            );
        }
    }

    /// The rows whose fields hold these cells.
    fn compare_finding(&self, model: ModelId, asked: &[(usize, &Cell)]) {
        let tests: Vec<_> =
            asked.iter().map(|&(field, cell)| (Subject::Field(field), Test::Is(self.value(cell)))).collect();
        let expected = self.naive.select(model, |_, cells| asked.iter().all(|&(field, cell)| cells[field] == *cell));
        self.compare_found(model, &tests, &expected);
    }

    fn compare_finding_any(&self, model: ModelId, field: usize, any: &[&Cell]) {
        let test = Test::any_of(any.iter().map(|cell| self.value(cell)).collect());
        let expected = self.naive.select(model, |_, cells| any.contains(&&cells[field]));
        self.compare_found(model, &[(Subject::Field(field), test)], &expected);
    }

    fn compare_finding_between(&self, model: ModelId, field: usize, low: &Value<'static>, high: &Value<'static>) {
        let test = Test::Between(Bound::Included(low.clone()), Bound::Excluded(high.clone()));
        let between = |cell: &Cell| *cell != NONE && (low..high).contains(&&self.value(cell));
        let expected = self.naive.select(model, |_, cells| between(&cells[field]));
        self.compare_found(model, &[(Subject::Field(field), test)], &expected);
    }

    /// In columns: of all rows, and of those that an index knows.
    fn compare_found(&self, model: ModelId, tests: &[(Subject, Test<'static>)], expected: &[Id]) {
        let plan = fields::all_of(&self.store, model, tests.to_vec(), None);
        let passing = |rows: &[Row]| self.ids(model, matching(&self.store, &Domain::List(rows), &plan).unwrap());
        let all = self.store.table(model).live_rows();
        assert_eq!(passing(&all), expected, "{tests:?}");
        let mut rest = &all[..];
        let first = first(&self.store, &plan, |most| {
            let (part, others) = rest.split_at(most.min(16).min(rest.len()));
            rest = others;
            part.to_vec()
        });
        assert_eq!(self.ids(model, first.unwrap()), expected[..expected.len().min(1)], "first {tests:?}");
        let Some(found) = self.store.candidates(model, tests) else { return };
        assert!(found.rows.is_sorted() && found.passed <= tests.len(), "{tests:?}");
        assert_eq!(passing(&found.rows), expected, "of few {tests:?}");
        if found.passed == tests.len() {
            assert_eq!(self.ids(model, found.rows), expected, "known {tests:?}");
        }
    }
}
