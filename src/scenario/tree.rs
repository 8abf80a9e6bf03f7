//! Text in a neutral form: tables, lists and scalars, each with its line where there is one.

/// A value and its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) line: Option<u32>,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Integer(i128),
    Float(f64),
    Truth(bool),
    Text(String),
    List(Vec<Tree>),
    Table(Table),
    /// Something that no field can be, by its name.
    #[cfg_attr(not(feature = "text"), allow(dead_code, reason = "only TOML has such"))]
    Other(&'static str),
}

/// Fields in the order of writing.
pub(crate) type Table = Vec<(String, Tree)>;

impl From<Value> for Tree {
    fn from(value: Value) -> Self {
        Self { line: None, value }
    }
}

impl Value {
    /// What it is, for a person.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Text(text) if text.chars().count() <= 40 => format!("{text:?}"),
            Self::Text(_) => "a long text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

impl Tree {
    /// The line of a field such as `clients[2].home`, or of the innermost table or list around it that
    /// has one.
    pub(crate) fn line_of(&self, field: &str) -> Option<u32> {
        let mut here = self;
        let mut line = None;
        for part in field.split('.') {
            let (name, index) = match part.split_once('[') {
                Some((name, rest)) => (name, rest.trim_end_matches(']').parse::<usize>().ok()),
                None => (part, None),
            };
            let Value::Table(table) = &here.value else { break };
            let Some((_, next)) = table.iter().find(|(key, _)| key == name) else { break };
            here = next;
            line = here.line.or(line);
            if let (Some(index), Value::List(list)) = (index, &here.value) {
                let Some(next) = list.get(index.wrapping_sub(1)) else { break };
                here = next;
                line = here.line.or(line);
            }
        }
        line
    }
}

/// The text in a field of a table.
pub(crate) fn text_field<'a>(tree: &'a Tree, name: &str) -> Option<&'a str> {
    let Value::Table(table) = &tree.value else { return None };
    table.iter().find_map(|(key, tree)| match &tree.value {
        Value::Text(text) if key == name => Some(text.as_str()),
        _ => None,
    })
}
