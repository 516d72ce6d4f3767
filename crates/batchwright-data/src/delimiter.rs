//! What separates the fields of a table.

/// What separates the fields of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`: spreadsheets in languages with a decimal comma.
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// All of them. Of two that separate a sample equally well, the first is meant: commas are in
    /// numbers and texts more often than tabs, semicolons and pipes are.
    pub(crate) const ALL: [Self; 4] = [Self::Tab, Self::Semicolon, Self::Pipe, Self::Comma];

    /// Its character.
    pub fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
            Self::Pipe => '|',
        }
    }

    pub(crate) fn byte(self) -> u8 {
        self.character() as u8
    }

    /// The delimiter that is this character.
    pub(crate) fn from_character(character: char) -> Option<Self> {
        Self::ALL.into_iter().find(|delimiter| delimiter.character() == character)
    }
}
