//! Links, locks and files without a browser.

use netsplit_lab::work::{Bench, Task};
use netsplit_scenario::model::Lock;
use netsplit_scenario::{link, text};

use super::*;
use crate::desk::{Desk, DeskIntent};
use crate::menu::Does;
use crate::share::ShareIntent;
use crate::share::files::File;

fn share(studio: &mut Studio, intent: ShareIntent) -> Vec<Effect> {
    studio.update(Intent::Share(intent))
}

/// What the card's link holds.
fn shared(studio: &Studio) -> link::Shared {
    link::decode(&studio.share().expect("the card is open").address).expect("it opens")
}

/// The built-in example, played for a while, as it is for one who opens its link with these locks.
fn locked(locks: &[Lock]) -> Studio {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 1_000);
    studio.update(Intent::Shared);
    for lock in locks {
        share(&mut studio, ShareIntent::Locked(*lock));
    }
    let address = studio.share().expect("the card is open").address.clone();
    let hash = address.split_once('#').expect("it has a fragment").1;
    let opened = Studio::new("https://example.org/", hash, &Preferences::default());
    assert_eq!(opened.session().hash(), studio.session().hash(), "locks are no part of the hash");
    opened
}

#[test]
fn a_lock_is_in_the_link_and_taken_out_again_gives_the_first_link() {
    let mut studio = studio();
    studio.update(Intent::Shared);
    let free = studio.share().expect("open").address.clone();
    share(&mut studio, ShareIntent::Locked(Lock::Time));
    assert_eq!(shared(&studio).scenario.locked, [Lock::Time].into());
    assert!(studio.session().scenario().locked.is_empty(), "the run at hand stays free");
    assert_eq!(studio.share().expect("open").copied, None, "another link than the one that was copied");
    share(&mut studio, ShareIntent::Locked(Lock::Time));
    assert_eq!(studio.share().expect("open").address, free);
}

#[test]
fn what_is_locked_is_refused_in_a_sentence_and_the_rest_is_not() {
    let n1 = Site::from(NodeId(0));
    let n2 = Site::from(NodeId(1));
    let place = netsplit_sim::setup::Position { x_km: 7, y_km: 7 };
    let seek = Intent::Scrubbed(Time(1));
    let moved = Intent::Placed(n1, place);
    let cut = Intent::Did(Action::Cut(n1, n2));
    let think = Intent::Entered { control: "think_ms".into(), entry: Entry::Number(3.0), done: true };
    let base = Intent::Entered { control: "base_ms".into(), entry: Entry::Number(3.0), done: true };
    let each = [
        (Lock::Time, seek),
        (Lock::Move, moved),
        (Lock::Faults, cut),
        (Lock::Workload, think),
        (Lock::Protocol, base),
    ];
    for (lock, _) in &each {
        for (other, intent) in &each {
            let mut studio = locked(&[*lock]);
            let before = (studio.session().scenario().clone(), studio.session().now());
            studio.update(intent.clone());
            let after = (studio.session().scenario().clone(), studio.session().now());
            let said = studio.notices().iter().any(|notice| notice.text.contains("has locked"));
            assert_eq!((before == after, said), (lock == other, lock == other), "{lock:?} and {other:?}");
        }
    }
}

#[test]
fn a_locked_menu_says_why_and_a_locked_node_stays_in_its_place() {
    let mut studio = locked(&[Lock::Faults, Lock::Move]);
    let node = Target::Site(NodeId(0).into());
    studio.update(Intent::OpenedMenu(node));
    let menu = studio.menu().expect("it is open");
    let crash = menu.items.iter().find(|item| item.name == "crash").expect("it is listed");
    assert_eq!((&crash.does, crash.hint.as_str()), (&Does::Nothing, crate::share::locks::REASON));
    assert!(menu.place.is_none());
    studio.update(Intent::ClosedMenu);
    let before = studio.session().scenario().clone();
    studio.update(Intent::Pushed { on: node, key: crate::intent::StageKey::Enter, fine: false });
    studio.update(Intent::Pushed { on: node, key: crate::intent::StageKey::Left, fine: false });
    studio.update(Intent::Pushed { on: node, key: crate::intent::StageKey::Enter, fine: false });
    assert_eq!(*studio.session().scenario(), before);
    let unlocked = studio.locked_scene().expect("something is locked").unlocked;
    studio.update(Intent::Navigated(unlocked));
    assert!(studio.locked_scene().is_none());
}

#[test]
fn a_file_opens_whole_or_not_at_all() {
    let mut studio = studio();
    let read = |studio: &mut Studio, text: &str| {
        let gave = ShareIntent::Gave { name: "a.toml".to_owned(), text: text.to_owned() };
        let mut bench = Bench::default();
        for effect in share(studio, gave) {
            if let Effect::Work(Desk::Scenario, task @ Task::ReadScenario { .. }) = effect {
                bench.begin(task);
            }
        }
        while bench.is_busy() {
            for report in bench.work() {
                studio.update(Intent::Desk(DeskIntent::Reported(Desk::Scenario, report)));
            }
        }
        studio.notices().last().map(|notice| notice.text.clone()).unwrap_or_default()
    };
    let before = studio.session().scenario().clone();
    let said = read(&mut studio, "[protocol]\nname = \"paxos\"\nw = = 1\n");
    assert!(said.starts_with("a.toml can’t be opened; nothing was changed. line 3: "), "{said}");
    assert_eq!(*studio.session().scenario(), before);
    let said = read(&mut studio, &" ".repeat(crate::share::FILE_BYTES + 1));
    assert!(said.contains("at most 1 MB"), "{said}");
    let said = read(&mut studio, "[protocol]\nname = 'single' # by hand\n[[nodes]]\nname = \"only\"\n");
    assert_eq!(said, "a.toml is open, at its start.");
    assert_eq!(studio.session().scenario().nodes[0].name, "only");
    let effects = share(&mut studio, ShareIntent::Saved(File::Scenario));
    let [Effect::Save { name, text: saved }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(name, "netsplit.toml");
    assert_eq!(text::parse(saved).as_ref(), Ok(studio.session().scenario()));
}

#[test]
fn a_replay_that_differs_is_accounted_for() {
    let mut studio = studio();
    studio.update(Intent::ToggledPlay);
    frames(&mut studio, 500);
    studio.update(Intent::Paused);
    let payload = studio.session().link().expect("short");
    let shared = link::decode(&payload).expect("it opens");
    let open = |hash: Option<u64>| {
        let code = link::encode(&link::Shared { hash, ..shared.clone() }).expect("short");
        let studio = Studio::new("https://example.org/", &format!("#/lab/{code}"), &Preferences::default());
        studio.notices().last().map(|notice| notice.text.clone()).unwrap_or_default()
    };
    assert!(open(shared.hash).starts_with("Replay verified"));
    let differs = open(Some(1));
    for part in ["hash 0000000000000001", &crate::share::hex(studio.session().hash()), "another version"] {
        assert!(differs.contains(part), "{differs}");
    }
    assert!(open(None).contains("carries no hash"));
}
