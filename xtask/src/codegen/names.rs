//! Kafka's names in Rust's spelling.

/// `LogAppendTimeMs` as `log_append_time_ms`.
pub fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (at, letter) in letters.iter().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            let after_word = !letters[at - 1].is_ascii_uppercase();
            let before_word = letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase());
            if after_word || before_word {
                text.push('_');
            }
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// A field's name, escaped where it is a word of Rust's.
pub fn field(name: &str) -> String {
    let name = snake(name);
    if matches!(name.as_str(), "type" | "match" | "ref" | "move" | "use" | "where" | "static" | "final") {
        return format!("r#{name}");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_rusts() {
        assert_eq!(snake("LogAppendTimeMs"), "log_append_time_ms");
        assert_eq!(snake("timeoutMs"), "timeout_ms");
        assert_eq!(snake("KRaftVersion"), "k_raft_version");
        assert_eq!(snake("TopicID"), "topic_id");
        assert_eq!(field("Type"), "r#type");
    }
}
