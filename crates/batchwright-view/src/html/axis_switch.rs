//! Charts over each of the four axes, of which one is shown. Radio buttons and CSS choose: no
//! script is needed.

use crate::chart::curves::Horizontal;
use crate::html::page::{Page, figures};
use crate::lang::Lang;
use maud::{Markup, html};

/// Adds the charts that `charts` draws for each axis; nothing where there are none. `first` is
/// shown until the reader chooses.
pub(crate) fn by_axis(
    page: &mut Page,
    first: Horizontal,
    lang: Lang,
    charts: impl Fn(Horizontal) -> Vec<String>,
) {
    if charts(first).is_empty() {
        return;
    }
    page.heading(lang.charts());
    page.push(html! {
        div class="curves" { "\n"
            (switch(first, lang)) "\n"
            @for horizontal in Horizontal::ALL {
                div class={ "by " (horizontal.key()) } { "\n" (figures(&charts(horizontal))) "\n" } "\n"
            }
        }
    });
}

/// Radio buttons: the arrow keys move between them.
fn switch(first: Horizontal, lang: Lang) -> Markup {
    html! {
        fieldset class="switch" {
            legend { (lang.horizontal_axis()) }
            @for horizontal in Horizontal::ALL {
                label {
                    input type="radio" name="horizontal" value=(horizontal.key()) checked[horizontal == first];
                    " " (horizontal.label(lang))
                }
            }
        }
    }
}
