//! Lines of several processes of one training: which process printed a line, and which of them
//! counts.
//!
//! Launchers put the rank of the process before its lines: `[default0]:`, `[rank1]:`, `rank0: `,
//! `[1,0]<stdout>:`; loggers write `[Rank 0]` after their time. Every process trains with all the
//! others, so that one of them counts: rank 0, or the lowest one that is seen. The rows of another
//! rank wait until it is clear that no lower one reports the same.
//!
//! Left out: lines without a rank, which always count.

/// How far into a line, in bytes, a logger's `[Rank 0]` is looked for.
const LOGGER: usize = 160;

/// The rank that printed a line, and the line without it.
pub(crate) fn rank_of(line: &str) -> Option<(u32, String)> {
    let line = line.trim_start();
    let (rank, before, after) = in_brackets(line, 0).or_else(|| bare(line)).or_else(|| {
        let opens = line.bytes().take(LOGGER).enumerate().filter(|(_, byte)| *byte == b'[');
        opens.map(|(at, _)| at).find_map(|at| in_brackets(line, at))
    })?;
    let after = after.strip_prefix(':').unwrap_or(after);
    Some((rank, format!("{before}{}", if before.is_empty() { after.trim_start() } else { after })))
}

/// `[default0]`, `[rank 1]`, `(rank: 1)`, `[1,0]<stdout>` at this byte.
fn in_brackets(line: &str, at: usize) -> Option<(u32, &str, &str)> {
    let (before, rest) = line.split_at_checked(at)?;
    let close = match rest.bytes().next()? {
        b'[' => ']',
        b'(' => ')',
        _ => return None,
    };
    let (inner, after) = rest[1..].split_once(close)?;
    let streams = ["<stdout>", "<stderr>"];
    if let Some(after) = streams.iter().find_map(|stream| after.strip_prefix(stream)) {
        return Some((inner.rsplit(',').next()?.parse().ok()?, before, after));
    }
    let (rank, rest) = named(inner)?;
    rest.is_empty().then_some((rank, before, after))
}

/// `rank0: ` at the start of a line.
fn bare(line: &str) -> Option<(u32, &str, &str)> {
    let (rank, after) = named(line).filter(|(_, after)| after.starts_with(':'))?;
    Some((rank, "", after))
}

/// The number after `rank` or `default`, and the text after it.
fn named(text: &str) -> Option<(u32, &str)> {
    let rest = ["rank", "default"].iter().find_map(|word| {
        let start = text.get(..word.len())?;
        start.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
    })?;
    let rest = rest.trim_start_matches([' ', ':', '=', '_']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some((rest[..digits].parse().ok()?, &rest[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every process would be a training of its own, or its lines would not be understood.
    #[test]
    fn the_rank_is_taken_off() {
        for (line, rank, rest) in [
            ("[default0]:step 10", 0, "step 10"),
            ("[rank12]: {\"a\": 1}", 12, "{\"a\": 1}"),
            ("rank0: step 10", 0, "step 10"),
            ("  Rank 3: x", 3, "x"),
            ("[1,2]<stdout>:step 1", 2, "step 1"),
            ("[0]<stderr>:step 1", 0, "step 1"),
            ("(rank=1) x", 1, "x"),
            ("[12:00:00] [INFO] [Rank 1] step=1", 1, "[12:00:00] [INFO]  step=1"),
        ] {
            assert_eq!(rank_of(line), Some((rank, rest.to_owned())), "{line}");
        }
        for line in [
            "",
            "[0]\ttrain-rmse:0.5",
            "rank 0 of 8",
            "ranking: 1",
            "[1, 2000] loss",
            "rank",
            "[rank 99999999999]: x",
            "[é",
        ] {
            assert_eq!(rank_of(line), None, "{line}");
        }
    }
}
