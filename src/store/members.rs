//! Which values an enum has. They are all text or all ints, and a field keeps them as such.

/// The values of an enum. It is never given back: there are as many as a program declares.
#[derive(Debug)]
pub struct Members {
    /// The name of the enum.
    pub name: String,
    /// Its values, ascending.
    pub values: Values,
    /// Tells it from all others: its place in the order in which they were met.
    pub id: usize,
}

/// All of one type, ascending.
#[derive(Debug)]
pub enum Values {
    /// Text.
    Texts(Vec<String>),
    /// Ints.
    Ints(Vec<i64>),
}

impl Members {
    /// The place of a text among the values.
    pub fn of_text(&self, text: &str) -> Option<usize> {
        match &self.values {
            Values::Texts(texts) => texts.binary_search_by(|own| own.as_str().cmp(text)).ok(),
            Values::Ints(_) => None,
        }
    }

    /// The place of an int among the values.
    pub fn of_int(&self, int: i64) -> Option<usize> {
        match &self.values {
            Values::Texts(_) => None,
            Values::Ints(ints) => ints.binary_search(&int).ok(),
        }
    }

    /// What is said of a value that is none of them: "is no Color, whose values are 'blue', 'red'".
    pub fn misfit(&self) -> String {
        const SHOWN: usize = 5;
        let (mut shown, count): (Vec<String>, usize) = match &self.values {
            Values::Texts(texts) => {
                (texts.iter().take(SHOWN).map(|text| format!("'{text:.40}'")).collect(), texts.len())
            }
            Values::Ints(ints) => (ints.iter().take(SHOWN).map(i64::to_string).collect(), ints.len()),
        };
        if count > SHOWN {
            shown.push("...".to_owned());
        }
        format!("is no {}, whose values are {}", self.name, shown.join(", "))
    }
}

/// Every enum is another type, whatever its values.
impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Members {}
