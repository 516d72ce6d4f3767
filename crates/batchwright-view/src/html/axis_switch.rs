//! Charts over each of several axes, of which one is shown. Radio buttons and CSS choose: no script is
//! needed.

use crate::chart::curves::Horizontal;
use crate::html::page::{Page, figures};
use crate::lang::Lang;
use maud::{Markup, html};

/// Adds the charts that `charts` draws for each of the axes; nothing where there are none. `first` is
/// shown until the reader chooses.
pub(crate) fn by_axis(
    page: &mut Page,
    axes: &[Horizontal],
    first: Horizontal,
    lang: Lang,
    charts: impl Fn(Horizontal) -> Vec<String>,
) {
    page.push(html! {
        div class="curves" { "\n"
            (switch(axes, first, lang)) "\n"
            @for &horizontal in axes {
                div class={ "by " (horizontal.key()) } { "\n" (figures(&charts(horizontal))) "\n" } "\n"
            }
        }
    });
}

/// Radio buttons: the arrow keys move between them.
fn switch(axes: &[Horizontal], first: Horizontal, lang: Lang) -> Markup {
    html! {
        fieldset class="switch" {
            legend { (lang.horizontal_axis()) }
            @for &horizontal in axes {
                label {
                    input type="radio" name="horizontal" value=(horizontal.key()) checked[horizontal == first];
                    " " (horizontal.label(lang))
                }
            }
        }
    }
}
