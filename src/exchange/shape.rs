//! Whether the structs of Arrow's C interface have the shape that their types say, before anything is read of them. What
//! their pointers lead to is believed: its length is written nowhere.

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_data::layout;
use arrow_schema::DataType;

type Result<T> = std::result::Result<T, String>;

/// Types in types; the Arrow crates go down one a call.
const DEEPEST: usize = 16;
/// Columns, parts of a type, buffers, entries of metadata.
const MOST: i64 = 1 << 20;
/// Rows of an array, with those before its offset.
const LONGEST: i64 = 1 << 40;

/// Looks at a type, and those in it.
pub fn check_schema(schema: &FFI_ArrowSchema) -> Result<()> {
    if schema.release.is_none() {
        return Err("its type was released already".to_owned());
    }
    let (mut open, mut seen) = (vec![(schema, 0)], 0);
    while let Some((schema, depth)) = open.pop() {
        seen += 1;
        if depth > DEEPEST || seen > MOST {
            return Err(format!("its type has more than {DEEPEST} types in each other, or more than {MOST}"));
        }
        let needed = match text(schema.format)? {
            None => return Err("its type has no format".to_owned()),
            Some("+l" | "+L" | "+vl" | "+vL" | "+m") => 1,
            Some("+r") => 2,
            Some(format) => i64::from(format.starts_with("+w:")),
        };
        text(schema.name)?;
        check_metadata(schema)?;
        if schema.n_children < needed {
            return Err(format!("its type has {} parts, not {needed}", schema.n_children));
        }
        open.extend(each(schema.children, schema.n_children)?.into_iter().map(|child| (child, depth + 1)));
        open.extend(target(schema.dictionary).map(|dictionary| (dictionary, depth + 1)));
    }
    Ok(())
}

/// Looks at an array, and those in it.
pub fn check_array(array: &FFI_ArrowArray, of: &DataType) -> Result<()> {
    if array.release.is_none() {
        return Err("it was released already".to_owned());
    }
    let mut open = vec![(array, of)];
    while let Some((array, of)) = open.pop() {
        let (length, offset) = (array.length, array.offset);
        if !(0..=LONGEST).contains(&length) || !(0..=LONGEST).contains(&offset) {
            return Err(format!("it says that it has {length} rows from {offset} on"));
        }
        if matches!(of, DataType::FixedSizeBinary(size) | DataType::FixedSizeList(_, size) if *size < 0) {
            return Err("its elements have a size below zero".to_owned());
        }
        check_buffers(array, of)?;
        check_end(array, of)?;
        let types: Vec<&DataType> = match of {
            DataType::List(child)
            | DataType::FixedSizeList(child, _)
            | DataType::LargeList(child)
            | DataType::ListView(child)
            | DataType::LargeListView(child)
            | DataType::Map(child, _) => vec![child.data_type()],
            DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
            DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
            DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
            DataType::Dictionary(_, values) => {
                open.push((target(array.dictionary).ok_or("it has no dictionary")?, values));
                continue;
            }
            _ => continue,
        };
        let children = each(array.children, array.n_children)?;
        if children.len() != types.len() {
            return Err(format!("it has {} parts, and its type {}", children.len(), types.len()));
        }
        open.extend(children.into_iter().zip(types));
    }
    Ok(())
}

fn check_buffers(array: &FFI_ArrowArray, of: &DataType) -> Result<()> {
    let layout = layout(of);
    let wanted = layout.buffers.len() + usize::from(layout.can_contain_null_mask) + usize::from(layout.variadic);
    let is_so_many = match layout.variadic {
        true => (wanted as i64..MOST).contains(&array.n_buffers),
        false => array.n_buffers == wanted as i64,
    };
    if !is_so_many || wanted > 0 && array.buffers.is_null() {
        return Err(format!("it has {} buffers, and {of} has {wanted}", array.n_buffers));
    }
    // Of text and lists it says where they begin.
    if array.length + array.offset > 0 && layout.can_contain_null_mask && wanted > 1 && array.buffer(1).is_null() {
        return Err("it has rows and no cells".to_owned());
    }
    let texts = array.n_buffers - wanted as i64;
    if layout.variadic && texts > 0 {
        let lengths: *const i64 = array.buffer(array.num_buffers() - 1).cast();
        if lengths.is_null() || (0..texts as usize).any(|at| !(0..=LONGEST).contains(&read(lengths, at))) {
            return Err("its texts have no lengths".to_owned());
        }
    }
    Ok(())
}

/// Looks at how long the buffers are of which something else than the rows says that.
fn check_end(array: &FFI_ArrowArray, of: &DataType) -> Result<()> {
    let rows = array.length + array.offset;
    let end = match of {
        DataType::FixedSizeBinary(size) => rows.saturating_mul(i64::from(*size)),
        _ if rows == 0 => 0,
        DataType::Utf8 | DataType::Binary | DataType::List(_) | DataType::Map(..) => {
            i64::from(read(array.buffer(1).cast::<i32>(), rows as usize))
        }
        DataType::LargeUtf8 | DataType::LargeBinary | DataType::LargeList(_) => {
            read(array.buffer(1).cast::<i64>(), rows as usize)
        }
        _ => 0,
    };
    match (0..=LONGEST).contains(&end) {
        true => Ok(()),
        false => Err(format!("its cells end at {end}")),
    }
}

fn check_metadata(schema: &FFI_ArrowSchema) -> Result<()> {
    match schema.metadata.is_null() || (0..MOST as i32).contains(&read(schema.metadata.cast::<i32>(), 0)) {
        true => Ok(()),
        false => Err("its type has metadata without end".to_owned()),
    }
}

/// What a list of pointers leads to.
fn each<'a, T>(list: *mut *mut T, length: i64) -> Result<Vec<&'a T>> {
    if !(0..=MOST).contains(&length) || length > 0 && list.is_null() {
        return Err(format!("it says that it has {length} parts"));
    }
    let parts = (0..length as usize).map(|at| target(read(list, at)).ok_or_else(|| "a part of it is null".to_owned()));
    parts.collect()
}

/// The text at a pointer, if it is not null.
#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn text<'a>(at: *const std::ffi::c_char) -> Result<Option<&'a str>> {
    if at.is_null() {
        return Ok(None);
    }
    // SAFETY: by the interface it ends with a zero and lives as long as the struct, which is held meanwhile.
    let text = unsafe { CStr::from_ptr(at) };
    text.to_str().map(Some).map_err(|_| "its type or its name is no UTF-8".to_owned())
}

/// What a pointer leads to, if it is not null.
#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn target<'a, T>(pointer: *mut T) -> Option<&'a T> {
    // SAFETY: by the interface it leads to a struct that lives as long as the one that holds it.
    unsafe { pointer.as_ref() }
}

/// An element of a list that is not null.
#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn read<T: Copy>(list: *const T, at: usize) -> T {
    // SAFETY: by the interface there are as many as the struct says, in any alignment.
    unsafe { list.add(at).read_unaligned() }
}
