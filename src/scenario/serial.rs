//! The scenario for any format that serde knows, JSON first: the same fields as in the text form, read by
//! the same reader, so that there is one set of rules and one set of complaints.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Scenario;
use crate::problem::Problem;
use crate::tree::{Table, Tree, Value};

impl Serialize for Scenario {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Table(crate::write::scenario(self)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scenario {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tree = Tree::deserialize(deserializer)?;
        crate::text::read(&tree).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
            D::Error::custom(lines.join("\n"))
        })
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Numbers that fit are written as 64 bits, which every format has.
            Self::Integer(number) => match i64::try_from(*number) {
                Ok(number) => serializer.serialize_i64(number),
                Err(_) => serializer.serialize_i128(*number),
            },
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list.iter().map(|tree| &tree.value)),
            Self::Table(table) => {
                serializer.collect_map(table.iter().map(|(name, tree)| (name, &tree.value)))
            }
            Self::Other(kind) => serializer.serialize_str(kind),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self::from)
    }
}

/// Takes whatever comes; what no field can be keeps its name for the complaint.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table, a list, a number or a text")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Truth(truth))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other("nothing"))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut table = Table::new();
        while let Some(field) = map.next_entry()? {
            table.push(field);
        }
        Ok(Value::Table(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_what_the_text_holds() {
        let text = "keys = 2\n[protocol]\nname = \"quorum\"\nw = 1\ntimeout_ms = 12.5\n\
                    [[nodes]]\nname = \"n1\"\n[[nodes]]\nname = \"n2\"\nx_km = -7\n\
                    [[script]]\nat_ms = 0.000001\naction = \"cut\"\nbetween = [\"n1\", \"n2\"]";
        let scenario = crate::text::parse(text).expect("a valid scenario");
        let json = serde_json::to_string(&scenario).expect("every scenario can be written");
        assert!(json.contains(r#""timeout_ms":12.5"#), "{json}");
        assert_eq!(serde_json::from_str::<Scenario>(&json).expect("it reads back"), scenario);
    }

    #[test]
    fn json_is_complained_about_as_text_is() {
        let complaint = |json: &str| serde_json::from_str::<Scenario>(json).expect_err("wrong").to_string();
        let wrong = complaint(r#"{"protocol": {"name": "paxos"}, "nodes": [{"name": "n1", "x_km": true}]}"#);
        assert!(wrong.contains("nodes[1].x_km") && wrong.contains("found true"), "{wrong}");
        assert!(complaint(r#"{"seed": null}"#).contains("seed"), "{}", complaint(r#"{"seed": null}"#));
    }
}
