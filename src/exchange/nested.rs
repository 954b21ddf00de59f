//! Arrow arrays as JSON, row by row: lists, structs and maps with what is in them. Types in types are at most as many as
//! `shape` lets pass, so it goes down by calls.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow_schema::{ArrowError, DataType};

use crate::exchange::rows::Rows;
use crate::exchange::visit::{Misfit, Number, each_number};
use crate::store::json::token::{OVER_64_BITS, Token, Wrong};
use crate::store::json::write::Writer;
use crate::store::value::Value;

type Result<T> = std::result::Result<T, Misfit>;

/// What is wrong with what was written, if anything is.
type Written = std::result::Result<(), Wrong>;

/// Visits the cells of an array as values of JSON: of bools, numbers, lists, structs and maps; text inside of these is a
/// text of its own. Nothing for an array of text, and of what JSON has no word for.
pub fn each_json(array: &Rows, visit: &mut Visit) -> Option<Result<()>> {
    let mut writer = Writer::default();
    // Not only null is no value in a column of numbers.
    let number = |number| match number {
        Number::None => Ok(Token::Null),
        Number::Int(v) => Ok(Token::Int(v)),
        Number::Large(v) => int(v),
        Number::Float(v) if v.is_nan() => Ok(Token::Null),
        Number::Float(v) => Ok(Token::Float(v)),
    };
    if let Some(done) = each_number(array, |v| write(&mut writer, visit, |writer| writer.push(number(v)?))) {
        return Some(done);
    }
    if !array.cells.data_type().is_nested() && array.cells.data_type() != &DataType::Boolean {
        return None;
    }
    // What a list says of where its values are comes from elsewhere.
    if let Err(error) = array.cells.to_data().validate_full() {
        return Some(Err(broken(&error)));
    }
    let part = match Part::of(&array.cells, "") {
        Ok(part) => part,
        Err(misfit) => return Some(Err(misfit)),
    };
    let cell = |row: usize, writer: &mut Writer| match array.place(row) {
        Some(at) => part.write(at, writer),
        None => writer.push(Token::Null),
    };
    Some((0..array.len()).try_for_each(|row| write(&mut writer, visit, |writer| cell(row, writer))))
}

/// What is done with a cell.
type Visit<'a> = dyn FnMut(std::result::Result<Value<'_>, String>) -> Result<()> + 'a;

fn write(writer: &mut Writer, visit: &mut Visit, cell: impl FnOnce(&mut Writer) -> Written) -> Result<()> {
    writer.clear();
    match cell(writer) {
        Ok(()) => visit(Ok(writer.value())),
        Err(why) => visit(Err(why.into_owned())),
    }
}

fn broken(error: &ArrowError) -> Misfit {
    Misfit::Row(0, format!("begins a broken array: {error}"))
}

/// Writes one cell.
type Single = dyn Fn(usize, &mut Writer) -> Written;

/// Where the values of a cell are.
type Ranged = dyn Fn(usize) -> Range<usize>;

/// An array, and how one of its cells is written.
struct Part {
    rows: Rows,
    cells: Cells,
}

enum Cells {
    Single(Box<Single>),
    List(Box<Ranged>, Box<Part>),
    Struct(Vec<(String, Part)>),
    Map(Box<Ranged>, Rows, Texts, Box<Part>),
}

impl Part {
    /// `path`: where it is in the whole, for errors.
    fn of(array: &ArrayRef, path: &str) -> Result<Self> {
        let rows = Rows::new(array).map_err(|error| broken(&error))?;
        let cells = Cells::of(&rows.cells, path)?;
        Ok(Part { rows, cells })
    }

    fn write(&self, row: usize, writer: &mut Writer) -> Written {
        let Some(at) = self.rows.place(row).filter(|&at| self.rows.cells.is_valid(at)) else {
            return writer.push(Token::Null);
        };
        match &self.cells {
            Cells::Single(write) => write(at, writer),
            Cells::List(range, values) => {
                writer.push(Token::List)?;
                range(at).try_for_each(|at| values.write(at, writer))?;
                writer.push(Token::End)
            }
            Cells::Struct(parts) => {
                writer.push(Token::Object)?;
                for (name, part) in parts {
                    writer.push(Token::Name(name.into()))?;
                    part.write(at, writer)?;
                }
                writer.push(Token::End)
            }
            Cells::Map(range, rows, keys, values) => {
                writer.push(Token::Object)?;
                for at in range(at) {
                    let key = rows.place(at).filter(|&key| rows.cells.is_valid(key));
                    let key = key.ok_or("has a map with a null as a key; keys of JSON are text")?;
                    writer.push(Token::Name(keys.get(key).into()))?;
                    values.write(at, writer)?;
                }
                writer.push(Token::End)
            }
        }
    }
}

impl Cells {
    fn of(cells: &ArrayRef, path: &str) -> Result<Self> {
        macro_rules! number {
            ($type:ty, $token:expr) => {{
                let numbers = cells.as_primitive::<$type>().clone();
                Cells::Single(Box::new(move |at, writer| writer.push($token(numbers.value(at))?)))
            }};
        }
        let inside = |array: &ArrayRef, step: &str| Part::of(array, &format!("{path}{step}")).map(Box::new);
        Ok(match cells.data_type() {
            DataType::Null => Cells::Single(Box::new(|_, writer| writer.push(Token::Null))),
            DataType::Boolean => {
                let bools = cells.as_boolean().clone();
                Cells::Single(Box::new(move |at, writer| writer.push(Token::Bool(bools.value(at)))))
            }
            DataType::Int8 => number!(Int8Type, int),
            DataType::Int16 => number!(Int16Type, int),
            DataType::Int32 => number!(Int32Type, int),
            DataType::Int64 => number!(Int64Type, int),
            DataType::UInt8 => number!(UInt8Type, int),
            DataType::UInt16 => number!(UInt16Type, int),
            DataType::UInt32 => number!(UInt32Type, int),
            DataType::UInt64 => number!(UInt64Type, int),
            DataType::Float16 => {
                number!(Float16Type, |v: <Float16Type as ArrowPrimitiveType>::Native| float(v.to_f64()))
            }
            DataType::Float32 => number!(Float32Type, float),
            DataType::Float64 => number!(Float64Type, float),
            DataType::List(_) => {
                let list = cells.as_list::<i32>();
                let offsets = list.offsets().clone();
                Cells::List(
                    Box::new(move |at| offsets[at] as usize..offsets[at + 1] as usize),
                    inside(list.values(), "[]")?,
                )
            }
            DataType::LargeList(_) => {
                let list = cells.as_list::<i64>();
                let offsets = list.offsets().clone();
                Cells::List(
                    Box::new(move |at| offsets[at] as usize..offsets[at + 1] as usize),
                    inside(list.values(), "[]")?,
                )
            }
            DataType::FixedSizeList(..) => {
                let list = cells.as_fixed_size_list();
                let length = list.value_length() as usize;
                Cells::List(Box::new(move |at| at * length..(at + 1) * length), inside(list.values(), "[]")?)
            }
            DataType::ListView(_) => {
                let list = cells.as_list_view::<i32>();
                let (offsets, sizes) = (list.offsets().clone(), list.sizes().clone());
                let range = move |at: usize| offsets[at] as usize..(offsets[at] + sizes[at]) as usize;
                Cells::List(Box::new(range), inside(list.values(), "[]")?)
            }
            DataType::LargeListView(_) => {
                let list = cells.as_list_view::<i64>();
                let (offsets, sizes) = (list.offsets().clone(), list.sizes().clone());
                let range = move |at: usize| offsets[at] as usize..(offsets[at] + sizes[at]) as usize;
                Cells::List(Box::new(range), inside(list.values(), "[]")?)
            }
            DataType::Struct(fields) => {
                let parts = fields.iter().zip(cells.as_struct().columns());
                let part = |(field, column): (&std::sync::Arc<arrow_schema::Field>, &ArrayRef)| {
                    let name = field.name().clone();
                    Part::of(column, &format!("{path}.{name}")).map(|part| (name, part))
                };
                Cells::Struct(parts.map(part).collect::<Result<_>>()?)
            }
            DataType::Map(..) => {
                let map = cells.as_map();
                let offsets = map.offsets().clone();
                let keys = Rows::new(map.keys()).map_err(|error| broken(&error))?;
                let texts = Texts::of(&keys.cells).ok_or_else(|| no_word(map.keys(), &format!("{path}.keys")))?;
                let range = Box::new(move |at: usize| offsets[at] as usize..offsets[at + 1] as usize);
                Cells::Map(range, keys, texts, inside(map.values(), ".values")?)
            }
            _ => {
                let texts = Texts::of(cells).ok_or_else(|| no_word(cells, path))?;
                Cells::Single(Box::new(move |at, writer| writer.push(Token::Text(texts.get(at).into()))))
            }
        })
    }
}

fn no_word(array: &ArrayRef, path: &str) -> Misfit {
    let of = array.data_type();
    let place = if path.is_empty() { String::new() } else { format!(" (in {path})") };
    Misfit::Type(format!("{of}{place}, which JSON has no word for: cast it to text first"))
}

fn int<'a>(number: impl TryInto<i64>) -> std::result::Result<Token<'a>, Wrong> {
    number.try_into().map(Token::Int).map_err(|_| OVER_64_BITS.into())
}

fn float<'a>(number: impl Into<f64>) -> std::result::Result<Token<'a>, Wrong> {
    Ok(Token::Float(number.into()))
}

/// Text of any layout.
enum Texts {
    Short(StringArray),
    Long(LargeStringArray),
    View(StringViewArray),
}

impl Texts {
    /// Nothing of any other array.
    fn of(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Texts::Short(array.as_string().clone()),
            DataType::LargeUtf8 => Texts::Long(array.as_string().clone()),
            DataType::Utf8View => Texts::View(array.as_string_view().clone()),
            _ => return None,
        })
    }

    fn get(&self, at: usize) -> &str {
        match self {
            Texts::Short(texts) => texts.value(at),
            Texts::Long(texts) => texts.value(at),
            Texts::View(texts) => texts.value(at),
        }
    }
}
