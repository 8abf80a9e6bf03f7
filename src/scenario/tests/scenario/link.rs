//! Links: what is written reads back, nothing that is pasted panics, and a damaged link says so.

use netsplit_scenario::link::{Shared, decode, encode};
use netsplit_scenario::{Scenario, Session};
use netsplit_sim::machine::Progress;
use netsplit_sim::time::Time;
use proptest::prelude::*;

use crate::generate;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_reads_back(
        scenario in generate::scenario(),
        until in 0u64..=86_400_000_000_000,
        hash in any::<Option<u64>>(),
    ) {
        let shared = Shared { scenario, until: Time(until), hash };
        let link = encode(&shared).expect("short enough");
        prop_assert_eq!(decode(&link).expect("valid"), shared);
    }

    #[test]
    fn nothing_that_is_pasted_panics(text in ".{0,300}", noise in "1\\.[A-Za-z0-9_-]{0,300}") {
        let _ = decode(&text);
        prop_assert!(decode(&noise).is_err());
    }
}

fn link() -> String {
    let scenario = generate::playable(42, "quorum");
    encode(&Shared { scenario, until: Time(1_234_567_890), hash: Some(0x0123_4567_89AB_CDEF) })
        .expect("short")
}

fn sentence(link: &str) -> String {
    match decode(link) {
        Ok(_) => "opens".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn an_address_a_fragment_and_a_payload_are_the_same_link() {
    let link = link();
    let shared = decode(&link).expect("valid");
    for form in [
        format!("https://example.org/netsplit/#/run/{link}"),
        format!("https://example.org/netsplit/?x=1#{link}"),
        format!("#/run/{link}?present"),
        format!("#{link}"),
        format!("  {link}\n"),
    ] {
        assert_eq!(decode(&form).expect("valid"), shared, "{form}");
    }
}

#[test]
fn one_changed_character_never_gives_another_scenario() {
    let link = link();
    for place in 0..link.len() {
        for with in ['A', 'B', 'z', '0', '9', '-', '_', '.', '/', '#', '?', '&', ' ', '%', 'é'] {
            let mut characters: Vec<char> = link.chars().collect();
            if characters[place] == with {
                continue;
            }
            characters[place] = with;
            let changed: String = characters.into_iter().collect();
            assert!(decode(&changed).is_err(), "place {place} with {with:?}");
        }
        assert!(decode(&link[..place]).is_err(), "cut after {place}");
    }
    let mut swapped: Vec<char> = link.chars().collect();
    swapped.swap(20, 21);
    assert!(decode(&swapped.into_iter().collect::<String>()).is_err());
    assert!(decode(&format!("{link}A")).is_err());
}

#[test]
fn what_is_wrong_with_a_link_is_said() {
    let link = link();
    let damaged = "this link is damaged: one or more characters differ, or its end is missing";
    assert_eq!(sentence(""), "this is no link to a run: it should hold `1.` and a long row of letters");
    assert_eq!(
        sentence(&link.replacen("1.", "2.", 1)),
        "this link is of version \"2\", and this build knows version 1; a newer page may open it"
    );
    assert_eq!(
        sentence(&format!("{}!{}", &link[..10], &link[11..])),
        "character 11 of this link, '!', is none that a link can have"
    );
    assert_eq!(sentence(&link[..link.len() - 1]), damaged);
    assert_eq!(sentence(&link[..link.len() / 2]), damaged);
    assert_eq!(sentence("1."), "this link is cut short");
    let long = format!("1.{}", "A".repeat(10_000_000));
    assert_eq!(sentence(&long), "this link is too long: at most 65536 characters, and it has 10000002");
}

#[test]
fn a_scenario_that_is_too_long_for_a_link_says_so() {
    let mut scenario = Scenario::default();
    // Noise does not pack.
    let mut state = 1u64;
    scenario.script = (0..2_000)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            netsplit_scenario::model::Step {
                at: Time(n * 1_000_000_000 + (state >> 40)),
                action: netsplit_scenario::model::StepAction::Write {
                    client: "c1".to_owned(),
                    key: 0,
                    value: Some(1_000_000 + (state >> 12)),
                },
            }
        })
        .collect();
    let encoded = encode(&Shared { scenario, until: Time::ZERO, hash: None });
    // Two thousand steps of nothing but digits still fit.
    assert!(encoded.expect("fits").len() < 65_536);
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/links.txt");

const GOLDEN_TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/links-text.toml");

/// What `golden/links.txt` holds.
fn golden() -> Vec<(String, Shared)> {
    let golden = std::fs::read_to_string(GOLDEN).expect("the file is there");
    let links = golden.lines().filter(|line| !line.starts_with('#'));
    links.map(|line| (line.to_owned(), decode(line).expect(line))).collect()
}

/// Links that were shared open for ever, and show the run that they showed. With `UPDATE_LINKS=1` their
/// hashes are written anew, and nothing else of them: right only as long as nobody has shared a link.
#[test]
fn golden_links_replay_to_their_hash() {
    let update = std::env::var_os("UPDATE_LINKS").is_some_and(|value| value == "1");
    if update {
        let mut all: Vec<Shared> = golden().into_iter().map(|(_, shared)| shared).collect();
        for (index, protocol) in ["primary-backup", "quorum"].into_iter().enumerate() {
            let until = Time(1_500_000_000 + index as u64 * 123_456_789);
            // Those that are in the file stay as they were written, whatever becomes of the generator.
            if all.len() == 6 + index {
                all.push(Shared { scenario: generate::trouble(protocol), until, hash: None });
            }
        }
        let mut links = "# Links that must open for ever and replay to the hash in them.\n".to_owned();
        for shared in &mut all {
            let mut session = Session::new(shared.scenario.clone()).expect("valid");
            session.seek(shared.until, u64::MAX);
            shared.hash = Some(session.hash());
            links.push_str(&format!("{}\n", encode(shared).expect("short")));
        }
        std::fs::write(GOLDEN, &links).expect("the folder can be written");
        let texts = all.iter().enumerate().map(|(n, shared)| {
            format!("# link {}\n{}", n + 1, netsplit_scenario::text::write(&shared.scenario))
        });
        let head = "# What the links of links.txt hold, in their order.\n".to_owned();
        if golden_texts().len() < all.len() {
            std::fs::write(GOLDEN_TEXT, head + &texts.collect::<String>())
                .expect("the folder can be written");
        }
    }
    let golden = golden();
    for (line, shared) in &golden {
        let mut session = Session::new(shared.scenario.clone()).expect(line);
        assert_eq!(session.seek(shared.until, u64::MAX), Progress::Reached);
        assert_eq!(Some(session.hash()), shared.hash, "{line}");
    }
    assert!(golden.len() >= 6, "there are golden links");
}

/// The texts in `golden/links-text.toml`, without the line above each.
fn golden_texts() -> Vec<String> {
    let all = std::fs::read_to_string(GOLDEN_TEXT).expect("the file is there");
    let texts = all.split("# link ").skip(1);
    texts.map(|text| text.split_once('\n').expect("a number and a text").1.to_owned()).collect()
}

/// What stands in a link means the same for ever, whatever has become of the kernel: a default that changed,
/// or a field that is written in another way, would show here.
#[test]
fn golden_links_hold_what_they_held() {
    let (links, texts) = (golden(), golden_texts());
    assert_eq!(links.len(), texts.len());
    for ((line, shared), text) in links.iter().zip(&texts) {
        assert_eq!(&netsplit_scenario::text::write(&shared.scenario), text, "{line}");
        assert_eq!(netsplit_scenario::text::parse(text).as_ref(), Ok(&shared.scenario), "{line}");
    }
}

/// A link fits into a message and a QR code.
#[test]
fn links_are_short() {
    let length = |scenario: &Scenario| {
        let mut session = Session::new(scenario.clone()).expect("valid");
        session.seek(Time(4_321_987_654), u64::MAX);
        session.link().expect("short").len()
    };
    let three = generate::world(3, 0);
    let five = generate::world(5, 10);
    println!("3 nodes, 0 steps: {}; 5 nodes, 10 steps: {}", length(&three), length(&five));
    println!("7 nodes, 150 steps: {}", length(&generate::world(7, 150)));
    println!("playable: {}", length(&generate::playable(1, "quorum")));
    assert!(length(&three) <= 280 && length(&five) <= 560);
}
