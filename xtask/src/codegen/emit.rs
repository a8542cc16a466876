//! A group of messages as the text of one Rust file.

use super::names;
use super::table::{Field, Kind, Message, Struct, Type, Versions};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The whole file for `messages`: in practice an API's request and response.
pub fn file(messages: &[&Message]) -> String {
    let mut body = String::new();
    for message in messages {
        let scope = Scope::new(message, messages);
        scope.message(&mut body);
        for inner in &message.structs {
            scope.inner(inner, &mut body);
        }
    }
    let titles: Vec<_> = messages.iter().map(|message| format!("`{}`", message.name)).collect();
    let mut text = format!("//! {}.\n", titles.join(" and "));
    text.push_str("//\n// Written by `cargo xtask codegen` from core/schemas/kafka.txt; do not edit.\n\n");
    text.push_str(&imports(&body));
    text.push_str(&body);
    text
}

/// An element that takes no bytes would let a count lie without limit.
#[cfg(test)]
pub fn check_element_sizes(message: &Message) -> Result<(), String> {
    let scope = Scope::new(message, &[message]);
    for owner in message.structs.iter().map(|it| (&it.fields, scope.contexts[it.name.as_str()])) {
        for version in message.valid.and(owner.1).min..=message.valid.and(owner.1).max {
            if scope.size(owner.0, version) == 0 {
                return Err(format!("{}: a struct is empty in version {version}", message.name));
            }
        }
    }
    Ok(())
}

/// What a generated file may need of `wire`.
const WIRE_NAMES: &[&str] = &[
    "ApiKey",
    "DecodeError",
    "Decoder",
    "Encoder",
    "Message",
    "MetadataMessage",
    "RecordKey",
    "Records",
    "Request",
    "Response",
];

fn imports(body: &str) -> String {
    let words = words(body);
    let mut text = String::new();
    if words.contains("Uuid") {
        text.push_str("use crate::types::Uuid;\n");
    }
    let from_wire: Vec<_> = WIRE_NAMES.iter().copied().filter(|name| words.contains(name)).collect();
    writeln!(text, "use crate::wire::{{{}}};", from_wire.join(", ")).unwrap();
    if words.contains("Bytes") {
        text.push_str("use bytes::Bytes;\n");
    }
    if words.contains("ByteString") {
        text.push_str("use bytestring::ByteString;\n");
    }
    text.push_str("\n#[cfg(test)]\nuse crate::wire::filler::Filler;\n");
    text
}

/// One message and what its fields need to know of it.
struct Scope<'a> {
    message: &'a Message,
    /// In which versions each struct occurs.
    contexts: BTreeMap<&'a str, Versions>,
    /// Structs whose names another message of the same file has too.
    clashing: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    fn new(message: &'a Message, file: &[&'a Message]) -> Scope<'a> {
        let mut contexts = BTreeMap::new();
        walk(message, &message.fields, message.valid, &mut contexts);
        let others = file.iter().filter(|other| other.name != message.name);
        let clashing = others.flat_map(|other| other.structs.iter().map(|it| it.name.as_str())).collect();
        Scope { message, contexts, clashing }
    }

    fn message(&self, out: &mut String) {
        let Message { name, valid, fields, .. } = self.message;
        let title = match (self.message.key, self.message.kind) {
            (Some(key), Kind::Request) => format!("Kafka's `{name}` (key {key})"),
            (Some(key), Kind::RecordKey | Kind::MetadataRecord) => format!("Kafka's `{name}` (record type {key})"),
            _ => format!("Kafka's `{name}`"),
        };
        writeln!(out, "\n/// {title}, versions {} to {}{}.", valid.min, valid.max, self.flexible_since()).unwrap();
        self.declare(name, fields, *valid, out);
        writeln!(out, "\nimpl Message for {name} {{").unwrap();
        writeln!(out, "    const NAME: &'static str = \"{name}\";").unwrap();
        writeln!(out, "    const VERSIONS: (i16, i16) = ({}, {});", valid.min, valid.max).unwrap();
        let flexible = match self.message.flexible.and(*valid) {
            versions if versions.is_empty() => "None".to_owned(),
            versions => format!("Some({})", versions.min),
        };
        writeln!(out, "    const FLEXIBLE_FROM: Option<i16> = {flexible};\n").unwrap();
        self.functions(fields, *valid, out);
        out.push_str("}\n");
        let api = name.trim_end_matches("Request").trim_end_matches("Response");
        match self.message.kind {
            Kind::Request => {
                writeln!(out, "\nimpl Request for {name} {{").unwrap();
                writeln!(out, "    const KEY: ApiKey = ApiKey::{api};").unwrap();
                writeln!(out, "    type Response = {api}Response;\n}}").unwrap();
            }
            Kind::Response => {
                writeln!(out, "\nimpl Response for {name} {{").unwrap();
                writeln!(out, "    const KEY: ApiKey = ApiKey::{api};\n}}").unwrap();
            }
            Kind::RecordKey => {
                let key = self.message.key.expect("a record's key has the number of its type");
                writeln!(out, "\nimpl RecordKey for {name} {{").unwrap();
                writeln!(out, "    const TYPE: i16 = {key};").unwrap();
                writeln!(out, "    type Value = {}Value;\n}}", name.trim_end_matches("Key")).unwrap();
            }
            Kind::MetadataRecord => self.metadata_message(out),
            Kind::Other => {}
        }
    }

    /// What binds a record of the metadata log to its type.
    fn metadata_message(&self, out: &mut String) {
        let Message { name, key, valid, fields, .. } = self.message;
        let key = key.expect("a metadata record has the number of its type");
        writeln!(out, "\nimpl MetadataMessage for {name} {{").unwrap();
        writeln!(out, "    const TYPE: i16 = {key};\n").unwrap();
        writeln!(out, "    fn least_version(&self) -> i16 {{").unwrap();
        let mut younger: Vec<&Field> = fields.iter().filter(|field| field.versions.min > valid.min).collect();
        younger.sort_by_key(|field| std::cmp::Reverse(field.versions.min));
        for field in younger {
            writeln!(out, "        if {} {{", self.differs(field)).unwrap();
            writeln!(out, "            return {};\n        }}", field.versions.min).unwrap();
        }
        writeln!(out, "        {}\n    }}\n}}", valid.min).unwrap();
    }

    fn flexible_since(&self) -> String {
        match self.flexibility(self.message.valid) {
            Flexibility::Never => String::new(),
            Flexibility::Always => ", all flexible".to_owned(),
            Flexibility::From(version) => format!(", flexible from {version}"),
        }
    }

    fn inner(&self, inner: &Struct, out: &mut String) {
        let name = self.rust_name(&inner.name);
        let context = self.contexts.get(inner.name.as_str()).copied().unwrap_or(Versions::NONE);
        writeln!(out, "\n/// `{}` of [`{}`].", inner.name, self.message.name).unwrap();
        self.declare(&name, &inner.fields, context, out);
        writeln!(out, "\nimpl {name} {{").unwrap();
        self.functions(&inner.fields, context, out);
        out.push_str("}\n");
    }

    /// The struct itself, and `Default` where the table's defaults are not the types' own.
    fn declare(&self, name: &str, fields: &[Field], context: Versions, out: &mut String) {
        let is_float = |field: &Field| has_float(self.message, &field.kind);
        let eq = if fields.iter().any(is_float) { "" } else { ", Eq" };
        let plain = fields.iter().all(|field| self.default(field) == self.derived_default(field));
        let default = if plain { ", Default" } else { "" };
        writeln!(out, "#[derive(Clone, PartialEq{eq}, Debug{default})]\npub struct {name} {{").unwrap();
        for field in fields {
            writeln!(out, "    /// {}", self.describe(field, context)).unwrap();
            writeln!(out, "    pub {}: {},", names::field(&field.name), self.rust_type(field)).unwrap();
        }
        out.push_str("}\n");
        if plain {
            return;
        }
        writeln!(out, "\nimpl Default for {name} {{\n    fn default() -> Self {{\n        Self {{").unwrap();
        for field in fields {
            writeln!(out, "            {}: {},", names::field(&field.name), self.default(field)).unwrap();
        }
        out.push_str("        }\n    }\n}\n");
    }

    fn describe(&self, field: &Field, context: Versions) -> String {
        let mut text = format!("`{}`", field.name);
        if !field.versions.covers(context) {
            let versions = field.versions.and(context);
            match (versions.min == context.min, versions.max == context.max) {
                (true, _) => write!(text, ", to version {}", versions.max).unwrap(),
                (_, true) => write!(text, ", from version {}", versions.min).unwrap(),
                _ => write!(text, ", versions {} to {}", versions.min, versions.max).unwrap(),
            }
        }
        if let Some(tag) = field.tag {
            write!(text, ", tag {tag}").unwrap();
        }
        let nullable = field.nullable.and(context);
        if !nullable.is_empty() {
            if nullable.covers(field.versions.and(context)) {
                text.push_str("; may be null");
            } else {
                write!(text, "; may be null from version {}", nullable.min).unwrap();
            }
        }
        text + "."
    }

    /// `decode`, `encode` and the tests' `fill`.
    fn functions(&self, fields: &[Field], context: Versions, out: &mut String) {
        let wired: Vec<&Field> = fields.iter().filter(|field| field.tag.is_none()).collect();
        let mut tagged: Vec<&Field> = fields.iter().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);

        let decode = self.decode_body(fields, &tagged, context);
        let signature = "input: &mut Decoder, VERSION: i16) -> Result<Self, DecodeError>";
        self.function("decode", signature, &decode, context, out);

        let mut encode = String::new();
        for field in wired {
            self.encode_field(field, context, &mut encode);
        }
        self.encode_tags(&tagged, context, &mut encode);
        self.function("encode", "&self, out: &mut Encoder<'_>, VERSION: i16)", &encode, context, out);

        let mut fill = String::from("        Self {\n");
        for field in fields {
            let expression = self.when(field, context, &self.fill(field, context));
            writeln!(fill, "            {}: {expression},", names::field(&field.name)).unwrap();
        }
        fill.push_str("        }\n");
        out.push_str("\n    #[cfg(test)]\n");
        let from = if fields.is_empty() { "_from" } else { "from" };
        self.function("fill", &format!("{from}: &mut Filler, VERSION: i16) -> Self"), &fill, context, out);
    }

    fn function(&self, name: &str, signature: &str, body: &str, context: Versions, out: &mut String) {
        let mut text = String::new();
        if let Flexibility::From(version) = self.flexibility(context)
            && reads_variable(body, "flexible")
        {
            writeln!(text, "        let flexible = version >= {version};").unwrap();
        }
        text.push_str(body);
        let version = if reads_variable(&text, "version") { "version" } else { "_version" };
        let newline = if out.ends_with("{\n") || out.ends_with("]\n") || out.ends_with("\n\n") { "" } else { "\n" };
        writeln!(out, "{newline}    fn {name}({} {{", signature.replace("VERSION", version)).unwrap();
        out.push_str(&text);
        out.push_str("    }\n");
    }

    fn decode_body(&self, fields: &[Field], tagged: &[&Field], context: Versions) -> String {
        let mut text = String::new();
        let flexibility = self.flexibility(context);
        let mutable = if tagged.is_empty() { "" } else { "mut " };
        let binding = match flexibility {
            Flexibility::Never => "Ok(Self {".to_owned(),
            _ => format!("let {mutable}this = Self {{"),
        };
        writeln!(text, "        {binding}").unwrap();
        for field in fields {
            let expression = match field.tag {
                Some(_) => self.default(field),
                None => self.when(field, context, &self.decode(field, context)),
            };
            writeln!(text, "            {}: {expression},", names::field(&field.name)).unwrap();
        }
        if matches!(flexibility, Flexibility::Never) {
            text.push_str("        })\n");
            return text;
        }
        text.push_str("        };\n");
        let indent = if matches!(flexibility, Flexibility::From(_)) { "    " } else { "" };
        if !indent.is_empty() {
            text.push_str("        if flexible {\n");
        }
        self.decode_tags(tagged, context, indent, &mut text);
        if !indent.is_empty() {
            text.push_str("        }\n");
        }
        text.push_str("        Ok(this)\n");
        text
    }

    fn decode_tags(&self, tagged: &[&Field], context: Versions, indent: &str, text: &mut String) {
        if tagged.is_empty() {
            writeln!(text, "{indent}        input.skip_tags()?;").unwrap();
            return;
        }
        writeln!(text, "{indent}        input.tags(|input, tag| {{").unwrap();
        writeln!(text, "{indent}            match tag {{").unwrap();
        for field in tagged {
            let guard =
                condition(field.versions, self.tag_context(context)).map_or(String::new(), |it| format!(" if {it}"));
            let (tag, name) = (field.tag.unwrap(), names::field(&field.name));
            let value = self.decode(field, self.tag_context(context));
            writeln!(text, "{indent}                {tag}{guard} => this.{name} = {value},").unwrap();
        }
        writeln!(text, "{indent}                _ => return Ok(false),").unwrap();
        writeln!(text, "{indent}            }}").unwrap();
        writeln!(text, "{indent}            Ok(true)").unwrap();
        writeln!(text, "{indent}        }})?;").unwrap();
    }

    /// Within the part of a function that only flexible versions reach.
    fn tag_context(&self, context: Versions) -> Versions {
        context.and(self.message.flexible)
    }

    fn decode(&self, field: &Field, context: Versions) -> String {
        let context = context.and(field.versions);
        let flexible = self.flexible_word(field, context);
        let plain = self.decode_type(&field.kind, flexible, context);
        if field.nullable.and(context).is_empty() {
            return plain;
        }
        let nullable = match &field.kind {
            Type::Struct(name) => {
                let is_null = if field.tag.is_some() { "is_null_in_tag" } else { "is_null" };
                format!(
                    "if input.{is_null}()? {{ None }} else {{ Some({}::decode(input, version)?) }}",
                    self.rust_name(name)
                )
            }
            _ => plain.replacen("input.", "input.nullable_", 1),
        };
        match condition(field.nullable, context) {
            None => nullable,
            Some(condition) => format!("if {condition} {{ {nullable} }} else {{ Some({plain}) }}"),
        }
    }

    fn decode_type(&self, kind: &Type, flexible: &str, context: Versions) -> String {
        match kind {
            Type::String => format!("input.string({flexible})?"),
            Type::Bytes => format!("input.bytes({flexible})?"),
            Type::Records => format!("input.records({flexible})?"),
            Type::Struct(name) => format!("{}::decode(input, version)?", self.rust_name(name)),
            Type::Array(element) => {
                let size = self.element_size(element, context);
                let element = self.decode_type(element, flexible, context);
                let element = element.strip_suffix('?').expect("every read may fail");
                format!("input.array({flexible}, {size}, |input| {element})?")
            }
            scalar => format!("input.{}()?", scalar_word(scalar)),
        }
    }

    fn encode_field(&self, field: &Field, context: Versions, out: &mut String) {
        let statement = self.encode(field, context);
        match condition(field.versions, context) {
            None => writeln!(out, "        {statement}").unwrap(),
            Some(condition) => {
                writeln!(out, "        if {condition} {{\n            {statement}\n        }}").unwrap();
            }
        }
    }

    fn encode(&self, field: &Field, context: Versions) -> String {
        let context = context.and(field.versions);
        let flexible = self.flexible_word(field, context);
        let name = format!("self.{}", names::field(&field.name));
        if !is_option(field) {
            return self.encode_type(&field.kind, &name, flexible) + ";";
        }
        let borrowed = match field.kind {
            Type::Records | Type::Struct(_) => format!("{name}.as_ref()"),
            _ => format!("{name}.as_deref()"),
        };
        let nullable = match &field.kind {
            Type::Array(element) => {
                format!(
                    "out.nullable_array({borrowed}, {flexible}, |out, it| {})",
                    self.encode_element(element, flexible)
                )
            }
            Type::Struct(_) => {
                let nullable = if field.tag.is_some() { "nullable_in_tag" } else { "nullable" };
                format!("out.{nullable}({borrowed}, |out, it| it.encode(out, version))")
            }
            kind => format!("out.nullable_{}({borrowed}, {flexible})", scalar_word(kind)),
        };
        // What cannot be null in this version is sent empty instead.
        let plain = match &field.kind {
            Type::Array(element) => format!(
                "out.array({borrowed}.unwrap_or_default(), {flexible}, |out, it| {})",
                self.encode_element(element, flexible)
            ),
            Type::Struct(_) => format!("{borrowed}.cloned().unwrap_or_default().encode(out, version)"),
            kind => format!("out.{}({borrowed}.unwrap_or_default(), {flexible})", scalar_word(kind)),
        };
        match condition(field.nullable, context) {
            None => nullable + ";",
            Some(condition) => format!("if {condition} {{ {nullable} }} else {{ {plain} }}"),
        }
    }

    fn encode_type(&self, kind: &Type, name: &str, flexible: &str) -> String {
        match kind {
            Type::String | Type::Bytes | Type::Records => format!("out.{}(&{name}, {flexible})", scalar_word(kind)),
            Type::Struct(_) => format!("{name}.encode(out, version)"),
            Type::Array(element) => {
                format!("out.array(&{name}, {flexible}, |out, it| {})", self.encode_element(element, flexible))
            }
            scalar => format!("out.{}({name})", scalar_word(scalar)),
        }
    }

    fn encode_element(&self, element: &Type, flexible: &str) -> String {
        match element {
            Type::Struct(_) => "it.encode(out, version)".to_owned(),
            Type::String | Type::Bytes | Type::Records => format!("out.{}(it, {flexible})", scalar_word(element)),
            scalar => format!("out.{}(*it)", scalar_word(scalar)),
        }
    }

    fn encode_tags(&self, tagged: &[&Field], context: Versions, out: &mut String) {
        let indent = match self.flexibility(context) {
            Flexibility::Never => return,
            Flexibility::Always => "",
            Flexibility::From(_) => "    ",
        };
        if !indent.is_empty() {
            out.push_str("        if flexible {\n");
        }
        if tagged.is_empty() {
            writeln!(out, "{indent}        out.no_tags();").unwrap();
        } else {
            self.encode_some_tags(tagged, self.tag_context(context), indent, out);
        }
        if !indent.is_empty() {
            out.push_str("        }\n");
        }
    }

    fn encode_some_tags(&self, tagged: &[&Field], context: Versions, indent: &str, out: &mut String) {
        let mut count = Vec::new();
        for field in tagged {
            let (tag, differs) = (field.tag.unwrap(), self.differs(field));
            let sent = condition(field.versions, context).map_or(differs.clone(), |it| format!("{it} && {differs}"));
            writeln!(out, "{indent}        let has_{tag} = {sent};").unwrap();
            count.push(format!("u32::from(has_{tag})"));
        }
        writeln!(out, "{indent}        out.tag_count({});", count.join(" + ")).unwrap();
        for field in tagged {
            let (tag, statement) = (field.tag.unwrap(), self.encode(field, context));
            writeln!(out, "{indent}        if has_{tag} {{").unwrap();
            writeln!(out, "{indent}            out.tag({tag}, |out| {});", statement.trim_end_matches(';')).unwrap();
            writeln!(out, "{indent}        }}").unwrap();
        }
    }

    /// Whether a field's value is not its default.
    fn differs(&self, field: &Field) -> String {
        let name = names::field(&field.name);
        match self.default(field).as_str() {
            "None" => format!("self.{name}.is_some()"),
            "Vec::new()" | "ByteString::new()" => format!("!self.{name}.is_empty()"),
            "false" => format!("self.{name}"),
            "true" => format!("!self.{name}"),
            default => format!("self.{name} != {default}"),
        }
    }

    fn fill(&self, field: &Field, context: Versions) -> String {
        let context = context.and(field.versions);
        let plain = self.fill_type(&field.kind);
        if !is_option(field) {
            return plain;
        }
        match condition(field.nullable, context) {
            _ if field.nullable.and(context).is_empty() => format!("Some({plain})"),
            None => format!("from.option(|from| {plain})"),
            Some(condition) => format!("if {condition} {{ from.option(|from| {plain}) }} else {{ Some({plain}) }}"),
        }
    }

    fn fill_type(&self, kind: &Type) -> String {
        match kind {
            Type::Struct(name) => format!("{}::fill(from, version)", self.rust_name(name)),
            Type::Array(element) => format!("from.array(|from| {})", self.fill_type(element)),
            scalar => format!("from.{}()", scalar_word(scalar)),
        }
    }

    /// `expression` where the version has the field, else the field's default.
    fn when(&self, field: &Field, context: Versions, expression: &str) -> String {
        if field.versions.and(context).is_empty() {
            return self.default(field);
        }
        match condition(field.versions, context) {
            None => expression.to_owned(),
            Some(condition) => format!("if {condition} {{ {expression} }} else {{ {} }}", self.default(field)),
        }
    }

    fn rust_name(&self, name: &str) -> String {
        if self.clashing.contains(name) { format!("{}{name}", self.message.name) } else { name.to_owned() }
    }

    fn rust_type(&self, field: &Field) -> String {
        let plain = self.rust_plain(&field.kind);
        if is_option(field) { format!("Option<{plain}>") } else { plain }
    }

    fn rust_plain(&self, kind: &Type) -> String {
        let word = match kind {
            Type::Bool => "bool",
            Type::Int8 => "i8",
            Type::Int16 => "i16",
            Type::Uint16 => "u16",
            Type::Int32 => "i32",
            Type::Uint32 => "u32",
            Type::Int64 => "i64",
            Type::Float64 => "f64",
            Type::Uuid => "Uuid",
            Type::String => "ByteString",
            Type::Bytes => "Bytes",
            Type::Records => "Records",
            Type::Struct(name) => return self.rust_name(name),
            Type::Array(element) => return format!("Vec<{}>", self.rust_plain(element)),
        };
        word.to_owned()
    }

    /// What the field is where nothing says otherwise. A nullable field without a default of its own is null, but a tagged
    /// one is empty, because Kafka's classes leave such a field out where it is empty and write it where it is null.
    fn default(&self, field: &Field) -> String {
        let Some(default) = &field.default else {
            return match field.tag {
                Some(_) if is_option(field) => format!("Some({})", self.empty(field)),
                _ => self.derived_default(field),
            };
        };
        if default == "null" {
            return "None".to_owned();
        }
        let value = match field.kind {
            Type::String if default.is_empty() => "ByteString::new()".to_owned(),
            Type::String => format!("ByteString::from_static({default:?})"),
            Type::Int64 if default == "9223372036854775807" => "i64::MAX".to_owned(),
            Type::Int32 if default == "0x7fffffff" => "i32::MAX".to_owned(),
            Type::Int32 if default == "-2147483648" => "i32::MIN".to_owned(),
            Type::Float64 => format!("{default}f64"),
            _ => default.clone(),
        };
        if is_option(field) { format!("Some({value})") } else { value }
    }

    /// What `#[derive(Default)]` makes of the field.
    fn derived_default(&self, field: &Field) -> String {
        if is_option(field) { "None".to_owned() } else { self.empty(field) }
    }

    /// Nought, false or empty: the least value that is not null.
    fn empty(&self, field: &Field) -> String {
        match &field.kind {
            Type::Bool => "false".to_owned(),
            Type::Float64 => "0f64".to_owned(),
            Type::Uuid => "Uuid::ZERO".to_owned(),
            Type::String => "ByteString::new()".to_owned(),
            Type::Bytes => "Bytes::new()".to_owned(),
            Type::Records => "Records::default()".to_owned(),
            Type::Struct(name) => format!("{}::default()", self.rust_name(name)),
            Type::Array(_) => "Vec::new()".to_owned(),
            _ => "0".to_owned(),
        }
    }

    fn flexibility(&self, context: Versions) -> Flexibility {
        let flexible = self.message.flexible.and(context);
        if flexible.is_empty() {
            Flexibility::Never
        } else if flexible == context {
            Flexibility::Always
        } else {
            Flexibility::From(flexible.min)
        }
    }

    fn flexible_word(&self, field: &Field, context: Versions) -> &'static str {
        match self.flexibility(context) {
            _ if field.never_flexible => "false",
            Flexibility::Never => "false",
            Flexibility::Always => "true",
            Flexibility::From(_) => "flexible",
        }
    }

    /// The least that an array's element takes on the wire, in any version.
    fn element_size(&self, element: &Type, context: Versions) -> usize {
        let versions = context.and(self.message.valid);
        (versions.min..=versions.max).map(|version| self.type_size(element, version)).min().unwrap_or(1).max(1)
    }

    fn type_size(&self, kind: &Type, version: i16) -> usize {
        let flexible = self.message.flexible.contains(version);
        match kind {
            Type::Bool | Type::Int8 => 1,
            Type::Int16 | Type::Uint16 => 2,
            Type::Int32 | Type::Uint32 => 4,
            Type::Int64 | Type::Float64 => 8,
            Type::Uuid => 16,
            Type::String => {
                if flexible {
                    1
                } else {
                    2
                }
            }
            Type::Bytes | Type::Records | Type::Array(_) => {
                if flexible {
                    1
                } else {
                    4
                }
            }
            Type::Struct(name) => self.size(&self.message.find(name).fields, version),
        }
    }

    fn size(&self, fields: &[Field], version: i16) -> usize {
        let wired = fields.iter().filter(|field| field.tag.is_none() && field.versions.contains(version));
        let sizes = wired.map(|field| match field.kind {
            Type::Struct(_) if field.nullable.contains(version) => 1,
            _ => self.type_size(&field.kind, version),
        });
        sizes.sum::<usize>() + usize::from(self.message.flexible.contains(version))
    }
}

enum Flexibility {
    Never,
    Always,
    From(i16),
}

/// Notes in which versions each struct occurs; one that occurs twice is needed in all versions between.
fn walk<'a>(message: &'a Message, fields: &'a [Field], context: Versions, contexts: &mut BTreeMap<&'a str, Versions>) {
    for field in fields {
        let Some(name) = field.kind.struct_name() else { continue };
        let here = field.versions.and(context);
        let known = contexts.entry(name).or_insert(here);
        *known = Versions { min: known.min.min(here.min), max: known.max.max(here.max) };
        let context = *known;
        walk(message, &message.find(name).fields, context, contexts);
    }
}

/// What must be asked to know that `versions` holds, within `context`; `None` where it always does.
fn condition(versions: Versions, context: Versions) -> Option<String> {
    if versions.covers(context) {
        return None;
    }
    let Versions { min, max } = versions.and(context);
    Some(match (min <= context.min, max >= context.max) {
        (true, _) => format!("version <= {max}"),
        (_, true) => format!("version >= {min}"),
        _ if min == max => format!("version == {min}"),
        _ => format!("({min}..={max}).contains(&version)"),
    })
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|it: char| !it.is_alphanumeric() && it != '_').collect()
}

/// Returns whether `text` has `name` as a variable. A field of that name, `self.version` or `version:` in a struct's
/// literal, is none: a record of Kafka's has a field `Version`.
fn reads_variable(text: &str, name: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(|it| is_word(it) || it == '.') && !after.starts_with(|it| is_word(it) || it == ':')
    })
}

fn is_option(field: &Field) -> bool {
    !field.nullable.is_empty()
}

fn has_float(message: &Message, kind: &Type) -> bool {
    match kind {
        Type::Float64 => true,
        _ => kind
            .struct_name()
            .is_some_and(|name| message.find(name).fields.iter().any(|it| has_float(message, &it.kind))),
    }
}

fn scalar_word(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "bool",
        Type::Int8 => "int8",
        Type::Int16 => "int16",
        Type::Uint16 => "uint16",
        Type::Int32 => "int32",
        Type::Uint32 => "uint32",
        Type::Int64 => "int64",
        Type::Float64 => "float64",
        Type::Uuid => "uuid",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::Records => "records",
        Type::Struct(_) | Type::Array(_) => unreachable!("has parts of its own"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_no_variable_of_the_same_name() {
        for variable in ["if version >= 3 { 1 }", "Topic::decode(input, version)?", "version: version,"] {
            assert!(reads_variable(variable, "version"), "{variable}");
        }
        for other in ["out.int64(self.version);", "version: input.int64()?,", "let api_version = 1;", "versions"] {
            assert!(!reads_variable(other, "version"), "{other}");
        }
    }
}
