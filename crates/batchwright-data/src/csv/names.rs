//! Names of columns that can be used: none is empty, no two are equal.

use std::collections::HashSet;

/// Names for all columns of a header, and which of them are not as the header has them.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Names {
    pub(crate) all: Vec<String>,
    /// Names that were made for a column without one.
    pub(crate) made: Vec<String>,
    /// Names that got a number because an earlier column has the same.
    pub(crate) numbered: Vec<String>,
}

/// A column without a name is called by its position, `column3`; the second of two equal names gets
/// a number, `price.2`.
pub(crate) fn usable<'a>(header: impl Iterator<Item = &'a str> + Clone) -> Names {
    let mut taken: HashSet<String> = header.clone().map(str::to_owned).collect();
    let mut seen = HashSet::new();
    let mut names = Names::default();
    for (index, name) in header.enumerate() {
        let name = if name.is_empty() {
            let made = free(&format!("column{}", index + 1), &mut taken);
            names.made.push(made.clone());
            made
        } else if seen.insert(name.to_owned()) {
            name.to_owned()
        } else {
            let numbered = free_number(name, &mut taken);
            names.numbered.push(numbered.clone());
            numbered
        };
        names.all.push(name);
    }
    names
}

fn free(name: &str, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.to_owned()) { name.to_owned() } else { free_number(name, taken) }
}

/// `name.2` or the next number that is free. Of a thousand equal names each looks only at the
/// numbers that the others took, so a doubling search keeps it short.
fn free_number(name: &str, taken: &mut HashSet<String>) -> String {
    let is_taken = |number: usize| taken.contains(&format!("{name}.{number}"));
    let mut beyond = 2;
    while is_taken(beyond) {
        beyond *= 2;
    }
    let mut number = beyond;
    let mut low = beyond / 2;
    while number - low > 1 {
        let middle = low + (number - low) / 2;
        if is_taken(middle) { low = middle } else { number = middle }
    }
    let free = format!("{name}.{number}");
    taken.insert(free.clone());
    free
}

/// Names of a table without a header.
pub(crate) fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("column{number}")).collect()
}

/// Whether a column of this name holds ids: their values say nothing, so long as no two are equal.
pub(crate) fn is_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    let whole = ["id", "uuid", "guid", "index", "rowid", "rownames", "row", "no", "nr", "no.", "#", "番号"];
    whole.contains(&lower.as_str())
        || ["_id", "-id", " id", ".id"].iter().any(|ending| lower.ends_with(ending))
        || (name.ends_with("Id") || name.ends_with("ID")) && name.is_ascii()
        || lower.starts_with("unnamed:")
        || name.ends_with("番号")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_made_usable() {
        let names = usable(["x", "", "x", "x.2", "x", "column2"].into_iter());
        assert_eq!(names.all, ["x", "column2.2", "x.3", "x.2", "x.4", "column2"]);
        assert_eq!(
            (names.made, names.numbered),
            (vec!["column2.2".to_owned()], vec!["x.3".to_owned(), "x.4".to_owned()])
        );
        let thousand = usable(std::iter::repeat_n("x", 50_000));
        assert_eq!(thousand.all.iter().collect::<HashSet<_>>().len(), 50_000);
    }

    #[test]
    fn ids_are_known_by_name() {
        for name in ["id", "ID", "Id", "PassengerId", "customer_id", "Unnamed: 0", "customerID", "顧客番号"]
        {
            assert!(is_id(name), "{name}");
        }
        for name in ["humid", "width", "price", "x", "Grid", "nothing", "solid"] {
            assert!(!is_id(name), "{name}");
        }
    }
}
