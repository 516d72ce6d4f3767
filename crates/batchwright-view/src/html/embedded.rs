//! JSON within a page, which a script reads and which cannot become a part of the page.

use maud::{Markup, PreEscaped};
use serde::Serialize;

/// JSON in which no `</script>` or `<!--` can end its element. `null` where the record cannot be
/// written as JSON.
pub(crate) fn embedded_json<T: Serialize>(record: &T) -> Markup {
    let json = serde_json::to_string(record).unwrap_or_else(|_| "null".into());
    PreEscaped(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a run named `</script><script>...` runs code in the browser of whoever opens its
    /// report.
    #[test]
    fn embedded_json_cannot_break_out() {
        let json = embedded_json(&"</script><!--&").0;
        assert!(!json.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), "</script><!--&");
        assert_eq!(embedded_json(&f64::NAN).0, "null");
    }
}
