//! What is asked of rankings, row by row: what they say themselves, and what their records say.

use crate::ask::answer::{Answer, Question, answers};
use crate::ask::check::{Checker, Operand, refused};
use crate::ask::domain::Domain;
use crate::ask::expr::{Expr, Node};
use crate::ask::plan::Of;
use crate::ask::show::name;
use crate::store::Store;
use crate::store::cells::column::Column;
use crate::store::error::Result;
use crate::store::id::{Id, ModelId, Row};
use crate::store::room;
use crate::store::types::Type;

/// Behind this name are the names of a ranking itself, whatever its records have.
const RANKING: &str = "ranking";

/// A column of rankings.
#[derive(Debug)]
pub enum Wanted<O> {
    /// The place, from 1.
    Rank,
    /// The score.
    Score,
    /// What is asked of a record that is ranked.
    Member(Expr<O>),
    /// What is asked of the one whose ranking it is.
    Owner(Expr<O>),
    /// What is computed of several of these, which it names.
    Computed(Expr<O>, Vec<(String, Wanted<O>)>),
}

/// Who ranks whom: the models of the records that are ranked, and, where there is a ranking for each of many, of these.
#[derive(Clone, Copy)]
pub struct Sides {
    /// Of those that are ranked.
    pub member: ModelId,
    /// Of those whose rankings they are.
    pub owner: Option<ModelId>,
}

/// What a name of a ranking stands for.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Rank,
    Score,
    Member,
    Owner,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Rank => "rank",
            Part::Score => "score",
            Part::Member => "member",
            Part::Owner => "owner",
        }
    }
}

impl Sides {
    /// What stands behind `ranking.`
    fn parts(self) -> impl Iterator<Item = Part> {
        let owner = self.owner.map(|_| Part::Owner);
        [Part::Rank, Part::Score, Part::Member].into_iter().chain(owner)
    }

    /// What a name alone stands for: of one ranking the records are not called members.
    fn named(self, name: &str) -> Option<Part> {
        self.parts().filter(|&part| self.owner.is_some() || part != Part::Member).find(|part| part.name() == name)
    }

    /// What a path starts at, and where it goes on from there.
    fn start(self, engine: &Store, path: &[String]) -> Result<(Part, Box<[String]>)> {
        let (part, rest) = match path {
            [first, rest @ ..] if first == RANKING => self.behind(engine, path, rest)?,
            [first, rest @ ..] => match self.named(first) {
                Some(part) => (self.check_own(engine, first).map(|()| part)?, rest),
                None => return Ok((Part::Member, path.into())),
            },
            [] => return Ok((Part::Member, [].into())),
        };
        match part {
            Part::Rank | Part::Score if !rest.is_empty() => refused(format!(
                "'{}': a {} is a number, and nothing of it can be followed",
                path.join("."),
                part.name()
            )),
            part => Ok((part, rest.into())),
        }
    }

    /// What the name behind `ranking.` stands for, and where the path goes on.
    fn behind<'p>(self, engine: &Store, path: &[String], rest: &'p [String]) -> Result<(Part, &'p [String])> {
        let of = &engine.schema().model(self.member).name;
        if self.is_its(engine, RANKING) {
            return refused(format!(
                "'{}' may be a name of {of} or of the ranking: ask the records alone, .records.select(...), or select the \
                 ranking's rank and score where no name is in doubt",
                path.join("."),
            ));
        }
        let named = rest.split_first().and_then(|(name, rest)| {
            let part = self.parts().find(|part| part.name() == name)?;
            Some((part, rest))
        });
        let names = || self.parts().map(Part::name).collect::<Vec<_>>().join(" or ");
        named.map_or_else(|| refused(format!("'{}': behind 'ranking.' stands {}", path.join("."), names())), Ok)
    }

    /// Refuses a name of the ranking that those who are ranked have, too.
    fn check_own(self, engine: &Store, name: &str) -> Result<()> {
        match self.is_its(engine, name) {
            true => refused(format!(
                "'{name}' is a name of {} and of the ranking: 'ranking.member.{name}' is the {0}'s, 'ranking.{name}' the \
                 ranking's",
                engine.schema().model(self.member).name
            )),
            false => Ok(()),
        }
    }

    /// Whether those who are ranked have a field or collection of a name.
    fn is_its(self, engine: &Store, name: &str) -> bool {
        let of = engine.schema().model(self.member);
        of.fields.iter().any(|field| field.name == name) || of.collections.iter().any(|many| many.name == name)
    }

    /// What an expression asks for: all of it of one side, or what is computed of columns of which each is.
    pub fn wanted<O: Operand>(self, engine: &Store, expr: &Expr<O>) -> Result<Wanted<O>> {
        if let Some(wanted) = self.of_one(engine, expr)? {
            return Ok(wanted);
        }
        let (mut written, mut columns) = (Vec::<Expr<O>>::new(), Vec::<(String, Wanted<O>)>::new());
        let over = expr.with(&mut |part| {
            if matches!(part.node(), Node::Given(_)) {
                return Ok(None);
            }
            let Some(wanted) = self.of_one(engine, part)? else { return Ok(None) };
            let at = written.iter().position(|other| other == part).unwrap_or(written.len());
            if at == written.len() {
                let mut name = name(part);
                // Two that are printed alike may be of different records.
                while columns.iter().any(|(other, _)| *other == name) {
                    name.push('\'');
                }
                written.push(part.clone());
                columns.push((name, wanted));
            }
            Ok(Some([columns[at].0.clone()].into()))
        })?;
        Ok(Wanted::Computed(over, columns))
    }

    /// What an expression asks for, if it is all of one side, and a rank or score alone.
    fn of_one<O: Operand>(self, engine: &Store, expr: &Expr<O>) -> Result<Option<Wanted<O>>> {
        let mut parts = Vec::new();
        let asked = expr.with_paths(&mut |path| {
            let (part, rest) = self.start(engine, path)?;
            if !parts.contains(&part) {
                parts.push(part);
            }
            Ok(rest)
        })?;
        Ok(match *parts {
            [Part::Rank] if expr.is_path() => Some(Wanted::Rank),
            [Part::Score] if expr.is_path() => Some(Wanted::Score),
            [Part::Owner] => Some(Wanted::Owner(asked)),
            [] | [Part::Member] => Some(Wanted::Member(asked)),
            _ => None,
        })
    }
}

impl<O> Wanted<O> {
    /// Whether its values may be none.
    pub fn is_optional(&self) -> bool {
        let is_id = |expr: &Expr<O>| matches!(expr.node(), Node::Path(path) if matches!(&**path, [id] if id == "id"));
        match self {
            Wanted::Rank | Wanted::Score => false,
            Wanted::Member(expr) | Wanted::Owner(expr) => !is_id(expr),
            Wanted::Computed(..) => true,
        }
    }
}

/// Rankings, one after the other.
#[derive(Default)]
pub struct Ranked {
    owners: Vec<Row>,
    /// Of each row the place of its owner.
    owner_of: Vec<u32>,
    members: Vec<Row>,
    ranks: Vec<i64>,
    scores: Vec<f64>,
}

impl Ranked {
    /// One ranking, whosesoever.
    pub fn one(ranked: impl IntoIterator<Item = (Row, f64)>) -> Self {
        let ranked = room::collected(ranked);
        Ranked {
            members: room::collected(ranked.iter().map(|&(member, _)| member)),
            ranks: room::collected(1..=ranked.len() as i64),
            scores: room::collected(ranked.iter().map(|&(_, score)| score)),
            ..Ranked::default()
        }
    }

    /// Those of these owners, all of whose rows live.
    pub fn many(engine: &Store, sides: Sides, rankings: &[(Id, Vec<(Id, f64)>)]) -> Self {
        let (mut all, rows) = (Ranked::default(), rankings.iter().map(|(_, ranked)| ranked.len()).sum());
        room::reserve(&mut all.owner_of, rows);
        room::reserve(&mut all.members, rows);
        room::reserve(&mut all.ranks, rows);
        room::reserve(&mut all.scores, rows);
        for ((owner, ranked), place) in rankings.iter().zip(0..) {
            all.owners.extend(sides.owner.and_then(|model| engine.table(model).find(*owner)));
            let row = |&(id, score): &(Id, f64)| Some((engine.table(sides.member).find(id)?, score));
            for ((member, score), rank) in ranked.iter().filter_map(row).zip(1..) {
                all.owner_of.push(place);
                all.members.push(member);
                all.ranks.push(rank);
                all.scores.push(score);
            }
        }
        all
    }
}

impl<O: Operand> Checker<'_, O> {
    /// Checks a column of rankings.
    pub fn check_ranked(&self, sides: Sides, wanted: &Wanted<O>) -> Result<()> {
        match wanted {
            Wanted::Computed(expr, parts) => {
                let parts = parts.iter().map(|(name, part)| Ok((name.clone(), self.part_of(sides, name, part)?.0)));
                self.check_computed(expr, parts.collect::<Result<_>>()?)
            }
            wanted => self.ranked(sides, wanted, false).map(drop),
        }
    }

    /// What is asked of the records of a ranking for a column.
    fn ranked(&self, sides: Sides, wanted: &Wanted<O>, with_rows: bool) -> Result<Option<Question>> {
        match (wanted, sides.owner) {
            (Wanted::Rank | Wanted::Score | Wanted::Computed(..), _) => Ok(None),
            (Wanted::Owner(expr), Some(owner)) => self.column(owner, expr, with_rows).map(Some),
            (Wanted::Owner(expr), None) => refused(format!("{expr}: this ranking has no owner to ask")),
            (Wanted::Member(expr), _) => self.column(sides.member, expr, with_rows).map(Some),
        }
    }

    /// As [`ranked`](Self::ranked), of a column of which something is computed; and its type.
    fn part_of(&self, sides: Sides, name: &str, wanted: &Wanted<O>) -> Result<(Type, Option<Question>)> {
        let question = self.ranked(sides, wanted, true)?;
        let of = match (wanted, &question) {
            (Wanted::Score, _) => Of::Value(Type::Float),
            (_, Some(Question::One(plan))) => plan.of,
            (_, Some(Question::List(_))) => return refused(format!("{name} is a list; it is selected by itself")),
            (_, None) => Of::Value(Type::Int),
        };
        match of {
            Of::Value(of) => Ok((of, question)),
            other => refused(format!(
                "{name} is {}; beside a rank, a score or the other side it is asked for values, as {name}.id is",
                other.name(self.engine)
            )),
        }
    }

    /// The columns of rankings, row by row. Owners are asked once a ranking. O(rows), and what is asked.
    pub fn ranked_answers(&self, sides: Sides, ranked: &Ranked, wanted: &[Wanted<O>]) -> Result<Vec<Answer>> {
        let (mut of_members, mut of_owners) = (Vec::new(), Vec::new());
        let mut ask = |column: &Wanted<O>, question: Option<Question>| match column {
            Wanted::Owner(_) => of_owners.extend(question),
            _ => of_members.extend(question),
        };
        for column in wanted {
            match column {
                Wanted::Computed(_, parts) => {
                    for (name, part) in parts {
                        ask(part, self.part_of(sides, name, part)?.1);
                    }
                }
                column => ask(column, self.ranked(sides, column, false)?),
            }
        }
        let mut members = answers(self.engine, &Domain::List(&ranked.members), &of_members)?.into_iter();
        let mut owners = answers(self.engine, &Domain::List(&ranked.owners), &of_owners)?.into_iter();
        let own = |of, cells| Some(Answer { of: Of::Value(of), cells, starts: None });
        let mut answer = |column: &Wanted<O>| match column {
            Wanted::Rank => own(Type::Int, Column::of_ints(room::collected(ranked.ranks.iter().copied()), None)),
            Wanted::Score => own(Type::Float, Column::of_floats(room::collected(ranked.scores.iter().copied()), None)),
            Wanted::Member(_) => members.next(),
            Wanted::Owner(_) => owners.next().map(|answer| answer.picked(&ranked.owner_of)),
            Wanted::Computed(..) => None,
        };
        let mut all = Vec::new();
        for column in wanted {
            all.extend(match column {
                Wanted::Computed(expr, parts) => {
                    let parts = parts.iter().filter_map(|(name, part)| Some((name.clone(), answer(part)?)));
                    self.computed(expr, parts.collect())?
                }
                column => answer(column),
            });
        }
        Ok(all)
    }
}
