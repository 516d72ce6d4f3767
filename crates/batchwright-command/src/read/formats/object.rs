//! Objects as Python prints them: as JSON, in which `NaN` and `Infinity` are also allowed, or as a
//! dictionary (`{'loss': 0.69, 'f1': np.float64(0.8)}`).
//!
//! Reads the numbers and the texts; a field of an inner object is named `outer/inner`. An object that
//! names a metric and its value in two fields (`{"metric": "val_loss", "value": 0.5}`) has one field
//! for them, also within a list. Left out: other lists, escapes within texts, any check of the text
//! after the object.

/// How deep objects within objects are read.
const DEPTH: usize = 8;
/// How many opening braces of a line are tried; the first ones may belong to a logger's prefix.
const TRIES: usize = 4;

/// Fields whose text is the name of the metric that the field [`VALUE`] holds.
const NAMES: [&str; 5] = ["metric", "metric_name", "name", "key", "tag"];
const VALUE: &str = "value";

/// How many objects of a line are read.
const MOST: usize = 16;

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Number(f64),
    Text(&'a str),
}

/// An object in a line.
pub(crate) struct Object<'a> {
    /// The text before it.
    pub(crate) before: &'a str,
    /// Its fields, in order.
    pub(crate) fields: Vec<(String, Value<'a>)>,
}

/// The objects in a line whose names are in this kind of quotes, one after the other.
pub(crate) fn objects_in(line: &str, quote: u8) -> Vec<Object<'_>> {
    let (mut objects, mut start) = (Vec::new(), 0);
    while objects.len() < MOST
        && let Some((object, end)) = object_from(line, start, quote)
    {
        objects.push(object);
        start = end;
    }
    objects
}

/// The next object, and where it ends.
fn object_from(line: &str, start: usize, quote: u8) -> Option<(Object<'_>, usize)> {
    let rest = line.as_bytes().get(start..)?;
    let braces = rest.iter().enumerate().filter(|&(_, &byte)| byte == b'{').map(|(at, _)| start + at);
    braces.take(TRIES).find_map(|at| {
        let mut parser = Parser { text: line, at: at + 1, fields: Vec::new() };
        parser.skip_space();
        (parser.peek() == Some(quote)).then(|| parser.object("", 0))??;
        Some((Object { before: &line[start..at], fields: parser.fields }, parser.at))
    })
}

/// The name of a field within an object.
fn path(outer: &str, key: &str) -> String {
    if outer.is_empty() { key.to_owned() } else { format!("{outer}/{key}") }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    fields: Vec<(String, Value<'a>)>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// The fields after an opening brace, up to and with the closing one; whether one of them names the
    /// value of another.
    fn object(&mut self, outer: &str, depth: usize) -> Option<bool> {
        let first = self.fields.len();
        loop {
            self.skip_space();
            match self.next()? {
                b'}' => return Some(self.name_value(outer, first)),
                b',' => continue,
                quote @ (b'"' | b'\'') => self.field(quote, outer, depth)?,
                _ => return None,
            }
        }
    }

    /// Puts the name that one of the fields from `first` on gives to the value of another in its
    /// place; whether there are such fields.
    fn name_value(&mut self, outer: &str, first: usize) -> bool {
        let own = &self.fields[first..];
        let field = |key: &str| own.iter().position(|(name, _)| *name == path(outer, key));
        let name = NAMES.iter().find_map(|key| match own[field(key)?] {
            (_, Value::Text(text)) if !text.is_empty() => Some((field(key)?, text)),
            _ => None,
        });
        let value = field(VALUE);
        let Some(((name_at, name), value_at)) = name.zip(value) else { return false };
        self.fields[first + value_at].0 = path(outer, name);
        self.fields.remove(first + name_at);
        true
    }

    /// A list: of its objects those that name a value.
    fn list(&mut self, outer: &str, depth: usize) -> Option<()> {
        let (open, first) = (self.at, self.fields.len());
        if depth < DEPTH && self.named_values(outer, depth).is_some() {
            return Some(());
        }
        self.at = open;
        self.fields.truncate(first);
        self.skip_brackets()
    }

    fn named_values(&mut self, outer: &str, depth: usize) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_space();
            let before = self.at;
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                b'{' => {
                    self.at += 1;
                    let first = self.fields.len();
                    if !self.object(outer, depth + 1)? {
                        self.fields.truncate(first);
                    }
                }
                b'[' | b'(' => self.skip_brackets()?,
                quote @ (b'"' | b'\'') => {
                    self.at += 1;
                    self.string(quote)?;
                }
                _ => drop(self.number()?),
            }
            (self.at > before).then_some(())?;
        }
    }

    fn field(&mut self, quote: u8, outer: &str, depth: usize) -> Option<()> {
        let key = self.string(quote)?;
        let name = path(outer, key);
        self.skip_space();
        (self.next()? == b':').then_some(())?;
        self.skip_space();
        match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.at += 1;
                let text = self.string(quote)?;
                self.fields.push((name, Value::Text(text)));
            }
            b'{' => {
                self.at += 1;
                return if depth < DEPTH { self.object(&name, depth + 1).map(drop) } else { None };
            }
            b'[' => self.list(&name, depth)?,
            b'(' => self.skip_brackets()?,
            _ => {
                if let Some(number) = self.number()? {
                    self.fields.push((name, Value::Number(number)));
                }
            }
        }
        Some(())
    }

    /// The text up to the closing quote, which is skipped.
    fn string(&mut self, quote: u8) -> Option<&'a str> {
        let start = self.at;
        loop {
            match self.next()? {
                b'\\' => self.at += 1,
                byte if byte == quote => return self.text.get(start..self.at - 1),
                _ => {}
            }
        }
    }

    /// A number, or a word like `null`, or a number within its type: `tensor(0.5,
    /// device='cuda:0')`.
    fn number(&mut self) -> Option<Option<f64>> {
        let word = self.word()?;
        if self.peek() != Some(b'(') {
            return Some(word.parse().ok());
        }
        let open = self.at;
        self.at += 1;
        let number = self.word()?.parse().ok();
        self.at = open;
        self.skip_brackets()?;
        Some(number)
    }

    fn word(&mut self) -> Option<&'a str> {
        let start = self.at;
        while self.peek().is_some_and(|byte| !matches!(byte, b',' | b'}' | b'(' | b')' | b']' | b' ')) {
            self.at += 1;
        }
        self.text.get(start..self.at)
    }

    /// Skips everything up to the bracket that closes the current one.
    fn skip_brackets(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match self.next()? {
                quote @ (b'"' | b'\'') => drop(self.string(quote)?),
                b'[' | b'(' | b'{' => open += 1,
                b']' | b')' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value::{Number, Text};
    use super::*;

    fn object_in(line: &str, quote: u8) -> Option<Object<'_>> {
        objects_in(line, quote).into_iter().next()
    }

    fn fields(line: &str) -> Vec<(String, Value<'_>)> {
        object_in(line, b'"').or_else(|| object_in(line, b'\'')).unwrap().fields
    }

    #[test]
    fn numbers_and_texts_at_any_depth_are_read() {
        let line = r#"{"step": 10, "val": {"loss": 0.5, "by": {"x": -1e-3}}, "list": [1, {"a": 2}, "]"], "ok": true, "none": null, "text": "a}b"}"#;
        let want = [
            ("step", Number(10.0)),
            ("val/loss", Number(0.5)),
            ("val/by/x", Number(-1e-3)),
            ("text", Text("a}b")),
        ];
        assert_eq!(fields(line), want.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(
            fields(
                "{'a': np.float64(0.8), 'b': tensor(0.5, device='cuda:0'), 'c': (1, 2), 'd': '0.6931', 'e': None, 'f': A(B(1))}"
            ),
            [("a".to_owned(), Number(0.8)), ("b".to_owned(), Number(0.5)), ("d".to_owned(), Text("0.6931")),]
        );
    }

    /// A run that diverged would seem to have stopped printing.
    #[test]
    fn numbers_that_json_does_not_know_are_understood() {
        let line = r#"{"a": NaN, "b": Infinity, "c": -Infinity, "d": nan, "e": inf}"#;
        let values: Vec<_> = fields(line).into_iter().map(|(_, value)| format!("{value:?}")).collect();
        assert_eq!(values, ["Number(NaN)", "Number(inf)", "Number(-inf)", "Number(NaN)", "Number(inf)"]);
    }

    /// A line that is cut would give half a row, and deep nesting would overflow the stack.
    #[test]
    fn what_is_no_whole_object_gives_nothing() {
        for line in [
            "",
            "{",
            "{}",
            "{1}",
            r#"{"a": 1"#,
            r#"{"a": 1, "b"#,
            r#"{"a" 1}"#,
            r#"{"a": [1}"#,
            "{a: 1}",
            r#"{"a": "\"#,
        ] {
            assert!(object_in(line, b'"').is_none(), "{line}");
        }
        for deep in
            [r#"{"a":"#.repeat(100_000), format!("{{\"a\": {}", "x(".repeat(100_000)), "[".repeat(100_000)]
        {
            assert!(object_in(&deep, b'"').is_none());
        }
    }

    /// The second of two processes that write into one line would be lost.
    #[test]
    fn objects_may_follow_each_other() {
        let line = r#"{"a": 1}{"b": {"c": 2}} and {"d": 3}, {"e"#;
        let names: Vec<_> =
            objects_in(line, b'"').into_iter().map(|object| object.fields[0].0.clone()).collect();
        assert_eq!(names, ["a", "b/c", "d"]);
        assert_eq!(objects_in(&r#"{"a": 1}"#.repeat(99), b'"').len(), MOST);
    }

    #[test]
    fn a_prefix_may_hold_braces() {
        let line = r#"{worker} [{0}] INFO {"step": 1}"#;
        assert_eq!(fields(line), [("step".to_owned(), Number(1.0))]);
    }
}
