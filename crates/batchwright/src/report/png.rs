//! From SVG to PNG. Texts are drawn with the fonts of the machine; where none has the characters of a
//! chart, that is an error: a picture without its numbers is worth nothing.
//!
//! Left out: what a chart shows, which is an SVG of `batchwright-view`.

use crate::shell::explain::Explain;
use anyhow::Result;
use batchwright_view::{FailureMessage, Lang};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, ID, Style};
use resvg::usvg::{Options, Tree, roxmltree};
use std::collections::BTreeSet;
use std::sync::Arc;
use ttf_parser::Face;

/// Families that are taken where they are there, the first first.
const LATIN: [&str; 6] = ["Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial", "Helvetica", "Segoe UI"];
const JAPANESE: [&str; 9] = [
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "VL Gothic",
];
/// Most characters that a message names.
const MOST_NAMED: usize = 12;

/// Draws charts of one language at one scale.
pub(crate) struct Painter {
    options: Options<'static>,
    scale: f32,
}

impl Painter {
    pub(crate) fn new(lang: Lang, scale: f64) -> Result<Self> {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        Self::with_fonts(fonts, lang, scale)
    }

    fn with_fonts(mut fonts: Database, lang: Lang, scale: f64) -> Result<Self> {
        let family = family(&fonts, lang).ok_or(FailureMessage::NoFont)?;
        fonts.set_sans_serif_family(&family);
        let options = Options {
            font_family: family,
            languages: vec![lang.code().to_owned()],
            fontdb: Arc::new(fonts),
            ..Options::default()
        };
        Ok(Self { options, scale: scale as f32 })
    }

    /// A chart as PNG; `name` is told where it cannot be drawn.
    pub(crate) fn png(&self, name: &str, svg: &str) -> Result<Vec<u8>> {
        let failed = || FailureMessage::DrawChart { chart: name.to_owned() };
        let missing = self.missing(svg)?;
        if !missing.is_empty() {
            let characters: String = missing.into_iter().take(MOST_NAMED).collect();
            return Err(FailureMessage::NoGlyphs { chart: name.to_owned(), characters }.into());
        }
        let tree = Tree::from_str(svg, &self.options).explain(failed)?;
        let size = tree.size().to_int_size().scale_by(self.scale).ok_or_else(failed)?;
        let mut picture = Pixmap::new(size.width(), size.height()).ok_or_else(failed)?;
        let transform = Transform::from_scale(self.scale, self.scale);
        resvg::render(&tree, transform, &mut picture.as_mut());
        picture.encode_png().explain(failed)
    }

    /// The characters of a chart that no font has.
    fn missing(&self, svg: &str) -> Result<BTreeSet<char>> {
        let document =
            roxmltree::Document::parse(svg).explain(|| FailureMessage::DrawChart { chart: String::new() })?;
        let texts = document.descendants().filter(|node| node.has_tag_name("text"));
        let mut missing: BTreeSet<char> = texts
            .filter_map(|node| node.text())
            .flat_map(str::chars)
            .filter(|character| !character.is_whitespace())
            .collect();
        for face in self.options.fontdb.faces() {
            if missing.is_empty() {
                break;
            }
            // A font is read once for all characters: the one with the last of them may stand behind hundreds.
            let keep_missing = |data: &[u8], index| {
                if let Ok(face) = Face::parse(data, index) {
                    missing.retain(|&character| face.glyph_index(character).is_none());
                }
            };
            self.options.fontdb.with_face_data(face.id, keep_missing);
        }
        Ok(missing)
    }
}

/// The family of charts in a language: a usual one, or any upright one with letters of the language.
fn family(fonts: &Database, lang: Lang) -> Option<String> {
    let (usual, letter) = match lang {
        Lang::En => (&LATIN[..], 'a'),
        Lang::Ja => (&JAPANESE[..], 'あ'),
    };
    let named = |face: &resvg::usvg::fontdb::FaceInfo, family: &str| {
        face.families.iter().any(|(name, _)| name == family)
    };
    let is_there = |family: &&&str| fonts.faces().any(|face| named(face, family));
    if let Some(family) = usual.iter().find(is_there) {
        return Some((*family).to_owned());
    }
    let upright = || fonts.faces().filter(|face| face.style == Style::Normal);
    let any = upright().find(|face| has(fonts, face.id, letter)).or_else(|| upright().next());
    Some(any?.families.first()?.0.clone())
}

/// Whether a font has a character.
fn has(fonts: &Database, font: ID, character: char) -> bool {
    let has = |data: &[u8], index| Face::parse(data, index).ok()?.glyph_index(character);
    fonts.with_face_data(font, has).flatten().is_some()
}

#[cfg(test)]
#[allow(clippy::print_stderr, reason = "says that a test is skipped")]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 20\"><rect width=\"40\" height=\"20\" fill=\"#ffffff\"/><text x=\"2\" y=\"15\" font-size=\"15\">loss</text></svg>";

    /// Nothing on a machine without fonts, which is said.
    fn painter(scale: f64) -> Option<Painter> {
        let painter = Painter::new(Lang::En, scale);
        if let Err(error) = &painter {
            assert_eq!(message(error), Some(&FailureMessage::NoFont));
            eprintln!("skipped: there is no font");
        }
        painter.ok()
    }

    fn message(error: &anyhow::Error) -> Option<&FailureMessage> {
        error.downcast_ref()
    }

    /// Else a machine without fonts writes charts without numbers, and nobody is told.
    #[test]
    fn without_a_font_nothing_is_drawn() {
        let error = Painter::with_fonts(Database::new(), Lang::En, 1.0).err().unwrap();
        assert_eq!(message(&error), Some(&FailureMessage::NoFont));
    }

    /// A private character, which no font of a system has.
    #[test]
    fn characters_that_no_font_has_are_named() {
        let Some(painter) = painter(1.0) else { return };
        let error = painter.png("loss", &SVG.replace("loss", "lo\u{10fff0}s")).unwrap_err();
        let expected = FailureMessage::NoGlyphs { chart: "loss".into(), characters: "\u{10fff0}".into() };
        assert_eq!(message(&error), Some(&expected));
    }

    /// Read back by another decoder than the one that wrote it: the size is that of the scale, and the
    /// text is there.
    #[test]
    fn a_picture_has_its_size_and_its_text() {
        let Some(painter) = painter(2.5) else { return };
        let png = painter.png("loss", SVG).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (100, 50));
        let dark = pixels.chunks(4).filter(|pixel| pixel[0] < 100).count();
        assert!((50..2500).contains(&dark), "{dark}");
    }
}
