//! Arrow arrays that come from elsewhere by the C interface: looked at first (`shape`), so that the Arrow crates meet
//! nothing over which they would panic.

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, make_array};
use arrow_schema::{ArrowError, DataType, Field};

use crate::exchange::shape::{check_array, check_schema};

/// Why nothing was read.
#[derive(Debug)]
pub enum Refusal {
    /// It is not what the interface says that it is.
    Broken(String),
    /// A type that is not known here, or what a producer said instead of giving one.
    Unknown(String),
}

/// Arrays of one type, one after the other.
pub struct Foreign {
    /// The type, and the names of its parts.
    pub field: Field,
    first: Option<ArrayRef>,
    stream: Option<FFI_ArrowArrayStream>,
}

impl Foreign {
    /// A single array.
    pub fn from_array(schema: &FFI_ArrowSchema, array: FFI_ArrowArray) -> Result<Self, Refusal> {
        let field = field(schema)?;
        let first = read(array, field.data_type()).map_err(Refusal::Broken)?;
        Ok(Foreign { field, first: Some(first), stream: None })
    }

    /// The arrays of a stream, which is asked for its type now.
    #[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
    pub fn from_stream(mut stream: FFI_ArrowArrayStream) -> Result<Self, Refusal> {
        let (Some(get_schema), Some(_), Some(_)) = (stream.get_schema, stream.get_next, stream.release) else {
            return Err(Refusal::Broken("the stream was released already, or has no functions".to_owned()));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: the stream's own function, for the stream.
        match unsafe { get_schema(&mut stream, &mut schema) } {
            0 => Ok(Foreign { field: field(&schema)?, first: None, stream: Some(stream) }),
            code => Err(Refusal::Unknown(format!("a stream without a type: {}", said(&mut stream, code)))),
        }
    }
}

impl Iterator for Foreign {
    type Item = Result<ArrayRef, String>;

    #[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let stream = self.stream.as_mut()?;
        let mut array = FFI_ArrowArray::empty();
        // SAFETY: the stream's own function, for the stream.
        match unsafe { stream.get_next?(stream, &mut array) } {
            // The end.
            0 if array.release.is_none() => None,
            0 => Some(read(array, self.field.data_type())),
            code => Some(Err(said(stream, code))),
        }
    }
}

/// A type, and what it calls itself.
pub fn field(schema: &FFI_ArrowSchema) -> Result<Field, Refusal> {
    check_schema(schema).map_err(Refusal::Broken)?;
    Field::try_from(schema).map_err(|error| Refusal::Unknown(error.to_string()))
}

#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn read(array: FFI_ArrowArray, of: &DataType) -> Result<ArrayRef, String> {
    check_array(&array, of)?;
    let broken = |error: ArrowError| error.to_string();
    // SAFETY: it has the shape of its type; that its buffers are as long as they must be is the producer's word.
    let data = unsafe { from_ffi_and_data_type(array, of.clone()) }.map_err(broken)?;
    data.validate().map_err(broken)?;
    if matches!(of, DataType::RunEndEncoded(..)) {
        data.validate_data().map_err(broken)?;
    }
    Ok(make_array(data))
}

/// What a stream says of its last error.
#[expect(unsafe_code, reason = "the C interface of Arrow is pointers")]
fn said(stream: &mut FFI_ArrowArrayStream, code: i32) -> String {
    // SAFETY: the stream's own function, for the stream.
    let text = stream.get_last_error.map(|get| unsafe { get(stream) }).filter(|text| !text.is_null());
    // SAFETY: by the interface it ends with a zero and lives until the stream is asked again.
    text.map_or_else(|| format!("error {code}"), |text| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
