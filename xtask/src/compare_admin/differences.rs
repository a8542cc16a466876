//! In what two answers differ.

use super::answers::{Answer, Field};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing that two answers do not have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Difference {
    /// The call's name.
    pub answer: String,
    /// The request's version.
    pub version: String,
    /// A field; or the first part of a path that one side does not have at all, such as `configs[retention.ms]`; or a
    /// tool's line.
    pub path: String,
    /// In what way.
    pub sides: Sides,
}

/// Who has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sides {
    OnlyKafka,
    OnlyGracchus,
    /// Both, each with another value.
    Both {
        kafka: String,
        gracchus: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sides {
            Sides::OnlyKafka => write!(f, "only Kafka says {}", self.path),
            Sides::OnlyGracchus => write!(f, "only Gracchus says {}", self.path),
            Sides::Both { kafka, gracchus } => {
                write!(f, "{}: Kafka says {kafka}, Gracchus says {gracchus}", self.path)
            }
        }
    }
}

/// Compares two answers to one call.
pub fn of_answers(kafka: &Answer, gracchus: &Answer) -> BTreeSet<Difference> {
    let difference = |path: &str, sides: Sides| Difference {
        answer: kafka.name.clone(),
        version: kafka.version.clone(),
        path: path.to_owned(),
        sides,
    };
    let (of_kafka, of_gracchus) = (by_path(kafka), by_path(gracchus));
    let mut found = BTreeSet::new();
    for (path, value) in &of_kafka {
        match of_gracchus.get(path) {
            Some(other) if other == value => {}
            Some(other) => {
                let sides = Sides::Both { kafka: (*value).to_owned(), gracchus: (*other).to_owned() };
                found.insert(difference(path, sides));
            }
            None => {
                found.insert(difference(absent_part(path, &of_gracchus), Sides::OnlyKafka));
            }
        }
    }
    for path in of_gracchus.keys().filter(|path| !of_kafka.contains_key(*path)) {
        found.insert(difference(absent_part(path, &of_kafka), Sides::OnlyGracchus));
    }
    found
}

fn by_path(answer: &Answer) -> BTreeMap<&str, &str> {
    answer.fields.iter().map(|Field { path, value, .. }| (path.as_str(), value.as_str())).collect()
}

/// The shortest beginning of a path that is an element of a list and that nothing of the other side begins with; the path
/// itself where there is none.
fn absent_part<'a>(path: &'a str, other: &BTreeMap<&str, &str>) -> &'a str {
    // A key may have brackets' dots in it, so that only a bracket that closes ends a part.
    let ends = path.match_indices(']').map(|(at, _)| at + 1);
    let is_absent = |part: &&str| {
        let next = other.range::<str, _>((std::ops::Bound::Included(*part), std::ops::Bound::Unbounded)).next();
        next.is_none_or(|(next, _)| !next.starts_with(part))
    };
    ends.map(|end| &path[..end]).find(is_absent).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::super::answers;
    use super::*;

    fn answer(fields: &str) -> Answer {
        answers::read(&format!("answer it v1\n{fields}")).unwrap().remove(0)
    }

    #[test]
    fn what_one_side_lacks_is_named_by_its_shortest_part() {
        let kafka = answer(" a[x].b[k.y].c = 1\n a[x].b[k.y].d = 2\n a[x].b[k.z].c = 1\n n = 3\n");
        let gracchus = answer(" a[x].b[k.z].c = 2\n n = 3\n m = 4\n");
        let found: Vec<String> = of_answers(&kafka, &gracchus).iter().map(Difference::to_string).collect();
        let wanted =
            ["only Kafka says a[x].b[k.y]", "a[x].b[k.z].c: Kafka says 1, Gracchus says 2", "only Gracchus says m"];
        assert_eq!(found, wanted);
        assert!(of_answers(&kafka, &kafka).is_empty());
    }
}
