//! The address of a view: the part of the URL after `#`. Parsing is total; an address that means
//! nothing opens the lab.

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// The lab with whatever run it holds.
    #[default]
    Lab,
    /// The lab with the run that a link carries, still encoded.
    Run(String),
    /// The lab with two runs side by side, both still encoded.
    Compare(String, String),
    /// The run that a link carries, alone in the frame of another page.
    Embed(String),
    /// A prepared list for a class, still encoded.
    Present(String),
    /// Figures of the literature, measured here.
    Evidence,
    /// Histories from files, judged here.
    History,
    /// A lesson of a chapter. Without a slug, the first.
    Chapter {
        /// The chapter's number.
        number: u8,
        /// The lesson's name.
        slug: Option<String>,
    },
}

impl Route {
    /// Reads an address, with or without its `#`.
    #[must_use]
    pub fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (Some("lab"), Some(code), _) => Self::Run(code.to_owned()),
            (Some("compare"), Some(a), Some(b)) => Self::Compare(a.to_owned(), b.to_owned()),
            (Some("embed"), Some(code), _) => Self::Embed(code.to_owned()),
            (Some("present"), Some(codes), _) => Self::Present(codes.to_owned()),
            (Some("evidence"), ..) => Self::Evidence,
            (Some("history"), ..) => Self::History,
            (Some("chapter"), Some(number), slug) => match number.parse() {
                Ok(number) => Self::Chapter { number, slug: slug.map(str::to_owned) },
                Err(_) => Self::Lab,
            },
            _ => Self::Lab,
        }
    }

    /// The address, `#` included.
    #[must_use]
    pub fn print(&self) -> String {
        match self {
            Self::Lab => "#/lab".to_owned(),
            Self::Run(code) => format!("#/lab/{code}"),
            Self::Compare(a, b) => format!("#/compare/{a}/{b}"),
            Self::Embed(code) => format!("#/embed/{code}"),
            Self::Present(codes) => format!("#/present/{codes}"),
            Self::Evidence => "#/evidence".to_owned(),
            Self::History => "#/history".to_owned(),
            Self::Chapter { number, slug: None } => format!("#/chapter/{number}"),
            Self::Chapter { number, slug: Some(slug) } => format!("#/chapter/{number}/{slug}"),
        }
    }

    /// Whether this is a view of the lab.
    #[must_use]
    pub fn is_lab(&self) -> bool {
        matches!(self, Self::Lab | Self::Run(_) | Self::Present(_) | Self::Compare(..))
    }

    /// Whether the run stands in the frame of another page.
    #[must_use]
    pub fn is_embed(&self) -> bool {
        matches!(self, Self::Embed(_))
    }

    /// Whether this is the page with the figures of the literature.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        matches!(self, Self::Evidence)
    }

    /// Whether this is the page that judges histories.
    #[must_use]
    pub fn is_history(&self) -> bool {
        matches!(self, Self::History)
    }

    /// Whether this is a lesson.
    #[must_use]
    pub fn is_chapter(&self) -> bool {
        matches!(self, Self::Chapter { .. })
    }

    /// Whether the page has no stage.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.is_evidence() || self.is_history()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_a_round_trip() {
        let routes = [
            Route::Lab,
            Route::Run("1.abc-_".to_owned()),
            Route::Compare("1.abc-_".to_owned(), "1.def".to_owned()),
            Route::Embed("1.abc-_".to_owned()),
            Route::Present("1.abc~Two words~1.de".to_owned()),
            Route::Evidence,
            Route::History,
            Route::Chapter { number: 1, slug: None },
            Route::Chapter { number: 1, slug: Some("time-to-visible".to_owned()) },
        ];
        for route in routes {
            assert_eq!(Route::parse(&route.print()), route);
        }
    }

    #[test]
    fn nonsense_opens_the_lab() {
        for hash in ["", "#", "#/", "#/nowhere", "#/compare", "#/compare/1.abc", "#/chapter/x", "lab", "#lab"]
        {
            assert_eq!(Route::parse(hash), Route::Lab, "{hash}");
        }
    }
}
