//! What the program itself says: about its flags, about what failed, and beside its results. Each
//! message is one line here, with both languages; its `Display` is English.
//!
//! - `usage`: flags that contradict each other, or that do not suit the data
//! - `failures`: what was tried when an error came
//! - `notices`: what one should know before and beside a result

/// Declares an enum of messages: each variant with its values, its English and its Japanese.
macro_rules! messages {
    ($(#[$doc:meta])* $name:ident {
        $($variant:ident $({ $($field:ident: $type:ty),+ $(,)? })? = $en:literal, $ja:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, reason = "the sentence says what its values are")]
        pub enum $name {
            $(#[doc = $en] $variant $({ $($field: $type),+ })?),+
        }

        impl $name {
            /// The message in a language.
            #[must_use]
            pub fn text(&self, lang: crate::lang::Lang) -> String {
                match self {
                    $(Self::$variant $({ $($field),+ })? => match lang {
                        crate::lang::Lang::En => format!($en),
                        crate::lang::Lang::Ja => format!($ja),
                    }),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text(crate::lang::Lang::En))
            }
        }

        impl std::error::Error for $name {}
    };
}

pub(crate) mod failures;
pub(crate) mod notices;
pub(crate) mod usage;
