//! Lines of several processes of one training: which process printed a line, and which of them
//! counts.
//!
//! Launchers put the rank of the process before its lines: `[default0]:`, `[rank1]:`, `rank0: `,
//! `[1,0]<stdout>:`, `worker2 |`; loggers write `[Rank 0]`, `[GPU 1]`, `[cuda:1]` or `(rank 1)` somewhere,
//! or `rank=1`, and an object has a field `"rank"`. Every process trains with all the
//! others, so that one of them counts: rank 0, or the lowest one that is seen. The rows of another
//! rank wait until it is clear that no lower one reports the same.
//!
//! Left out: lines without a rank, which always count.

/// How far into a line, in bytes, a logger's `[Rank 0]` is looked for.
const LOGGER: usize = 160;

/// The rank that printed a line, and the line without it.
pub(crate) fn rank_of(line: &str) -> Option<(u32, String)> {
    let line = line.trim_start();
    let found = in_brackets(line, 0).or_else(|| bare(line)).or_else(|| {
        let opens = line.bytes().take(LOGGER).enumerate().filter(|(_, byte)| matches!(byte, b'[' | b'('));
        opens.map(|(at, _)| at).find_map(|at| in_brackets(line, at))
    });
    let Some((rank, before, after)) = found else {
        return Some((assigned(line)?, line.to_owned()));
    };
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

/// `rank0: ` or `worker2 |` at the start of a line.
fn bare(line: &str) -> Option<(u32, &str, &str)> {
    let (rank, after) = named(line)?;
    let after = after.strip_prefix(':').or_else(|| after.trim_start().strip_prefix('|'))?;
    Some((rank, "", after))
}

/// `rank=1`, `local_rank=1`, `"rank": 1` anywhere. A rank of something else has another name before
/// it: `lora_rank=8`.
fn assigned(line: &str) -> Option<u32> {
    let mut from = 0;
    while let Some(found) = line[from..].find("rank") {
        let (start, end) = (from + found, from + found + "rank".len());
        from = end;
        let own = ["local_", "global_"]
            .iter()
            .fold(&line[..start], |before, prefix| before.strip_suffix(prefix).unwrap_or(before));
        let quoted = own.ends_with('"') && line[end..].starts_with('"');
        let rest = &line[end + usize::from(quoted)..];
        let sign = if quoted { ':' } else { '=' };
        let begins = quoted || own.is_empty() || own.ends_with(|c: char| c.is_whitespace() || c == ',');
        let rest = if quoted { rest.trim_start() } else { rest };
        let Some(rest) = rest.strip_prefix(sign).filter(|_| begins) else { continue };
        let rest = rest.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let ends = rest[digits..]
            .chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || matches!(c, ',' | '}' | ';' | '|'));
        if let (Ok(rank), true) = (rest[..digits].parse(), ends) {
            return Some(rank);
        }
    }
    None
}

/// The number after a word for a process or its device, and the text after it.
fn named(text: &str) -> Option<(u32, &str)> {
    let rest =
        ["rank", "default", "gpu", "cuda", "worker", "process", "local_rank"].iter().find_map(|word| {
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
            ("[GPU 1] Epoch 3", 1, "Epoch 3"),
            ("[cuda:1] Epoch 3", 1, "Epoch 3"),
            ("worker2 | step 3", 2, "step 3"),
            ("step 3 loss 0.5 (rank 1)", 1, "step 3 loss 0.5 "),
            ("INFO rank=1 step=3", 1, "INFO rank=1 step=3"),
            ("local_rank=2, step=3", 2, "local_rank=2, step=3"),
            (r#"{"rank": 2, "step": 3}"#, 2, r#"{"rank": 2, "step": 3}"#),
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
            "lora_rank=8, alpha=16",
            r#"{"lora_rank": 8}"#,
            "matrix rank = 3 of 9",
            "worker2 is ready",
            "val_loss 0.5 (5 of 8)",
            "[rank 99999999999]: x",
            "[é",
        ] {
            assert_eq!(rank_of(line), None, "{line}");
        }
    }
}
