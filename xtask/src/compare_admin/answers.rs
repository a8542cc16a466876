//! Answers as the program on Kafka's classes prints them, with what may differ between two runs masked.

/// What one broker answered to one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The call's name in `calls.txt`.
    pub name: String,
    /// The version of the request, as `v4`; empty for a tool.
    pub version: String,
    /// In the order in which they were printed.
    pub fields: Vec<Field>,
}

/// A field of a response, or a line that a tool printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// As it was printed.
    pub said: String,
    /// Where in the response; the whole line, for a tool's.
    pub path: String,
    /// What is compared; empty for a tool's line.
    pub value: String,
}

/// Reads what the program printed.
pub fn read(printed: &str) -> Result<Vec<Answer>, String> {
    let mut answers: Vec<Answer> = Vec::new();
    for line in printed.lines() {
        if let Some(head) = line.strip_prefix("answer ") {
            let (name, version) = head.split_once(' ').unwrap_or((head, ""));
            answers.push(Answer { name: name.to_owned(), version: version.to_owned(), fields: Vec::new() });
        } else {
            let said = line.strip_prefix(' ').ok_or_else(|| format!("a line is neither head nor field: {line:?}"))?;
            let answer = answers.last_mut().ok_or_else(|| format!("a line stands before any head: {line:?}"))?;
            let field = if answer.version.is_empty() { Field::of_tool(said) } else { Field::of_response(said) };
            answer.fields.push(field);
        }
    }
    Ok(answers)
}

impl Field {
    fn of_response(said: &str) -> Field {
        let (path, value) = said.split_once(" = ").unwrap_or((said, ""));
        let name = path.rsplit('.').next().unwrap_or(path);
        let is_text = value.len() > 2 && value.starts_with('"');
        let masked = match name {
            "errorMessage" | "documentation" if is_text => "(text)",
            "topicId" if value != "\"AAAAAAAAAAAAAAAAAAAAAA\"" => "(id)",
            "producerId" => "(id)",
            "partitionSize" => "(bytes)",
            "totalBytes" | "usableBytes" if !value.starts_with('-') => "(bytes)",
            _ => value,
        };
        Field { said: said.to_owned(), path: path.to_owned(), value: masked.to_owned() }
    }

    fn of_tool(said: &str) -> Field {
        let mut line = said.to_owned();
        if let Some((before, id)) = said.split_once("TopicId: ") {
            let rest = id.split_once('\t').map_or("", |(_, rest)| rest);
            line = format!("{before}TopicId: (id)\t{}", configs_in_order(rest));
        } else if let Some((before, _)) = said.split_once("Error while executing topic command : ") {
            line = format!("{before}Error while executing topic command : (text)");
        } else if let Some((before, after)) = said.split_once("org.apache.kafka.common.errors.") {
            let class = after.split(':').next().unwrap_or(after);
            line = format!("{before}{class}: (text)");
        } else if said.split('\t').count() > 5 && said.starts_with(|first: char| first.is_ascii_digit()) {
            // A producer, by its id.
            line = format!("(id)\t{}", said.split_once('\t').map_or("", |(_, rest)| rest));
        } else if said.starts_with('{') {
            line = masked_numbers(said, "\"size\":");
        }
        Field { said: said.to_owned(), path: line, value: String::new() }
    }
}

/// Sorts the keys of `Configs: a=1,b=x,y,c=2`, which Kafka prints in the order of a hash map.
fn configs_in_order(line: &str) -> String {
    let Some((before, configs)) = line.split_once("Configs: ") else { return line.to_owned() };
    let mut keys: Vec<String> = Vec::new();
    for part in configs.split(',') {
        match keys.last_mut() {
            Some(last) if !part.contains('=') => last.extend([",", part]),
            _ => keys.push(part.to_owned()),
        }
    }
    keys.sort_unstable();
    format!("{before}Configs: {}", keys.join(","))
}

fn masked_numbers(text: &str, after: &str) -> String {
    let mut parts = text.split(after);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str(after);
        masked.push_str("(bytes)");
        masked.push_str(part.trim_start_matches(|char: char| char.is_ascii_digit()));
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_and_what_is_of_one_run_is_masked() {
        let printed = "answer made v7\n topics[a].topicId = \"tjHkhP3yQ3mX-2v0bN4a4g\"\n topics[a].errorMessage = null\n \
                       topics[a].errorCode = 0\nanswer list\n Topic: a\tTopicId: tjH\tConfigs: b=1,a=x,y\n";
        let answers = read(printed).unwrap();
        let fields = |at: usize| -> Vec<(&str, &str)> {
            answers[at].fields.iter().map(|field| (&*field.path, &*field.value)).collect()
        };
        assert_eq!((&*answers[0].name, &*answers[0].version, &*answers[1].name), ("made", "v7", "list"));
        let wanted = [("topics[a].topicId", "(id)"), ("topics[a].errorMessage", "null"), ("topics[a].errorCode", "0")];
        assert_eq!(fields(0), wanted);
        assert_eq!(fields(1), [("Topic: a\tTopicId: (id)\tConfigs: a=x,y,b=1", "")]);
        assert!(read("text").is_err() && read(" text").is_err());
    }

    #[test]
    fn text_for_people_and_sizes_are_masked() {
        let table = [
            ("a.errorMessage = \"why\"", "(text)"),
            ("a.errorMessage = \"\"", "\"\""),
            ("a.totalBytes = 12", "(bytes)"),
            ("a.totalBytes = -1", "-1"),
            ("a.topicId = \"AAAAAAAAAAAAAAAAAAAAAA\"", "\"AAAAAAAAAAAAAAAAAAAAAA\""),
        ];
        for (said, wanted) in table {
            assert_eq!(Field::of_response(said).value, wanted, "{said}");
        }
        let table = [
            ("Error while executing topic command : it is so", "Error while executing topic command : (text)"),
            ("Caused by: org.apache.kafka.common.errors.Oops: it is so", "Caused by: Oops: (text)"),
            ("{\"size\":12,\"a\":1,\"size\":3}", "{\"size\":(bytes),\"a\":1,\"size\":(bytes)}"),
            ("77\t0\t-1\t4\t17\tNone\t", "(id)\t0\t-1\t4\t17\tNone\t"),
        ];
        for (said, wanted) in table {
            assert_eq!(Field::of_tool(said).path, wanted);
        }
    }
}
