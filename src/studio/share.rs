//! Sharing: a link of the run as it is now, with what may be touched in it, as text, as a QR code and as a frame for other
//! pages; files and pictures of the run; and opening what others shared.

pub mod code;
pub mod files;
pub mod locks;
pub mod picture;

use netsplit_lab::work::{Report, Task};
use netsplit_scenario::model::{Lock, Locks};
use netsplit_scenario::{Problem, limits, link};
use netsplit_sim::time::Time;

use crate::desk::Desk;
use crate::intent::Effect;
use crate::route::Route;
use crate::studio::{Studio, Tone};
use crate::units;

use code::Code;

/// The largest scenario file that is read, in bytes.
pub const FILE_BYTES: usize = limits::TEXT_BYTES;
/// The smallest frame that an embedded run fits into, in pixels.
pub const LEAST_FRAME: (u32, u32) = (280, 240);

/// What a person means about sharing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareIntent {
    /// Lock this for those who open the link, or no longer.
    Locked(Lock),
    /// Copy the link.
    CopyLink,
    /// Copy the snippet for other pages.
    CopyEmbed,
    /// Show the code on the whole screen, or no longer.
    ShowedCode(bool),
    /// Save the run, or something of it, as a file.
    Saved(files::File),
    /// Save a picture.
    Pictured(picture::Of, picture::Form),
    /// Here is a scenario file.
    Gave {
        /// Its name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// A file could not be read, and this is why.
    Refused(String),
}

/// What was last handed to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// The link.
    Link,
    /// The snippet.
    Embed,
}

/// Something that can be locked, in the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockRow {
    /// Which.
    pub lock: Lock,
    /// What it keeps a person from.
    pub title: &'static str,
    /// Whether it is locked in this link.
    pub locked: bool,
}

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The whole address.
    pub address: String,
    /// What was handed to the clipboard last.
    pub what: Copied,
    /// Whether the clipboard took it; `None` while that is not known.
    pub copied: Option<bool>,
    /// What it opens, in one sentence.
    pub opens: String,
    /// The address as a QR code, or why there is none.
    pub code: Result<Code, String>,
    /// Whether the code is shown on the whole screen.
    pub showing: bool,
    /// The snippet that shows the run in another page.
    pub embed: String,
    /// What can be locked.
    pub locks: Vec<LockRow>,
}

impl Card {
    /// A link to two runs side by side. It has no snippet and no locks.
    pub(crate) fn of_pair(address: String, opens: String) -> Self {
        Self {
            code: code::code(&address),
            address,
            what: Copied::Link,
            copied: None,
            opens,
            showing: false,
            embed: String::new(),
            locks: Vec::new(),
        }
    }
}

/// A link that is being opened: the run plays to its instant, then the hash is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    until: Time,
    hash: Option<u64>,
}

impl Studio {
    /// Shows what an address says.
    pub(crate) fn navigate(&mut self, hash: &str) {
        let route = Route::parse(hash);
        match &route {
            Route::Lab => {}
            Route::Chapter { .. } => self.drop_comparison(),
            Route::Run(code) | Route::Embed(code) => {
                self.open(code);
            }
            Route::Present(codes) => self.open_list(codes),
            Route::Compare(a, b) => self.open_pair([a, b]),
            // Nobody sees the stage there.
            Route::Evidence | Route::History => self.playing = false,
        }
        self.menu = None;
        self.route = route;
        if !self.route.is_lab() {
            self.leave_wall();
        }
        if let Route::Chapter { number, slug } = self.route.clone() {
            self.open_chapter(number, slug.as_deref());
        }
    }

    /// Opens the run that a link carries. Tells whether it could be opened.
    pub(crate) fn open(&mut self, code: &str) -> bool {
        match link::decode(code) {
            Ok(shared) => {
                if !self.load(shared.scenario) {
                    return false;
                }
                self.example = None;
                self.playing = false;
                self.opening = Some(Opening { until: shared.until, hash: shared.hash });
                // As far as it goes at once; the frames do the rest.
                self.rebuilding = true;
                self.session.seek(shared.until, 50_000);
                self.refresh();
                self.check_opening();
                self.fit();
                true
            }
            Err(problems) => {
                let first = problems.first().map(ToString::to_string).unwrap_or_default();
                self.notice(
                    Tone::Bad,
                    format!(
                        "This link can’t be opened: {first}. You see the run that was here before instead."
                    ),
                );
                false
            }
        }
    }

    /// Compares the hash when the run has reached the link's instant.
    pub(crate) fn check_opening(&mut self) {
        let Some(opening) = self.opening else { return };
        if self.rebuilding {
            return;
        }
        self.opening = None;
        self.fit();
        let (hash, now) = (self.session.hash(), self.session.now());
        let (there, here) = (units::playhead(opening.until), units::playhead(now));
        match opening.hash {
            // In front of a class, only what went wrong is worth a line on the wall.
            expected if self.is_presenting() && expected.is_none_or(|it| it == hash && now == opening.until) => {}
            Some(expected) if now == opening.until && expected == hash => self.notice(
                Tone::Good,
                format!(
                    "Replay verified · {} · the same run as the sender’s, to the last bit, up to {there}.",
                    hex(hash)
                ),
            ),
            Some(expected) if now == opening.until => self.notice(
                Tone::Bad,
                format!(
                    "This replay differs from the sender’s. The link says that the run had the hash {} at {there}; here \
                     the same scenario gives {}. The link was made by another version of Netsplit, or a program wrote it, and \
                     somewhere before {there} something happens otherwise here. Nodes, faults and workload are as sent: what you \
                     see is a true run of this version. To see the sender’s own, open the link on the page that it came from.",
                    hex(expected),
                    hex(hash)
                ),
            ),
            Some(_) => self.notice(
                Tone::Bad,
                format!(
                    "This run can’t be compared with the sender’s: the link is of {there}, and here the record is full at \
                     {here}. What you see up to there is a true run of this version."
                ),
            ),
            None => self.notice(
                Tone::Plain,
                format!("Opened at {here}. The link carries no hash, so the replay can’t be compared with the sender’s."),
            ),
        }
    }

    /// The payload of a link to the run as it is now, with these locks.
    pub(crate) fn payload(&self, locks: Locks) -> Result<String, Problem> {
        self.session.link_with(locks)
    }

    pub(crate) fn update_share(&mut self, intent: ShareIntent) {
        match intent {
            ShareIntent::Locked(lock) => {
                let Some(card) = &self.share else { return };
                let mut locks = card.locked();
                if !locks.remove(&lock) {
                    locks.insert(lock);
                }
                self.remake_share(locks);
            }
            ShareIntent::CopyLink => self.copy(Copied::Link),
            ShareIntent::CopyEmbed => self.copy(Copied::Embed),
            ShareIntent::ShowedCode(showing) => {
                if let Some(card) = &mut self.share {
                    card.showing = showing && card.code.is_ok();
                }
            }
            ShareIntent::Saved(file) => self.save_file(file),
            ShareIntent::Pictured(of, form) => self.save_picture(of, form),
            ShareIntent::Gave { name, text } => self.read_file(name, text),
            ShareIntent::Refused(why) => self.notice(Tone::Bad, why),
        }
    }

    /// Makes a link of the run as it is now, shows it and copies it.
    pub(crate) fn make_share(&mut self) {
        self.playing = false;
        if self.is_comparing() {
            self.share_pair();
            return;
        }
        self.share = None;
        self.remake_share(self.locks().clone());
        self.copy(Copied::Link);
    }

    fn remake_share(&mut self, locks: Locks) {
        match self.payload(locks.clone()) {
            Ok(payload) => {
                let address = format!("{}{}", self.base, Route::Run(payload.clone()).print());
                let changes = self.session.scenario().script.len() as u64;
                let opens = format!(
                    "It opens this run at {}, with its {}: {} characters.",
                    units::playhead(self.session.now()),
                    units::count(changes, "change"),
                    units::grouped(address.chars().count() as f64)
                );
                let row = |lock| LockRow { lock, title: locks::title(lock), locked: locks.contains(&lock) };
                self.share = Some(Card {
                    code: code::code(&address),
                    embed: self.snippet(payload),
                    address,
                    what: Copied::Link,
                    // Another link than the one in the clipboard.
                    copied: None,
                    opens,
                    showing: false,
                    locks: Lock::ALL.map(row).into(),
                });
            }
            // Files and pictures can still be had.
            Err(problem) => {
                let why = format!("There is no link: {problem}.");
                self.share = Some(Card {
                    address: String::new(),
                    what: Copied::Link,
                    copied: None,
                    opens: why.clone(),
                    code: Err(why),
                    showing: false,
                    embed: String::new(),
                    locks: Vec::new(),
                });
            }
        }
    }

    /// What another page has to hold to show the run.
    fn snippet(&self, payload: String) -> String {
        let title = match self.session.scenario().title.as_str() {
            "" => "A run of Netsplit".to_owned(),
            title => picture::escaped(title),
        };
        let address = format!("{}{}", self.base, Route::Embed(payload).print());
        format!(
            "<iframe src=\"{}\" width=\"640\" height=\"480\" title=\"{title}\" loading=\"lazy\"></iframe>",
            picture::escaped(&address)
        )
    }

    pub(crate) fn copy(&mut self, what: Copied) {
        let Some(card) = self.share.as_mut().filter(|card| !card.address.is_empty()) else { return };
        card.what = what;
        card.copied = None;
        let text = match what {
            Copied::Link => card.address.clone(),
            Copied::Embed => card.embed.clone(),
        };
        self.effects.push(Effect::Copy(text));
    }

    pub(crate) fn copied(&mut self, taken: bool) {
        let mut what = Copied::Link;
        if let Some(card) = &mut self.share {
            card.copied = Some(taken);
            what = card.what;
        }
        self.say(match (taken, what) {
            (true, Copied::Link) => "Link copied",
            (true, Copied::Embed) => "Snippet copied",
            (false, _) => "The browser refused; select the text and copy it",
        });
    }

    /// Hands a scenario file to a worker: the page itself holds no parser for what people write.
    fn read_file(&mut self, name: String, text: String) {
        if text.len() > FILE_BYTES {
            let most = FILE_BYTES >> 20;
            self.notice(Tone::Bad, format!("{name}: expected a scenario of at most {most} MB."));
            return;
        }
        self.say(format!("Reading {name}"));
        self.effects.push(Effect::Work(Desk::Scenario, Task::ReadScenario { name, text }));
    }

    /// A worker has read a file: the run opens, or everything stays as it is.
    pub(crate) fn file_report(&mut self, report: Report) {
        match report {
            Report::Scenario { name, link } => {
                let route = Route::Run(link);
                self.navigate(&route.print());
                self.effects.push(Effect::Address(route.print()));
                self.notices.clear();
                self.notice(Tone::Good, format!("{name} is open, at its start."));
                self.share = None;
            }
            Report::Problems { name, lines } => {
                let first = lines.iter().take(3).map(|line| format!("{line}.")).collect::<Vec<_>>().join(" ");
                let more = match lines.len() {
                    0..=3 => String::new(),
                    all => format!(" And {} more.", all - 3),
                };
                let text = format!("{name} can’t be opened; nothing was changed. {first}{more}");
                self.notice(Tone::Bad, text);
            }
            Report::Failed(why) => self.notice(Tone::Bad, why),
            _ => {}
        }
    }
}

impl Card {
    /// What is locked in this link.
    #[must_use]
    pub fn locked(&self) -> Locks {
        self.locks.iter().filter(|row| row.locked).map(|row| row.lock).collect()
    }
}

/// A run's hash as text: sixteen hexadecimal digits.
#[must_use]
pub fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}
