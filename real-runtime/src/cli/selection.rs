//! Which partitions a command is about: `orders`, `orders:0,2`.

use crate::caller::Brokers;
use crate::cli::failure::Failure;
use crate::cli::produce::no_partition;
use crate::cli::target::existing_topics;

/// A partition by its topic's name.
pub type Partition = (String, i32);

/// A topic, and some of its partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    pub topic: String,
    /// None for all.
    pub partitions: Option<Vec<i32>>,
}

/// Reads `TOPIC` or `TOPIC:PARTITION,...`. Neither stands in a topic's name.
pub fn selection(text: &str) -> Result<Selection, String> {
    let (topic, partitions) = match text.split_once(':') {
        None => (text, None),
        Some((topic, partitions)) => {
            let numbers: Option<Vec<i32>> =
                partitions.split(',').map(|it| it.parse().ok().filter(|number| *number >= 0)).collect();
            (topic, Some(numbers.ok_or("it takes TOPIC, or TOPIC:PARTITION,PARTITION")?))
        }
    };
    if topic.is_empty() {
        return Err("it takes TOPIC, or TOPIC:PARTITION,PARTITION".to_owned());
    }
    Ok(Selection { topic: topic.to_owned(), partitions })
}

/// The partitions that are meant, each once and in order. They must exist.
pub fn selected(brokers: &mut Brokers, selections: &[Selection]) -> Result<Vec<Partition>, Failure> {
    let names: Vec<String> = selections.iter().map(|it| it.topic.clone()).collect();
    let mut all = Vec::new();
    for (Selection { topic, partitions }, found) in selections.iter().zip(existing_topics(brokers, &names)?) {
        let count = found.partitions.len() as i32;
        let wanted = partitions.clone().unwrap_or_else(|| (0..count).collect());
        if let Some(unknown) = wanted.iter().find(|it| **it >= count) {
            return Err(no_partition(topic, *unknown, count));
        }
        all.extend(wanted.into_iter().map(|partition| (topic.clone(), partition)));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections_are_read() {
        let of = |topic: &str, partitions: Option<&[i32]>| {
            Ok(Selection { topic: topic.to_owned(), partitions: partitions.map(<[i32]>::to_vec) })
        };
        assert_eq!(selection("orders"), of("orders", None));
        assert_eq!(selection("orders:0,2"), of("orders", Some(&[0, 2])));
        for text in ["", ":1", "orders:", "orders:-1", "orders:x", "orders:1,"] {
            assert!(selection(text).is_err(), "{text}");
        }
    }
}
