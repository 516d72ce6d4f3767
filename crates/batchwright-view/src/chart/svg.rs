//! The SVG elements that the charts draw with: shapes, escaped text, and colours.
//!
//! Left out: what a chart shows.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// Where the picture will be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// In a page: colours are CSS variables, which follow its light or dark theme.
    Page,
    /// In a file of its own: fixed colours on white.
    File,
}

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Text,
    Muted,
    Grid,
    Surface,
    /// First series: training, measured points.
    First,
    /// Second series: validation, the fitted law.
    Second,
    /// What is recommended.
    Accent,
    /// What went wrong.
    Bad,
}

impl Paint {
    /// A colour between two others: `share` of the way to the second, in 0..=1.
    pub(crate) fn between(self, from: Ink, to: Ink, share: f64) -> String {
        let (from, to) = (self.colour(from), self.colour(to));
        match self {
            Self::Page => format!("color-mix(in srgb,{to} {:.0}%,{from})", 100.0 * share),
            Self::File => {
                let part = |colour: &str, at: usize| {
                    let digits = colour.get(1 + 2 * at..3 + 2 * at).unwrap_or_default();
                    f64::from(u8::from_str_radix(digits, 16).unwrap_or_default())
                };
                let mixed = [0, 1, 2].map(|at| {
                    let (from, to) = (part(from, at), part(to, at));
                    format!("{:02x}", (from + share * (to - from)).round() as u8)
                });
                format!("#{}", mixed.concat())
            }
        }
    }

    pub(crate) fn colour(self, ink: Ink) -> &'static str {
        let (variable, fixed) = match ink {
            Ink::Text => ("var(--text)", "#1d2733"),
            Ink::Muted => ("var(--muted)", "#5a6775"),
            Ink::Grid => ("var(--grid)", "#e3e8ee"),
            Ink::Surface => ("var(--surface)", "#ffffff"),
            Ink::First => ("var(--first)", "#1f6fb4"),
            Ink::Second => ("var(--second)", "#c8510a"),
            Ink::Accent => ("var(--accent)", "#086b4d"),
            Ink::Bad => ("var(--bad)", "#b3261e"),
        };
        match self {
            Self::Page => variable,
            Self::File => fixed,
        }
    }
}

/// Which end of a text is at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Font size in units of the picture; 11 px on a page that is 400 px wide.
pub(crate) const FONT: f64 = 15.0;
/// Size of the title.
pub(crate) const TITLE_FONT: f64 = 16.5;

/// A picture being drawn. Units are pixels at full size; y grows downwards.
pub(crate) struct Svg {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) paint: Paint,
    body: String,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64, paint: Paint) -> Self {
        Self { width, height, paint, body: String::new() }
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width: f64, dash: &str) {
        let (colour, dash) = (self.paint.colour(ink), dash_attribute(dash));
        self.push(format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A polyline with a gap where a point is missing.
    pub(crate) fn curve(&mut self, points: &[Option<(f64, f64)>], ink: Ink, width: f64, dash: &str) {
        let mut path = String::new();
        let mut pen_down = false;
        for point in points {
            if let Some((x, y)) = point {
                let _ = write!(path, "{}{x:.1} {y:.1}", if pen_down { "L" } else { "M" });
            }
            pen_down = point.is_some();
        }
        if path.is_empty() {
            return;
        }
        let (colour, dash) = (self.paint.colour(ink), dash_attribute(dash));
        self.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"{dash}/>"
        ));
    }

    /// Lines without a filling, in a colour of their own; nothing where there are none.
    pub(crate) fn coloured_path(&mut self, path: &str, colour: &str, width: f64) {
        if !path.is_empty() {
            self.push(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>"
            ));
        }
    }

    /// A filled path without a line.
    pub(crate) fn filled_path(&mut self, path: &str, ink: Ink, opacity: f64) {
        if !path.is_empty() {
            let fill = self.paint.colour(ink);
            self.push(format_args!("<path d=\"{path}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>"));
        }
    }

    /// A disc with a ring, which separates it from the lines below. `tip` is shown under the
    /// pointer.
    pub(crate) fn disc(&mut self, (x, y): (f64, f64), radius: f64, fill: Ink, ring: Ink, tip: &str) {
        let (fill, ring, tip) = (self.paint.colour(fill), self.paint.colour(ring), escape(tip));
        self.push(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{ring}\" stroke-width=\"2\"><title>{tip}</title></circle>"
        ));
    }

    /// A ring without a filling.
    pub(crate) fn ring(&mut self, (x, y): (f64, f64), radius: f64, ink: Ink) {
        let stroke = self.paint.colour(ink);
        self.push(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"3\"/>"
        ));
    }

    /// A cross with a halo. `tip` is shown under the pointer.
    pub(crate) fn cross(&mut self, (x, y): (f64, f64), ink: Ink, tip: &str) {
        let (colour, halo, tip) = (self.paint.colour(ink), self.paint.colour(Ink::Surface), escape(tip));
        let path = format!("M{:.1} {:.1}l8 8m0-8l-8 8", x - 4.0, y - 4.0);
        self.push(format_args!(
            "<g><title>{tip}</title><path d=\"{path}\" stroke=\"{halo}\" stroke-width=\"5\"/><path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"2\"/></g>"
        ));
    }

    /// An invisible disc that shows `tip` under the pointer.
    pub(crate) fn tip(&mut self, (x, y): (f64, f64), tip: &str) {
        let tip = escape(tip);
        self.push(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\" fill-opacity=\"0\"><title>{tip}</title></circle>"
        ));
    }

    /// A small triangle that points up: "more than this".
    pub(crate) fn arrow_up(&mut self, (x, y): (f64, f64), ink: Ink) {
        let colour = self.paint.colour(ink);
        let (left, right, base) = (x - 5.0, x + 5.0, y + 8.0);
        self.push(format_args!(
            "<path d=\"M{x:.1} {y:.1}L{right:.1} {base:.1}L{left:.1} {base:.1}Z\" fill=\"{colour}\"/>"
        ));
    }

    /// A filled rectangle.
    pub(crate) fn swatch(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), ink: Ink, opacity: f64) {
        let fill = self.paint.colour(ink);
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }

    /// An invisible rectangle that shows `tip` under the pointer.
    pub(crate) fn area_tip(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), tip: &str) {
        let tip = escape(tip);
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill-opacity=\"0\"><title>{tip}</title></rect>"
        ));
    }

    /// A rectangle without a filling.
    pub(crate) fn outline(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), ink: Ink) {
        let stroke = self.paint.colour(ink);
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2.5\"/>"
        ));
    }

    /// A faint area.
    pub(crate) fn area(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), ink: Ink) {
        let fill = self.paint.colour(ink);
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\" fill-opacity=\"0.09\"/>"
        ));
    }

    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, ink: Ink, text: &str) {
        let colour = self.paint.colour(ink);
        self.styled_text(at, anchor, &format!("fill=\"{colour}\""), text);
    }

    /// Text that may cross lines: a halo in the colour of the background keeps it readable.
    pub(crate) fn label(&mut self, at: (f64, f64), anchor: Anchor, ink: Ink, text: &str) {
        let (colour, halo) = (self.paint.colour(ink), self.paint.colour(Ink::Surface));
        let style = format!(
            "fill=\"{colour}\" stroke=\"{halo}\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
        );
        self.styled_text(at, anchor, &style, text);
    }

    pub(crate) fn title(&mut self, at: (f64, f64), text: &str) {
        let colour = self.paint.colour(Ink::Text);
        self.styled_text(
            at,
            Anchor::Start,
            &format!("fill=\"{colour}\" font-size=\"{TITLE_FONT}\" font-weight=\"600\""),
            text,
        );
    }

    /// Text whose look is given as attributes.
    pub(crate) fn styled_text(&mut self, (x, y): (f64, f64), anchor: Anchor, style: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escape(text);
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {style}>{text}</text>"
        ));
    }

    /// The finished picture. `id` must be unique in its page. Screen readers read out the title and
    /// the description.
    pub(crate) fn finish(self, id: &str, title: &str, description: &str) -> String {
        let (width, height) = (self.width, self.height);
        let (title, description) = (escape(title), escape(description));
        let background = match self.paint {
            Paint::Page => String::new(),
            Paint::File => format!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
             font-family=\"system-ui, -apple-system, 'Segoe UI', 'Hiragino Sans', 'Noto Sans JP', 'Noto Sans CJK JP', sans-serif\" font-size=\"{FONT}\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n{background}{}</svg>\n",
            self.body
        )
    }
}

fn dash_attribute(dash: &str) -> String {
    if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") }
}

/// Estimated width of a text: letters and digits take about 0.57 of the font size, Japanese
/// characters the whole.
pub(crate) fn text_width(text: &str) -> f64 {
    let wide = text.width() - text.chars().count().min(text.width());
    let narrow = text.chars().count().saturating_sub(wide);
    FONT * (wide as f64 + 0.57 * narrow as f64)
}

/// Text made safe for XML, in an element or a quoted attribute. Every text of a picture passes
/// here.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(permitted(c)),
        }
    }
    escaped
}

/// The character, or U+FFFD for a control character that XML or HTML forbids.
pub(crate) fn permitted(c: char) -> char {
    let forbidden = (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if forbidden { '\u{fffd}' } else { c }
}
