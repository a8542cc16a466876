//! Reads the compact table of messages.

/// A range of versions; `max` is `i16::MAX` where it is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Versions {
    pub min: i16,
    pub max: i16,
}

impl Versions {
    /// No version at all.
    pub const NONE: Versions = Versions { min: 0, max: -1 };

    /// `3`, `3-12`, `3+` or `none`.
    fn parse(text: &str) -> Result<Versions, String> {
        let number = |text: &str| text.parse::<i16>().map_err(|_| format!("{text:?} is not a version"));
        if text.eq_ignore_ascii_case("none") {
            return Ok(Versions::NONE);
        }
        if let Some(min) = text.strip_suffix('+') {
            return Ok(Versions { min: number(min)?, max: i16::MAX });
        }
        if let Some((min, max)) = text.split_once('-') {
            return Ok(Versions { min: number(min)?, max: number(max)? });
        }
        Ok(Versions { min: number(text)?, max: number(text)? })
    }

    pub fn is_empty(self) -> bool {
        self.min > self.max
    }

    pub fn contains(self, version: i16) -> bool {
        (self.min..=self.max).contains(&version)
    }

    pub fn and(self, other: Versions) -> Versions {
        Versions { min: self.min.max(other.min), max: self.max.min(other.max) }
    }

    /// Whether this holds in every version of `context`.
    pub fn covers(self, context: Versions) -> bool {
        context.is_empty() || (self.min <= context.min && self.max >= context.max)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Type>),
}

impl Type {
    fn parse(text: &str) -> Type {
        if let Some(element) = text.strip_prefix("[]") {
            return Type::Array(Box::new(Type::parse(element)));
        }
        match text {
            "bool" => Type::Bool,
            "int8" => Type::Int8,
            "int16" => Type::Int16,
            "uint16" => Type::Uint16,
            "int32" => Type::Int32,
            "uint32" => Type::Uint32,
            "int64" => Type::Int64,
            "float64" => Type::Float64,
            "uuid" => Type::Uuid,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "records" => Type::Records,
            name => Type::Struct(name.to_owned()),
        }
    }

    /// The struct that this is, or is an array of.
    pub fn struct_name(&self) -> Option<&str> {
        match self {
            Type::Struct(name) => Some(name),
            Type::Array(element) => element.struct_name(),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Type,
    pub versions: Versions,
    /// Where it may be null.
    pub nullable: Versions,
    /// Its tag, where it is a tagged field (KIP-482).
    pub tag: Option<u32>,
    /// What the field is where nothing says otherwise; `null` is null.
    pub default: Option<String>,
    /// Whether it keeps the old encoding in flexible versions: only the request header's client id does.
    pub never_flexible: bool,
}

#[derive(Clone, Debug)]
pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Request,
    Response,
    /// The key of a coordinator's record; its number is the record's type.
    RecordKey,
    /// A record of the metadata log; its number is the record's type.
    MetadataRecord,
    /// Headers, values of records, and what else is not sent as a request or a response of its own.
    Other,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub key: Option<i16>,
    pub name: String,
    pub kind: Kind,
    pub valid: Versions,
    pub flexible: Versions,
    pub is_last_unstable: bool,
    /// The message's own fields.
    pub fields: Vec<Field>,
    /// The structs inside it, in the order in which they appear.
    pub structs: Vec<Struct>,
}

impl Message {
    pub fn find(&self, name: &str) -> &Struct {
        self.structs.iter().find(|it| it.name == name).expect("checked when the table was read")
    }
}

/// Every message of the table.
pub fn parse(text: &str) -> Result<Vec<Message>, String> {
    let mut messages: Vec<Message> = Vec::new();
    // The struct that fields of each depth belong to; none is the message itself.
    let mut owners: Vec<Option<usize>> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |why: String| format!("line {}: {why}", number + 1);
        if !line.starts_with(' ') {
            messages.push(message(line).map_err(at)?);
            owners = vec![None];
            continue;
        }
        let depth = (line.len() - line.trim_start().len()) / 2 - 1;
        let message = messages.last_mut().ok_or_else(|| at("a field before any message".to_owned()))?;
        if depth >= owners.len() {
            return Err(at("deeper than what it could belong to".to_owned()));
        }
        owners.truncate(depth + 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[0] == "struct" {
            owners.push(Some(open(message, words[1])));
            continue;
        }
        let field = field(&words).map_err(at)?;
        if let Some(name) = field.kind.struct_name() {
            owners.push(Some(open(message, name)));
        }
        match owners[depth] {
            None => message.fields.push(field),
            Some(owner) => message.structs[owner].fields.push(field),
        }
    }
    for message in &messages {
        check(message)?;
    }
    Ok(messages)
}

/// The place of a struct of that name, made where there is none yet.
fn open(message: &mut Message, name: &str) -> usize {
    message.structs.iter().position(|it| it.name == name).unwrap_or_else(|| {
        message.structs.push(Struct { name: name.to_owned(), fields: Vec::new() });
        message.structs.len() - 1
    })
}

fn message(line: &str) -> Result<Message, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [key, name, kind, ..] = words[..] else { return Err(format!("{line:?} is no message")) };
    let attribute = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
    Ok(Message {
        key: key.parse().ok(),
        name: name.to_owned(),
        kind: match kind {
            "request" => Kind::Request,
            "response" => Kind::Response,
            "coordinator-key" => Kind::RecordKey,
            "metadata" => Kind::MetadataRecord,
            _ => Kind::Other,
        },
        valid: Versions::parse(attribute("valid=").ok_or("no valid=")?)?,
        flexible: Versions::parse(attribute("flex=").ok_or("no flex=")?)?,
        is_last_unstable: words.contains(&"UNSTABLE-LAST"),
        fields: Vec::new(),
        structs: Vec::new(),
    })
}

fn field(words: &[&str]) -> Result<Field, String> {
    let [name, kind, attributes @ ..] = words else { return Err(format!("{words:?} is no field")) };
    // A few tagged fields say no versions of their own: those of the tag are meant.
    let (versions, attributes) = match attributes {
        [versions, rest @ ..] if !versions.contains('=') => (*versions, rest),
        _ => (
            attributes.iter().find_map(|it| it.strip_prefix("tag=")?.split_once('@')).ok_or("no versions")?.1,
            attributes,
        ),
    };
    let mut field = Field {
        name: (*name).to_owned(),
        kind: Type::parse(kind),
        versions: Versions::parse(versions)?,
        nullable: Versions::NONE,
        tag: None,
        default: None,
        never_flexible: false,
    };
    for attribute in attributes {
        match attribute.split_once('=') {
            Some(("null", versions)) => field.nullable = Versions::parse(versions)?,
            Some(("tag", tag)) => {
                let (tag, versions) = tag.split_once('@').ok_or("a tag without versions")?;
                field.tag = Some(tag.parse().map_err(|_| format!("{tag:?} is no tag"))?);
                if Versions::parse(versions)? != field.versions {
                    return Err(format!("{name} is tagged in some of its versions only"));
                }
            }
            // Kafka's generator reads a null that is no string like a default that is not there (`FieldSpec`).
            Some(("def", "null")) => {}
            Some(("def", default)) => field.default = Some(default.trim_matches('"').to_owned()),
            Some(("flex", "none")) => field.never_flexible = true,
            None if matches!(*attribute, "ign" | "key" | "zc") => {}
            _ => return Err(format!("{attribute:?} means nothing")),
        }
    }
    Ok(field)
}

fn check(message: &Message) -> Result<(), String> {
    let all = message.structs.iter().flat_map(|it| &it.fields).chain(&message.fields);
    for field in all {
        if let Some(name) = field.kind.struct_name()
            && message.find(name).fields.is_empty()
        {
            return Err(format!("{}: {name} has no fields", message.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
# a comment
7 SampleRequest request valid=1-3 flex=2+ listeners=broker
  Names []string 0+ null=1+
  Places []Place 0+
    Host string 0+
    Port uint16 2+ tag=4@2+ def=\"9092\"
  Where Place 3+
  Quoted string 2+ null=2+ tag=0@2+ def=\"null\"
  Plain []string 2+ null=2+ tag=1@2+ def=null
";

    #[test]
    fn fields_belong_to_what_they_are_indented_under() {
        let messages = parse(SAMPLE).unwrap();
        let message = &messages[0];
        assert_eq!((message.key, message.kind, message.valid), (Some(7), Kind::Request, Versions { min: 1, max: 3 }));
        assert_eq!(message.fields.len(), 5);
        assert_eq!(message.fields[0].kind, Type::Array(Box::new(Type::String)));
        let place = message.find("Place");
        assert_eq!(place.fields[1].tag, Some(4));
        assert_eq!(place.fields[1].default.as_deref(), Some("9092"));
        let defaults: Vec<_> = message.fields.iter().map(|field| field.default.as_deref()).collect();
        assert_eq!(defaults, [None, None, None, Some("null"), None], "null without quotes is no default");
    }

    #[test]
    fn what_it_does_not_know_is_an_error_and_not_ignored() {
        let error = parse("1 X request valid=0 flex=none\n  A int8 0+ surprise\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("surprise"), "{error}");
        assert!(parse("1 X request valid=0 flex=none\n    A int8 0+\n").is_err(), "too deep");
        assert!(parse("1 X request valid=0 flex=none\n  A Unknown 0+\n").is_err(), "a struct without fields");
    }
}
